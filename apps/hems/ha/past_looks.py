"""Looks at tanks and cars in the past, made of the recorder's states: what the planner would have read then."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ..config.devices import Ev
from ..config.loads import Heat
from ..config.site import Site
from ..planner.readings import EvReading, LoadReading, Readings
from .history_states import Change, PastState
from .port import States
from .readings import fraction, is_on, known, power_kw, temperature_c

_EVERY = timedelta(minutes=5)
# A thermometer that says nothing new for so long while its tank is heated was not there: Home Assistant was down.
_SILENT, _HEATED_KW = timedelta(hours=1), 0.1

Past = Mapping[str, Sequence[Change]]


def entities_of(site: Site, name: str) -> tuple[str, ...]:
    """The entities that say how a tank or a car does."""
    if name in site.evs:
        return site.evs[name].connected, site.evs[name].soc
    load = site.loads[name]
    named = (load.switch, load.power, load.temperature, load.ambient_c) if isinstance(load, Heat) else ()
    return tuple(entity for entity in named if isinstance(entity, str))


def looks(site: Site, name: str, past: Past, begin: datetime, end: datetime) -> Iterator[Readings]:
    """Readings of one tank or car in [begin, end] (aware UTC), in order: every five minutes, and when its switch or plug
    moved, for then the planner looks too. ``past``: by entity how it changed (``history_states.changes``)."""
    times = {begin + k * _EVERY for k in range((end - begin) // _EVERY + 1)} | {end}
    load, ev = site.loads.get(name), site.evs.get(name)
    mover = ev.connected if ev is not None else load.switch if load is not None else None
    times |= {change.at for change in past.get(mover or "", ()) if begin < change.at < end}
    car, tank = _Car(ev, past) if ev is not None else None, _Tank(load, past) if isinstance(load, Heat) else None
    for now in sorted(times):
        if car is not None:
            yield Readings(now, evs={name: car.look(now)})
        elif tank is not None:
            yield Readings(now, loads={name: tank.look(now)})


class _Car:
    def __init__(self, ev: Ev, past: Past) -> None:
        self._connected_states = ev.connected_states
        self._plug, self._soc = PastState(ev.connected, past), PastState(ev.soc, past)

    def look(self, now: datetime) -> EvReading:
        _go((self._plug, self._soc), now)
        plug = self._plug.read(_text)
        connected = None if plug is None else plug in self._connected_states
        return EvReading(connected, self._soc.read(fraction), None, None, None)


class _Tank:
    def __init__(self, tank: Heat, past: Past) -> None:
        self._fixed_ambient_c = None if isinstance(tank.ambient_c, str) else tank.ambient_c
        ambient = tank.ambient_c if isinstance(tank.ambient_c, str) else None
        self._switch, self._power = PastState(tank.switch, past), PastState(tank.power, past)
        self._temperature, self._ambient = PastState(tank.temperature, past), PastState(ambient, past)
        self._last: datetime | None = None

    def look(self, now: datetime) -> LoadReading:
        """The power is the mean since the last look. Where the heat that it took is not known, its temperature tells nothing
        of what was drawn: then that is not known either."""
        power = self._power_kw(now)
        _go((self._switch, self._temperature, self._ambient), now)
        on = self._switch.read(is_on)
        told = (power is not None or not self._power.entity) and (on is not None or not self._switch.entity)
        heats = power > _HEATED_KW if power is not None else on is True
        since = self._temperature.since
        silent = since is None or (heats and now - since > _SILENT)
        warm = None if silent or not told else self._temperature.read(temperature_c)
        ambient = self._ambient.read(temperature_c) if self._fixed_ambient_c is None else self._fixed_ambient_c
        return LoadReading(on, power, temperature_c=warm, ambient_c=ambient)

    def _power_kw(self, now: datetime) -> float | None:
        """Time-weighted; None where any of the time since the last look is not known."""
        begin, self._last = self._last, now
        at, mean = begin, 0.0 if begin is not None and now > begin else None
        for until in self._power.go_to(now):
            if begin is not None and at is not None and until > at:
                kw = self._power.read(power_kw)
                mean = mean + kw * ((until - at) / (now - begin)) if mean is not None and kw is not None else None
                at = until
        return mean


def _go(states: Sequence[PastState], now: datetime) -> None:
    for state in states:
        for _ in state.go_to(now):
            pass


def _text(states: States, entity: str) -> str | None:
    return known(states.state(entity))
