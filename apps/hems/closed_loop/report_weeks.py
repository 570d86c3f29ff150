"""The weeks that teach most: the one furthest from the bound, and the one that saved most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

from .report_figure import Figure, Row, figure, line, plain, values
from .report_steps import local_times
from .report_words import TITLES, number_words
from .results import ControllerName, Results

DAYS = 7
# Whose weeks are looked at: the suite itself, else what ran in its place.
SUBJECTS: tuple[ControllerName, ...] = ("hems", "hems_perfect", "rules")
SHOWN: tuple[ControllerName, ...] = ("self_consumption", "bound")


@dataclass(frozen=True)
class Week:
    """Local dates in a row, and in words why they are shown."""

    dates: tuple[str, ...]
    why: str


def subject(results: Results) -> ControllerName | None:
    """The controller whose weeks are shown; None where none of them left a trace."""
    return next((name for name in SUBJECTS if name in results.traces and name in results.outcomes), None)


def chosen_weeks(results: Results) -> list[Week]:
    """The week in which the subject was furthest from the bound, then the one in which it saved most; each once.

    Weeks are counted from the first day; a rest of fewer than seven days counts only if there is nothing else.
    """
    name = subject(results)
    if name is None:
        return []
    bills = _bills(results, name)
    weeks = _weeks(list(bills))
    furthest = _most(weeks, bills, _bills(results, "bound"))
    saved = _most(weeks, _bills(results, "self_consumption"), bills)
    unit, who = results.currency, TITLES[name]
    found = []
    if furthest:
        found.append(
            Week(
                furthest[0], f"the week furthest from the bound: {who} paid {number_words(furthest[1], 2)} {unit} more"
            )
        )
    if saved and not (furthest and saved[0] == furthest[0]):
        found.append(
            Week(
                saved[0],
                f"the week of the largest saving: {who} paid {number_words(saved[1], 2)} {unit} less than self-consumption",
            )
        )
    return found or [Week(week, "the first week") for week in weeks[:1]]


def _bills(results: Results, name: ControllerName) -> dict[str, float]:
    outcome = results.outcomes.get(name)
    return {day.date: day.bill for day in outcome.days} if outcome else {}


def _weeks(dates: Sequence[str]) -> list[tuple[str, ...]]:
    weeks = [tuple(dates[first : first + DAYS]) for first in range(0, len(dates), DAYS)]
    return [week for week in weeks if len(week) == DAYS] or weeks


def _most(
    weeks: Sequence[tuple[str, ...]], more: dict[str, float], less: dict[str, float]
) -> tuple[tuple[str, ...], float] | None:
    """The week with the largest difference between two controllers' bills; None where a bill is not known."""
    known = [week for week in weeks if all(day in more and day in less for day in week)]
    sums = [(week, sum(more[day] - less[day] for day in week)) for week in known]
    return max(sums, key=lambda found: found[1], default=None)


def week_plot(results: Results, week: Week) -> Figure | None:
    """Prices, import, export and states of charge in one week, in the steps of the run. None without a trace of it."""
    name = subject(results)
    dates = set(week.dates)
    steps = [(k, time) for k, time in enumerate(local_times(results)) if time.date().isoformat() in dates]
    if name is None or not steps:
        return None
    names = [other for other in (*SHOWN, name) if other in results.traces]
    first, last = steps[0][0], steps[-1][0]
    part = _Part(results, slice(first, last + 1), [_clock(time) for _, time in steps])
    rows = [row for row in (part.prices(), *part.powers(names), *part.storages(names)) if row.traces]
    label = f"{week_words(week)}: prices, import, export and state of charge."
    return figure(rows, _days_axis([time for _, time in steps]), 108 + 150 * len(rows), label)


def week_words(week: Week) -> str:
    """Such as: 12 Mar to 18 Mar 2020, the week furthest from the bound."""
    first, last = date.fromisoformat(week.dates[0]), date.fromisoformat(week.dates[-1])
    return f"{first.day} {first:%b} to {last.day} {last:%b %Y}, {week.why}"


def _clock(time: datetime) -> str:
    """Such as: Sun 25 Oct 02:15 (UTC+0100). With the offset, because an hour comes twice when summer time ends."""
    return f"{time:%a} {time.day} {time:%b %H:%M} (UTC{time:%z})"


def _days_axis(times: Sequence[datetime]) -> dict[str, object]:
    """An axis of the steps' names with a mark at each first step of a day.

    Every step has the same width, so a day of 23 or 25 hours has its true one.
    """
    days = [time for n, time in enumerate(times) if n == 0 or time.date() != times[n - 1].date()]
    words = [f"{day:%a}<br>{day.day} {day:%b}" for day in days]
    marks = {"tickmode": "array", "tickvals": [_clock(day) for day in days], "ticktext": words}
    return {"type": "category", "tickangle": 0, "tickfont": {"size": 11}, **marks}


@dataclass(frozen=True)
class _Part:
    """A stretch of the run: which steps, and their local times in words."""

    results: Results
    steps: slice
    clocks: Sequence[str]

    def prices(self) -> Row:
        """The import and the export price."""
        unit = plain(self.results.currency)
        series = (
            ("Import price", self.results.import_price, "solid"),
            ("Export price", self.results.export_price, "dot"),
        )
        traces = [
            {
                "type": "scatter",
                "mode": "lines",
                "name": title,
                "x": self.clocks,
                "y": values(prices[self.steps]),
                "line": {"color": "--price", "dash": dash, "width": 1.5, "shape": "hv"},
                "hovertemplate": f"%{{y:.4f}} {unit}/kWh",
            }
            for title, prices, dash in series
            if prices
        ]
        return Row(f"Prices, {self.results.currency}/kWh", traces)

    def powers(self, names: Sequence[ControllerName]) -> list[Row]:
        """Import, and export where there was any."""
        traces = self.results.traces
        imports = [self._line(name, traces[name].import_kw, "import %{y:.2f} kW", "hv") for name in names]
        exports = [self._line(name, traces[name].export_kw, "export %{y:.2f} kW", "hv") for name in names]
        any_export = any(value > 0 for name in names for value in traces[name].export_kw[self.steps] if isfinite(value))
        zero = {"rangemode": "tozero"}
        return [Row("Import, kW", imports, zero), *([Row("Export, kW", exports, zero)] if any_export else [])]

    def storages(self, names: Sequence[ControllerName]) -> list[Row]:
        """The state of charge of each battery and car, in percent."""
        traces = self.results.traces
        storages = dict.fromkeys(storage for name in names for storage in traces[name].soc)
        axis = {"range": [-2, 102], "tickvals": [0, 50, 100]}
        return [
            Row(
                f"State of charge of {storage}, %",
                [self._soc(name, storage) for name in names if storage in traces[name].soc],
                axis,
            )
            for storage in storages
        ]

    def _soc(self, name: ControllerName, storage: str) -> dict[str, object]:
        percent = [100 * soc for soc in self.results.traces[name].soc[storage]]
        return self._line(name, percent, f"{plain(storage)} %{{y:.0f}} %", "linear")

    def _line(self, name: ControllerName, series: Sequence[float], hover: str, shape: str) -> dict[str, object]:
        return line(name, self.clocks, series[self.steps], hover, shape=shape)
