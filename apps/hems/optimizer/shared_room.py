"""The room that phases and feeders leave a device: to take, to take from surplus, to give."""

from collections.abc import Sequence

from ..domain.limits import taken_kw
from ..domain.problem import Problem
from ..domain.schedule import Schedule
from .room import Rooms, running_kw


class SharedRoom:
    """Shrinks with what is planned. Infinite everywhere for a problem without phase and group limits.

    What runs now and must go on has its place from the beginning, whenever it is planned.
    """

    def __init__(self, problem: Problem) -> None:
        self._rooms, self._from_surplus = Rooms(problem), Rooms(problem, True)
        self._sun_only = {b.name for b in problem.batteries if not b.grid_charging}
        self._sun_only |= {ev.name for ev in problem.evs if ev.surplus_only}
        self._lived_from = [False] * problem.steps
        self._kept_kw = running_kw(problem)
        for name, power in self._kept_kw.items():
            self._add(name, power)

    def add(self, name: str, power_kw: Sequence[float]) -> None:
        """A device takes so much more, shape (N,), kW; negative: it gives."""
        kept = self._kept_kw.pop(name, None)
        self._add(name, power_kw if kept is None else [kw - own for kw, own in zip(power_kw, kept, strict=True)])

    def _add(self, name: str, power_kw: Sequence[float]) -> None:
        if name in self._sun_only:
            self._lived_from = [was or kw > 0 for was, kw in zip(self._lived_from, power_kw, strict=True)]
        self._rooms.add(name, power_kw)
        self._from_surplus.add(name, power_kw)

    def take_kw(self, k: int, name: str) -> float:
        """What a device may take in step k beside what is planned."""
        kept = self._kept_kw.get(name)
        return self._rooms.take_kw(k, name) + (0.0 if kept is None else kept[k])

    def surplus_kw(self, k: int, name: str) -> float:
        """What it may take of the PV that all others leave."""
        return self._from_surplus.take_kw(k, name)

    def give_kw(self, k: int, name: str) -> float:
        """What it may give; what others must have from PV is not to be pushed out by that."""
        return (self._from_surplus if self._lived_from[k] else self._rooms).give_kw(k, name)

    def used_kw(self, used_kw: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        """PV by plant, shape (N,) each, curtailed more or less than wished where the limits ask for it."""
        if not self._rooms.limited:
            return used_kw
        steps = range(len(self._lived_from))
        lawful = [self._rooms.used_kw(k, {name: kw[k] for name, kw in used_kw.items()}) for k in steps]
        return {name: tuple(one.get(name, kw[k]) for k, one in enumerate(lawful)) for name, kw in used_kw.items()}


def keeps_limits(problem: Problem, schedule: Schedule) -> bool:
    """Whether nothing but what cannot be stopped exceeds a limit; true for a problem without phase and group limits."""
    rooms = Rooms(problem)
    if rooms.limited:
        for name in (*schedule.loads_kw, *schedule.batteries, *schedule.evs):
            rooms.add(name, [taken_kw(schedule, name, k) for k in range(problem.steps)])
    return rooms.kept(schedule.pv_used_kw)
