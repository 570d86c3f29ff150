"""The ledger's card: what the days gone by cost, and what was saved. What is not known stays None, and is never 0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .local_time import DAYS, MONTHS
from .plain import number_or_none

_PERIODS = (("today", "Today"), ("yesterday", "Yesterday"), ("month", "This month"), ("year", "This year"))
_LONG = ("month", "year")
# Below this the rounding of shares is no difference.
_SAME = 0.005


def ledger_card(summary: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The card of the ledger's document; None where there is no ledger. An empty document: nothing is reckoned yet.

    `periods`: today, yesterday, this month, this year; `days`: one entry a day, oldest first; money in `currency`, a cost
    below 0 was earned.
    """
    if summary is None:
        return None
    return {
        "currency": _words(summary.get("currency")),
        "periods": [_period(key, title, _part(summary.get(key))) for key, title in _PERIODS],
        "days": [day for day in map(_day, _list(summary.get("days"))) if day is not None],
        "notes": [str(note) for note in _list(summary.get("notes"))] or ([] if summary else ["No figures yet."]),
    }


def _period(key: str, title: str, total: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "cost": number_or_none(total.get("cost")),
        "saving": number_or_none(total.get("saving")),
        "partial": total.get("partial") is True and bool(total.get("days")),
        "note": _note(total, key in _LONG),
    }


def _note(total: Mapping[str, Any], long: bool) -> str:
    """`12 days, 97 % measured`; how much of them the saving is known for, where that is less."""
    days, parts = total.get("days"), []
    if not days:
        return "nothing measured"
    if long:
        parts.append(f"{days} day{'' if days == 1 else 's'}")
    measured, compared = number_or_none(total.get("coverage")), number_or_none(total.get("compared"))
    if total.get("partial") is True:
        parts.append("partly measured" if measured is None else f"{_percent(measured)} measured")
    saving = number_or_none(total.get("saving"))
    if saving is not None and measured is not None and compared is not None and compared < measured - _SAME:
        parts.append(f"saving known for {_percent(compared)}")
    return ", ".join(parts)


def _day(value: Any) -> dict[str, Any] | None:
    entry = _part(value)
    try:
        day = date.fromisoformat(str(entry.get("day")))
    except ValueError:
        return None
    return {
        "date": day.isoformat(),
        "label": f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}",
        "cost": number_or_none(entry.get("cost")),
        "saving": number_or_none(entry.get("saving")),
        "partial": entry.get("partial") is True,
    }


def _percent(share: float) -> str:
    # What is not whole must not read as whole.
    return f"{min(99, round(share * 100)) if share < 1 else 100} %"


def _part(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
