"""What a home does that nobody optimises: cars on arrival, programs when asked for, pumps from ten, tanks by thermostat."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta, tzinfo

from ..config.devices import Ev
from ..config.loads import AnyLoad, Heat, Program, Quota
from ..config.site import Site
from ..control.setpoint import Setpoint
from ..planner.local_days import local_time
from ..planner.readings import EvReading, LoadReading, Readings
from .program_turn import ProgramTurn, turns_of
from .say import say
from .thermostat import Thermostat

# A quota begins at this local time, earlier only where the day would not hold it.
_TEN = time(10, 0)
# The thermostat's two points, kelvin above the lowest temperature.
ON_ABOVE_MIN_K, OFF_ABOVE_MIN_K = 2.0, 8.0
# A car is at its target when less than this is missing.
NEARLY_SOC = 1e-4
_UNKNOWN = LoadReading(None)


class FixedTimes:
    """The setpoints of all devices but batteries; the same mapping for as long as nothing changes."""

    def __init__(self, site: Site, zone: tzinfo, always: tuple[Setpoint, ...] = ()) -> None:
        release = (say(name, "pv", "release", "Gives all that it can.") for name, pv in site.pv.items() if pv.actions)
        self._always = (*always, *release)
        self._cars = [(name, *car_setpoints(name, ev), ev) for name, ev in site.evs.items()]
        turns = turns_of(site, zone)
        self._loads = [(name, _load(name, load, zone, turns)) for name, load in site.loads.items()]
        self._chosen: tuple[Setpoint, ...] | None = None
        self._answer: Mapping[str, Setpoint] = {}

    def setpoints(self, readings: Readings) -> Mapping[str, Setpoint]:
        """What each device is to do now; the batteries' setpoints are those given at the beginning."""
        chosen = (*self._always, *self._of_cars(readings), *self._of_loads(readings))
        if chosen != self._chosen:
            self._chosen, self._answer = chosen, {setpoint.device: setpoint for setpoint in chosen}
        return self._answer

    def _of_cars(self, readings: Readings) -> Iterator[Setpoint]:
        for name, charge, stop, config in self._cars:
            reading = readings.evs.get(name)
            missing = missing_soc(reading, config) if reading is not None else None
            if missing is not None:
                yield charge if missing > NEARLY_SOC else stop

    def _of_loads(self, readings: Readings) -> Iterator[Setpoint]:
        for name, load in self._loads:
            setpoint = load.setpoint(readings.loads.get(name, _UNKNOWN), readings.now)
            if setpoint is not None:
                yield setpoint


def car_setpoints(name: str, config: Ev) -> tuple[Setpoint, Setpoint]:
    """Charging at full power, and not."""
    charge = say(name, "ev", "charge", "Charges as soon as it is there.", config.max_kw, config.soc_max)
    return charge, say(name, "ev", "stop", "Is not there, or has what it needs.")


def missing_soc(reading: EvReading, config: Ev) -> float | None:
    """State of charge that a car is short of its target; 0 where it is away, None where that is not known."""
    if reading.connected is None or (reading.connected and reading.soc is None):
        return None
    if not reading.connected or reading.soc is None:
        return 0.0
    wish = config.soc_max if reading.target_soc is None else min(reading.target_soc, config.soc_max)
    return max(0.0, wish - reading.soc)


class FixedProgram:
    """A program that starts when it is asked for inside its window, or when the window opens."""

    def __init__(self, name: str, config: Program, turn: ProgramTurn) -> None:
        self._turn = turn
        self._on = say(name, "load", "on", "Starts as soon as it is asked for.", max(config.program_kw))
        self._off = say(name, "load", "off", "Nobody has asked for it.")
        self._leave = say(name, "load", "leave", "The program runs and is not interrupted.")

    def setpoint(self, reading: LoadReading, now: datetime) -> Setpoint | None:
        """On, off, or left alone while it runs; nothing where it is not known whether it does."""
        if reading.on is None:
            return None
        self._turn.observe(reading, now)
        if self._turn.running:
            return self._leave
        window = self._turn.window(reading, now)
        starts = window is not None and window[0] <= now and not self._turn.must_wait()
        return self._on if starts else self._off


class FixedQuota:
    """So many hours a day from ten o'clock on."""

    def __init__(self, name: str, config: Quota, zone: tzinfo) -> None:
        self._config, self._zone = config, zone
        self._on = say(name, "load", "on", "Runs from ten o'clock on.", config.power_kw)
        self._off = say(name, "load", "off", "Is not due.")
        self._runs: tuple[datetime, datetime] | None = None
        self._closes: datetime | None = None

    def setpoint(self, reading: LoadReading, now: datetime) -> Setpoint | None:
        """On within its hours; nothing where their number is not known."""
        hours = quota_hours(reading, self._config)
        if hours is None:
            return None
        if self._closes is None or self._runs is None or now >= self._closes:
            day = now.astimezone(self._zone).date()
            self._closes = local_time(day + timedelta(days=1), time(), self._zone)
            begin = min(local_time(day, _TEN, self._zone), self._closes - timedelta(hours=hours))
            self._runs = begin, begin + timedelta(hours=hours)
        return self._on if self._runs[0] <= now < self._runs[1] else self._off


def quota_hours(reading: LoadReading, config: Quota) -> float | None:
    """Hours a day, as read or as written; None where neither is known."""
    if reading.hours_per_day is not None:
        return min(reading.hours_per_day, 24.0)
    return None if isinstance(config.hours_per_day, str) else min(config.hours_per_day, 24.0)


class FixedHeat:
    """A tank on its thermostat."""

    def __init__(self, name: str, config: Heat) -> None:
        self._thermostat = Thermostat()
        self._on_below_c = config.min_c + ON_ABOVE_MIN_K
        self._off_above_c = min(config.min_c + OFF_ABOVE_MIN_K, config.max_c)
        self._on = say(name, "load", "on", "Heats by its thermostat.", config.power_kw)
        self._off = say(name, "load", "off", "Is warm enough.")

    def setpoint(self, reading: LoadReading, now: datetime) -> Setpoint | None:
        """On or off by the temperature; nothing where it is not known."""
        if reading.temperature_c is None:
            return None
        heats = self._thermostat.reads(reading.temperature_c, self._on_below_c, self._off_above_c)
        return self._on if heats else self._off


def _load(
    name: str, config: AnyLoad, zone: tzinfo, turns: dict[str, ProgramTurn]
) -> FixedProgram | FixedQuota | FixedHeat:
    if isinstance(config, Program):
        return FixedProgram(name, config, turns[name])
    return FixedQuota(name, config, zone) if isinstance(config, Quota) else FixedHeat(name, config)
