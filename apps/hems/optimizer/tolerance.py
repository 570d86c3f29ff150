"""How much money the search and calm may leave, as a part of what they may leave where all of a plan has whole numbers."""

from ..domain.problem import Problem

# Below it nothing was gained in closed loop (docs/decisions/0007, *Half a cent, fifty times a day*).
_LEAST = 0.2


def tolerance(problem: Problem) -> float:
    """The part of the horizon in which loads are on or off, ``_LEAST`` at least; 1 where there are no rough steps.

    What whole numbers may cost beyond the best is spread over two days where they are in all of them, and most of it is never
    carried out: the plan is made again. With rough steps all of it is in the hour that is carried out, and in the next again.
    """
    return max(_LEAST, problem.whole_share)
