"""Programs by rules: each at its cheapest start that has room, and that lets those that wait for it start in time."""

from ..domain.loads import ShiftableLoad
from ..domain.problem import Problem
from ..domain.schedule import Series
from .meter import INFINITE, NOISE, Meter
from .shiftable import Starts, in_order, possible_starts


class Programs:
    """The programs of a problem, to be placed one after the other in the order of ``waiting``."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.waiting = in_order(problem.shiftable_loads)
        self._end_minutes: dict[str, float] = {}
        self._must_end = must_end_minutes(problem)

    def place(self, load: ShiftableLoad, meter: Meter, wished_minutes: float | None, beyond_limit: bool) -> Series:
        """The program at the start nearest to ``wished_minutes`` (None: the cheapest), on time where the limits let it.

        It waits for the one that it is ``after``, and does not run where that does not. ``beyond_limit`` false: it does
        not run at all where no start has room. kW, shape (N,).
        """
        horizon = self._problem.horizon
        power = (0.0,) * self._problem.steps
        begin: float | None = None
        if load.running_since is not None:
            begin = horizon.minutes_at(load.running_since)
            power = horizon.averaged(load.profile_kw, load.profile_step_minutes, begin)
        else:
            fits, k, found = self._best(load, meter, wished_minutes)
            if k is not None and (fits or beyond_limit):
                begin, power = horizon.posts_minutes[k], found
        self._end_minutes[load.name] = INFINITE if begin is None else begin + load.duration_minutes
        meter.add(load.name, power)
        return power

    def _best(self, load: ShiftableLoad, meter: Meter, wished_minutes: float | None) -> tuple[bool, int | None, Series]:
        """Whether the best start has room, its step, and the power from there on."""
        horizon, earliest = self._problem.horizon, self._end_minutes.get(load.after or "", 0.0)
        starts = possible_starts(load, horizon, earliest)
        regular = _regular(starts)
        found: list[tuple[tuple[bool, bool, float, float, float, int], Series]] = []
        for k in (*regular, *(late for late in starts.late if late not in regular)):
            power = horizon.averaged(load.profile_kw, load.profile_step_minutes, horizon.posts_minutes[k])
            covered = [(j, kw) for j, kw in enumerate(power) if kw]
            fits = all(kw <= meter.room_kw(j, load.name) + NOISE for j, kw in covered)
            if k not in regular and (not fits or any(one[0][0] for one in found)):
                continue  # late only where nothing on time has room
            in_time = horizon.posts_minutes[k] + load.duration_minutes <= self._must_end[load.name] + NOISE
            distance = 0.0 if wished_minutes is None else abs(horizon.posts_minutes[k] - wished_minutes)
            late = 0.0 if k in regular else starts.late_minutes[k]
            money = sum(horizon.hours[j] * meter.more(j, load.name, kw) for j, kw in covered)
            found.append(((fits, in_time, -late, -distance, -money, -k), power))
        if not found:
            return False, None, ()
        key, power = max(found, key=lambda one: one[0])
        return key[0], -key[-1], power


def _regular(starts: Starts) -> tuple[int, ...]:
    """On time, or the first where none is."""
    return starts.on_time or starts.late[:1]


def must_end_minutes(problem: Problem) -> dict[str, float]:
    """By when each program must have ended so that all that wait for it can start as they should; minutes from the start.

    Starts count as if each that is waited for came first thing; infinite where nothing waits.
    """
    horizon, ends, starts = problem.horizon, dict[str, float](), dict[str, tuple[int, ...]]()
    order = in_order(problem.shiftable_loads)
    for load in order:
        if load.running_since is not None:
            ends[load.name] = horizon.minutes_at(load.running_since) + load.duration_minutes
            continue
        starts[load.name] = _regular(possible_starts(load, horizon, ends.get(load.after or "", 0.0)))
        first = horizon.posts_minutes[starts[load.name][0]] if starts[load.name] else INFINITE
        ends[load.name] = first + load.duration_minutes
    must_end = {load.name: INFINITE for load in order}
    for load in reversed(order):
        if load.after is not None and load.name in starts:
            begins = [horizon.posts_minutes[k] for k in starts[load.name]]
            in_time = [minutes for minutes in begins if minutes + load.duration_minutes <= must_end[load.name] + NOISE]
            must_end[load.after] = min(must_end[load.after], max(in_time, default=INFINITE))
    return must_end
