"""What the dispatcher reads of the home, every few seconds: states that decide, meters, and the limits that hold now."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from ..config.loads import Heat, Program
from ..config.site import Site
from ..control.guard_rules import GuardRules
from ..control.measured import Measured
from ..control.metered import Metered
from .actuators import Actuator
from .held import LIMIT, PLUG, SOC, TEMPERATURE, Held, Senses
from .port import States
from .readings import is_on, number, power_kw
from .steady import Steady, spent

# Below this a load's power sensor shows standby.
_RUNNING_KW = 0.02
# A meter that says the very same for so long has died; one that says nothing flows may well be right.
_DEAD = timedelta(minutes=10)
# A car that is charged takes more.
_DRAWING_KW = 0.1


class Metering:
    """Reads; a state of charge or a plug that is lost for a moment is held, as for the planner.

    ``dead``: the meter has not moved for long, in a sentence; None: it moves.
    """

    def __init__(self, site: Site, zone: tzinfo) -> None:
        self._site, self._zone, self._held = site, zone, Held()
        self._moved: tuple[float, datetime] | None = None
        self._steady = Steady(site)
        self.dead: str | None = None

    def measured(self, home: States, actuators: Mapping[str, Actuator], now: datetime) -> Measured:
        """What decides: states of charge, plugs, what runs."""
        senses = Senses(home, self._held, now, self._zone)
        site = self._site
        socs = {name: senses.read(SOC, battery.soc) for name, battery in site.batteries.items()}
        plugs = {name: senses.read(PLUG, ev.connected) for name, ev in site.evs.items()}
        return Measured(
            soc={name: self._steady.soc(name, site.batteries[name], soc) for name, soc in socs.items()},
            connected={
                name: None if plug is None else plug in site.evs[name].connected_states for name, plug in plugs.items()
            },
            drawing={name: _draws(home, ev.power) for name, ev in site.evs.items()},
            running={name: self._running(home, name, actuators[name].started_at, now) for name in site.loads},
            started=frozenset(name for name in site.loads if actuators[name].started_at is not None),
            switched=self._steady.switched(actuators, now),
            temperature_c={
                name: senses.read(TEMPERATURE, load.temperature)
                for name, load in site.loads.items()
                if isinstance(load, Heat)
            },
            spent=spent(actuators),
        )

    def metered(self, home: States, now: datetime) -> Metered:
        """What flows at this moment."""
        site, grid = self._site, self._site.grid
        kw = self._alive(power_kw(home, grid.power.entity), now)
        imported = None if kw is None else kw if grid.power.positive == "import" else -kw
        stores = {
            name: _signed(home, battery.power.entity, battery.power.positive == "charge")
            for name, battery in site.batteries.items()
            if battery.power is not None
        }
        return Metered(
            import_kw=None if imported is None else max(imported, 0.0),
            export_kw=None if imported is None else max(-imported, 0.0),
            phases_kw=self._phases(home),
            batteries_kw=stores,
            cars_kw={name: power_kw(home, ev.power) if ev.power else None for name, ev in site.evs.items()},
            pv_kw={name: power_kw(home, plant.power) if plant.power else None for name, plant in site.pv.items()},
        )

    def with_surplus(self, measured: Measured, metered: Metered, now: datetime) -> Measured:
        """With what would be exported if the batteries rested, as far as that is known for some minutes."""
        return self._steady.with_surplus(measured, metered, now)

    def rules(self, home: States, now: datetime) -> GuardRules:
        """The limits of this moment; a limit that cannot be read is held for a while, and then is none."""
        site, guard = self._site, self._site.guard
        senses = Senses(home, self._held, now, self._zone)
        phase_a = site.grid.phase_limit_a
        limits = [self._limit(senses, site.grid.import_limit_kw), site.grid.fuse_kw]
        phases = {
            name: one.phase
            for devices in (site.batteries, site.evs, site.loads)
            for name, one in devices.items()
            if one.phase is not None
        }
        return GuardRules(
            import_kw=min((kw for kw in limits if kw is not None), default=None),
            export_kw=self._limit(senses, site.grid.export_limit_kw),
            phase_kw=None if phase_a is None else phase_a * site.grid.phase_voltage_v / 1000,
            shed=guard.shed if guard.shed is not None else (*site.loads, *site.evs),
            phases=phases,
            surplus_only=frozenset(name for name, ev in site.evs.items() if ev.surplus_only),
            restore=timedelta(minutes=guard.restore_minutes),
            rest=timedelta(minutes=guard.rest_minutes),
            surplus_start=timedelta(minutes=guard.surplus_start_minutes),
            surplus_stop=timedelta(minutes=guard.surplus_stop_minutes),
        )

    def _alive(self, kw: float | None, now: datetime) -> float | None:
        """The meter's power; None where it has died."""
        if kw is None:
            self.dead = None
            return None
        if self._moved is None or self._moved[0] != kw or self._moved[1] > now:
            self._moved = kw, now
        silent = now - self._moved[1]
        entity = self._site.grid.power.entity
        is_dead = kw != 0.0 and silent >= _DEAD
        self.dead = (
            f"{entity} has said the same since {self._moved[1].astimezone(self._zone):%H:%M}" if is_dead else None
        )
        return None if is_dead else kw

    def _phases(self, home: States) -> tuple[float, float, float] | None:
        sensors, volts = self._site.grid.phase_currents, self._site.grid.phase_voltage_v
        if sensors is None:
            return None
        one, two, three = (_amps(home, sensor) for sensor in sensors)
        if one is None or two is None or three is None:
            return None
        return one * volts / 1000, two * volts / 1000, three * volts / 1000

    def _limit(self, senses: Senses, value: float | str | None) -> float | None:
        kw = senses.read(LIMIT, value) if isinstance(value, str) else value
        return kw if kw is not None and kw >= 0 else None

    def _running(self, home: States, name: str, begun: datetime | None, now: datetime) -> bool | None:
        """Whether a load runs: by its switch, its power, and for programs by when HEMS started it."""
        load = self._site.loads[name]
        on = is_on(home, load.switch) if load.switch else None
        if on is False:
            return False
        if isinstance(load, Program) and begun is not None:
            length = timedelta(minutes=len(load.program_kw) * load.program_step_minutes)
            if now - begun < length:
                return True
            on = False if load.switch else None
        drawn_kw = power_kw(home, load.power) if load.power else None
        return on if drawn_kw is None else drawn_kw > _RUNNING_KW


def _signed(home: States, entity: str, positive: bool) -> float | None:
    kw = power_kw(home, entity)
    return None if kw is None else kw if positive else -kw


def _draws(home: States, power: str | None) -> bool | None:
    kw = power_kw(home, power) if power else None
    return None if kw is None else kw > _DRAWING_KW


def _amps(home: States, entity: str) -> float | None:
    """A current in A; None where it is unknown or in another unit."""
    value = number(home, entity)
    factor = {"A": 1.0, "mA": 1e-3}.get(str(home.attributes(entity).get("unit_of_measurement")))
    return None if value is None or factor is None else value * factor
