"""What is taken in a home without planning, step by step, and the room that its limits leave."""

from collections.abc import Sequence

from ..domain.problem import Problem, per_step
from ..domain.schedule import Series
from .meter import INFINITE
from .shared_room import SharedRoom


class BaselineMeter:
    """``programs`` run whatever the limits are; all others wait for room. Powers in kW, PV counted as forecast."""

    def __init__(self, problem: Problem, programs: dict[str, Series]) -> None:
        n, limit_kw = problem.steps, problem.grid.import_limit_kw
        self.shared = SharedRoom(problem)
        for name, power in programs.items():
            self.shared.add(name, power)
        self._taken_kw = [problem.load_kw[k] + sum(power[k] for power in programs.values()) for k in range(n)]
        self._pv_kw = [sum(pv.forecast_kw[k] for pv in problem.pv) for k in range(n)]
        self._limit_kw = per_step(INFINITE if limit_kw is None else limit_kw, n)

    def add(self, name: str, power_kw: Sequence[float]) -> None:
        """A device takes so much, shape (N,), kW."""
        self.shared.add(name, power_kw)
        self._taken_kw = [a + b for a, b in zip(self._taken_kw, power_kw, strict=True)]

    def room_kw(self, k: int, name: str) -> float:
        """What the import limit and all other limits leave a device, PV counted."""
        return min(max(0.0, self._limit_kw[k] - self._taken_kw[k] + self._pv_kw[k]), self.shared.take_kw(k, name))

    def surplus_kw(self, k: int, name: str) -> float:
        """PV that nothing else takes."""
        return min(max(0.0, self._pv_kw[k] - self._taken_kw[k]), self.shared.surplus_kw(k, name))

    def net_kw(self) -> list[float]:
        """What is taken less PV, shape (N,)."""
        return [taken - pv for taken, pv in zip(self._taken_kw, self._pv_kw, strict=True)]
