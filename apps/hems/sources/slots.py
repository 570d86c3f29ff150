"""From values with a begin to slots with an end: each slot's length, a hole that stays one, and the finer before the coarser."""

import heapq
import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from ..domain.series import Slot
from .entries import Timed
from .times import HOUR

_MINUTE = timedelta(minutes=1)
# A distance that occurs twice in a row is a step of the list as long as it is not above an hour; else it is a hole.
_LONGEST_CHANGE = HOUR


def slots_of(timed: Iterable[Timed], usual: timedelta | None = None) -> tuple[Slot, ...]:
    """Slots in order and without overlaps. ``usual``: the length that the list states for its entries.

    Of two with the same begin and end the later given holds. A slot without an end of its own lasts until the next begin,
    but no longer than usual in its list: what is missing stays a hole. Where slots overlap the shorter holds.
    """
    return laid(ended(timed, usual))


def ended(timed: Iterable[Timed], usual: timedelta | None = None) -> list[Slot]:
    """The slots before overlaps are cut, one for each begin and end, in order of their begins."""
    return _with_ends(_one_each(timed), usual)


def _one_each(timed: Iterable[Timed]) -> list[Timed]:
    """The later given of two with the same begin and end, in order of time."""
    by_both = {(one.begin, one.end): one for one in timed}
    ended = {begin for begin, end in by_both if end is not None}
    kept = [one for one in by_both.values() if one.end is not None or one.begin not in ended]
    return sorted(kept, key=lambda one: (one.begin, one.end or one.begin))


def _with_ends(timed: Sequence[Timed], usual: timedelta | None) -> list[Slot]:
    begins = sorted({one.begin for one in timed})
    following = dict(pairwise(begins))
    lengths = _lengths(begins, usual)
    too_long = [one for one in timed if one.by_duration and one.end and one.end > following.get(one.begin, one.end)]
    durations_hold = 2 * len(too_long) <= sum(one.by_duration for one in timed)
    slots = []
    for one in timed:
        end = one.end if durations_hold or not one.by_duration else None
        if end is None:
            end = one.begin + lengths[one.begin]
        after = following.get(one.begin)
        if after is not None and timedelta() < after - end <= _MINUTE:
            end = after  # ends are written as the last minute by some
        slots.append(Slot(one.begin, end, one.value))
    return slots


def _lengths(begins: Sequence[datetime], usual: timedelta | None) -> dict[datetime, timedelta]:
    """How long a value without an end holds, by its begin."""
    distances = [after - before for before, after in pairwise(begins)]
    if not distances:
        return {begin: usual or HOUR for begin in begins}
    # The lower of two middle ones: of three prices with a hole between, the step is the length and not the hole.
    middle = usual or statistics.median_low(distances)
    lengths = []
    for k, distance in enumerate(distances):
        beside = distances[max(0, k - 1) : k] + distances[k + 1 : k + 2]
        is_step = distance <= middle or (distance <= _LONGEST_CHANGE and distance in beside)
        lengths.append(distance if is_step else middle)
    lengths.append(lengths[-1])
    return dict(zip(begins, lengths, strict=True))


def laid(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Slots without overlaps: at each instant the shortest holds, of equally long ones that which began last."""
    ordered = sorted((one for one in slots if one.end > one.begin), key=lambda one: (one.begin, one.end))
    bounds = sorted({one.begin for one in ordered} | {one.end for one in ordered})
    pieces: list[Slot] = []
    sources: list[int] = []
    active: list[tuple[timedelta, float, int]] = []
    coming = 0
    for low, high in pairwise(bounds):
        while coming < len(ordered) and ordered[coming].begin <= low:
            one = ordered[coming]
            heapq.heappush(active, (one.end - one.begin, -one.begin.timestamp(), coming))
            coming += 1
        while active and ordered[active[0][2]].end <= low:
            heapq.heappop(active)
        if not active:
            continue
        chosen = active[0][2]
        if pieces and sources[-1] == chosen and pieces[-1].end == low:
            pieces[-1] = Slot(pieces[-1].begin, high, pieces[-1].value)
        else:
            pieces.append(Slot(low, high, ordered[chosen].value))
            sources.append(chosen)
    return tuple(pieces)


def filled(first: Sequence[Slot], others: Sequence[Slot]) -> tuple[Slot, ...]:
    """``first``, and of ``others`` what lies where ``first`` has nothing."""
    free: list[Slot] = []
    for one in others:
        at = one.begin
        for held in first:
            if held.end <= at:
                continue
            if held.begin >= one.end:
                break
            if held.begin > at:
                free.append(Slot(at, held.begin, one.value))
            at = held.end
        if at < one.end:
            free.append(Slot(at, one.end, one.value))
    return tuple(sorted((*first, *free), key=lambda slot: slot.begin))


def overlap_words(where: str, timed: Sequence[Timed], usual: timedelta | None = None) -> list[str]:
    """Sentences on values for the same time that differ, and on slots that overlap; [] where there are none."""
    values: dict[tuple[datetime, datetime | None], set[float]] = {}
    for one in timed:
        values.setdefault((one.begin, one.end), set()).add(one.value)
    twice = sorted(begin for (begin, _), found in values.items() if len(found) > 1)
    words = []
    if twice:
        words.append(
            f"{where}: {len(twice)} times are given twice and differ, the first {said(twice[0])}; the later holds"
        )
    cut = [after for before, after in pairwise(ended(timed, usual)) if after.begin < before.end]
    if cut:
        words.append(
            f"{where}: {len(cut)} entries overlap others, the first from {said(cut[0].begin)}; the shorter hold"
        )
    return words


def holes(slots: Sequence[Slot]) -> list[tuple[datetime, datetime]]:
    """Where nothing is known between the first and the last slot."""
    pairs = pairwise(slots)
    return [(before.end, after.begin) for before, after in pairs if after.begin > before.end]


def hole_words(slots: Sequence[Slot]) -> list[str]:
    """A sentence for each hole; beyond three one on the rest."""
    found = holes(slots)
    words = [f"nothing is known from {said(begin)} until {said(end)}" for begin, end in found[:3]]
    return words + ([f"and {len(found) - 3} more holes like these"] if len(found) > 3 else [])


def said(at: datetime) -> str:
    """An instant in a sentence: "2026-03-28T12:00Z"."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%MZ")
