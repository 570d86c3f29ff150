"""What a good user's templates hand to EMHASS: the home's readings in EMHASS's words.

EMHASS counts in W and in steps from now, and knows loads by their index. It keeps no memory, so the hours that are left to
run, the car's energy and the tank's bounds are worked out here, as its documentation shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

from hems.config.devices import Ev
from hems.config.loads import Heat, Program
from hems.config.site import Site
from hems.domain.horizon import Horizon
from hems.domain.series import Slot, on_horizon
from hems.planner.local_days import local_time
from hems.planner.memory import window_around
from hems.planner.readings import EvReading, LoadReading, Readings
from hems.planner.tariff import Tariff

# EMHASS plans nothing shorter.
LEAST_STEPS = 5
# When hot water is drawn, by local hour: what this suite's own planner assumes.
DRAW_SHARE = {6: 0.1, 7: 0.2, 8: 0.1, 12: 0.1, 13: 0.1, 18: 0.1, 19: 0.1, 20: 0.1, 21: 0.1}
# Water: 1.163 Wh per litre and kelvin.
WATER_DENSITY, WATER_HEAT = 1000.0, 4.186
# A bound that the tank cannot keep makes EMHASS's whole plan infeasible, so it is put this far beyond what it can reach.
REACH_K = 0.5
NO_LIMIT_W = 20000.0


@dataclass(frozen=True)
class Choices:
    """How EMHASS is used. ``soc_final``: a fraction, or None for its own default (as it is now).

    ``load``: "naive" or "typical"; ``profile_limit_w``: what scales the typical load. ``car``: "range" (off, or from its
    least power up) or "on_off". ``battery``: "forced" or "by_grid", see the controller. ``tank_min_c`` is added to the
    tank's minimum as a margin, as its documentation advises. ``reward``: what is above ``soc_final`` at the end is worth
    the last import price times this.
    """

    step_minutes: int = 30
    load: str = "naive"
    profile_limit_w: float = 9000.0
    soc_final: float | None = 0.1
    reward: float = 0.9
    car: str = "on_off"
    battery: str = "by_grid"
    tank_margin_k: float = 0.0


def horizon_of(readings: Readings, step_minutes: int) -> Horizon | None:
    """Whole steps from the boundary before now to the last published price; None where that is too short for EMHASS."""
    minutes = readings.now.hour * 60 + readings.now.minute
    start = readings.now.replace(second=0, microsecond=0) - timedelta(minutes=minutes % step_minutes)
    end = readings.spot[-1].end if readings.spot else start
    steps = int((end - start) / timedelta(minutes=step_minutes))
    return Horizon(start, (float(step_minutes),) * steps) if steps >= LEAST_STEPS else None


def request_of(
    site: Site,
    zone: tzinfo,
    readings: Readings,
    horizon: Horizon,
    past_w: Sequence[float],
    left: Mapping[str, int],
    choices: Choices,
) -> dict[str, Any]:
    """The question, ready for JSON.

    ``past_w``: the baseline load of the steps before the horizon, the newest last; ``left``: the steps that a running
    program has left, by its name.
    """
    tariff = Tariff(site.prices, zone)
    (battery,) = site.batteries.values()
    (soc,) = (one.soc for one in readings.batteries.values())
    begun = horizon.start - timedelta(minutes=choices.step_minutes * len(past_w))
    pv = [_known(slots, horizon) for slots in readings.pv_forecast.values()]
    return {
        "do": "plan",
        "start": horizon.start.isoformat(),
        "time_zone": str(zone),
        "step_minutes": choices.step_minutes,
        "load_method": choices.load,
        "profile_limit_w": choices.profile_limit_w,
        "history": {"start": begun.isoformat(), "load_w": list(past_w)},
        "load_now_w": None if readings.baseline_kw is None else 1000 * readings.baseline_kw,
        "pv_w": [1000 * sum(values) for values in zip(*pv, strict=True)],
        "pv_now_w": 1000 * sum(kw or 0.0 for kw in readings.pv_kw.values()),
        "import_price": _known(tariff.slots("import", readings.spot), horizon),
        "export_price": _known(tariff.slots("export", readings.spot), horizon),
        "soc_init": min(battery.soc_max, max(battery.soc_min, soc or 0.0)),
        "soc_final": choices.soc_final,
        "optim": _optim(_loads(site, zone, readings, horizon, left, choices), choices),
        "plant": _plant(site, readings),
    }


def names_of(site: Site) -> tuple[str, ...]:
    """Our names of EMHASS's deferrable loads, by their index."""
    return (*site.evs, *site.loads)


@dataclass(frozen=True)
class Deferrable:
    """One entry of EMHASS's parallel lists. ``end`` is left out of the window; 0: no end."""

    nominal_w: float
    hours: float = 0.0
    start: int = 0
    end: int = 0
    least_w: float = 0.0
    on_or_off: bool = True
    one_block: bool = False
    runs: bool = False
    model: Mapping[str, Any] | None = None


def _loads(
    site: Site, zone: tzinfo, readings: Readings, horizon: Horizon, left: Mapping[str, int], choices: Choices
) -> list[Deferrable]:
    found = [car(site.evs[name], readings.evs[name], horizon, zone, choices.car) for name in site.evs]
    for name, load in site.loads.items():
        if isinstance(load, Program):
            found.append(program(load, readings.loads[name], horizon, zone, left.get(name, 0)))
        elif isinstance(load, Heat):
            found.append(tank(load, readings.loads[name], horizon, zone, choices.tank_margin_k))
        else:
            raise ValueError(f"{name}: this comparison has no {load.type} loads")
    return found


def car(config: Ev, reading: EvReading, horizon: Horizon, zone: tzinfo, how: str) -> Deferrable:
    """The energy that it lacks before its departure; nothing while the departure lies beyond the published prices.

    EMHASS takes the energy as an equation and whole steps where the car is on or off: those are rounded up, and the
    controller stops at the target. What does not fit into the window would leave the home without any plan, so it is cut.
    """
    nominal_w, least_w, hours = 1000 * config.max_kw, 1000 * config.min_kw, horizon.hours[0]
    idle = Deferrable(nominal_w, least_w=least_w, on_or_off=how == "on_off")
    if not reading.connected or reading.soc is None or reading.target_soc is None or reading.ready_by is None:
        return idle
    today = horizon.start.astimezone(zone).date()
    days = (local_time(today + timedelta(days=k), reading.ready_by, zone) for k in (0, 1, 2))
    leaves = next(time for time in days if time > horizon.start)
    window = int(horizon.minutes_at(leaves) / horizon.step_minutes[0])
    needed = (reading.target_soc - reading.soc) * config.battery_kwh / config.charge_efficiency / config.max_kw
    if window > horizon.steps or window < 1 or needed < 0.01:
        return idle
    if how == "on_off":
        steps = min(window, int(-(-needed // hours)))
        return Deferrable(nominal_w, steps * hours, 0, window, least_w)
    return Deferrable(nominal_w, min(needed, window * hours), 0, window, least_w, False)


def program(config: Program, reading: LoadReading, horizon: Horizon, zone: tzinfo, left: int) -> Deferrable:
    """One block at its mean power within its window; its ``left`` steps from now on while it runs."""
    mean_w, minutes = 1000 * sum(config.program_kw) / len(config.program_kw), horizon.step_minutes[0]
    if reading.on:
        return Deferrable(mean_w, left * horizon.hours[0], 0, left, one_block=True, runs=left > 0)
    idle = Deferrable(mean_w, one_block=True)
    if not reading.requested:
        return idle
    opens, closes = window_around(config.window, horizon.start, zone)
    length = steps_of(config, minutes)
    first, last = horizon.first_post_from(opens), min(horizon.steps, int(horizon.minutes_at(closes) / minutes))
    if last - first < length:
        return idle
    return Deferrable(mean_w, length * horizon.hours[0], first, last, one_block=True)


def steps_of(config: Program, step_minutes: float) -> int:
    """How many steps a program takes."""
    return int(-(-len(config.program_kw) * config.program_step_minutes // step_minutes))


def tank(config: Heat, reading: LoadReading, horizon: Horizon, zone: tzinfo, margin_k: float) -> Deferrable:
    """EMHASS's thermal battery as a hot-water tank with a direct electric heater and a draw-off profile."""
    nominal_w, now_c = 1000 * config.power_kw, reading.temperature_c
    if now_c is None:
        return Deferrable(nominal_w)
    ambient_c = reading.ambient_c if reading.ambient_c is not None else 20.0
    loss_kw = config.loss_kw_per_k * ((config.min_c + config.max_c) / 2 - ambient_c)
    hour_of = [horizon.time(k).astimezone(zone).hour for k in range(horizon.steps)]
    draws = [config.draw_kwh_per_day * DRAW_SHARE.get(hour, 0.0) * horizon.hours[0] for hour in hour_of]
    kwh_per_k = WATER_DENSITY * WATER_HEAT * config.volume_l / 1000 / 3600
    highest, lowest = [now_c], [now_c]
    for k in range(horizon.steps - 1):
        lost = draws[k] + loss_kw * horizon.hours[k]
        heat = config.power_kw * config.cop * horizon.hours[k]
        highest.append(min(config.max_c, highest[-1] + (heat - lost) / kwh_per_k))
        lowest.append(lowest[-1] - lost / kwh_per_k)
    model = {
        "efficiency": config.cop,
        "volume": config.volume_l / 1000,
        "density": WATER_DENSITY,
        "heat_capacity": WATER_HEAT,
        "thermal_loss": loss_kw,
        "draw_off_demand": draws,
        "start_temperature": now_c,
        "min_temperatures": [min(config.min_c + margin_k, reach - REACH_K) for reach in highest],
        "max_temperatures": [max(config.max_c, reach + REACH_K) for reach in lowest],
    }
    return Deferrable(nominal_w, model={"thermal_battery": model})


def _optim(loads: Sequence[Deferrable], choices: Choices) -> dict[str, Any]:
    """What is not named here is EMHASS's default; it ships ``set_nodischarge_to_grid`` true."""
    count = len(loads)
    return {
        "num_threads": 1,
        "set_use_battery": True,
        "set_use_pv": True,
        "set_nodischarge_to_grid": False,
        "set_nocharge_from_grid": False,
        "number_of_deferrable_loads": count,
        "nominal_power_of_deferrable_loads": [load.nominal_w for load in loads],
        "minimum_power_of_deferrable_loads": [0.0 if load.on_or_off else load.least_w for load in loads],
        "treat_deferrable_load_as_semi_cont": [load.on_or_off for load in loads],
        "set_deferrable_load_single_constant": [load.one_block for load in loads],
        "set_deferrable_startup_penalty": [0.0] * count,
        "set_deferrable_max_startups": [0] * count,
        "deferrable_load_max_cost": [0.0] * count,
        "def_minimum_on_time": [0] * count,
        "def_minimum_off_time": [0] * count,
        "def_current_state": [load.runs for load in loads],
        "cost_forecast_per_deferrable_load": [None] * count,
        "is_electric_load": [True] * count,
        "operating_hours_of_each_deferrable_load": [load.hours for load in loads],
        "start_timesteps_of_each_deferrable_load": [load.start for load in loads],
        "end_timesteps_of_each_deferrable_load": [load.end for load in loads],
        "def_load_config": [dict(load.model or {}) for load in loads],
        "battery_soc_final_reward_factor": choices.reward,
    }


def _plant(site: Site, readings: Readings) -> dict[str, Any]:
    """EMHASS's limit for discharging is before its losses: it gives ``limit * efficiency``."""
    ((name, battery),) = site.batteries.items()
    capacity = readings.batteries[name].capacity_kwh or 0.0
    return {
        "maximum_power_from_grid": _limit_w(readings.import_limit_kw),
        "maximum_power_to_grid": _limit_w(readings.export_limit_kw),
        "compute_curtailment": any(pv.actions is not None for pv in site.pv.values()),
        "inverter_is_hybrid": False,
        "number_of_batteries": 1,
        "battery_nominal_energy_capacity": 1000 * capacity,
        "battery_minimum_state_of_charge": battery.soc_min,
        "battery_maximum_state_of_charge": battery.soc_max,
        "battery_charge_power_max": 1000 * battery.charge_limit_kw,
        "battery_discharge_power_max": 1000 * battery.discharge_limit_kw / battery.discharge_efficiency,
        "battery_charge_efficiency": battery.charge_efficiency,
        "battery_discharge_efficiency": battery.discharge_efficiency,
    }


def _limit_w(limit_kw: float | None) -> float:
    return NO_LIMIT_W if limit_kw is None else 1000 * limit_kw


def _known(slots: Sequence[Slot], horizon: Horizon) -> list[float]:
    """The mean of each step; what nobody forecasts is 0 (only PV can lack it: the horizon ends with the prices)."""
    near = [slot for slot in slots if slot.end > horizon.start and slot.begin < horizon.end]
    return [value if value is not None else 0.0 for value in on_horizon(near, horizon)]
