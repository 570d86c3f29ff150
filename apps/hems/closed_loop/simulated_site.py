"""What of a home's configuration a simulation can obey: what must be a number, and what is left out and said."""

from collections.abc import Iterator
from dataclasses import replace

from ..config.loads import Heat, Program, Quota
from ..config.site import Site
from .series import Series
from .series_columns import ROOF

_AMBIENT_C = 20.0


def simulation_faults(site: Site) -> list[str]:
    """One sentence for everything of a home that cannot be simulated as it is written, its path first."""
    named: list[tuple[str, object, str]] = [
        ("grid.import_limit_kw", site.grid.import_limit_kw, "its number"),
        ("grid.export_limit_kw", site.grid.export_limit_kw, "its number"),
        *((f"batteries.{name}.capacity_kwh", one.capacity_kwh, "its number") for name, one in site.batteries.items()),
    ]
    for name, car in site.evs.items():
        named += [(f"evs.{name}.ready_by", car.ready_by, 'a time such as "07:00"')]
        named += [(f"evs.{name}.target_soc", car.target_soc, "a fraction such as 0.8")]
    for name, load in site.loads.items():
        if isinstance(load, Quota):
            named.append((f"loads.{name}.hours_per_day", load.hours_per_day, "its number"))
    faults = [
        f"{path}: {value} is an entity; write {words} to simulate"
        for path, value, words in named
        if isinstance(value, str)
    ]
    return [*faults, *_empty(site)]


def _empty(site: Site) -> Iterator[str]:
    for name, battery in site.batteries.items():
        if not isinstance(battery.capacity_kwh, str) and battery.capacity_kwh <= 0:
            yield f"batteries.{name}.capacity_kwh: {battery.capacity_kwh:g} is not above 0"
    for name, car in site.evs.items():
        if car.battery_kwh <= 0:
            yield f"evs.{name}.battery_kwh: {car.battery_kwh:g} is not above 0"


def simulation_notes(site: Site) -> list[str]:
    """What the home has and the simulated one has not, as sentences."""
    found = []
    curves = [name for name, battery in site.batteries.items() if battery.charge_curve]
    curves += [name for name, car in site.evs.items() if car.charge_curve]
    if curves:
        found.append(f"charge_curve of {', '.join(curves)}: planned with, but the simulated device has none.")
    losing = [name for name, battery in site.batteries.items() if battery.standing_loss_kw > 0]
    if losing:
        found.append(f"standing_loss_kw of {', '.join(losing)}: planned with, but the simulated battery has none.")
    if site.grid.energy_blocks:
        found.append("grid.energy_blocks: not in the bills, and no plan knows how much of a block is used.")
    if site.grid.main_fuse or site.grid.export_limit_kw is not None or site.groups:
        found.append("Limits of the fuse, of groups and of export are kept by HEMS alone; nothing trips.")
    for name, load in site.loads.items():
        if isinstance(load, Heat) and isinstance(load.ambient_c, str):
            found.append(f"loads.{name}.ambient_c: {load.ambient_c} is an entity; {_AMBIENT_C:g} °C is taken.")
        if isinstance(load, Program) and load.after is not None:
            found.append(f"loads.{name}.after: each machine is loaded in the evening; only HEMS keeps their order.")
    if site.cost_function != "profit":
        found.append(f"cost_function: HEMS plans for {site.cost_function}; the bills count what export earns.")
    return found


def on_plants(site: Site, series: Series) -> Series:
    """The series with its plants called as the home calls them: ``pv_kw`` is the only plant's, whatever its name."""
    if list(series.pv_kw) != [ROOF] or len(site.pv) != 1 or ROOF in site.pv:
        return series
    (name,) = site.pv
    kept = series.pv_forecast_kw.get(ROOF)
    forecast = {} if kept is None else {name: kept}
    return replace(series, pv_kw={name: series.pv_kw[ROOF]}, pv_forecast_kw=forecast)


def plant_faults(site: Site, series: Series, file: str) -> list[str]:
    """Plants that only one of the two has."""
    missing = [
        f"{file}: has no column pv_{name}_kw for the home's plant {name}"
        for name in site.pv
        if name not in series.pv_kw
    ]
    known = f"its plants are {', '.join(site.pv)}" if site.pv else "it has none"
    surplus = [
        f"{file}: has PV of a plant {name} that the home does not know; {known}"
        for name in series.pv_kw
        if name not in site.pv
    ]
    return missing + surplus
