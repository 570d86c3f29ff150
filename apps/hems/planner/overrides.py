"""What the family wishes instead of what apps.yaml says, put into the site and the readings of one plan; skipped days."""

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from ..config.loads import AnyLoad, Program
from ..config.site import Site
from .local_days import period_begin
from .memory import window_around
from .readings import EvReading, Overrides, Readings


def as_wished(site: Site, readings: Readings) -> tuple[Site, Readings]:
    """The site with the cost function that is chosen, and the readings with the cars' wishes.

    On vacation a car has no target: what it needs is for the day on which somebody comes back.
    """
    overrides = readings.overrides
    if overrides.cost_function is not None and overrides.cost_function != site.cost_function:
        site = site.model_copy(update={"cost_function": overrides.cost_function})
    cars = {name: _wished(name, car, overrides) for name, car in readings.evs.items()}
    return site, readings if cars == readings.evs else replace(readings, evs=cars)


def _wished(name: str, car: EvReading, overrides: Overrides) -> EvReading:
    target = overrides.target_soc.get(name, car.target_soc)
    ready_by = overrides.ready_by.get(name, car.ready_by)
    return replace(car, target_soc=None if overrides.vacation else target, ready_by=ready_by)


def skip_end(load: AnyLoad, now: datetime, zone: tzinfo) -> datetime:
    """Until when a load rests that is to skip today: until midnight.

    A program whose window is open or opens today: until that closes. The night's run is meant, not the evening's part of it.
    """
    midnight = period_begin("day", period_begin("day", now, zone) + timedelta(hours=36), zone)
    if not isinstance(load, Program):
        return midnight
    opens, closes = window_around(load.window, now, zone)
    return closes if opens < midnight else midnight


def window_after(
    config: Program, window: tuple[datetime, datetime], length: timedelta, begin: datetime, zone: tzinfo
) -> tuple[datetime, datetime]:
    """The window or the next one in which the program fits, from ``begin`` on. Days, at most: a window comes daily."""
    opens, closes = window
    for _ in range(3):
        if max(opens, begin) + length <= closes:
            break
        opens, closes = window_around(config.window, closes + timedelta(minutes=1), zone)
    return max(opens, begin), closes
