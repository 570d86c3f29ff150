"""Energy counters: what was used between two readings; resets, dips and misreadings are told apart.

The rule is Home Assistant's own for ``total_increasing``: a fall below nine tenths is a new beginning at zero, a smaller
one is jitter of the meter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..domain.series import Slot

_RESET = 0.9
# A reading that falls and is back at this share of the old value by the next one was a misreading, no reset.
_BACK = 1.1
# Energy over a longer silence is known, but not when it was used.
_LONGEST = timedelta(hours=6)
_HOUR = timedelta(hours=1)

Reading = tuple[datetime, float | None]


def used_kw(readings: Sequence[Reading]) -> tuple[list[Slot], list[str]]:
    """Mean kW between the readings of a counter in kWh, and sentences about what was passed over.

    ``readings``: in order of time; None is a counter that was not available. What was used while it was not, or over more
    than six hours without a reading, stays a hole.
    """
    slots: list[Slot] = []
    resets: list[datetime] = []
    silences: list[datetime] = []
    since: datetime | None = None
    last = mark = 0.0
    for time, count in _without_misreadings(readings):
        if count is None or since is None:
            since, last, mark = (None, 0.0, 0.0) if count is None else (time, count, count)
            continue
        if count < _RESET * mark:
            resets.append(time)
            kwh, mark = count, count
        else:
            kwh, mark = _rise(last, mark, count)
        if time - since > _LONGEST:
            silences.append(since)
        elif time > since:
            slots.append(Slot(since, time, kwh / ((time - since) / _HOUR)))
        since, last = time, count
    return slots, _sentences(resets, silences)


def _rise(last: float, mark: float, count: float) -> tuple[float, float]:
    """What was used up to ``count``, and the new mark: the highest reading, until a dip below it lasts for two."""
    if count >= mark:
        return count - mark, count
    return max(count - last, 0.0), count if last < mark else mark


def _without_misreadings(readings: Sequence[Reading]) -> list[Reading]:
    """Without single readings that fall and are back at once: a restart that shows 0 for a moment."""
    kept: list[Reading] = []
    for place, (time, count) in enumerate(readings):
        before = kept[-1][1] if kept else None
        after = readings[place + 1][1] if place + 1 < len(readings) else None
        fell = count is not None and before is not None and count < _RESET * before
        if fell and before is not None and after is not None and before <= after <= _BACK * before:
            continue
        kept.append((time, count))
    return kept


def _sentences(resets: list[datetime], silences: list[datetime]) -> list[str]:
    found = []
    if resets:
        found.append(
            f"the counter began anew {_times(len(resets))}, first at {resets[0].isoformat()}; "
            "what it shows then was used since"
        )
    if silences:
        found.append(
            f"the counter was silent for more than 6 hours {_times(len(silences))}, first from "
            f"{silences[0].isoformat()}; that time is a hole"
        )
    return found


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
