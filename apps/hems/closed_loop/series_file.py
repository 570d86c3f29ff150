"""A home's year from CSV files: baseline load, PV and prices on quarter hours, holes filled and stated."""

from collections import Counter
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

import numpy as np

from ..domain.faults import Refused
from .series import Gap, Series, Values
from .series_columns import Kind
from .series_gaps import Grid, filled, without_nights
from .series_rows import Rows, read_rows

STEP_MINUTES = 15
LAWFUL_STEPS = (5, 10, 15, 30, 60)
# Rows of any lawful step are laid on five minutes first; quarter hours are means of three.
_FINE_MINUTES = 5
_FINE_SECONDS = _FINE_MINUTES * 60
_PER_QUARTER = STEP_MINUTES // _FINE_MINUTES
_MOST_MISSING = 0.2
_MEASURED: frozenset[Kind] = frozenset(("load_kw", "pv_kw", "pv_forecast_kw"))
_PRICES: frozenset[Kind] = frozenset(("spot_per_kwh",))
_WORDS: dict[Kind, str] = {
    "load_kw": "baseline load",
    "pv_kw": "PV",
    "pv_forecast_kw": "PV forecast",
    "spot_per_kwh": "spot price",
}
NO_FORECAST = "nothing; the simulation makes a forecast of its own"


def read_series(path: Path, zone: tzinfo, prices: Path | None = None) -> Series:
    """A CSV file with a header, as quarter hours of UTC. Prices may stand in a file of their own, with a step of its own.

    Columns: ``time`` (or ``start``; ISO 8601, without an offset local time of ``zone``; ``time_utc``, ``start_utc``),
    ``load_kw`` or ``load_w``, ``spot_per_kwh``, ``spot_per_mwh`` or ``price_eur_mwh``; if there is PV ``pv_kw`` or ``pv_w``
    (the plant ``roof``) or ``pv_NAME_kw``, and ``pv_forecast_kw`` or ``pv_NAME_forecast_kw``. A row holds for one step: the
    most frequent distance. Quarter hours that the file's ends cut are left out. Raises Refused.
    """
    wanted = _MEASURED if prices is not None else _MEASURED | _PRICES
    rows = read_rows(path, zone, wanted, ("load_kw",) if prices is not None else ("load_kw", "spot_per_kwh"))
    step = _step_minutes(rows)
    first = -(-_quarter(rows.times[0]) // 1)
    last = _quarter(rows.times[-1] + timedelta(minutes=step)) // 1
    begin, end = int(first) * _PER_QUARTER, int(last) * _PER_QUARTER
    if end <= begin:
        raise Refused([f"{path}: holds no whole quarter of an hour; give more rows"])
    _enough_rows(rows, step, end - begin)
    fine = _laid(rows, step, begin, end)
    if prices is not None:
        tariff = read_rows(prices, zone, _PRICES, ("spot_per_kwh",))
        fine |= _laid(tariff, _step_minutes(tariff), begin, end)
    grid = Grid(datetime.fromtimestamp(begin * _FINE_SECONDS, timezone.utc), _FINE_MINUTES, zone)
    return _series(fine, grid, path, prices or path)


def cut(series: Series, begin: datetime, end: datetime) -> Series:
    """The steps from ``begin`` (aware) until ``end``, whole ones; with the gaps in them. Raises Refused outside the series."""
    step = timedelta(minutes=series.step_minutes)
    covers = f"the series covers {series.start.isoformat()} to {series.end.isoformat()}"
    if not series.start <= begin < end <= series.end:
        raise Refused([f"period: {begin.isoformat()} to {end.isoformat()} is not within it: {covers}"])
    first, last = (begin - series.start) // step, -((series.start - end) // step)
    start, stop = series.time(first), series.time(last)
    gaps = [g for g in series.gaps if g.begin < stop and g.end > start]
    return Series(
        start=start,
        step_minutes=series.step_minutes,
        load_kw=series.load_kw[first:last],
        pv_kw={plant: values[first:last] for plant, values in series.pv_kw.items()},
        spot_per_kwh=series.spot_per_kwh[first:last],
        pv_forecast_kw={plant: values[first:last] for plant, values in series.pv_forecast_kw.items()},
        gaps=tuple(Gap(g.what, max(g.begin, start), min(g.end, stop), g.instead) for g in gaps),
    )


def _quarter(time: datetime) -> float:
    return time.timestamp() / (STEP_MINUTES * 60)


def _step_minutes(rows: Rows) -> int:
    """The most frequent distance of the rows. Raises Refused for an unlawful one, and for rows beside five minutes."""
    seconds = np.array([time.timestamp() for time in rows.times])
    ((step, _),) = Counter(np.diff(seconds).tolist()).most_common(1)
    if step not in [60 * minutes for minutes in LAWFUL_STEPS]:
        lawful = ", ".join(str(minutes) for minutes in LAWFUL_STEPS)
        raise Refused(
            [f"{rows.path}: its rows are {step / 60:g} minutes apart; lawful are {lawful}; write means of one of them"]
        )
    beside = np.flatnonzero(seconds % _FINE_SECONDS)
    if len(beside):
        k = int(beside[0])
        raise Refused(
            [
                f"{rows.path}: line {rows.lines[k]}: {rows.times[k].isoformat()} is no multiple of 5 minutes; write means that begin on one"
            ]
        )
    return int(step) // 60


def _enough_rows(rows: Rows, step_minutes: int, fine_steps: int) -> None:
    # Before anything is laid out: two rows a century apart are no series.
    missing = 1 - len(rows.times) * step_minutes / (fine_steps * _FINE_MINUTES)
    if missing > _MOST_MISSING:
        _refuse_holes(rows.path, "rows", missing, rows.times[0], rows.times[-1])


def _refuse_holes(path: Path, what: str, missing: float, begin: datetime, end: datetime) -> None:
    period = f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    share = "all" if missing >= 1 else f"{100 * missing:.0f} %"
    raise Refused(
        [f"{path}: {what}: {share} of {period} is missing, at most 20 % may be; give a fuller file or a shorter period"]
    )


def _laid(rows: Rows, step_minutes: int, begin: int, end: int) -> dict[tuple[Kind, str], Values]:
    """Every column on the five-minute steps ``begin`` to ``end`` (counted from 1970), NaN where no row holds."""
    at = np.array([int(time.timestamp()) // _FINE_SECONDS for time in rows.times])
    holds = np.minimum(np.diff(at, append=at[-1] + 10**6), step_minutes // _FINE_MINUTES)
    result: dict[tuple[Kind, str], Values] = {}
    for key, column in rows.values.items():
        values = np.full(end - begin, np.nan)
        known = np.array(column)
        for offset in range(step_minutes // _FINE_MINUTES):
            target = at + offset - begin
            lies = (offset < holds) & (target >= 0) & (target < len(values))
            values[target[lies]] = known[lies]
        result[key] = values
    return result


def _series(fine: dict[tuple[Kind, str], Values], grid: Grid, path: Path, prices: Path) -> Series:
    found: dict[tuple[Kind, str], Values] = {}
    gaps: list[Gap] = []
    for (kind, plant), values in fine.items():
        what = f"{_WORDS[kind]} {plant}".strip()
        values = (
            without_nights(values, grid) if kind in ("pv_kw", "pv_forecast_kw") and not _nothing(values) else values
        )
        missing = float(np.isnan(values).mean())
        begin, end = grid.start, grid.time(len(values))
        if missing > _MOST_MISSING and kind == "pv_forecast_kw":
            gaps.append(Gap(what, begin, end, NO_FORECAST))
            continue
        if missing > _MOST_MISSING:
            _refuse_holes(prices if kind == "spot_per_kwh" else path, what, missing, begin, end)
        values, holes = filled(values, what, grid, held=kind == "spot_per_kwh")
        gaps += holes
        found[kind, plant] = values.reshape(-1, _PER_QUARTER).mean(axis=1)
    return Series(
        start=grid.start,
        step_minutes=float(STEP_MINUTES),
        load_kw=found["load_kw", ""],
        pv_kw={plant: values for (kind, plant), values in found.items() if kind == "pv_kw"},
        spot_per_kwh=found["spot_per_kwh", ""],
        pv_forecast_kw={plant: values for (kind, plant), values in found.items() if kind == "pv_forecast_kw"},
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.begin, gap.what))),
    )


def _nothing(values: Values) -> bool:
    return bool(np.isnan(values).all())
