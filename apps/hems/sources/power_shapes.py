"""Powers and energies that are not means from a time on: instants, periods named by their end, sums of a day."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ..domain.series import Slot
from .entries import Timed
from .rows import step_of

# A distance longer than this many usual steps is a hole.
_HOLE = 1.5
_NEARLY_NOTHING = 0.1


def is_irregular(timed: Sequence[Timed]) -> bool:
    """Whether some times are nearer to each other than usual: instants, with those of sunrise and sunset among them."""
    usual = step_of(one.begin for one in timed)
    begins = sorted({one.begin for one in timed})
    return any(after - before < usual for before, after in pairwise(begins))


def between_instants(timed: Sequence[Timed]) -> tuple[Slot, ...]:
    """Means between powers at instants, as if they changed evenly. Between two zeros, a night, there is nothing at all."""
    ordered = sorted({one.begin: one for one in timed}.values(), key=lambda one: one.begin)
    longest = _HOLE * step_of(one.begin for one in timed)
    return tuple(
        Slot(before.begin, after.begin, (before.value + after.value) / 2)
        for before, after in pairwise(ordered)
        if after.begin - before.begin <= longest
    )


def by_end(timed: Sequence[Timed]) -> list[Timed]:
    """Values whose times are the ends of their periods: each begins where the one before ends."""
    ordered = sorted({one.begin: one for one in timed}.values(), key=lambda one: one.begin)
    usual = step_of(one.begin for one in timed)
    before = [None, *(one.begin for one in ordered)]
    return [
        replace(
            one,
            begin=begin if begin is not None and one.begin - begin <= _HOLE * usual else one.begin - usual,
            end=one.begin,
        )
        for begin, one in zip(before, ordered, strict=False)
    ]


def is_running_sum(timed: Sequence[Timed]) -> bool:
    """Whether values rise until they fall to nearly nothing: energies summed up over the day."""
    values = [one.value for one in sorted(timed, key=lambda one: one.begin)]
    falls = [(before, after) for before, after in pairwise(values) if after < before]
    return all(after <= _NEARLY_NOTHING * before for before, after in falls)


def differences(timed: Sequence[Timed]) -> list[Timed]:
    """Of energies summed up over the day, what each period adds; where the sum falls a new day begins."""
    ordered = sorted({one.begin: one for one in timed}.values(), key=lambda one: one.begin)
    usual = step_of(one.begin for one in timed)
    return [
        Timed(before.begin, after.begin, after.value - before.value)
        for before, after in pairwise(ordered)
        if after.value >= before.value and after.begin - before.begin <= _HOLE * usual
    ]
