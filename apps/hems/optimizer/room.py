"""What phases, feeders and the meter leave for one device in a step, PV being used as they ask.

Every limit is a row ``sum take * taken + sum give * given + sum pv * used <= left``. PV that can be curtailed is free
within ``0..forecast``, so each plant is eliminated (Fourier and Motzkin): a row that wants more of it and one that wants
less are added so that it cancels. What remains are rows of devices alone: while they hold, some use of PV keeps every limit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..domain.limits import FlowLimit, flow_limits, phase_and_group_limits
from ..domain.problem import Problem
from ..domain.pv import Pv
from .least_power import least_on_kw

_INFINITE = float("inf")
_NOISE = 1e-9
# A limit that is exceeded by less is kept: a hundredth of a watt.
_KEPT_KW = 1e-5
# Beyond so many pairs of rows only those with a plant's own bounds are formed: many feeders must not take all the time.
_MOST_PAIRS = 200


@dataclass
class _Row:
    """Coefficients by device, and by plant in the order of the plants; ``left_kw``, shape (N,), is changed in place."""

    take: dict[str, float]
    give: dict[str, float]
    pv: list[float]
    left_kw: list[float]


class Rooms:
    """The rows of a problem, and what its devices took of them; without phases and groups there are none, and no limit.

    ``from_surplus``: one row more, that all who take (with the load) live from PV.
    """

    def __init__(self, problem: Problem, from_surplus: bool = False) -> None:
        self._plants = [pv for pv in problem.pv if pv.curtailable]
        rows: list[_Row] = []
        if phase_and_group_limits(problem):
            rows = [_row(problem, limit, self._plants) for limit in flow_limits(problem)]
            rows += [_surplus_row(problem, len(self._plants))] if from_surplus else []
        self._stages = [rows]
        for index, plant in enumerate(self._plants):
            self._stages.append(_without(self._stages[-1], index, plant.forecast_kw))

    @property
    def limited(self) -> bool:
        """Whether phases or groups have a limit."""
        return bool(self._stages[0])

    def add(self, name: str, power_kw: Sequence[float]) -> None:
        """A device takes so much more, shape (N,), kW; negative: it gives."""
        for row in (row for stage in self._stages for row in stage):
            take, give = row.take.get(name, 0.0), row.give.get(name, 0.0)
            if take or give:
                row.left_kw[:] = [
                    left - (take * kw if kw > 0 else give * -kw) for left, kw in zip(row.left_kw, power_kw, strict=True)
                ]

    def take_kw(self, k: int, name: str) -> float:
        """What the device may take in step k beside all that is planned."""
        rows = self._stages[-1]
        return _least((row.left_kw[k], row.take.get(name, 0.0)) for row in rows) if rows else _INFINITE

    def give_kw(self, k: int, name: str) -> float:
        """What the device may give in step k beside all that is planned."""
        rows = self._stages[-1]
        return _least((row.left_kw[k], row.give.get(name, 0.0)) for row in rows) if rows else _INFINITE

    def kept(self, used_kw: Mapping[str, Sequence[float]]) -> bool:
        """Whether every row holds with what is planned and the PV used, by plant, shape (N,)."""
        suns = [used_kw[plant.name] for plant in self._plants]
        return all(
            sum(a * used[k] for a, used in zip(row.pv, suns, strict=True)) <= left + _KEPT_KW
            for row in self._stages[0]
            for k, left in enumerate(row.left_kw)
        )

    def used_kw(self, k: int, wished_kw: dict[str, float]) -> dict[str, float]:
        """PV to use in step k by plant: as wished where the limits let it, and the sum of the wishes where they can."""
        chosen = [0.0] * len(self._plants)
        missing = sum(wished_kw[plant.name] for plant in self._plants)
        for index, plant in reversed(list(enumerate(self._plants))):
            low, high = 0.0, plant.forecast_kw[k]
            for row in self._stages[index]:
                left = row.left_kw[k] - sum(a * kw for a, kw in zip(row.pv, chosen, strict=True))
                if row.pv[index] > 0:
                    high = min(high, left / row.pv[index])
                elif row.pv[index] < 0:
                    low = max(low, left / row.pv[index])
            chosen[index] = max(0.0, min(max(missing, low), high, plant.forecast_kw[k]))
            missing -= chosen[index]
        return {plant.name: kw for plant, kw in zip(self._plants, chosen, strict=True)}


def _least(lefts: Iterator[tuple[float, float]]) -> float:
    return max(0.0, min((left / share for left, share in lefts if share > _NOISE), default=_INFINITE))


def _row(problem: Problem, limit: FlowLimit, plants: list[Pv]) -> _Row:
    """A limit, or what cannot be stopped where that is more."""
    fixed = {pv.name: pv.forecast_kw for pv in problem.pv if not pv.curtailable}
    running = {} if limit.sign < 0 else running_kw(problem)
    share_of = {name: limit.sign * share for name, share in limit.shares.items() if share}
    suns = {pv.name for pv in problem.pv}
    take = {name: share for name, share in share_of.items() if name not in suns}
    left = []
    for k, most in enumerate(limit.most_kw):
        load = limit.load_share * problem.load_kw[k]
        from_sun = sum(limit.shares.get(name, 0.0) * kw[k] for name, kw in fixed.items())
        forced = load + sum(limit.shares.get(name, 0.0) * kw[k] for name, kw in running.items())
        left.append(max(most, from_sun if limit.sign < 0 else forced) - limit.sign * (load - from_sun))
    give = {name: -share for name, share in take.items()}
    return _Row(take, give, [-share_of.get(pv.name, 0.0) for pv in plants], left)


def running_kw(problem: Problem) -> dict[str, list[float]]:
    """What runs now and must go on, by load, kW, shape (N,)."""
    horizon = problem.horizon
    running = {
        load.name: list(horizon.averaged(load.profile_kw, load.profile_step_minutes, horizon.minutes_at(begun)))
        for load in problem.shiftable_loads
        if (begun := load.running_since) is not None
    }
    for held in problem.switched_loads:
        ends = held.held_minutes - _NOISE
        running[held.name] = [least_on_kw(held) if post < ends else 0.0 for post in horizon.posts_minutes[:-1]]
    return running


def _surplus_row(problem: Problem, plants: int) -> _Row:
    """Load, loads and charging together are at most the PV used, whatever is given."""
    take = {device.name: 1.0 for path, device in problem.devices() if not path.startswith("pv")}
    fixed = [sum(pv.forecast_kw[k] for pv in problem.pv if not pv.curtailable) for k in range(problem.steps)]
    return _Row(take, {}, [-1.0] * plants, [pv - load for pv, load in zip(fixed, problem.load_kw, strict=True)])


def _without(rows: list[_Row], index: int, forecast_kw: Sequence[float]) -> list[_Row]:
    """The rows that are left when a plant is eliminated; of rows with equal coefficients the tighter one."""
    unit = [float(place == index) for place in range(len(rows[0].pv) if rows else 0)]
    none = _Row({}, {}, [-x for x in unit], [0.0] * len(forecast_kw))
    most = _Row({}, {}, unit, list(forecast_kw))
    more = [row for row in rows if row.pv[index] < 0]
    less = [row for row in rows if row.pv[index] > 0]
    pairs = [(row, most) for row in more] + [(none, row) for row in less]
    pairs += [(one, other) for one in more for other in less] if len(more) * len(less) <= _MOST_PAIRS else []
    found: dict[object, _Row] = {}
    kept = (replace(row, left_kw=list(row.left_kw)) for row in rows if row.pv[index] == 0)
    for row in (*kept, *(_added(*pair, index) for pair in pairs)):
        parts = [sorted((name, round(a, 9)) for name, a in part.items()) for part in (row.take, row.give)]
        same = found.setdefault((tuple(parts[0]), tuple(parts[1]), tuple(round(a, 9) for a in row.pv)), row)
        same.left_kw[:] = map(min, same.left_kw, row.left_kw)
    return list(found.values())


def _added(more: _Row, less: _Row, index: int) -> _Row:
    """The sum of both rows in which the plant cancels."""
    one, other = -1 / more.pv[index], 1 / less.pv[index]

    def summed(a: dict[str, float], b: dict[str, float]) -> dict[str, float]:
        parts = {name: one * a.get(name, 0.0) + other * b.get(name, 0.0) for name in a | b}
        return {name: part for name, part in parts.items() if abs(part) > _NOISE}

    pv = [one * a + other * b for a, b in zip(more.pv, less.pv, strict=True)]
    pv = [0.0 if abs(part) <= _NOISE else part for part in pv]
    left = [one * a + other * b for a, b in zip(more.left_kw, less.left_kw, strict=True)]
    return _Row(summed(more.take, less.take), summed(more.give, less.give), pv, left)
