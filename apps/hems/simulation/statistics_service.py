"""The action recorder.get_statistics of Home Assistant (since 2025.6), for means by the hour and by five minutes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .hourly_means import FINE_S, HOUR_S, HourlyMeans
from .services import ServiceError

_ACTION = "recorder.get_statistics"
_LENGTHS_S = {"hour": HOUR_S, "5minute": FINE_S}
_TYPES = {"change", "last_reset", "max", "mean", "min", "state", "sum"}
# The sensors of this home are in W.
_FROM_W = {"mW": 1e3, "W": 1.0, "kW": 1e-3, "MW": 1e-6}


def get_statistics(statistics: HourlyMeans, data: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """{"statistics": {entity: [{"start", "end", "mean"}]}}, times in UTC as Home Assistant answers them.

    Means only: what the home keeps no statistics of is left out, as in Home Assistant. With ``units: {power: kW}`` they are
    in that unit, else in W. Raises ServiceError: a key is missing, not a time, or asks for what is not known.
    """
    start = _moment(data, "start_time", zone)
    end = _moment(data, "end_time", zone) if data.get("end_time") is not None else None
    if start is None:
        raise ServiceError(f"{_ACTION}: start_time is missing")
    if data.get("period") not in _LENGTHS_S:
        raise ServiceError(f"{_ACTION}: period {data.get('period')!r} is not known here; write hour or 5minute")
    types, names, factor = _names(data, "types"), _names(data, "statistic_ids"), _factor(data.get("units"))
    if "mean" not in types or not set(types) <= _TYPES:
        raise ServiceError(f"{_ACTION}: types {data.get('types')!r} are not known here; write [mean]")
    found = statistics.rows(start, end, names, _LENGTHS_S[data["period"]])
    return {
        "statistics": {name: [{**row, "mean": row["mean"] * factor} for row in rows] for name, rows in found.items()}
    }


def _factor(units: Any) -> float:
    unit = units.get("power", "W") if isinstance(units, Mapping) else "W"
    if unit not in _FROM_W:
        raise ServiceError(f"{_ACTION}: units: {unit!r} is no unit of power; write {', '.join(_FROM_W)}")
    return _FROM_W[unit]


def _names(data: Mapping[str, Any], key: str) -> list[str]:
    found = data.get(key)
    names = [found] if isinstance(found, str) else list(found or [])
    if not names:
        raise ServiceError(f"{_ACTION}: {key} is missing")
    return names


def _moment(data: Mapping[str, Any], key: str, zone: ZoneInfo) -> datetime | None:
    found = data.get(key)
    if found is None:
        return None
    try:
        # Python 3.10 does not read the Z of UTC.
        moment = found if isinstance(found, datetime) else datetime.fromisoformat(str(found).replace("Z", "+00:00"))
    except ValueError:
        raise ServiceError(f"{_ACTION}: {key} {found!r} is not a time") from None
    # Home Assistant takes a time without an offset as local time.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
