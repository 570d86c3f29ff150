"""Loads that go on and off, heat stores too: their power, and their minimum on and off times."""

from ..domain.horizon import Horizon
from ..domain.loads import SwitchedLoad
from .least_power import least_on_kw
from .node import Node
from .program import Linear, Program, column, total

_SAME_MINUTES = 1e-6


def power_terms(program: Program, load: SwitchedLoad, on: list[int], steps: int) -> list[Linear]:
    """On or off: ``power_kw * on``. Modulating: ``min * on <= power <= power_kw * on``. Steps without on: 0 to ``power_kw``."""
    if load.min_power_kw is None:
        rough = program.series([load.power_kw] * (steps - len(on)))
        return [column(index, load.power_kw) for index in on] + [column(power) for power in rough]
    powers = program.series([load.power_kw] * steps)
    for power, running in zip(powers, on, strict=False):
        program.constrain(column(power) + column(running, -load.power_kw), "<")
        program.constrain(column(power) + column(running, -least_on_kw(load)), ">")
    return [column(power) for power in powers]


def starts_and_stops(program: Program, load: SwitchedLoad, on: list[int]) -> tuple[list[int], list[int]]:
    """``on[k] - on[k-1] = start[k] - stop[k]``, ``on_now`` standing before the first step. Returns both series of columns."""
    start = [program.add(0.0, 1.0) for _ in on]
    stop = [program.add(0.0, 1.0) for _ in on]
    for k, running in enumerate(on):
        before = column(on[k - 1]) if k else Linear((), float(load.on_now))
        change = column(running) + before * -1.0
        program.constrain(change + column(start[k], -1.0) + column(stop[k]), "=")
    return start, stop


def minimum_times(
    program: Program, horizon: Horizon, load: SwitchedLoad, on: list[int], start: list[int], stop: list[int]
) -> None:
    """``sum of starts within min_on before k <= on[k]`` and ``sum of stops within min_off before k <= 1 - on[k]``.

    Rajan and Takriti, Minimum up/down polytopes of the unit commitment problem, IBM RC23628 (2005).
    """
    posts = horizon.posts_minutes
    for k, running in enumerate(on):
        for changes, minutes, sign in ((start, load.min_on_minutes, 1.0), (stop, load.min_off_minutes, -1.0)):
            recent = [
                column(changes[j]) for j in range(k + 1) if j == k or posts[j] + minutes > posts[k] + _SAME_MINUTES
            ]
            program.constrain(total(recent) + column(running, -sign), "<", 0.0 if sign > 0 else 1.0)


def keep_running(program: Program, node: Node, horizon: Horizon, load: SwitchedLoad, on: list[int]) -> None:
    """A load that is on now stays on until its minimum on-time has passed: ``on[k] = 1`` in those steps."""
    left = load.held_minutes
    held = [horizon.posts_minutes[k] + _SAME_MINUTES < left and k < len(on) for k in range(horizon.steps)]
    node.unstoppable_kw[load.name] = tuple(least_on_kw(load) if must else 0.0 for must in held)
    for running, must in zip(on, held, strict=False):
        if must:
            program.lower[running] = 1.0
