"""Whether a load that the plan keeps off waits for cheaper hours, and not for want of something to do."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .moment import DEADBAND_KW, Moment

# So much less must a kWh cost when the load runs, in currency: heat that is kept for hours loses some.
_WORTH = 0.02


def waits_for_cheaper(name: str, power_kw: float, moment: Moment | str, now: datetime, least: timedelta) -> bool:
    """Whether the plan has the load off now for ``least`` or longer, and runs it next where its energy costs clearly less.

    ``power_kw``: what it would take now; ``now`` is aware.
    """
    if isinstance(moment, str) or moment.problem is None:
        return False
    planned = moment.plan.loads.get(name)
    if planned is None or planned.power_kw[moment.step] > DEADBAND_KW:
        return False
    runs = _next_run(moment, planned.power_kw)
    if runs is None or moment.plan.horizon.time(runs) - now < least:
        return False
    return _price_off(moment, power_kw, moment.step) - _price_on(moment, name, runs) > _WORTH


def is_dearest_now(name: str, power_kw: float, moment: Moment, now: datetime, longest: timedelta) -> bool:
    """Whether ``longest`` from now on keeps the load from dearer hours than ``longest`` from a step on that begins within it.

    For a load that ``waits_for_cheaper``.
    """
    horizon = moment.plan.horizon
    runs = _next_run(moment, moment.plan.loads[name].power_kw)
    assert runs is not None
    begin, minutes = horizon.minutes_at(now), longest / timedelta(minutes=1)
    price_on, posts = _price_on(moment, name, runs), horizon.posts_minutes
    worth = [max(_price_off(moment, power_kw, step) - price_on, 0.0) for step in range(moment.step, runs)]

    def saved(start: float) -> float:
        spans = ((posts[step], posts[step + 1]) for step in range(moment.step, runs))
        inside = (max(min(end, start + minutes) - max(first, start), 0.0) for first, end in spans)
        return sum(price * part for price, part in zip(worth, inside, strict=True))

    later = (post for post in posts[moment.step + 1 : runs] if post <= begin + minutes)
    return all(saved(post) <= saved(begin) + _WORTH for post in later)


def _next_run(moment: Moment, power_kw: Sequence[float]) -> int | None:
    return next((step for step in range(moment.step + 1, len(power_kw)) if power_kw[step] > DEADBAND_KW), None)


def _price_off(moment: Moment, power_kw: float, step: int) -> float:
    """What a kWh would cost in a step, beside what the plan does in it: sun that is to be sold, and the rest bought."""
    assert moment.problem is not None
    grid = moment.problem.grid
    sun = min(moment.plan.grid.export_kw[step] / power_kw, 1.0) if power_kw > 0 else 0.0
    return sun * grid.export_price[step] + (1 - sun) * grid.import_price[step]


def _price_on(moment: Moment, name: str, step: int) -> float:
    """What the plan pays for a kWh of the load in a step in which it runs.

    What is bought and what a battery gives counts as bought; the rest is sun that would have been sold.
    """
    assert moment.problem is not None
    plan, grid = moment.plan, moment.problem.grid
    power_kw = plan.loads[name].power_kw[step]
    given_kw = sum(store.discharge_kw[step] for store in plan.batteries.values())
    bought = min((plan.grid.import_kw[step] + given_kw) / power_kw, 1.0)
    return bought * grid.import_price[step] + (1 - bought) * grid.export_price[step]
