"""The plots of the whole period: each controller's bill, how it adds up day by day, and the mean day."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import isfinite
from typing import Any

from .report_figure import Figure, Row, figure, line, plain, values, variable
from .report_steps import local_times
from .report_words import TITLES, controllers_run, has_wear, number_words
from .results import CONTROLLERS, ControllerName, Outcome, Results

HOURS = list(range(25))  # 24 closes the last step


def bill_bars(results: Results) -> Figure:
    """A bar a controller, the bound marked across all of them; with the battery's wear on top where it is priced."""
    names = controllers_run(results)
    unit = plain(results.currency)
    bars = [_bars(results, names, "Bill", lambda name: results.outcomes[name].bill, 1.0)]
    if has_wear(results):
        bars.append(_bars(results, names, "Battery wear", lambda name: results.outcomes[name].wear, 0.45))
    what = "bill and wear" if has_wear(results) else "bill"
    said = ", ".join(f"{TITLES[name]} {number_words(results.outcomes[name].cost, 2)}" for name in names)
    made = figure(
        [Row("", bars)],
        {"title": {"text": unit}, "zeroline": True},
        120 + 46 * len(names),
        f"The {what} of each controller in {results.currency}: {said}.",
    )
    layout = made.layout
    layout.update(
        hovermode="closest", barmode="relative", bargap=0.3, showlegend=False, annotations=_totals(results, names)
    )
    layout["margin"] = {"l": 40, "r": 72, "t": 26, "b": 46}
    low, high = zip((0.0, 0.01), *(_ends(results.outcomes[name]) for name in names), strict=True)
    layout["xaxis"] = {"title": {"text": unit}, "zeroline": True, "range": [min(low), max(high)]}
    layout["yaxis"] = {"autorange": "reversed", "automargin": True, "zeroline": False, "showgrid": False}
    if "bound" in names:
        _mark(layout, results.outcomes["bound"].cost)
    return made


def _bars(
    results: Results,
    names: Sequence[ControllerName],
    what: str,
    value: Callable[[ControllerName], float],
    opacity: float,
) -> dict[str, object]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": what,
        "y": [TITLES[name] for name in names],
        "x": values([value(name) for name in names]),
        "marker": {"color": [variable(name) for name in names], "opacity": opacity},
        "hovertemplate": f"%{{y}}: {what.lower()} %{{x:,.2f}} {plain(results.currency)}<extra></extra>",
    }


def _totals(results: Results, names: Sequence[ControllerName]) -> list[dict[str, object]]:
    """The sum beside the end of each bar."""
    return [
        {
            "x": _ends(results.outcomes[name])[1],
            "y": TITLES[name],
            "text": f"<b>{number_words(results.outcomes[name].cost, 2)}</b>",
            "showarrow": False,
            "xanchor": "left",
            "xshift": 6,
            "bgcolor": "--card",
        }
        for name in names
    ]


def _ends(outcome: Outcome) -> tuple[float, float]:
    """How far a bar reaches to the left and to the right: where the bill was earned, the wear lies beyond zero."""
    if not isfinite(outcome.cost):
        return 0.0, 0.0
    return min(outcome.bill, 0.0), max(outcome.bill, 0.0) + outcome.wear


def _mark(layout: dict[str, Any], cost: float) -> None:
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": cost,
            "x1": cost,
            "y0": 0,
            "y1": 1,
            "line": {"color": "--bound", "width": 2, "dash": "dash"},
        }
    ]
    mark = {"x": cost, "yref": "paper", "y": 1, "yanchor": "bottom", "text": "bound", "showarrow": False}
    layout["annotations"].append(mark)


def cumulated_bills(results: Results) -> Figure | None:
    """Each controller's bill by day, added up; below it, what that is less than self-consumption. None without days."""
    names = [name for name in controllers_run(results) if results.outcomes[name].days]
    if not names:
        return None
    unit = plain(results.currency)
    bills = [_adding_up(results, name, f"bill %{{y:,.2f}} {unit}") for name in names]
    rows = [Row(f"Bill so far, {results.currency}", bills)]
    saving = _savings(results, names, f"saved %{{y:,.2f}} {unit}")
    if saving:
        rows.append(Row(f"Saved against self-consumption, {results.currency}", saving))
    return figure(
        rows,
        {"type": "date", "hoverformat": "%a %-d %b %Y"},
        320 * len(rows),
        "Each controller's bill by day, added up from the first day.",
    )


def _adding_up(results: Results, name: ControllerName, hover: str) -> dict[str, object]:
    days = results.outcomes[name].days
    return line(name, [day.date for day in days], list(accumulate(day.bill for day in days)), hover)


def _savings(results: Results, names: Sequence[ControllerName], hover: str) -> list[dict[str, object]]:
    """Without the uncontrolled home, whose distance would flatten the other lines."""
    if "self_consumption" not in names:
        return []
    before = {day.date: day.bill for day in results.outcomes["self_consumption"].days}
    traces = []
    for name in names:
        if name in ("uncontrolled", "self_consumption"):
            continue
        days = [day for day in results.outcomes[name].days if day.date in before]
        saved = accumulate(before[day.date] - day.bill for day in days)
        traces.append(line(name, [day.date for day in days], list(saved), hover))
    return traces


def mean_day(results: Results) -> Figure | None:
    """Mean import by local hour of the day, and the mean import price above it. None without traces."""
    names = [name for name in CONTROLLERS if name in results.traces]
    if not names:
        return None
    hours = [time.hour for time in local_times(results)]
    imports = [
        line(name, HOURS, mean_by_hour(hours, results.traces[name].import_kw), "%{y:.2f} kW", shape="hv")
        for name in names
    ]
    rows = [Row("Mean import, kW", imports, {"rangemode": "tozero"}, 2.0)]
    if results.import_price:
        rows.insert(0, Row(f"Mean import price, {results.currency}/kWh", [_mean_price(results, hours)]))
    ticks = {"tickvals": HOURS[:24:4], "ticktext": [f"{hour:02d}:00" for hour in HOURS[:24:4]], "range": [0, 24]}
    hover = {"unifiedhovertitle": {"text": "Hour from %{x}:00"}}
    return figure(
        rows, {**ticks, **hover}, 460, "Mean import of each controller by hour of the day, with the mean import price."
    )


def _mean_price(results: Results, hours: Sequence[int]) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Import price",
        "x": HOURS,
        "y": values(mean_by_hour(hours, results.import_price)),
        "line": {"color": "--price", "width": 2, "shape": "hv"},
        "hovertemplate": f"%{{y:.4f}} {plain(results.currency)}/kWh",
    }


def mean_by_hour(hours: Sequence[int], series: Sequence[float]) -> list[float]:
    """Mean of a series, shape (N,), over each local hour 0 to 23, and the last again as 24; NaN for an hour that never came."""
    sums, counts = [0.0] * 24, [0] * 24
    for hour, value in zip(hours, series, strict=False):
        if isfinite(value):
            sums[hour] += value
            counts[hour] += 1
    means = [total / count if count else float("nan") for total, count in zip(sums, counts, strict=True)]
    return [*means, means[-1]]
