"""What the memory knows too little of, and how the past fills it: looks of the past, through the very ``observe`` that
watches the home.

Pure. The planner reads such looks from Home Assistant's recorder, the closed loop from a home that lived before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from ..config.loads import Heat
from ..config.site import Site
from .car_memory import CarMemory
from .draws import Draws, whole_days
from .memory import Memory, observe
from .readings import Readings

# Home Assistant's recorder keeps so many days unless it is told otherwise.
PAST_DAYS = 10
# A shorter time unseen is not worth reading; one who knows less than this has only just begun.
_LITTLE = timedelta(days=1)

Since = Mapping[str, datetime | None]


def unknown_since(memory: Memory, site: Site, now: datetime) -> dict[str, datetime | None]:
    """Tanks and cars of whose past the memory knows too little, and until when it knows them; None: it knows nothing.

    Less than a day counts as nothing, for the past knows that day too. A device that is not named is well known.
    """
    tanks = {name: _hours_seen(memory, name) for name, load in site.loads.items() if isinstance(load, Heat)}
    known = {**tanks, **{name: _hours_known(memory, name) for name in site.evs}}
    found: dict[str, datetime | None] = {}
    for name, seen_for in known.items():
        if memory.seen is None or seen_for < _LITTLE:
            found[name] = None
        elif now - memory.seen > _LITTLE:
            found[name] = memory.seen
    return found


def relived(before: Memory, since: Since, site: Site, looks: Iterable[Readings], zone: tzinfo) -> Memory:
    """What is known of the devices of ``since`` after ``looks``, in order of time; of others nothing is to be used.

    It begins with what ``before`` knew of them, and with nothing where that is less than a day.
    """
    names = [name for name, known in since.items() if known is not None]
    draws = {name: replace(before.draws[name], temperature_c=None) for name in names if name in before.draws}
    memory = Memory(draws=draws, cars={name: before.cars[name] for name in names if name in before.cars})
    for readings in looks:
        memory = observe(memory, site, readings, zone)
    return memory


def taken_over(
    memory: Memory, past: Memory, since: Since, zone: tzinfo, now: datetime
) -> tuple[Memory, dict[str, int]]:
    """``memory`` with the tanks and cars of ``since`` as ``past`` knows them, where it knows more; and by device how many
    whole days more. ``past`` reaches until ``memory`` was last written, so that nothing is lost and nothing counts twice.
    """
    draws, cars, gained = dict(memory.draws), dict(memory.cars), dict[str, int]()
    for name in since:
        if name in past.draws and _hours_seen(past, name) > _hours_seen(memory, name):
            own = draws.get(name, Draws())
            gained[name] = whole_days(past.draws[name]) - whole_days(own)
            # The balance goes on from the last look of the present.
            draws[name] = replace(past.draws[name], temperature_c=own.temperature_c)
        if name in past.cars and _hours_known(past, name) > _hours_known(memory, name):
            car = cars.get(name, CarMemory())
            gained[name] = past.cars[name].habits(zone, now).days_seen - car.habits(zone, now).days_seen
            cars[name] = replace(past.cars[name], reported_soc=car.reported_soc, charged_kwh=car.charged_kwh)
    return replace(memory, draws=draws, cars=cars), gained


def _hours_seen(memory: Memory, tank: str) -> timedelta:
    return timedelta(hours=sum(hours for _, hours, _ in memory.draws.get(tank, Draws()).days))


def _hours_known(memory: Memory, car: str) -> timedelta:
    """The days that are known of a car, and for how long it was seen since."""
    known = memory.cars.get(car, CarMemory())
    days = sum(day.left is not None for day in known.days) * timedelta(days=1)
    return days + (known.recent[-1].at - known.recent[0].at if known.recent else timedelta())
