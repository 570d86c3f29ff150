"""A plotly figure in plain values: rows of plots below each other that share one x axis and one legend.

Colours are given as the names of the page's CSS variables ("--hems"); the page's script puts in the colour of the light
or dark scheme before it draws. So a controller has one colour in every plot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .report_words import TITLES, finite
from .results import ControllerName

# Pixels: what lies above and below the rows, and between two of them, where the next row's title stands.
TOP, BOTTOM, GAP = 64, 44, 36
SPIKE = {
    "spikecolor": "--soft",
    "spikethickness": -1,
    "spikedash": "solid",
}  # the pointer's line; negative: without a halo
# A second mark beside the colour, for those who do not see colours and for print.
DASHES: dict[ControllerName, str] = {
    "uncontrolled": "dot",
    "self_consumption": "solid",
    "rules": "dashdot",
    "hems": "solid",
    "hems_perfect": "dash",
    "bound": "5px,2px",
}


@dataclass(frozen=True)
class Row:
    """One plot of a figure: its title, the traces in it, and settings of its y axis."""

    title: str
    traces: Sequence[Mapping[str, object]]
    axis: Mapping[str, object] = field(default_factory=dict)
    share: float = 1.0


@dataclass(frozen=True)
class Figure:
    """Plotly's ``data`` and ``layout``; ``label`` says in words what it shows, for those who cannot see it."""

    data: list[dict[str, object]]
    layout: dict[str, Any]
    label: str


def variable(name: ControllerName) -> str:
    """The CSS variable that holds a controller's colour."""
    return "--" + name.replace("_", "-")


def plain(text: str) -> str:
    """Text for plotly, which knows a little markup and templates of its own: none of it may come from a name."""
    return "".join(f"&#{ord(letter)};" if letter in '&<>{}"' else letter for letter in text)


def line(
    name: ControllerName, x: Sequence[object], y: Sequence[float], hover: str, **more: object
) -> dict[str, object]:
    """A controller's line; ``hover`` formats its value, such as "import %{y:.2f} kW"."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": TITLES[name],
        "legendgroup": name,
        "x": list(x),
        "y": values(y),
        "line": {"color": variable(name), "dash": DASHES[name], "width": 3 if name == "hems" else 2, **_shape(more)},
        "hovertemplate": hover,
        **more,
    }


def _shape(more: dict[str, object]) -> dict[str, object]:
    """Power and prices hold over a step, so they are drawn as steps: ``shape`` belongs to the line."""
    shape = more.pop("shape", None)
    return {} if shape is None else {"shape": shape}


def values(series: Sequence[float]) -> list[float | None]:
    """Rounded to what can be seen; what is not a number is a gap in the line."""
    return [finite(value, 4) for value in series]


def figure(rows: Sequence[Row], x_axis: Mapping[str, object], height: int, label: str) -> Figure:
    """The rows below each other; ``height`` in pixels."""
    layout: dict[str, Any] = {
        "height": height,
        "margin": {"l": 56, "r": 16, "t": TOP, "b": BOTTOM},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "legend": {"orientation": "h", "x": 0, "y": 1 + 28 / (height - TOP - BOTTOM), "yanchor": "bottom"},
        "xaxis": {"anchor": _axis(len(rows) - 1), "automargin": True, **SPIKE, **x_axis},
        "annotations": [],
    }
    data: list[dict[str, object]] = []
    named: set[object] = set()
    for number, (row, domain) in enumerate(zip(rows, _domains(rows, height - TOP - BOTTOM), strict=True)):
        key = _axis(number)
        layout["yaxis" + key[1:]] = {"domain": domain, "automargin": True, "zeroline": True, **row.axis}
        layout["annotations"].append(_title(row.title, domain[1]))
        for trace in row.traces:
            data.append({"yaxis": key, "showlegend": trace.get("name") not in named, **trace})
            named.add(trace.get("name"))
    return Figure(data, layout, label)


def _axis(number: int) -> str:
    return "y" if number == 0 else f"y{number + 1}"


def _domains(rows: Sequence[Row], height: int) -> list[list[float]]:
    """From top to bottom, by the rows' shares of the height (pixels), as fractions of it."""
    gap = GAP / height
    free = 1 - gap * (len(rows) - 1)
    total = sum(row.share for row in rows)
    domains, top = [], 1.0
    for row in rows:
        bottom = max(0.0, top - free * row.share / total)
        domains.append([round(bottom, 4), round(top, 4)])
        top = bottom - gap
    return domains


def _title(text: str, top: float) -> dict[str, object]:
    return {
        "text": f"<b>{plain(text)}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 5,
        "showarrow": False,
        "font": {"size": 13},
    }
