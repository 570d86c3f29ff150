"""How much was imported in the local day and month until now: what the grid's import meter has counted since they began.

Pure: ``observe_import`` makes the next memory from the last one and what the meter says now. Where the begin of a day
or month was not seen, what was imported in it is not known, and unknown is not zero.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ..domain.quantity import parse_time
from .local_days import Period, period_begin, period_name

# A day whose first look comes so soon after its begin is counted from its begin; what the meter said so long ago holds.
_SOON = timedelta(minutes=20)
# Home Assistant's own rule for counters that only rise: below this part of the last value it has begun anew at 0.
_BEGUN_ANEW = 0.9
# More than any home's connection carries: so great a jump is another meter, or one that said 0 for a moment.
_MOST_KW = 200.0
_PERIODS: tuple[Period, ...] = ("day", "month")


@dataclass(frozen=True)
class Imported:
    """``counter_kwh``: what the meter said when it was last known (``at``); ``kwh``: by day (``2026-06-01``) and month
    (``2026-06``) that are counted from their begin."""

    counter_kwh: float | None = None
    at: datetime | None = None
    kwh: dict[str, float] = field(default_factory=dict)

    def since_begin(self, period: Period, now: datetime, zone: tzinfo) -> float | None:
        """What was imported in the local day or month of ``now`` until now; None: not known."""
        if self.at is None or abs(now - self.at) > _SOON:
            return None
        return self.kwh.get(period_name(period, now, zone))


def observe_import(before: Imported, counter_kwh: float | None, now: datetime, zone: tzinfo) -> Imported:
    """The memory after the meter said ``counter_kwh`` (None: it is not known, and nothing changes).

    Nor does anything change while a clock that was set back a little has not caught up.
    """
    if counter_kwh is None or (before.at is not None and timedelta() < before.at - now <= _SOON):
        return before
    if before.counter_kwh is None or before.at is None or now < before.at:
        return Imported(counter_kwh, now)
    gained = _gained(before.counter_kwh, counter_kwh, now - before.at)
    kwh: dict[str, float] = {}
    if gained is None:
        return Imported(counter_kwh, now)
    for period in _PERIODS:
        name, begin = period_name(period, now, zone), period_begin(period, now, zone)
        if name in before.kwh:
            kwh[name] = max(0.0, before.kwh[name] + gained)
        elif before.at <= begin and now - begin <= _SOON:
            share = (now - begin) / (now - before.at) if now > before.at else 0.0
            kwh[name] = max(0.0, gained * share)
    return Imported(counter_kwh, now, kwh)


def _gained(before_kwh: float, now_kwh: float, elapsed: timedelta) -> float | None:
    """What was imported between two values of the counter; None where it has jumped and nobody knows.

    What was imported during a jump within minutes is next to nothing, and not worth forgetting a month for.
    """
    gained = now_kwh if now_kwh < before_kwh * _BEGUN_ANEW else now_kwh - before_kwh
    if gained <= _MOST_KW * (elapsed / timedelta(hours=1) + 1):
        return gained
    return 0.0 if elapsed <= _SOON else None


def imported_to_dict(imported: Imported) -> dict[str, Any]:
    """As JSON values."""
    at = imported.at.isoformat() if imported.at is not None else None
    return {"counter_kwh": imported.counter_kwh, "at": at, "kwh": dict(imported.kwh)}


def imported_from_dict(document: Any) -> Imported:
    """From JSON values; what cannot be read is forgotten."""
    try:
        return Imported(
            counter_kwh=float(document["counter_kwh"]),
            at=parse_time(document["at"]),
            kwh={str(name): float(kwh) for name, kwh in document["kwh"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return Imported()
