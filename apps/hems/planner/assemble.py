"""The problem of this moment: the site, what was read, what is remembered and what is forecast, put together."""

from dataclasses import dataclass, field
from datetime import timedelta, tzinfo

from ..config.site import Site
from ..domain.faults import Refused
from ..domain.grid import Grid
from ..domain.group import Group
from ..domain.horizon import Horizon
from ..domain.problem import Objective, Problem
from ..domain.pv import Pv
from ..domain.series import planning_horizon
from ..forecast.load import forecast_load
from ..forecast.price import prices_with_tail
from ..forecast.pv import forecast_pv
from .energy_blocks import energy_blocks
from .loads import interruptible_loads, shiftable_loads, thermal_loads
from .memory import Memory
from .readings import Readings
from .stores import batteries, evs


@dataclass
class Notes:
    """What had to be assumed or left out, as sentences for people."""

    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """One more sentence."""
        self.lines.append(line)


def assemble(site: Site, readings: Readings, memory: Memory, zone: tzinfo, notes: Notes) -> Problem:
    """A problem from now on. Raises Refused where there is nothing to plan with (no price, no load at all).

    A device whose state is not known is left out, and ``notes`` says so: unknown is not zero.
    """
    horizon = planning_horizon(readings.now, site.horizon_hours, site.step_minutes, site.longer_steps)
    grid = _grid(site, readings, memory, horizon, zone, notes)
    load = forecast_load(readings.history, readings.baseline_kw, horizon, zone)
    if load is None:
        raise Refused(["the baseline load is not known: neither the meter nor its history can be read"])
    if not readings.history:
        notes.say("no history of the load yet: a usual household at the level of now stands in")
    problem = Problem(
        schema="hems.problem/1",
        start=horizon.start,
        step_minutes=horizon.step_minutes,
        time_zone=str(zone),
        currency=site.currency,
        objective=Objective(cost_function=site.cost_function),
        grid=grid,
        load_kw=tuple(round(kw, 4) for kw in load),
        on_off_until=horizon.start + timedelta(hours=site.on_off_hours)
        if site.on_off_hours < site.horizon_hours
        else None,
        pv=tuple(_pv(site, readings, horizon, zone, notes)),
        batteries=tuple(batteries(site, readings, horizon, notes)),
        evs=tuple(evs(site, readings, horizon, zone, notes, grid.import_price)),
        shiftable_loads=tuple(shiftable_loads(site, readings, memory, horizon, zone)),
        interruptible_loads=tuple(interruptible_loads(site, readings, memory, horizon, zone)),
        thermal_loads=tuple(thermal_loads(site, readings, memory, horizon, zone, notes)),
    )
    return problem.model_copy(update={"groups": _groups(site, {device.name for _, device in problem.devices()})})


def _grid(site: Site, readings: Readings, memory: Memory, horizon: Horizon, zone: tzinfo, notes: Notes) -> Grid:
    """Tariff and limits. A limit whose entity is not known is not kept; the main fuse is."""
    bought, sold = _tariff(site, readings, horizon, notes)
    for key in ("import_limit_kw", "export_limit_kw"):
        if getattr(site.grid, key) is not None and getattr(readings, key) is None:
            kept = "only the main fuse" if key == "import_limit_kw" and site.grid.main_fuse is not None else "no limit"
            notes.say(f"grid.{key}: {getattr(site.grid, key)} is not known; {kept} is kept")
    limits = [kw for kw in (readings.import_limit_kw, site.grid.fuse_kw) if kw is not None]
    return Grid(
        import_price=bought,
        export_price=sold,
        import_limit_kw=min(limits, default=None),
        export_limit_kw=readings.export_limit_kw,
        phase_limit_a=site.grid.phase_limit_a,
        phase_voltage_v=site.grid.phase_voltage_v,
        load_phase_shares=site.grid.phase_shares,
        energy_blocks=tuple(energy_blocks(site, memory, horizon, zone, notes)),
    )


def _groups(site: Site, planned: set[str]) -> tuple[Group, ...]:
    """The groups with those of their devices that are planned for; without any, none."""
    found = []
    for name, group in site.groups.items():
        devices = tuple(device for device in group.devices if device in planned)
        if devices:
            limits = {"import_limit_kw": group.import_limit_kw, "export_limit_kw": group.export_limit_kw}
            found.append(Group(name=name, devices=devices, **limits))
    return tuple(found)


def _tariff(
    site: Site, readings: Readings, horizon: Horizon, notes: Notes
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Import and export price of each step. Raises Refused without a price for now."""
    spot, known = prices_with_tail(readings.spot, horizon)
    if spot is None:
        entity = site.prices.import_.entity
        raise Refused([f"waiting for prices: {entity} has none for now"])
    if known < horizon.steps:
        hours = horizon.posts_minutes[known] / 60
        notes.say(f"prices are known for {hours:.0f} h; beyond, those of the day before are assumed")
    bought, sold = site.prices.import_, site.prices.export
    imported = tuple(round(bought.price(price), 6) for price in spot)
    return imported, tuple(round(sold.price(price), 6) for price in spot)


def _pv(site: Site, readings: Readings, horizon: Horizon, zone: tzinfo, notes: Notes) -> list[Pv]:
    plants = []
    for name, plant in site.pv.items():
        slots, history = readings.pv_forecast.get(name, ()), readings.pv_history.get(name, ())
        forecast, estimated = forecast_pv(slots, history, horizon, zone)
        if estimated:
            notes.say(
                f"{name}: no PV forecast for {estimated} of {horizon.steps} steps; the output of the last days stands in"
            )
        plants.append(
            Pv(
                name=name,
                forecast_kw=tuple(round(kw, 4) for kw in forecast),
                curtailable=plant.actions is not None,
                phase=plant.phase,
            )
        )
    return plants
