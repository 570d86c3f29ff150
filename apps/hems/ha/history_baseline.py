"""The baseline load of the past: the meter's balance less every device that is known, by the hour and by five minutes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config.site import Site
from ..domain.series import Slot
from .history_means import FINE, FINE_PER_HOUR, HOUR, Means, fine_by_hour

# A sensor that showed as little before and after it fell silent is taken to have shown nothing in between: inverters go
# away at night, a charger's sensor with its car, a plug's with its switch.
_IDLE_KW = 0.1
_LONGEST_IDLE = timedelta(days=3)
# Below zero by less than the meters' own errors is no fault.
_BELOW_KW = -0.05
# More of the past below zero than this is a fault of the configuration; less, with a sign turned, is its remedy.
_TOO_OFTEN, _MENDED = 0.03, 0.01

Row = tuple[datetime, timedelta, tuple[float, ...]]
Term = tuple[str, float]


@dataclass(frozen=True)
class Baseline:
    """The baseline load, never negative. ``negative_share``: of the known time, how much came out below zero."""

    slots: tuple[Slot, ...] = ()
    negative_share: float = 0.0
    problems: tuple[str, ...] = ()


def baseline_past(past: Mapping[str, Means], terms: Sequence[Term], site: Site) -> Baseline:
    """The baseline load from the past of every sensor in ``terms`` (``baseline_terms``), the meter's first.

    A time is known where all sensors know it. A load's or a car's sensor that is younger than the meter counts as nothing
    before its first value; PV and battery do not, for without them the balance is wrong.
    """
    if not terms or not past.get(terms[0][0]):
        return Baseline()
    young = {ev.power for ev in site.evs.values()} | {load.power for load in site.loads.values()}
    silent = [entity for entity, _ in terms[1:] if not past.get(entity)]
    used = [(entity, sign) for entity, sign in terms if entity not in silent or entity not in young]
    rows = _rows([_whole(past, entity, terms[0][0], entity in young) for entity, _ in used])
    problems = [_without(entity, entity in young) for entity in silent]
    slots = [Slot(begin, begin + length, _sum(parts, used)) for begin, length, parts in rows]
    clipped, share = never_negative(slots)
    if share > _TOO_OFTEN:
        problems.append(f"{below_zero(share)}: {_remedy(rows, used, site)}")
    return Baseline(clipped, share, tuple(problems))


def never_negative(slots: Iterable[Slot]) -> tuple[tuple[Slot, ...], float]:
    """The slots with nothing below zero, and the share of their time that was."""
    slots = tuple(slots)
    known = sum(((slot.end - slot.begin) for slot in slots), timedelta())
    below = sum(((slot.end - slot.begin) for slot in slots if slot.value < _BELOW_KW), timedelta())
    return tuple(Slot(slot.begin, slot.end, max(slot.value, 0.0)) for slot in slots), below / known if known else 0.0


def below_zero(share: float) -> str:
    """What is said of a baseline load that is too often below zero."""
    return f"the baseline load comes out below zero in {share:.0%} of the past"


def too_often(share: float) -> bool:
    """Whether so much below zero is a fault of the configuration."""
    return share > _TOO_OFTEN


def _without(entity: str, counted_as_nothing: bool) -> str:
    if counted_as_nothing:
        return f"{entity}: has no history; what it took is part of the baseline load's past"
    return f"{entity}: has no history, so that the baseline load's past is not known; give the sensor a state_class"


def _sum(parts: Sequence[float], terms: Sequence[Term]) -> float:
    return sum(kw * sign for kw, (_, sign) in zip(parts, terms, strict=True))


def _rows(sensors: Sequence[Means]) -> list[Row]:
    """Times at which all sensors are known, with their powers: five minutes where all have a whole hour of them.

    Never five minutes of one and the hour of another: a car that starts would be in the one and not yet in the other.
    """
    fine = [fine_by_hour(sensor) for sensor in sensors]
    found: list[Row] = []
    for hour in fine[0]:
        common = set.intersection(*(set(one.get(hour, {})) for one in fine))
        if len(common) < FINE_PER_HOUR and all(hour in sensor.hours for sensor in sensors):
            found.append((hour, HOUR, tuple(sensor.hours[hour] for sensor in sensors)))
        else:
            found += [(at, FINE, tuple(one[hour][at] for one in fine)) for at in sorted(common)]
    return found


def _whole(past: Mapping[str, Means], entity: str, meter: str, young: bool) -> Means:
    """A sensor's past with nothing where it was surely idle, at the times that the meter knows."""
    own, other = past.get(entity, Means()), past[meter]
    if entity == meter:
        return own
    hours = _filled(own.hours, other.hours, HOUR, young)
    # Where only hours are known, the sensor's five minutes are not nothing.
    unknown = {at for at in other.fine if at not in own.fine and own.hours.get(_hour(at), 0.0) != 0.0}
    fine = {at: kw for at, kw in _filled(own.fine, other.fine, FINE, young).items() if at not in unknown}
    return Means(hours, fine)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _filled(
    own: Mapping[datetime, float], times: Iterable[datetime], length: timedelta, young: bool
) -> dict[datetime, float]:
    """``own`` with zeros at those ``times`` at which the sensor was idle, or not yet there."""
    found, known = dict(own), sorted(own)
    before, k = None, 0
    for at in sorted(times):
        while k < len(known) and known[k] <= at:
            before, k = known[k], k + 1
        after = known[k] if k < len(known) else None
        if at not in own and (_idle(own, before, after, at) if before is not None else young and bool(known)):
            found[at] = 0.0
    return found


def _idle(own: Mapping[datetime, float], before: datetime, after: datetime | None, at: datetime) -> bool:
    if abs(own[before]) > _IDLE_KW or (after is not None and abs(own[after]) > _IDLE_KW):
        return False
    return (after if after is not None else at) - before <= _LONGEST_IDLE


def _remedy(rows: Sequence[Row], terms: Sequence[Term], site: Site) -> str:
    """The sensor that, turned round, would mend it; else what to look at."""
    shares = []
    for k, (entity, sign) in enumerate(terms):
        turned = [*terms[:k], (entity, -sign), *terms[k + 1 :]]
        slots = (Slot(begin, begin + length, _sum(parts, turned)) for begin, length, parts in rows)
        shares.append((never_negative(slots)[1], entity))
    share, entity = min(shares, default=(1.0, ""))
    if share <= _MENDED:
        return f"{entity} seems to count the other way round; {_turn(entity, site)}"
    return "look at the signs and units of " + ", ".join(entity for entity, _ in terms)


def _turn(entity: str, site: Site) -> str:
    grid = site.grid.power
    if entity == grid.entity:
        return f"write positive: {'export' if grid.positive == 'import' else 'import'} at grid.power"
    for name, battery in site.batteries.items():
        if battery.power is not None and battery.power.entity == entity:
            other = "charge" if battery.power.positive == "discharge" else "discharge"
            return f"write positive: {other} at batteries.{name}.power"
    return "give it a sensor that is above zero when power flows"
