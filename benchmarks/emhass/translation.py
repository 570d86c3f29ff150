"""A problem in EMHASS's words.

EMHASS counts in W and Wh, its loads are lists by index, and its windows are steps from now with the end left out. Only
what it can express exactly is translated; anything else is refused. See README.md for what differs all the same.
"""

from dataclasses import dataclass, field
from typing import Any

from hems.domain.battery import Battery
from hems.domain.ev import Ev
from hems.domain.loads import InterruptibleLoad, ShiftableLoad
from hems.domain.problem import Problem, per_step

# EMHASS as shipped.
SHIPPED_GAP, SHIPPED_SECONDS = 0.01, 45.0
# EMHASS leaves HiGHS's own gap (0.01 %) where it is given 0; this one is as good as none.
NO_GAP = 1e-9
_SAME = 1e-6


class Untranslatable(Exception):
    """EMHASS cannot express this; the message says what."""


@dataclass
class _Loads:
    """EMHASS's parallel lists, one entry a deferrable load; ``names`` are ours."""

    names: list[str] = field(default_factory=list)
    nominal_w: list[float | list[float]] = field(default_factory=list)
    least_w: list[float] = field(default_factory=list)
    on_or_off: list[bool] = field(default_factory=list)
    hours: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(
        self,
        name: str,
        nominal_w: float | list[float],
        hours: float,
        window: tuple[int, int],
        least_w: float = 0.0,
        on_or_off: bool = False,
    ) -> None:
        self.names.append(name)
        self.nominal_w.append(nominal_w)
        self.least_w.append(least_w)
        self.on_or_off.append(on_or_off)
        self.hours.append(hours)
        self.starts.append(window[0])
        self.ends.append(window[1])


def to_emhass(problem: Problem, gap: float = SHIPPED_GAP, seconds: float = SHIPPED_SECONDS) -> dict[str, Any]:
    """What the driver needs, ready for JSON. Raises Untranslatable."""
    _check(problem)
    battery, loads, grid = problem.batteries[0], _loads(problem), problem.grid
    return {
        "start": problem.start.isoformat(),
        "step_minutes": problem.step_minutes[0],
        "load_w": load_w(problem),
        "pv_w": [1000 * kw for kw in problem.pv[0].forecast_kw],
        "import_price": list(grid.import_price),
        "export_price": list(grid.export_price),
        "soc_init": battery.soc,
        "soc_final": battery.soc_targets[0].soc,
        "hours": loads.hours,
        "starts": loads.starts,
        "ends": loads.ends,
        "optim": _optim(battery, loads) | {"lp_solver_mip_rel_gap": gap, "lp_solver_timeout": seconds},
        "plant": _plant(problem, battery),
    }


def load_w(problem: Problem) -> list[float]:
    """The baseline load in W, shape (N,)."""
    return [1000 * kw for kw in problem.load_kw]


def load_names(problem: Problem) -> list[str]:
    """Our names of EMHASS's deferrable loads, in their order."""
    return _loads(problem).names


def _optim(battery: Battery, loads: _Loads) -> dict[str, Any]:
    """Everything of EMHASS's defaults that would make it another problem; it ships ``set_nodischarge_to_grid`` true."""
    count = len(loads.names)
    return {
        "num_threads": 1,
        "set_use_battery": True,
        "set_use_pv": True,
        "set_nodischarge_to_grid": not battery.grid_export,
        "set_nocharge_from_grid": not battery.grid_charging,
        "weight_battery_discharge": battery.wear_cost_per_kwh,
        "weight_battery_charge": 0.0,
        "number_of_deferrable_loads": count,
        "nominal_power_of_deferrable_loads": loads.nominal_w,
        "minimum_power_of_deferrable_loads": loads.least_w,
        "treat_deferrable_load_as_semi_cont": loads.on_or_off,
        "set_deferrable_load_single_constant": [False] * count,
        "set_deferrable_startup_penalty": [0.0] * count,
        "set_deferrable_max_startups": [0] * count,
        "deferrable_load_max_cost": [0.0] * count,
        "def_minimum_on_time": [0] * count,
        "def_minimum_off_time": [0] * count,
        "cost_forecast_per_deferrable_load": [None] * count,
        "is_electric_load": [True] * count,
        "operating_hours_of_each_deferrable_load": loads.hours,
        "start_timesteps_of_each_deferrable_load": loads.starts,
        "end_timesteps_of_each_deferrable_load": loads.ends,
    }


def _plant(problem: Problem, battery: Battery) -> dict[str, Any]:
    """EMHASS's charging limit is on the AC side, its discharging limit is not: it gives ``limit * efficiency``."""
    grid = problem.grid
    assert grid.import_limit_kw is not None and grid.export_limit_kw is not None  # _check has seen to it
    return {
        "maximum_power_from_grid": [1000 * kw for kw in per_step(grid.import_limit_kw, problem.steps)],
        "maximum_power_to_grid": [1000 * kw for kw in per_step(grid.export_limit_kw, problem.steps)],
        "compute_curtailment": problem.pv[0].curtailable,
        "inverter_is_hybrid": False,
        "number_of_batteries": 1,
        "battery_nominal_energy_capacity": 1000 * battery.capacity_kwh,
        "battery_minimum_state_of_charge": battery.soc_min,
        "battery_maximum_state_of_charge": battery.soc_max,
        "battery_charge_power_max": 1000 * battery.charge_limit_kw,
        "battery_discharge_power_max": 1000 * battery.discharge_limit_kw / battery.discharge_efficiency,
        "battery_charge_efficiency": battery.charge_efficiency,
        "battery_discharge_efficiency": battery.discharge_efficiency,
    }


def _loads(problem: Problem) -> _Loads:
    """Programs, loads and cars, in this order: EMHASS knows them by their index alone."""
    loads = _Loads()
    for program in problem.shiftable_loads:
        _add_program(loads, problem, program)
    for load in problem.interruptible_loads:
        _add_interruptible(loads, problem, load)
    for ev in problem.evs:
        _add_ev(loads, problem, ev)
    return loads


def _add_program(loads: _Loads, problem: Problem, program: ShiftableLoad) -> None:
    """A sequence load: its power of every step, run once. Its hours play no part."""
    horizon, minutes = problem.horizon, problem.step_minutes[0]
    _only_if(program.running_since is None, f"{program.name}: runs already")
    _only_if(_whole(program.duration_minutes / minutes), f"{program.name}: does not end with a step")
    steps = round(program.duration_minutes / minutes)
    sequence = horizon.averaged(program.profile_kw, program.profile_step_minutes, 0.0)[:steps]
    first, last = horizon.first_post_from(program.earliest_start), horizon.minutes_at(program.latest_finish) / minutes
    _only_if(first + steps <= last <= problem.steps, f"{program.name}: does not fit into its window")
    loads.add(program.name, [1000 * kw for kw in sequence], 0.0, (first, int(last + _SAME)))


def _add_interruptible(loads: _Loads, problem: Problem, load: InterruptibleLoad) -> None:
    """EMHASS wants exactly ``hours`` at nominal power within one window, so one quota for the whole horizon will do."""
    name, horizon = load.name, problem.horizon
    _only_if(not (load.min_on_minutes or load.min_off_minutes or load.start_cost), f"{name}: has run rules")
    _only_if(load.max_starts is None and not load.on_now, f"{name}: has run rules")
    _only_if(len(load.quotas) == 1, f"{name}: EMHASS has one quota a load")
    quota = load.quotas[0]
    _only_if(quota.begin <= horizon.start and quota.until >= horizon.end, f"{name}: its quota is not for the horizon")
    hours = quota.kwh / load.power_kw
    on_or_off = load.min_power_kw is None
    _only_if(not on_or_off or _whole(hours / horizon.hours[0]), f"{name}: its quota is not a number of whole steps")
    loads.add(name, 1000 * load.power_kw, hours, (0, 0), 1000 * (load.min_power_kw or 0.0), on_or_off)


def _add_ev(loads: _Loads, problem: Problem, ev: Ev) -> None:
    """EMHASS's own documentation: a car is a deferrable load with a least power, a window, and the energy it needs."""
    name, at = ev.name, [k for k, here in enumerate(ev.connected) if here]
    _only_if(bool(at) and at[-1] - at[0] + 1 == len(at), f"{name}: EMHASS has one window a load")
    _only_if(not ev.discharge_limit_kw and not ev.surplus_only and ev.from_home_battery, f"{name}: is more than a load")
    _only_if(not ev.terminal_value_per_kwh, f"{name}: what it has at the end is worth something")
    _only_if(len(ev.targets) == 1 and ev.targets[0].soc == ev.soc_max, f"{name}: may take more than it must")
    _only_if(problem.horizon.time(at[-1] + 1) <= ev.targets[0].at <= problem.horizon.end, f"{name}: target too early")
    needed_kwh = (ev.soc_max - ev.soc) * ev.battery_kwh / ev.charge_efficiency
    loads.add(name, 1000 * ev.max_kw, needed_kwh / ev.max_kw, (at[0], at[-1] + 1), 1000 * ev.min_kw)


def _check(problem: Problem) -> None:
    """Raises Untranslatable for what the whole home must be."""
    grid = problem.grid
    _only_if(len(set(problem.step_minutes)) == 1, "the steps differ in length")
    _only_if(len(problem.batteries) == 1 and len(problem.pv) == 1, "there is not one battery and one PV plant")
    _only_if(not problem.thermal_loads, "there are heat stores")
    _only_if(problem.objective.cost_function == "profit", "the objective is not profit")
    _only_if(grid.capacity_charge is None and grid.carbon_kg_per_kwh is None, "the peak or carbon is priced")
    _only_if(grid.import_limit_kw is not None and grid.export_limit_kw is not None, "the grid has no limits")
    _only_if(min(grid.import_price) >= 0, "import is paid for: 'exactly' and 'at least' would differ")
    fixed = not problem.pv[0].curtailable
    _only_if(not fixed or min(grid.export_price) >= 0, "surplus costs: 'exactly' and 'at least' would differ")
    battery = problem.batteries[0]
    _only_if(battery.terminal_value_per_kwh == 0, "what the battery has at the end is worth something")
    _only_if(not battery.standing_loss_kw, "the battery loses energy as it stands")
    _only_if(battery.grid_export and battery.grid_charging, "EMHASS has other rules for battery and grid")
    at_end = [target.at for target in battery.soc_targets] == [problem.horizon.end]
    _only_if(at_end, "the battery needs one target, at the horizon's end")


def _only_if(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Untranslatable(otherwise)


def _whole(number: float) -> bool:
    return abs(number - round(number)) < _SAME
