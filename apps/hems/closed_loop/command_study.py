"""The study that a command line asks for: home, series, period, controllers; all its faults at once."""

import argparse
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ..config.site import Site
from ..domain.faults import Refused, shown
from ..simulation.local_day import day_start, local_date
from .command_options import controllers_of, home_of, plain_faults, tried, zone_of
from .fingerprint import fingerprint
from .reference_home import reference_home
from .seeded_series import seeded_series
from .series import Series
from .series_file import read_series
from .simulated_site import on_plants, plant_faults, simulation_faults, simulation_notes
from .study_asked import Study, days_of

# Where nothing is said: a seeded home's last week of March, with its clock change.
_SEEDED_UNTIL = date(2025, 4, 1)
_ENOUGH_PAST = timedelta(days=7)


def study_of(chosen: argparse.Namespace) -> Study:
    """The study of the command's options. Raises Refused with every fault, before anything is run."""
    faults: list[str] = []
    home = tried(faults, lambda: _home(chosen))
    zone = tried(faults, lambda: zone_of(chosen.time_zone))
    names = tried(faults, lambda: controllers_of(chosen.controllers))
    begin = tried(faults, lambda: _day("--from", chosen.begin))
    until = tried(faults, lambda: _day("--until", chosen.until))
    measured = tried(faults, lambda: _measured(chosen, zone)) if zone is not None else None
    faults += plain_faults(chosen)
    if faults or home is None or zone is None or names is None:
        raise Refused(faults)
    site, title = home
    if measured is not None:
        measured = on_plants(site, measured)
        faults += plant_faults(site, measured, chosen.series)
    first, last = _period(chosen, begin, until, measured, zone, faults)
    if faults:
        raise Refused(faults)
    series = measured or seeded_series(site, zone, first, last, chosen.seed)
    low, high = (_step(series, day, zone) for day in (first, last))
    said = (
        f"{title}, {Path(chosen.series).name if chosen.series else f'seeded weather and prices (seed {chosen.seed})'}"
    )
    notes = (*simulation_notes(site), *_short_past(series, low))
    return Study(
        site,
        series,
        zone,
        low,
        high,
        names,
        chosen.mode,
        chosen.replan_minutes or site.replan_minutes,
        chosen.seed,
        said,
        notes,
        fingerprint(),
    )


def _home(chosen: argparse.Namespace) -> tuple[Site, str]:
    if chosen.home is None:
        return reference_home(pool=chosen.pool), "reference home with pool" if chosen.pool else "reference home"
    app, site = home_of(chosen.home)
    faults = [f"{chosen.home}: {app}.{fault}" for fault in simulation_faults(site)]
    if chosen.pool:
        faults.append("--pool: is a device of the reference home; leave out --home or --pool")
    if faults:
        raise Refused(faults)
    return site, Path(chosen.home).name


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused([f"{option}: {shown(text)} is not a date; write it like 2020-01-31"]) from None
    if not 1971 <= day.year <= 2100:
        raise Refused([f"{option}: {text} is not within the years 1971 to 2100"])
    return day


def _measured(chosen: argparse.Namespace, zone: ZoneInfo) -> Series | None:
    if chosen.series is None:
        if chosen.prices is not None:
            raise Refused(["--prices: needs --series, the load and PV that the prices belong to"])
        return None
    return read_series(Path(chosen.series), zone, Path(chosen.prices) if chosen.prices is not None else None)


def _period(
    chosen: argparse.Namespace,
    begin: date | None,
    until: date | None,
    series: Series | None,
    zone: ZoneInfo,
    faults: list[str],
) -> tuple[date, date]:
    """The first local day, and the one after the last. What is not said follows from ``--days`` and the series' end."""
    length = timedelta(days=chosen.days)
    opens = closes = None
    if series is not None:
        opens, closes = (local_date(moment, zone) for moment in days_of(series, zone))
    if begin is None and until is None:
        until = closes or _SEEDED_UNTIL
        begin = max(until - length, opens) if opens is not None else until - length
    last = until if until is not None else (begin or _SEEDED_UNTIL) + length
    first = begin if begin is not None else last - length
    if first >= last:
        faults.append(f"--until: {last} is not after --from {first}; it is the day after the last")
    if opens is not None and closes is not None and (first < opens or last > closes):
        faults.append(f"{chosen.series}: holds the days from {opens} until {closes}, not {first} until {last}")
    return first, last


def _step(series: Series, day: date, zone: ZoneInfo) -> int:
    """The step that begins at a local midnight; the number of steps at the series' end."""
    return round((day_start(day, zone) - series.start) / timedelta(minutes=series.step_minutes))


def _short_past(series: Series, first: int) -> list[str]:
    known = series.time(first) - series.start
    if known >= _ENOUGH_PAST:
        return []
    hours = known / timedelta(hours=1)
    return [f"The load before the period is known for {hours:.0f} h only: HEMS's first forecasts of it are rough."]
