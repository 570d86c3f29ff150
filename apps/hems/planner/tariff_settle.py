"""A plan's money at the prices that are really paid, where it was planned with others.

What is done, and why, stays what was planned; its costs and those of the unplanned home are the true ones.
"""

from collections.abc import Sequence

from ..domain.bill import bill
from ..domain.plan import Costs, Plan
from ..domain.problem import Problem
from ..domain.schedule import Schedule, Store
from ..optimizer.baseline import baseline_schedule
from .tariff_planning import at_true_prices
from .tariff_prices import Series, StepPrices


def settled(problem: Problem, plan: Plan, true: StepPrices) -> Plan:
    """The plan with its money at true prices; the same one where it was planned with them.

    A saving session earns its reward for every kWh that the plan takes less from the grid than the unplanned home does,
    never less than nothing; it is counted as revenue from export.
    """
    paid = at_true_prices(problem, true)
    if paid is problem and not true.rewards:
        return plan
    baseline = baseline_schedule(problem)
    costs = _rewarded(bill(paid, schedule_of_plan(problem, plan)), reward(paid, plan, baseline, true))
    return plan.model_copy(update={"costs": costs, "baseline_net": bill(paid, baseline).net})


def reward(problem: Problem, plan: Plan, baseline: Schedule, true: StepPrices) -> float:
    """What the saving sessions of the horizon earn against the unplanned home."""
    earned = 0.0
    for one in true.rewards:
        shares = problem.horizon.overlap(one.begin, one.end)
        kwh = [h * share for h, share in zip(problem.horizon.hours, shares, strict=True)]
        usual = _net_kwh(kwh, baseline.import_kw, baseline.export_kw)
        earned += one.per_kwh * max(0.0, usual - _net_kwh(kwh, plan.grid.import_kw, plan.grid.export_kw))
    return earned


def _net_kwh(hours: Sequence[float], import_kw: Series, export_kw: Series) -> float:
    return sum(h * (taken - given) for h, taken, given in zip(hours, import_kw, export_kw, strict=True))


def _rewarded(costs: Costs, earned: float) -> Costs:
    return costs.model_copy(update={"export": costs.export - earned, "net": costs.net - earned})


def schedule_of_plan(problem: Problem, plan: Plan) -> Schedule:
    """What a plan does, as the bill reads it."""
    batteries = {
        one.name: Store(
            plan.batteries[one.name].charge_kw,
            plan.batteries[one.name].discharge_kw,
            tuple(soc * one.capacity_kwh for soc in plan.batteries[one.name].soc),
        )
        for one in problem.batteries
    }
    evs = {
        one.name: Store(
            plan.evs[one.name].charge_kw,
            plan.evs[one.name].discharge_kw,
            tuple(soc * one.battery_kwh for soc in plan.evs[one.name].soc),
        )
        for one in problem.evs
    }
    return Schedule(
        import_kw=plan.grid.import_kw,
        export_kw=plan.grid.export_kw,
        pv_used_kw={name: pv.used_kw for name, pv in plan.pv.items()},
        batteries=batteries,
        evs=evs,
        loads_kw={name: load.power_kw for name, load in plan.loads.items()},
    )
