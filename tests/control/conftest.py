"""Small plans for one moment: the powers of one step, on a horizon of four quarters."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

import pytest

from hems.control.limits import BatteryLimits, EvLimits, Limits, LoadLimits, PvLimits
from hems.control.setpoint import Action
from hems.domain.grid import Grid
from hems.domain.loads import ShiftableLoad
from hems.domain.plan import Costs, GridPlan, LoadPlan, Plan, PvPlan, Solver, StorePlan
from hems.domain.problem import Problem

START = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
NOW = START + timedelta(minutes=20)  # within the second step
STEPS = 4
ALL_ACTIONS: frozenset[Action] = frozenset({"self_use", "charge", "discharge", "hold"})

MakePlan = Callable[..., Plan]
MakeProblem = Callable[..., Problem]


def only_now(value: float) -> tuple[float, ...]:
    """A series that is ``value`` in the step of NOW and 0 elsewhere, so that a wrong step is noticed."""
    return (0.0, value, 0.0, 0.0)


def store(charge_kw: float = 0.0, discharge_kw: float = 0.0) -> StorePlan:
    return StorePlan(charge_kw=only_now(charge_kw), discharge_kw=only_now(discharge_kw), soc=(0.5, 0.5, 0.6, 0.6, 0.6))


@pytest.fixture
def make_plan() -> MakePlan:
    def make(
        import_kw: float = 0.0,
        export_kw: float = 0.0,
        battery: tuple[float, float] | None = (0.0, 0.0),
        car_kw: float | None = 0.0,
        loads: Mapping[str, float] | None = None,
        roof: tuple[float, float] = (0.0, 0.0),
    ) -> Plan:
        return Plan(
            schema="hems.plan/1",
            status="optimal",
            start=START,
            step_minutes=(15.0,) * STEPS,
            time_zone="Europe/Amsterdam",
            currency="EUR",
            costs=Costs.model_validate(
                dict.fromkeys(("import", "export", "wear", "capacity", "starts", "carbon", "net"), 0.0)
            ),
            terminal_value=0.0,
            baseline_net=0.0,
            grid=GridPlan(import_kw=only_now(import_kw), export_kw=only_now(export_kw)),
            pv={"roof": PvPlan(used_kw=only_now(roof[0]), curtailed_kw=only_now(roof[1]))},
            batteries={} if battery is None else {"battery": store(*battery)},
            evs={} if car_kw is None else {"car": store(car_kw)},
            loads={name: LoadPlan(power_kw=only_now(kw)) for name, kw in (loads or {}).items()},
            solver=Solver(name="CBC", seconds=0.1, build_seconds=0.0, gap=0.0, bound=0.0, steps=STEPS),
        )

    return make


@pytest.fixture
def make_problem() -> MakeProblem:
    def make(dishwasher_running_since: datetime | None = None) -> Problem:
        return Problem(
            schema="hems.problem/1",
            start=START,
            step_minutes=(15.0,) * STEPS,
            time_zone="Europe/Amsterdam",
            grid=Grid(import_price=(0.3,) * STEPS, export_price=(0.1,) * STEPS),
            load_kw=(0.4,) * STEPS,
            shiftable_loads=(
                ShiftableLoad(
                    name="dishwasher",
                    profile_kw=(2.0, 0.0, 1.8),
                    profile_step_minutes=15.0,
                    earliest_start=START,
                    latest_finish=START + timedelta(hours=2),
                    running_since=dishwasher_running_since,
                ),
            ),
        )

    return make


@pytest.fixture
def limits() -> Limits:
    return make_limits()


def make_limits(actions: frozenset[Action] = ALL_ACTIONS, hybrid: bool = False) -> Limits:
    """``hybrid``: the roof is held back by what the battery's inverter feeds in, if at all."""
    return Limits(
        batteries={
            "battery": BatteryLimits(
                5.0, 4.0, soc_min=0.1, soc_max=0.95, actions=actions, curtails=frozenset({"roof"} if hybrid else ())
            )
        },
        evs={"car": EvLimits(1.38, 7.36, soc_max=0.9)},
        loads={"pool": LoadLimits(1.1), "tank": LoadLimits(2.0), "dishwasher": LoadLimits(2.0, program=True)},
        pv={} if hybrid else {"roof": PvLimits(6.0)},
    )
