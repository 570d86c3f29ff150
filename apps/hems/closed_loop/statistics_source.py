"""A home's past from Home Assistant's long-term statistics: hourly for ever, five minutes for the newest days."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.faults import Refused, shown
from ..simulation.local_day import day_start, local_date
from .statistics_rows import Rows, rows_of
from .statistics_socket import Conversation, conversation

# The recorder keeps five-minute statistics for ten days unless it is told otherwise; counted from midnight they are nine.
_FINE_DAYS = 9
# So much is asked for at a time.
_DAYS_AT_A_TIME = 31
# Home Assistant answers in these units where it knows how to convert.
_UNITS = {"power": "kW", "energy": "kWh"}


@dataclass(frozen=True)
class Statistic:
    """One entity's statistics. ``unit``: of the rows; ``measured``: means of a measurement, else sums of a counter."""

    unit: str
    measured: bool
    hours: Rows
    fine: Rows = ()


@dataclass(frozen=True)
class Past:
    """What Home Assistant knows: states as they are now, and the statistics of those entities that have any.

    ``begin`` and ``end``: local midnights (aware UTC) between which was asked.
    """

    zone: ZoneInfo
    begin: datetime
    end: datetime
    states: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    statistics: Mapping[str, Statistic] = field(default_factory=dict)


def ask_home_assistant(url: str, token: str, entities: Sequence[str], days: int, now: datetime) -> Past:
    """The last ``days`` whole local days before ``now`` (aware). Raises Refused; the token stands in none of its sentences."""
    try:
        return asyncio.run(_asked(url, token, sorted(set(entities)), days, now))
    except Refused as refused:
        raise Refused([fault.replace(token, "...") if token else fault for fault in refused.faults]) from None


async def _asked(url: str, token: str, entities: list[str], days: int, now: datetime) -> Past:
    async with conversation(url, token) as home:
        zone = _zone((await home.ask("get_config")).get("time_zone"))
        today = local_date(now, zone)
        begin, end = day_start(today - timedelta(days=days), zone), day_start(today, zone)
        states = {str(one.get("entity_id")): one for one in await home.ask("get_states")}
        known = {
            str(one.get("statistic_id")): one
            for one in await home.ask("recorder/get_statistics_metadata", statistic_ids=entities)
        }
        statistics = {}
        for entity in entities:
            if entity in known:
                statistics[entity] = await _statistic(home, entity, known[entity], begin, end)
        return Past(zone, begin, end, states, statistics)


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (OSError, ValueError, LookupError):
        raise Refused([f"--url: Home Assistant's time zone {shown(name)} is not known here; install tzdata"]) from None


async def _statistic(
    home: Conversation, entity: str, about: Mapping[str, Any], begin: datetime, end: datetime
) -> Statistic:
    unit = _UNITS.get(str(about.get("unit_class"))) or about.get("statistics_unit_of_measurement") or ""
    # ``has_mean`` is what ``mean_type`` was called before 2025.
    measured = bool(about.get("mean_type") or about.get("has_mean"))
    hours = await _rows(home, entity, "hour", begin, end, measured)
    fine = await _rows(home, entity, "5minute", max(begin, end - timedelta(days=_FINE_DAYS)), end, measured)
    return Statistic(str(unit), measured, hours, fine)


async def _rows(home: Conversation, entity: str, period: str, begin: datetime, end: datetime, measured: bool) -> Rows:
    found: list[Mapping[str, Any]] = []
    for first, last in _parts(begin, end):
        answer = await home.ask(
            "recorder/statistics_during_period",
            start_time=first.isoformat(),
            end_time=last.isoformat(),
            statistic_ids=[entity],
            period=period,
            units=_UNITS,
            types=["mean"] if measured else ["change", "sum"],
        )
        found += (answer or {}).get(entity, [])
    return rows_of(found, "mean" if measured else "change", timedelta(hours=1 if period == "hour" else 1 / 12))


def _parts(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """A period in pieces, in UTC."""
    first = begin.astimezone(timezone.utc)
    while first < end:
        last = min(first + timedelta(days=_DAYS_AT_A_TIME), end.astimezone(timezone.utc))
        yield first, last
        first = last
