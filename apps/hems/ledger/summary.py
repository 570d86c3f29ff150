"""The ledger as one plain document: what the page shows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .day import Day, QuarterRow
from .totals import Periods, Total

PERIODS = ("today", "yesterday", "month", "year")
_DAYS_SHOWN = 31
_DECIMALS = 4


def summary_of(
    periods: Periods, days: Sequence[Day], quarters: Sequence[QuarterRow], currency: str, notes: Sequence[str]
) -> dict[str, Any]:
    """Totals by period, the newest days and today's quarter hours; None where something is not known. JSON values only."""
    return {
        "currency": currency,
        "day": periods.day.isoformat(),
        **{name: _total(getattr(periods, name)) | {"begin": periods.begin(name).isoformat()} for name in PERIODS},
        "days": [_day(day) for day in days[-_DAYS_SHOWN:]],
        "quarters": [_plain(asdict(row)) for row in quarters],
        "notes": list(notes),
    }


def notes_of(day: Day | None) -> list[str]:
    """What must be known of the newest day's figures, in sentences."""
    if day is None:
        return ["nothing has been measured yet"]
    notes = []
    if day.partial:
        known = round(100 * day.measured / day.quarters) if day.quarters else 0
        notes.append(f"{day.day}: {known} % of the day so far is measured; its sums are those of that part")
    if day.saving is None and day.measured:
        notes.append(f"{day.day}: the house without planning is not known, so no saving is")
    return notes


def _total(total: Total) -> dict[str, Any]:
    return _plain(asdict(total)) | {"partial": total.partial}


def _day(day: Day) -> dict[str, Any]:
    return _plain(asdict(day)) | {"partial": day.partial}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _json(value) for key, value in values.items()}


def _json(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    return value.isoformat() if hasattr(value, "isoformat") else value
