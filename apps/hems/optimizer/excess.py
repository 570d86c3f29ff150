"""By how much phases and feeders are over their limits, and what one device adds to that or takes away."""

from collections.abc import Sequence

from ..domain.limits import phase_and_group_limits
from ..domain.problem import Problem


class Excess:
    """Flow beyond each limit of phases and groups, kW; PV as the limit would have it: all for taking, the least for giving."""

    def __init__(self, problem: Problem) -> None:
        self._limits: list[tuple[dict[str, float], list[float]]] = []
        for limit in phase_and_group_limits(problem):
            shares = {name: limit.sign * share for name, share in limit.shares.items() if share}
            suns = [(shares.get(pv.name, 0.0), pv) for pv in problem.pv if limit.sign > 0 or not pv.curtailable]
            over = [
                limit.sign * limit.load_share * problem.load_kw[k]
                - sum(share * pv.forecast_kw[k] for share, pv in suns)
                - limit.most_kw[k]
                for k in range(problem.steps)
            ]
            self._limits.append((shares, over))

    @property
    def limited(self) -> bool:
        """Whether phases or feeders have a limit."""
        return bool(self._limits)

    def add(self, name: str, power_kw: Sequence[float]) -> None:
        """A device takes so much more, shape (N,), kW; negative: it gives."""
        for shares, over in self._limits:
            if share := shares.get(name):
                over[:] = [beyond + share * kw for beyond, kw in zip(over, power_kw, strict=True)]

    def more_kw(self, k: int, name: str, kw: float) -> float:
        """How much more is beyond limits in step k when the device takes ``kw`` more."""
        return sum(
            max(0.0, over[k] + shares[name] * kw) - max(0.0, over[k]) for shares, over in self._limits if name in shares
        )

    def marks_kw(self, k: int, name: str) -> list[float]:
        """The device's further power, kW, at which a limit is reached in step k; negative: by giving."""
        return [-over[k] / shares[name] for shares, over in self._limits if name in shares]
