"""Who is in charge of a device and until when, and how it fares with it, in a family's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from .local_time import instant_words
from .steps import read_instant

# The dispatcher's sources. One that is not listed is shown by its own name.
_WORDS = {
    "plan": "plan",
    "off": "switched off",
    "manual": "manual",
    "hold": "hold",
    "charge": "charge now",
    "discharge": "discharge now",
    "boost": "boost",
    "skip": "skipped today",
    "guard": "guard",
    "fallback": "no plan",
    "hand": "by hand",
}


def who_is(entry: Mapping[str, Any], now: datetime, zone: tzinfo) -> dict[str, Any]:
    """What the page shows beside a device's action. `entry` is the dispatcher's; any of its fields may be missing.

    `who`, `until`, `writes`: words, None where nothing is known; `trouble`: what is wrong; `waiting`: what is waited for;
    `by_plan`: whether the plan is in charge; `dry_run`: nothing is written.
    """
    source = _text(entry.get("source"))
    left_alone = source == "plan" and entry.get("action") == "leave"
    return {
        "who": "left alone" if left_alone else _WORDS.get(source or "", source),
        "by_plan": source == "plan",
        "until": until_words(entry.get("until"), now, zone),
        "writes": writes_words(entry),
        "trouble": _trouble(entry),
        "waiting": _text(entry.get("waiting")),
        "dry_run": entry.get("dry_run") is True,
    }


def until_words(until: Any, now: datetime, zone: tzinfo) -> str | None:
    """`until 14:30` today, `until Sun 07:00` on another day; None where there is no end or it is past."""
    at = _instant(until)
    if at is None or at <= now:
        return None
    local = at.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    return f"until {local:%H:%M}" if today else f"until {instant_words(at, zone)}"


def writes_words(entry: Mapping[str, Any]) -> str | None:
    """`3 writes today`, `3 of 20 writes today`; None where they are not counted."""
    count, limit = _count(entry.get("writes_today")), _count(entry.get("writes_limit"))
    if count is None:
        return None
    if limit is not None:
        return f"{count} of {limit} writes today"
    return f"{count} write{'' if count == 1 else 's'} today"


def _trouble(entry: Mapping[str, Any]) -> str | None:
    fault = _text(entry.get("fault"))
    if fault is not None:
        return fault
    # With something that is waited for, that says why not.
    return "Does not do yet as it was told." if entry.get("ok") is False and not entry.get("waiting") else None


def _instant(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else None
    try:
        at = read_instant(str(value)) if value else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
