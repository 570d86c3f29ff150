"""The sweep as one page that needs nothing else: two bars a variant, and a curve over the sizes of a battery."""

import json
from html import escape
from pathlib import Path

from .report_figure import Figure, Row, figure, plain, values
from .report_html import NO_CHARTS, POLICY
from .report_script import SCRIPT
from .report_style import STYLE
from .report_words import number_words, period_words
from .results import Results
from .sweep import AS_IT_IS, Swept, gained
from .trust import DAYS_A_MONTH

_DASH = "–"


def write_sweep(lines: list[Swept], results: Results, words: list[str], days: int, path: Path) -> None:
    """Writes the page. ``words``: how far the figures can be trusted. Raises OSError."""
    library = _library()
    figures = [bars(lines, results.currency)]
    curve = battery_curve(lines, results.currency, days)
    figures += [curve] if curve is not None else []
    shown = figures if library else []
    data = json.dumps(
        {f"plot-{k}": {"data": one.data, "layout": one.layout} for k, one in enumerate(shown)}, allow_nan=False
    ).replace("<", "\\u003c")
    titles = ["What each variant would have cost", "The larger battery, a month"]
    panels = [
        _panel(title, f'<div class="plot" id="plot-{k}" role="img" aria-label="{escape(one.label)}"></div>')
        for k, (title, one) in enumerate(zip(titles, shown, strict=False))
    ]
    trusted = "".join(f"<li>{escape(one)}</li>" for one in words)
    parts = [
        _head(results),
        _panel("The variants side by side", _table(lines, results.currency, days)),
        *(panels or [_panel("Plots", f"<p>{NO_CHARTS}</p>")]),
        _panel("How far this can be trusted", f"<ul>{trusted}</ul>"),
        f'</main><script type="application/json" id="figures">{data}</script>',
        f"<script>{library}</script><script>{SCRIPT}</script></body></html>\n",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def bars(lines: list[Swept], currency: str) -> Figure:
    """Two bars a variant: without HEMS, and with it."""
    labels = [line.label for line in lines]
    unit = plain(currency)
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": [plain(label) for label in labels],
            "x": values([outcome.cost if outcome else float("nan") for outcome in outcomes]),
            "marker": {"color": colour},
            "hovertemplate": f"%{{y}}: {name} %{{x:,.2f}} {unit}<extra></extra>",
        }
        for name, colour, outcomes in (
            ("Self-consumption", "--self-consumption", [line.before for line in lines]),
            ("HEMS", "--hems", [line.hems for line in lines]),
        )
    ]
    said = "; ".join(f"{line.label} {number_words(line.cost, 2)}" for line in lines)
    made = figure([Row("", traces)], {}, 150 + 58 * len(lines), f"Bill and wear of each variant in {currency}: {said}.")
    made.layout.update(hovermode="closest", barmode="group", bargap=0.25, annotations=[])
    made.layout["xaxis"] = {"title": {"text": unit}, "zeroline": True}
    made.layout["yaxis"] = {"autorange": "reversed", "automargin": True, "zeroline": False, "showgrid": False}
    return made


def battery_curve(lines: list[Swept], currency: str, days: int) -> Figure | None:
    """What each size of the battery brings a month against the home as it is; None for fewer than two sizes."""
    sizes = sorted((line for line in lines if line.kind == "battery"), key=lambda line: line.number or 0.0)
    if len(sizes) < 2:
        return None
    brings = [gained(line, lines[0]) for line in sizes]
    unit = plain(currency)
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "a month",
        "x": [line.number for line in sizes],
        "y": values([float("nan") if one is None else one / days * DAYS_A_MONTH for one in brings]),
        "line": {"color": "--hems", "width": 3},
        "marker": {"size": 9},
        "hovertemplate": f"%{{x:g}} kWh: %{{y:,.2f}} {unit} a month<extra></extra>",
    }
    title = f"Cheaper than as it is, {currency} a month"
    label = f"{title}, by the battery's size in kWh."
    made = figure([Row(title, [trace])], {"title": {"text": "Battery, kWh"}, "rangemode": "tozero"}, 360, label)
    made.layout.update(showlegend=False, hovermode="closest")
    return made


def _table(lines: list[Swept], currency: str, days: int) -> str:
    money = escape(currency)
    heads = (
        "Variant",
        f"Without HEMS, {money}",
        f"With HEMS, {money}",
        "HEMS saves",
        "Cheaper than as it is",
        "a month",
    )
    rows = []
    for line in lines:
        less = gained(line, lines[0]) if line.label != AS_IT_IS else None
        cells = [
            line.before.cost if line.before else None,
            line.hems.cost if line.hems else None,
            line.saving,
            less,
            None if less is None else less / days * DAYS_A_MONTH,
        ]
        figures = "".join(f"<td>{number_words(cell, 2, _DASH)}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{escape(line.label)}</th>{figures}</tr>')
    titles = "".join(f'<th scope="col">{head}</th>' for head in heads)
    caption = f"Bill and battery wear of {days} days. What a battery or a car costs to buy is not in it."
    return (
        '<div class="scroll" role="region" aria-label="Table variants" tabindex="0"><table id="variants">'
        f"<caption>{caption}</caption><thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _head(results: Results) -> str:
    title = f"What if: {results.title}"
    about = f"{period_words(results)} · {results.time_zone} · {results.mode}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
        f'<header><h1>{escape(title)}</h1><p class="about">{escape(about)}</p></header><main>'
    )


def _panel(title: str, inside: str) -> str:
    return f'<section class="panel"><h2>{escape(title)}</h2>{inside}</section>'


def _library() -> str:
    """The chart library that the package plotly brings along; empty without it."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        return ""
    return str(get_plotlyjs())
