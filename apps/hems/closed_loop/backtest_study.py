"""The study that ``backtest`` asks for: the user's home, its own past, the last whole days of it; all faults at once."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from ..config.site import Site
from ..domain.faults import Refused
from ..simulation.local_day import local_date
from .backtest_home import SeenHome, measured_only, with_numbers
from .backtest_series import Measured, entities_of, measured_home, write_series
from .backtest_words import meter_notes
from .command_options import controllers_of, home_of, plain_faults, tried, zone_of
from .fingerprint import fingerprint
from .results import ControllerName
from .series import Series
from .series_file import read_series
from .simulated_site import on_plants, plant_faults, simulation_faults, simulation_notes
from .statistics_source import ask_home_assistant
from .study_asked import Study, days_of
from .sweep_variants import Variant, variants_of

# So many days before the period are asked for too: from them HEMS learns the load, as it does at home.
_PAST_DAYS = 28
_ENOUGH_PAST = timedelta(days=7)
_HOURLY = (
    "Before the last days there are only hourly means: import and export within one hour are set off against each other, "
    "so the bills are a little lower than they were."
)
T = TypeVar("T")


@dataclass(frozen=True)
class Backtest:
    """What is to be run, its variants, and what was measured; None where a file of one's own was given."""

    study: Study
    variants: tuple[Variant, ...] = ()
    measured: Measured | None = None


def backtest_of(chosen: argparse.Namespace, folder: Path, now: datetime) -> Backtest:
    """What the options ask for; ``folder`` (it exists) keeps the past. Raises Refused before anything is run, and OSError."""
    faults = [*plain_faults(chosen), *_no_past(chosen)]
    home = tried(faults, lambda: home_of(chosen.home))
    names = tried(faults, lambda: controllers_of(chosen.controllers))
    zone = tried(faults, lambda: zone_of(chosen.time_zone))
    if faults or home is None or names is None or zone is None:
        raise Refused(faults)
    app, site = home
    path = f"{chosen.home}: {app}."
    if chosen.series is not None:
        site, series, measured = _from_file(chosen, site, path, zone)
    else:
        site, series, measured = _from_home_assistant(chosen, site, path, folder, now)
        zone = ZoneInfo(measured.time_zone)
    study = _study(chosen, site, series, measured, zone, names)
    return Backtest(study, tuple(variants_of(chosen.sweep or [], study)), measured)


def _study(
    chosen: argparse.Namespace,
    site: Site,
    series: Series,
    measured: Measured | None,
    zone: ZoneInfo,
    names: tuple[ControllerName, ...],
) -> Study:
    first, last = _period(series, zone, chosen.days)
    notes = [*(measured.notes if measured is not None else ()), *simulation_notes(site)]
    if measured is not None:
        notes.append(_HOURLY)
        notes += meter_notes(site, series, measured, first, last)
    notes += [*_fewer_days(series, zone, first, last, chosen.days), *_short_past(series, first)]
    whence = Path(chosen.series).name if chosen.series is not None else "Home Assistant's statistics"
    return Study(
        site,
        series,
        zone,
        first,
        last,
        names,
        chosen.mode,
        chosen.replan_minutes or site.replan_minutes,
        chosen.seed,
        f"{Path(chosen.home).name}, {whence}",
        tuple(notes),
        fingerprint(),
    )


def _from_file(chosen: argparse.Namespace, site: Site, path: str, zone: ZoneInfo) -> tuple[Site, Series, None]:
    faults = [f"{path}{fault}" for fault in simulation_faults(site)]
    prices = Path(chosen.prices) if chosen.prices is not None else None
    series = tried(faults, lambda: on_plants(site, read_series(Path(chosen.series), zone, prices)))
    if series is not None:
        faults += plant_faults(site, series, chosen.series)
    if faults or series is None:
        raise Refused(faults)
    return site, series, None


def _from_home_assistant(
    chosen: argparse.Namespace, site: Site, path: str, folder: Path, now: datetime
) -> tuple[Site, Series, Measured]:
    entities = _at(path, lambda: entities_of(site))
    past = ask_home_assistant(chosen.url, chosen.token, entities, chosen.days + _PAST_DAYS, now)
    faults: list[str] = []
    numbers = tried(faults, lambda: _at(path, lambda: with_numbers(site, SeenHome(past.states))))
    measured = tried(faults, lambda: measured_home(site, past, chosen.prices is None))
    if faults or numbers is None or measured is None:
        raise Refused(faults)
    site, notes = measured_only(numbers)
    faults = [f"{path}{fault}" for fault in simulation_faults(site)]
    if faults:
        raise Refused(faults)
    file = folder / "history.csv"
    write_series(measured, file)
    series = read_series(file, past.zone, Path(chosen.prices) if chosen.prices is not None else None)
    return site, series, replace(measured, notes=(*measured.notes, *notes))


def _no_past(chosen: argparse.Namespace) -> list[str]:
    """Options that are missing where Home Assistant is to be asked."""
    faults = []
    if chosen.series is None and not chosen.url:
        faults.append(
            "--url: is missing; write Home Assistant's address, as http://homeassistant.local:8123, or set HA_URL; or give "
            "the past as --series FILE"
        )
    if chosen.series is None and not chosen.token:
        faults.append(
            "--token: is missing; set HA_TOKEN to a long-lived access token of your profile of Home Assistant"
        )
    return faults


def _at(path: str, made: Callable[[], T]) -> T:
    try:
        return made()
    except Refused as refused:
        raise Refused([f"{path}{fault}" for fault in refused.faults]) from None


def _period(series: Series, zone: ZoneInfo, days: int) -> tuple[int, int]:
    """First step and the one after the last, of the last whole local days."""
    opens, closes = days_of(series, zone)
    midnights = [k for k in range(series.steps + 1) if series.time(k).astimezone(zone).strftime("%H:%M") == "00:00"]
    last = midnights[-1]
    assert opens <= closes == series.time(last)
    return midnights[max(0, len(midnights) - 1 - days)], last


def _fewer_days(series: Series, zone: ZoneInfo, first: int, last: int, asked: int) -> list[str]:
    begin, end = (local_date(series.time(k), zone) for k in (first, last))
    days = (end - begin).days
    return [f"Of the {asked} days asked for, {days} {'is' if days == 1 else 'are'} known."] if days < asked else []


def _short_past(series: Series, first: int) -> list[str]:
    known = series.time(first) - series.start
    if known >= _ENOUGH_PAST:
        return []
    return [
        f"The load before the period is known for {known / timedelta(hours=1):.0f} h only: HEMS's first forecasts of it "
        "are rough."
    ]
