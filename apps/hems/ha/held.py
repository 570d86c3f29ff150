"""The last good value of every reading stands in for one that fails, for as long as it may be relied on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any, Generic, TypeVar

from .health import Found, lasted
from .port import States
from .readings import clock, energy_kwh, fraction, is_on, known, number, power_kw, temperature_c, why_not

Value = TypeVar("Value")
# Looks are taken every ten seconds; a longer silence is a clock that was set forward, or a machine that slept.
_SILENCE = timedelta(minutes=10)
# A jump is over at once; so long it is shown.
_JUMP_SHOWN = timedelta(minutes=15)


@dataclass(frozen=True)
class Sort(Generic[Value]):
    """A sort of reading. ``hold``: how long its last value stands in; ``without``: what happens when that time is over."""

    name: str
    read: Callable[[States, str], Value | None]
    hold: timedelta
    without: str
    units: str = ""


def _text(states: States, entity: str) -> str | None:
    return known(states.state(entity))


_UNKNOWN = "it counts as not known"
_ALONE = "its device is left to itself"
# A kettle changes a home's power within seconds; two minutes bridge a sensor's lost update and no more.
POWER: Sort[float] = Sort("power", power_kw, timedelta(minutes=2), _UNKNOWN, "W, kW or MW")
# 5 kW move a battery of 10 kWh by 8 % in ten minutes: so much the plan of the next step bears.
SOC: Sort[float] = Sort("soc", fraction, timedelta(minutes=10), _ALONE, "% from 0 to 100")
# Cars sleep and wake, and their clouds are slow; in half an hour at 7 kW one of 60 kWh gains 6 %.
CAR_SOC: Sort[float] = Sort("soc", fraction, timedelta(minutes=30), "nothing is planned for it", "% from 0 to 100")
# 2 kW heat 200 litres by 4 K in half an hour; less than the band of any tank.
TEMPERATURE: Sort[float] = Sort("temperature", temperature_c, timedelta(minutes=30), _ALONE, "°C or °F")
# A plug or a switch is moved by a person: what it said is worth as long as nobody can have walked there and back.
PLUG: Sort[str] = Sort("plug", _text, timedelta(minutes=2), "nothing is planned for it")
SWITCH: Sort[bool] = Sort("switch", is_on, timedelta(minutes=2), _UNKNOWN)
# Wishes are set by hand and seldom; helpers are away for the minutes of a restart, at most for those of an update.
WISH: Sort[bool] = Sort("wish", is_on, timedelta(hours=1), "it counts as not asked for")
CLOCK: Sort[time] = Sort("clock", clock, timedelta(hours=1), "there is no such wish")
TARGET: Sort[float] = Sort("target", fraction, timedelta(hours=1), "there is no such wish", "% from 0 to 100")
NUMBER: Sort[float] = Sort("number", number, timedelta(hours=1), "there is no such wish", "a number")
# A limit that is not known is not kept, so the last one is kept as long as a wish.
LIMIT: Sort[float] = Sort("limit", power_kw, timedelta(hours=1), "it is not kept", "W, kW or MW")
# It shrinks by a few per cent in a year.
CAPACITY: Sort[float] = Sort("capacity", energy_kwh, timedelta(hours=24), _ALONE, "Wh, kWh or MWh")
# A counter that stood still would say that nothing was imported; its next reading says all that was missed.
COUNTER: Sort[float] = Sort("counter", energy_kwh, timedelta(), _UNKNOWN, "Wh, kWh or MWh")
# Sessions are announced a day or hours ahead, and seldom taken back.
SESSIONS_HELD = timedelta(hours=1)


class Held:
    """Values with the time at which they were last read (aware UTC)."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Any, datetime]] = {}

    def keep(self, key: str, value: Any, now: datetime) -> None:
        """This was read now."""
        self._last[key] = value, now

    def last(self, key: str) -> tuple[Any, datetime] | None:
        """The last good value and its time; None where there was never one."""
        return self._last.get(key)

    def shift(self, by: timedelta) -> None:
        """The clock was set: what is ten minutes old stays ten minutes old."""
        self._last = {key: (value, at + by) for key, (value, at) in self._last.items()}


class Senses:
    """The readings of one look; what fails is held, and ``faults`` says so by entity."""

    def __init__(self, states: States, held: Held, now: datetime, zone: tzinfo) -> None:
        self.states = states
        self.faults: dict[str, Found] = {}
        self.zone = zone
        self._held, self._now = held, now

    def read(self, sort: Sort[Value], entity: str) -> Value | None:
        """The value of an entity; the last good one while that is young enough; else None.

        An entity that never existed is no fault of a reading: it is named with the others that are missing.
        """
        key = f"{sort.name} {entity}"
        value = sort.read(self.states, entity)
        if value is not None:
            self._held.keep(key, value, self._now)
            return value
        last: tuple[Value, datetime] | None = self._held.last(key)
        if last is None and self.states.state(entity) is None:
            return None
        until = last[1] + sort.hold if last is not None else self._now
        held = last is not None and self._now < until
        meanwhile = sort.without
        if held:
            meanwhile = f"its last value is used until {until.astimezone(self.zone):%H:%M}, then {sort.without}"
        self.faults[entity] = Found(f"{entity} {why_not(self.states, entity, sort.units)}", meanwhile)
        return last[0] if held and last is not None else None

    def forgive(self, entity: str) -> None:
        """That this is not known is as it should be."""
        self.faults.pop(entity, None)


class ClockWatch:
    """Notices a clock that is set: ``step`` with every look."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._fault: tuple[Found, datetime] | None = None

    def step(self, now: datetime) -> timedelta:
        """By how much everything that is held has to be moved in time: nothing, or back by what the clock was set back."""
        last, self._last = self._last, now
        if last is None:
            return timedelta()
        gone = now - last
        if gone < timedelta():
            self._fault = Found(f"the clock was set back by {lasted(-gone)}", "ages are counted on"), now
            return gone
        if gone > _SILENCE:
            what = f"the clock went forward by {lasted(gone)} at once"
            meanwhile = (
                "values held from before are no longer used; prices and forecasts stay for the times they are of"
            )
            self._fault = Found(what, meanwhile), now
        return timedelta()

    def fault(self, now: datetime) -> Found | None:
        """The last jump, for a while."""
        if self._fault is None or now - self._fault[1] > _JUMP_SHOWN:
            return None
        return self._fault[0]
