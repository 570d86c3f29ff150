"""The problem of this moment: the site, what was read, what is remembered and what is forecast, put together."""

from dataclasses import dataclass, field
from datetime import timedelta, tzinfo

from ..config.devices import Pv as PvConfig
from ..config.site import Site
from ..domain.faults import Refused
from ..domain.grid import Grid
from ..domain.group import Group
from ..domain.horizon import Horizon
from ..domain.kept import Kept
from ..domain.problem import Objective, Problem
from ..domain.pv import Pv
from ..domain.series import planning_horizon
from ..forecast.load import forecast_load
from ..forecast.power_forecast import PowerForecast
from ..forecast.pv import forecast_pv
from ..forecast.sun import Roof
from .cars import evs
from .energy_blocks import energy_blocks
from .loads import interruptible_loads, shiftable_loads, thermal_loads
from .memory import Memory
from .readings import Readings
from .stores import batteries
from .tariff_calendar import Calendar
from .tariff_planning import Planning, planning, with_spike_protection
from .tariff_prices import StepPrices, step_prices
from .tariff_sessions import unpaid
from .uncertainty import expected


@dataclass
class Notes:
    """What had to be assumed or left out, as sentences for people; ``prices``: the true ones, and which are estimates."""

    lines: list[str] = field(default_factory=list)
    prices: StepPrices | None = None

    def say(self, line: str) -> None:
        """One more sentence."""
        self.lines.append(line)


def assemble(
    site: Site, readings: Readings, memory: Memory, zone: tzinfo, notes: Notes, kept: Kept | None = None
) -> Problem:
    """A problem from now on. Raises Refused where there is nothing to plan with (no price, no load at all).

    A device whose state is not known is left out, and ``notes`` says so: unknown is not zero. ``kept``: of a planner that
    asks again every few minutes; what is learned from histories and published prices is then worked out once for each.
    """
    kept = Kept() if kept is None else kept
    horizon = planning_horizon(readings.now, site.horizon_hours, site.step_minutes, site.longer_steps)
    planned = _tariff(site, readings, horizon, zone, notes, kept)
    grid = _grid(site, readings, memory, horizon, zone, notes, planned)
    if not readings.history and readings.baseline_kw is None:
        raise Refused(["the baseline load is not known: neither the meter nor its history can be read"])
    holiday = site.prices.is_holiday
    outdoor = readings.outdoor_history, readings.outdoor_c
    load = forecast_load(readings.history, readings.baseline_kw, horizon, zone, holiday, *outdoor, kept=kept)
    likely = expected(site, load, {name: _pv_forecast(site, name, readings, horizon, notes, kept) for name in site.pv})
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
        load_kw=likely.load_kw,
        scenarios=likely.scenarios,
        on_off_until=horizon.start + timedelta(hours=site.on_off_hours)
        if site.on_off_hours < site.horizon_hours
        else None,
        pv=tuple(
            Pv(name=name, forecast_kw=likely.pv_kw[name], curtailable=_curtailable(plant, readings), phase=plant.phase)
            for name, plant in site.pv.items()
        ),
        batteries=tuple(batteries(site, readings, horizon, notes)),
        evs=tuple(evs(site, readings, memory, horizon, zone, notes, grid.import_price)),
        shiftable_loads=tuple(shiftable_loads(site, readings, memory, horizon, zone)),
        interruptible_loads=tuple(interruptible_loads(site, readings, memory, horizon, zone)),
        thermal_loads=tuple(thermal_loads(site, readings, memory, horizon, zone, notes)),
    )
    groups = _groups(site, {device.name for _, device in problem.devices()})
    return with_spike_protection(problem.model_copy(update={"groups": groups}), planned.grid_charging)


def _curtailable(plant: PvConfig, readings: Readings) -> bool:
    """Whether the plant can be held back. Not by a battery that does what the family has set."""
    if plant.curtailed_by is None:
        return plant.can_be_curtailed
    return readings.overrides.of(plant.curtailed_by) in (None, "skip")


def _grid(
    site: Site,
    readings: Readings,
    memory: Memory,
    horizon: Horizon,
    zone: tzinfo,
    notes: Notes,
    planned: Planning,
) -> Grid:
    """Tariff and limits. A limit whose entity is not known is not kept; the main fuse is."""
    for key in ("import_limit_kw", "export_limit_kw"):
        if getattr(site.grid, key) is not None and getattr(readings, key) is None:
            kept = "only the main fuse" if key == "import_limit_kw" and site.grid.main_fuse is not None else "no limit"
            notes.say(f"grid.{key}: {getattr(site.grid, key)} is not known; {kept} is kept")
    limits = [kw for kw in (readings.import_limit_kw, site.grid.fuse_kw) if kw is not None]
    return Grid(
        import_price=planned.import_price,
        export_price=planned.export_price,
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


def _tariff(site: Site, readings: Readings, horizon: Horizon, zone: tzinfo, notes: Notes, kept: Kept) -> Planning:
    """The prices to plan with; the true ones go into ``notes``. Raises Refused without a price for now."""
    true = notes.prices = step_prices(site.prices, readings, horizon, zone, kept)
    if true.estimated_from is not None:
        hours = horizon.minutes_at(true.estimated_from) / 60
        instead = (
            "they are estimated from the last weeks" if true.from_history else "those of the day before are assumed"
        )
        notes.say(f"prices are known for {hours:.0f} h; beyond, {instead}")
    for one in unpaid(site.prices.saving_sessions, readings.saving_sessions):
        if one.end > horizon.start:
            local = one.begin.astimezone(zone)
            notes.say(
                f"prices.saving_sessions: what the session of {local:%Y-%m-%d %H:%M} earns is not known; give reward_per_kwh"
            )
    return planning(site, true, horizon, Calendar(zone, site.prices.is_holiday))


def _pv_forecast(
    site: Site, name: str, readings: Readings, horizon: Horizon, notes: Notes, kept: Kept
) -> PowerForecast:
    """A plant's output as it is to be expected. While it is held back its power says nothing of the sun."""
    curtailed = readings.pv_curtailed.get(name, ())
    held_back = any(slot.begin <= readings.now <= slot.end for slot in curtailed)
    forecast = forecast_pv(
        readings.pv_forecast.get(name, ()),
        readings.pv_history.get(name, ()),
        horizon,
        issued=readings.pv_forecast_history.get(name, ()),
        measured_kw=None if held_back else readings.pv_kw.get(name),
        curtailed=curtailed,
        low=readings.pv_forecast_low.get(name, ()),
        high=readings.pv_forecast_high.get(name, ()),
        roof=_roof(site, name),
        kept=kept.get(f"pv {name}", (), Kept),
    )
    if forecast.estimated and site.pv[name].forecast is not None:
        notes.say(
            f"{name}: no PV forecast for {forecast.estimated} of {horizon.steps} steps; the output of the last weeks stands in"
        )
    return forecast


def _roof(site: Site, name: str) -> Roof | None:
    """Where a plant is and how it lies; None where the site's place is not known."""
    plant = site.pv[name]
    if site.latitude is None or site.longitude is None:
        return None
    peak_kw = plant.peak_kw if plant.peak_kw is not None else plant.limit_kw
    return Roof(site.latitude, site.longitude, plant.tilt_degrees, plant.azimuth_degrees, peak_kw)
