"""What the home usually takes and the sun usually gives at each time of day, learned from what is seen."""

from .quarters import PER_DAY

# How much of what is remembered a new day replaces: a memory of about three days.
_NEW = 0.35


class UsualDay:
    """Baseline load less PV, kW, by quarter of the day; what has not been seen yet is taken to be as now."""

    def __init__(self) -> None:
        self._usual: list[float | None] = [None] * PER_DAY
        self._quarter: int | None = None
        self._sum_kw = 0.0
        self._looks = 0

    def observe(self, quarter: int, net_kw: float | None) -> None:
        """One look; a quarter hour counts with the mean of its looks, once it is over."""
        if quarter != self._quarter:
            self._close()
            self._quarter, self._sum_kw, self._looks = quarter, 0.0, 0
        if net_kw is not None:
            self._sum_kw += net_kw
            self._looks += 1

    def net_kw(self, now_kw: float) -> list[float]:
        """The usual day, shape (96,), by quarter of the UTC day."""
        return [now_kw if kw is None else kw for kw in self._usual]

    def _close(self) -> None:
        if self._quarter is not None and self._looks:
            place = self._quarter % PER_DAY
            seen, before = self._sum_kw / self._looks, self._usual[place]
            self._usual[place] = seen if before is None else before + _NEW * (seen - before)
