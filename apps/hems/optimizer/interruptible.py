"""Loads that go on and off: quotas, minimum on and off times, starts."""

from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad
from ..domain.problem import Problem
from .node import Node
from .program import Linear, Program, Tier, column, total

# A load that may idle at nothing but must stay on for a while is kept at least this share of its power, so that
# "on" can be seen in its power.
_LEAST_SHARE_ON = 1e-3
_SAME_MINUTES = 1e-6


def add_interruptible(program: Program, node: Node, problem: Problem, load: InterruptibleLoad) -> None:
    """Power columns (or ``power_kw * on``), the run rules, and the quotas as wishes."""
    horizon = problem.horizon
    counted = load.min_on_minutes > 0 or load.min_off_minutes > 0 or load.max_starts is not None or load.start_cost > 0
    on: list[int] | None = None
    if load.min_power_kw is None or load.min_power_kw > 0 or counted:
        on = [program.binary() for _ in range(problem.whole_steps)]
    node.running[load.name] = dict(enumerate(on or []))
    node.loads[load.name] = power_terms(program, load, on, problem.steps)
    node.largest_kw[load.name] = (load.power_kw,) * problem.steps
    if on and counted:
        run_rules(program, node, horizon, load, on)
    for quota in load.quotas:
        shares = horizon.overlap(quota.begin, quota.until)
        energy = total(
            power * (h * share)
            for power, h, share in zip(node.loads[load.name], horizon.hours, shares, strict=True)
            if share
        )
        if energy.terms:
            program.constrain(energy + column(program.slack(Tier.WISH)), ">", quota.kwh)


def power_terms(program: Program, load: InterruptibleLoad, on: list[int] | None, steps: int) -> list[Linear]:
    """On or off: ``power_kw * on``. Modulating: ``min * on <= power <= power_kw * on``. Rough steps: 0 to ``power_kw``."""
    if load.min_power_kw is None and on is not None:
        rough = program.series([load.power_kw] * (steps - len(on)))
        return [column(index, load.power_kw) for index in on] + [column(power) for power in rough]
    powers = program.series([load.power_kw] * steps)
    if on is not None:
        least = max(load.min_power_kw or 0.0, _LEAST_SHARE_ON * load.power_kw)
        for power, running in zip(powers, on, strict=False):
            program.constrain(column(power) + column(running, -load.power_kw), "<")
            program.constrain(column(power) + column(running, -least), ">")
    return [column(power) for power in powers]


def run_rules(program: Program, node: Node, horizon: Horizon, load: InterruptibleLoad, on: list[int]) -> None:
    """``on[k] - on[k-1] = start[k] - stop[k]``, ``on_now`` standing before the first step; see the rules below."""
    start = [program.add(0.0, 1.0) for _ in on]
    stop = [program.add(0.0, 1.0) for _ in on]
    for k, running in enumerate(on):
        before = column(on[k - 1]) if k else Linear((), float(load.on_now))
        change = column(running) + before * -1.0
        program.constrain(change + column(start[k], -1.0) + column(stop[k]), "=")
        if load.start_cost:
            program.cost(Tier.MONEY, start[k], load.start_cost)
    if load.max_starts is not None:
        program.constrain(total(column(begin) for begin in start), "<", float(load.max_starts))
    minimum_times(program, horizon, load, on, start, stop)
    keep_running(program, node, horizon, load, on)


def minimum_times(
    program: Program, horizon: Horizon, load: InterruptibleLoad, on: list[int], start: list[int], stop: list[int]
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


def keep_running(program: Program, node: Node, horizon: Horizon, load: InterruptibleLoad, on: list[int]) -> None:
    """A load that is on now stays on until its minimum on-time has passed: ``on[k] = 1`` in those steps."""
    left = load.min_on_minutes - load.on_for_minutes if load.on_now else 0.0
    held = [horizon.posts_minutes[k] + _SAME_MINUTES < left and k < len(on) for k in range(horizon.steps)]
    least_kw = load.power_kw if load.min_power_kw is None else load.min_power_kw
    node.unstoppable_kw[load.name] = tuple(least_kw if must else 0.0 for must in held)
    for running, must in zip(on, held, strict=False):
        if must:
            program.lower[running] = 1.0
