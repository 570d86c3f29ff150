"""Several series put together: days of one plant are joined, planes that are known at the same time are summed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ..domain.series import Slot
from .power_curves import Curve
from .slots import filled, said

# The lists of two days may share a slot; what shares more is two planes.
_SHARED = timedelta(hours=1)
_Slots = tuple[Slot, ...]


@dataclass(frozen=True)
class Plant:
    """The sum of all planes, mean kW; ``planes``: how many are known at once."""

    slots: _Slots
    low: _Slots
    high: _Slots
    planes: int
    problems: tuple[str, ...]


def put_together(curves: Sequence[Curve], one: str) -> Plant:
    """Curves of several entities as one series, and sentences about what is missing. ``one``: what a curve is, "plane".

    Curves that overlap for more than an hour are planes; a time that not all planes know is a hole. Percentiles are
    summed too, which is wider than the truth, and only where every curve has them.
    """
    own = _without_shared(_by_source(curves))
    slots, planes, missing = _sum([curve.slots for curve in own])
    problems = []
    if missing:
        hours = sum((end - begin for begin, end in missing), timedelta()) / timedelta(hours=1)
        problems.append(
            f"not all of {planes} {one}s are known for {hours:g} h, first from {said(missing[0][0])}: these are holes"
        )
    problems += [
        f"{before.where} and {after.where} are the same; they are summed as two {one}s: leave one out if they are one"
        for before, after in pairwise(own)
        if planes > 1 and before.slots == after.slots and any(slot.value for slot in after.slots)
    ]
    sides = {}
    for name in ("low", "high"):
        has = [getattr(curve, name) for curve in own]
        sides[name] = _sum(has)[0] if all(has) else ()
        if any(has) and not all(has):
            problems.append(f"not every source gives the {name} percentile: it is left out")
    return Plant(slots, sides["low"], sides["high"], planes, tuple(problems))


def _by_source(curves: Sequence[Curve]) -> list[Curve]:
    """One curve of each entity and holder: of an entity given twice the later holds, where it knows anything."""
    found: dict[object, Curve] = {}
    for number, curve in enumerate(curves):
        key = (curve.place.entity_id or number, curve.holder)
        before = found.get(key)
        found[key] = curve if before is None else replace(curve, slots=filled(curve.slots, before.slots))
    return list(found.values())


def _without_shared(curves: Sequence[Curve]) -> list[Curve]:
    """A curve ends where another begins that shares but its last slot."""
    cut = []
    for curve in curves:
        if not curve.slots:
            continue
        end = curve.slots[-1].end
        begins = [other.slots[0].begin for other in curves if other is not curve and other.slots]
        first = min((one for one in begins if curve.slots[0].begin < one < end <= one + _SHARED), default=end)
        cut.append(
            replace(
                curve,
                slots=_until(curve.slots, first),
                low=_until(curve.low, first),
                high=_until(curve.high, first),
            )
        )
    return cut


def _until(slots: _Slots, end: datetime) -> _Slots:
    return tuple(Slot(one.begin, min(one.end, end), one.value) for one in slots if one.begin < end)


def _sum(curves: Sequence[_Slots]) -> tuple[_Slots, int, list[tuple[datetime, datetime]]]:
    """The sum where all planes are known, their number, and where but some are."""
    bounds = sorted({at for slots in curves for slot in slots for at in (slot.begin, slot.end)})
    places = [0] * len(curves)
    counted: list[tuple[Slot, int]] = []
    for low, high in pairwise(bounds):
        known = []
        for number, slots in enumerate(curves):
            while places[number] < len(slots) and slots[places[number]].end <= low:
                places[number] += 1
            here = slots[places[number]] if places[number] < len(slots) else None
            if here is not None and here.begin <= low:
                known.append(here.value)
        if known:
            counted.append((Slot(low, high, sum(known)), len(known)))
    planes = max((count for _, count in counted), default=0)
    missing = [(slot.begin, slot.end) for slot, count in counted if count < planes]
    return tuple(slot for slot, count in counted if count == planes), planes, missing
