"""The action recorder.get_statistics of Home Assistant (since 2025.6), for hourly means."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .hourly_means import HourlyMeans
from .services import ServiceError

_ACTION = "recorder.get_statistics"


def get_statistics(statistics: HourlyMeans, data: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """{"statistics": {entity: [{"start", "end", "mean"}]}}, times in UTC as Home Assistant answers them.

    Raises ServiceError: a key is missing, not a time, or asks for more than hourly means.
    """
    start = _moment(data, "start_time", zone)
    end = _moment(data, "end_time", zone) if data.get("end_time") is not None else None
    if start is None:
        raise ServiceError(f"{_ACTION}: start_time is missing")
    if data.get("period") != "hour":
        raise ServiceError(f"{_ACTION}: period {data.get('period')!r} is not known here; write hour")
    if _names(data, "types") != ["mean"]:
        raise ServiceError(f"{_ACTION}: types {data.get('types')!r} are not known here; write [mean]")
    return {"statistics": statistics.rows(start, end, _names(data, "statistic_ids"))}


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
