"""The cheapest quarter hours for something, by price alone."""

from collections.abc import Sequence


def cheapest(prices: Sequence[float], first: int, end: int, count: int) -> set[int]:
    """The ``count`` cheapest indices of ``first..end-1``, the earlier of two that cost the same."""
    order = sorted(range(first, end), key=prices.__getitem__)
    return set(order[: max(count, 0)])


def cheapest_start(prices: Sequence[float], first: int, last: int, energy_kwh: Sequence[float]) -> int:
    """The start among ``first..last`` that makes ``energy_kwh`` (one value a quarter) cheapest, the earlier of equals.

    Prices behind the end of the list are taken as the last one.
    """
    known = len(prices) - 1

    def cost(start: int) -> float:
        return sum(kwh * prices[min(start + j, known)] for j, kwh in enumerate(energy_kwh))

    return min(range(first, max(first, last) + 1), key=cost)


def cheapest_runs(prices: Sequence[float], first: int, end: int, count: int, least: int, pause: int = 0) -> set[int]:
    """``count`` indices of ``first..end-1`` in runs of at least ``least``, at least ``pause`` apart; cheap, and simple.

    Again and again the cheapest run of ``least`` that still finds room; what then is missing lengthens runs where that is
    cheapest. Fewer than ``count`` only where there is no room.
    """
    chosen: set[int] = set()
    count, least = min(count, end - first), min(max(least, 1), end - first)
    while count - len(chosen) >= least or (not chosen and count > 0):
        starts = [k for k in range(first, end - least + 1) if _fits(chosen, k, k + least, pause)]
        if not starts:
            break
        best = min(starts, key=lambda k: sum(prices[k : k + least]))
        chosen.update(range(best, best + least))
    while len(chosen) < count:
        beside = [k for k in range(first, end) if _lengthens(chosen, k, pause)]
        if not beside:
            break
        chosen.add(min(beside, key=prices.__getitem__))
    return chosen


def _fits(chosen: set[int], begin: int, end: int, pause: int) -> bool:
    """Whether a run lies free, next to another run or at least ``pause`` away from it."""
    if any(k in chosen for k in range(begin, end)):
        return False
    return _far_or_beside(chosen, begin - 1, -1, pause) and _far_or_beside(chosen, end, 1, pause)


def _lengthens(chosen: set[int], k: int, pause: int) -> bool:
    if k in chosen or not (k - 1 in chosen or k + 1 in chosen):
        return False
    return _far_or_beside(chosen, k - 1, -1, pause) and _far_or_beside(chosen, k + 1, 1, pause)


def _far_or_beside(chosen: set[int], next_to: int, way: int, pause: int) -> bool:
    return next_to in chosen or not any(next_to + way * j in chosen for j in range(pause))
