"""The past from Home Assistant's statistics: hourly means for ever, five-minute means for as long as the recorder keeps them.

``recorder.get_statistics`` (an action since Home Assistant 2025.6) answers over the ordinary service call. Its ``units``
make Home Assistant convert: what a sensor's unit is now, or was when a row was written, does not matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from ..domain.quantity import parse_time
from ..domain.series import Slot
from ..forecast.load_model import MOST_DAYS
from .history_means import FINE, HOUR, MOST_KW, TO_KW, TO_KWH, Means, Powers
from .port import Home, States

# The recorder's own default; where it keeps less, less is answered.
FINE_DAYS = 10
# Rows of one answer. A row is some 110 bytes, and AppDaemon drops the connection at a message of 4 MiB.
_MOST_ROWS = 12_000
_UNITS = {"power": "kW", "energy": "kWh"}
Kind = Literal["power", "counter"]
_TYPES: dict[Kind, str] = {"power": "mean", "counter": "change"}
_DEGREES = ("°C", "°F")


def kind_of(home: States, entity: str) -> Kind | None:
    """Whether a sensor measures a power or counts energy, by its unit; None: neither."""
    unit = str(home.attributes(entity).get("unit_of_measurement"))
    return "power" if unit in TO_KW else "counter" if unit in TO_KWH else None


def statistics(home: Home, entities: Sequence[str], now: datetime) -> dict[str, Means]:
    """The last weeks of each entity that is a power or a counter of energy; empty where it has no statistics."""
    found: dict[str, Means] = {}
    for kind in _TYPES:
        wanted = sorted({entity for entity in entities if kind_of(home, entity) == kind})
        hours = _asked(home, wanted, kind, now, HOUR, MOST_DAYS)
        fine = _asked(home, [entity for entity in wanted if hours.get(entity)], kind, now, FINE, FINE_DAYS)
        found |= {entity: Means(hours.get(entity, {}), fine.get(entity, {})) for entity in wanted}
    return found


def temperatures(home: Home, entity: str, now: datetime) -> tuple[Slot, ...]:
    """Hourly means of the last weeks in °C, in order, of a sensor in °C or °F; nothing where it has no statistics."""
    if home.attributes(entity).get("unit_of_measurement") not in _DEGREES:
        return ()
    rows = _rows(home, [entity], "mean", {"temperature": "°C"}, now, HOUR, MOST_DAYS).get(entity)
    return tuple(Slot(begin, begin + HOUR, value) for begin, value in sorted(dict(_values(rows, "mean")).items()))


def _asked(
    home: Home, wanted: Sequence[str], kind: Kind, now: datetime, length: timedelta, days: int
) -> dict[str, Powers]:
    """Mean powers of rows of one length, asked for in as many pieces as the answers' sizes need."""
    found: dict[str, Powers] = {}
    at_a_time = max(1, _MOST_ROWS // (days * (timedelta(days=1) // length)))
    for first in range(0, len(wanted), at_a_time):
        part = list(wanted[first : first + at_a_time])
        rows = _rows(home, part, _TYPES[kind], _UNITS, now, length, days)
        found |= {entity: _powers(one, kind, length) for entity, one in rows.items()}
    return found


def _rows(
    home: Home,
    wanted: list[str],
    column: str,
    units: dict[str, str],
    now: datetime,
    length: timedelta,
    days: int,
) -> dict[str, Any]:
    """The rows of each entity as they were answered; nothing where nothing was."""
    outcome = home.call(
        "recorder.get_statistics",
        {
            "start_time": (now - timedelta(days=days)).isoformat(),
            "end_time": now.isoformat(),
            "statistic_ids": wanted,
            "period": "hour" if length == HOUR else "5minute",
            "types": [column],
            "units": units,
        },
    )
    response = outcome.response if outcome.success else None
    rows = response.get("statistics") if isinstance(response, Mapping) else None
    return {entity: rows.get(entity) for entity in wanted} if isinstance(rows, Mapping) else {}


def _powers(rows: Any, kind: Kind, length: timedelta) -> Powers:
    values = dict(_values(rows, _TYPES[kind]))
    if kind == "power":
        return {begin: kw for begin, kw in values.items() if abs(kw) <= MOST_KW}
    # After a gap a counter's change is that of the whole gap; without the row before, nobody knows of how much time.
    powers = {begin: kwh / (length / HOUR) for begin, kwh in values.items() if begin - length in values}
    return {begin: kw for begin, kw in powers.items() if 0 <= kw <= MOST_KW}


def _values(rows: Any, key: str) -> Iterator[tuple[datetime, float]]:
    for row in rows if isinstance(rows, Sequence) else ():
        try:
            yield parse_time(row["start"]), float(row[key])
        except (KeyError, TypeError, ValueError):
            continue
