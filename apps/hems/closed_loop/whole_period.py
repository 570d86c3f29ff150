"""All of a period as one problem, with everything in it that will happen: what the perfect-foresight bound solves."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..config.loads import Heat, Program, Quota
from ..domain.battery import Battery
from ..domain.ev import Ev
from ..domain.grid import Grid
from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad, ShiftableLoad, ThermalLoad
from ..domain.loads import Quota as Wish
from ..domain.problem import Problem
from ..domain.pv import Pv
from ..planner.local_days import periods
from ..planner.memory import window_around
from .foresight import Truth
from .home import PhysicalHome
from .prices import stored_worth


def whole_period(truth: Truth, first: int, last: int, home: PhysicalHome) -> Problem:
    """Steps ``first`` to ``last`` of the series as one problem. What is stored at the end is worth ``stored_worth``."""
    site, series = truth.site, truth.series
    horizon = Horizon(series.time(first), (series.step_minutes,) * (last - first))
    prices = truth.mean(truth.tariff.import_price, horizon)
    worth = stored_worth(truth.tariff, first, last, series.step_minutes)
    limit = site.grid.import_limit_kw
    return Problem.model_construct(
        schema_="hems.problem/1",
        start=horizon.start,
        step_minutes=horizon.step_minutes,
        time_zone=str(truth.zone),
        currency=site.currency,
        grid=Grid(
            import_price=prices,
            export_price=truth.mean(truth.tariff.export_price, horizon),
            import_limit_kw=limit if isinstance(limit, float | int) else None,
        ),
        load_kw=truth.mean(series.load_kw, horizon),
        pv=tuple(
            Pv(
                name=name,
                forecast_kw=truth.mean(kw, horizon),
                curtailable=name in site.pv and site.pv[name].can_be_curtailed,
            )
            for name, kw in series.pv_kw.items()
        ),
        batteries=tuple(_battery(truth, name, home, worth) for name in home.batteries),
        evs=tuple(_car(truth, name, home, horizon, worth) for name in site.evs),
        shiftable_loads=tuple(
            program
            for name, load in site.loads.items()
            if isinstance(load, Program)
            for program in _programs(truth, name, load, horizon, home)
        ),
        interruptible_loads=tuple(
            _load(truth, name, load, horizon) for name, load in site.loads.items() if isinstance(load, Quota)
        ),
        thermal_loads=tuple(
            _tank(truth, name, load, home, horizon, worth)
            for name, load in site.loads.items()
            if isinstance(load, Heat)
        ),
        on_off_until=horizon.start,
    )


def _battery(truth: Truth, name: str, home: PhysicalHome, worth: float) -> Battery:
    config, store = truth.site.batteries[name], home.batteries[name].store
    return Battery(
        name=name,
        capacity_kwh=store.capacity_kwh,
        soc=store.soc,
        soc_min=config.soc_min,
        soc_max=config.soc_max,
        charge_limit_kw=config.charge_limit_kw,
        discharge_limit_kw=config.discharge_limit_kw,
        charge_efficiency=config.charge_efficiency,
        discharge_efficiency=config.discharge_efficiency,
        wear_cost_per_kwh=config.wear_cost_per_kwh,
        terminal_value_per_kwh=worth,
    )


def _car(truth: Truth, name: str, home: PhysicalHome, horizon: Horizon, worth: float) -> Ev:
    """Connected in every step of which it is at home for a part; ``at_home`` says for how much of it."""
    config, car = truth.site.evs[name], home.cars[name]
    target_soc = config.target_soc_or_usual
    wished = target_soc if isinstance(target_soc, float | int) else 0.0
    return Ev(
        name=name,
        battery_kwh=config.battery_kwh,
        soc=car.soc,
        soc_max=config.soc_max,
        connected=tuple(share > 0.001 for share in truth.mean(truth.home[name], horizon)),
        driving_kw=truth.mean(truth.driving_kw[name], horizon),
        min_kw=config.min_kw,
        max_kw=config.max_kw,
        charge_efficiency=config.charge_efficiency,
        targets=tuple(truth.targets(name, horizon, min(float(wished), config.soc_max))),
        terminal_value_per_kwh=worth,
    )


def _programs(
    truth: Truth, name: str, config: Program, horizon: Horizon, home: PhysicalHome
) -> Iterator[ShiftableLoad]:
    """What runs now, and one for each time that the machine is loaded, if its window ends inside the horizon."""
    length = timedelta(minutes=len(config.program_kw) * config.program_step_minutes)
    elapsed = home.machines[name].elapsed_hours
    waiting = home.requested[name] and elapsed is None
    if elapsed is not None:
        yield ShiftableLoad(
            name=f"{name} now",
            profile_kw=config.program_kw,
            profile_step_minutes=config.program_step_minutes,
            earliest_start=horizon.start,
            latest_finish=horizon.start + length,
            running_since=horizon.start - timedelta(hours=elapsed),
        )
    for k in range(horizon.steps):
        begin, end = horizon.time(k), horizon.time(k + 1)
        if not (waiting and k == 0) and not truth.family.loads_machine(name, begin, end):
            continue
        opens, closes = window_around(config.window, begin, truth.zone)
        if max(opens, begin) + length > closes:
            opens, closes = window_around(config.window, closes + timedelta(minutes=1), truth.zone)
        if closes <= horizon.end:
            yield ShiftableLoad(
                name=f"{name} {begin.date()} {k}",
                profile_kw=config.program_kw,
                profile_step_minutes=config.program_step_minutes,
                earliest_start=max(opens, begin),
                latest_finish=closes,
            )


def _load(truth: Truth, name: str, config: Quota, horizon: Horizon) -> InterruptibleLoad:
    hours = config.hours_per_day if isinstance(config.hours_per_day, float | int) else 0.0
    days = [(a, b) for a, b in periods("day", horizon.start, horizon.end, truth.zone) if b <= horizon.end]
    wishes = [_wish(max(a, horizon.start), b, config.power_kw * hours) for a, b in days]
    return InterruptibleLoad(name=name, power_kw=config.power_kw, quotas=tuple(wishes))


def _tank(truth: Truth, name: str, load: Heat, home: PhysicalHome, horizon: Horizon, worth: float) -> ThermalLoad:
    tank = home.tanks[name]
    return ThermalLoad(
        name=name,
        power_kw=load.power_kw,
        min_power_kw=None,
        cop=load.cop,
        capacity_kwh_per_k=tank.capacity_kwh_per_k,
        loss_kw_per_k=load.loss_kw_per_k,
        ambient_c=tank.ambient_c,
        draw_kw=truth.mean(truth.draw_kw[name], horizon),
        temperature_c=tank.temperature_c,
        min_c=load.min_c,
        max_c=load.max_c,
        comfort_penalty_per_k_hour=load.comfort_penalty_per_k_hour,
        terminal_value_per_kwh=worth / load.cop,
    )


def _wish(begin: datetime, until: datetime, kwh: float) -> Wish:
    return Wish.model_validate({"from": begin, "until": until, "kwh": kwh})
