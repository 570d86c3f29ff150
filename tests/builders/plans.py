"""A small plan with the problem it answers, without a solver."""

from datetime import datetime, timedelta

from hems.domain.battery import Battery
from hems.domain.grid import Grid
from hems.domain.plan import Costs, GridPlan, LoadPlan, Plan, PvPlan, Shortfall, Solver, StorePlan
from hems.domain.problem import Problem
from hems.planner.latest import Latest


def make_latest(start: datetime, steps: int = 4, step_minutes: float = 15.0, notes: tuple[str, ...] = ()) -> Latest:
    """A plan in which every figure of every step differs, so that a wrong step is noticed."""
    rising = tuple(0.1 * k for k in range(steps))
    soc = tuple(0.2 + 0.6 * k / steps for k in range(steps + 1))
    problem = Problem(
        schema="hems.problem/1",
        start=start,
        step_minutes=(step_minutes,) * steps,
        time_zone="Europe/Amsterdam",
        grid=Grid(import_price=tuple(0.2 + p / 1000 for p in rising), export_price=rising),
        load_kw=rising,
        batteries=(Battery(name="battery", capacity_kwh=10.0, soc=0.2, charge_limit_kw=5.0, discharge_limit_kw=5.0),),
    )
    plan = Plan(
        schema="hems.plan/1",
        status="optimal",
        start=start,
        step_minutes=problem.step_minutes,
        time_zone="Europe/Amsterdam",
        currency="EUR",
        costs=Costs.model_validate(
            {"import": 1.5, "export": -0.25, "wear": 0.0, "capacity": 0.0, "starts": 0.0, "carbon": 0.0, "net": 1.25}
        ),
        terminal_value=0.5,
        baseline_net=2.0,
        baseline_terminal_value=0.25,
        grid=GridPlan(import_kw=rising, export_kw=rising),
        pv={"roof": PvPlan(used_kw=rising, curtailed_kw=rising)},
        batteries={"battery": StorePlan(charge_kw=rising, discharge_kw=rising, soc=soc)},
        evs={},
        loads={"pool": LoadPlan(power_kw=rising)},
        shortfalls=(Shortfall(device="car", wish="soc 0.80", short_by=2.3, unit="kWh", reason="too late"),),
        energy_value=rising,
        solver=Solver(name="CBC", seconds=0.1, build_seconds=0.01, gap=0.0, bound=1.25, steps=steps),
    )
    return Latest(problem, plan, start + timedelta(seconds=2), "new prices", 7, notes)
