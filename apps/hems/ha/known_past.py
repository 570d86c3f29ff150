"""All of the past that forecasts learn from, read in one go: beside AppDaemon's threads, once an hour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..config.site import Site
from ..domain.series import Slot
from ..forecast.pv_past import MOST_DAYS
from .feed_slots import overlaid
from .history import baseline_terms
from .history_baseline import Baseline
from .history_outdoor import outdoor_past
from .history_past import Past, baseline_of
from .measurements import Measurements
from .measurements_sample import curtailed_name, plant_name

# Statistics of an hour are there some ten seconds after its end.
_AFTER_THE_HOUR = timedelta(seconds=90)
_HOUR = timedelta(hours=1)
_PV_PAST = timedelta(days=MOST_DAYS + 1)


@dataclass(frozen=True)
class KnownPast:
    """The baseline load; by plant what it gave in kW, and when it was held back; the outdoor temperature in °C."""

    baseline: Baseline = field(default_factory=Baseline)
    pv: Mapping[str, tuple[Slot, ...]] = field(default_factory=dict)
    curtailed: Mapping[str, tuple[Slot, ...]] = field(default_factory=dict)
    outdoor_c: tuple[Slot, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.baseline.slots) or any(self.pv.values())


def read_past(past: Past, site: Site, store: Measurements, now: datetime) -> KnownPast:
    """From Home Assistant and from the suite's own store, which goes before it. ``now``: aware UTC."""
    terms = baseline_terms(site) or []
    plants = {name: plant.power for name, plant in site.pv.items() if plant.power is not None}
    found = past.read(list(dict.fromkeys([*(entity for entity, _ in terms), *plants.values()])), now)
    since = now - _PV_PAST
    own = {name: store.slots(plant_name(name), since, now, entity) for name, entity in plants.items()}
    return KnownPast(
        baseline_of(found, site, store, now),
        {name: overlaid(found[entity].hourly_slots(), own[name]) for name, entity in plants.items()},
        {name: _curtailed(store, name, since, now) for name in site.pv},
        outdoor_past(past.home, site, store, now),
    )


def _curtailed(store: Measurements, plant: str, begin: datetime, end: datetime) -> tuple[Slot, ...]:
    """Quarter-hours in which the plant was held back at any time, however little of them was seen."""
    return tuple(slot for slot in store.slots(curtailed_name(plant), begin, end, least_share=0.0) if slot.value > 0)


def next_reading(now: datetime) -> timedelta:
    """How long to wait for the next reading: until the hour that runs now has ended, and its statistics are there."""
    begin = now.replace(minute=0, second=0, microsecond=0)
    at = begin + _AFTER_THE_HOUR
    return (at if at > now else at + _HOUR) - now
