"""A site's devices behind one meter, as physical things: setpoints in, flows out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..config.loads import Heat, Program, Quota
from ..config.loads import Load as LoadConfig
from ..config.site import Site
from ..control.setpoint import RUNNING, Setpoint
from ..domain.faults import Refused
from ..simulation.battery import (
    FEED_IN_FIRST,
    FORCED_CHARGE,
    FORCED_DISCHARGE,
    SELF_CONSUMPTION,
    STANDBY,
    HomeBattery,
)
from ..simulation.dishwasher import Dishwasher
from ..simulation.ev import VOLT, Car
from ..simulation.hot_water_tank import HotWaterTank
from .family import Family

_MODES = {
    "self_use": SELF_CONSUMPTION,
    "charge": FORCED_CHARGE,
    "discharge": FORCED_DISCHARGE,
    "hold": STANDBY,
    "export_pv": FEED_IN_FIRST,
    "limit_export": SELF_CONSUMPTION,
}
_START_SOC, _CAR_SOC, _START_C_ABOVE = 0.5, 0.6, 8.0


@dataclass
class Flow:
    """Mean powers of one step in kW, all at least 0; ``devices``: what cars and loads take."""

    import_kw: float = 0.0
    export_kw: float = 0.0
    pv_kw: float = 0.0
    curtailed_kw: float = 0.0
    charge_kw: float = 0.0
    discharge_kw: float = 0.0
    devices: dict[str, float] = field(default_factory=dict)


@dataclass
class _Battery:
    store: HomeBattery
    mode: str = SELF_CONSUMPTION
    power_kw: float = 0.0
    feed_in_kw: float | None = None


class PhysicalHome:
    """Obeys the classes of ``simulation/``; it knows neither plans nor prices. Picklable, so that a run can be resumed."""

    def __init__(self, site: Site, family: Family, with_batteries: bool = True) -> None:
        self.site, self.family = site, family
        self.batteries = {name: _battery(site, name) for name in site.batteries} if with_batteries else {}
        self.cars = {
            name: Car(
                ev.battery_kwh, _CAR_SOC * ev.battery_kwh, ev.charge_efficiency, phases=ev.phases, soc_max=ev.soc_max
            )
            for name, ev in site.evs.items()
        }
        self.current_a = dict.fromkeys(site.evs, 0.0)
        self.plugged = dict.fromkeys(site.evs, True)
        self.on = dict.fromkeys(site.loads, False)
        self.requested = dict.fromkeys(site.loads, False)
        self.machines = {name: _machine(load) for name, load in site.loads.items() if isinstance(load, Program)}
        self.tanks = {name: _tank(load) for name, load in site.loads.items() if isinstance(load, Heat)}
        self.pv_limit_kw: dict[str, float | None] = dict.fromkeys(site.pv)
        self.switched: dict[str, int] = {}

    def plug(self, now: datetime) -> None:
        """Cars that are at home are plugged in."""
        self.plugged = {name: self.family.away(name, now) is None for name in self.cars}

    def obey(self, setpoints: Mapping[str, Setpoint]) -> None:
        """Devices that are named do as they are told; the others go on."""
        for name, setpoint in setpoints.items():
            if setpoint.action == "leave":
                continue
            if name in self.batteries:
                battery = self.batteries[name]
                limited = setpoint.action == "limit_export"
                changed = battery.mode != _MODES[setpoint.action] or limited != (battery.feed_in_kw is not None)
                self._count(name, changed)
                battery.mode, battery.power_kw = _MODES[setpoint.action], setpoint.power_kw
                battery.feed_in_kw = setpoint.power_kw if limited else None
            elif name in self.cars:
                self._charge(name, setpoint.power_kw if setpoint.action == "charge" else 0.0)
            elif name in self.on:
                self._switch(name, setpoint.action in RUNNING)
            elif name in self.pv_limit_kw:
                self.pv_limit_kw[name] = setpoint.power_kw if setpoint.action == "limit" else None

    def advance(self, begin: datetime, end: datetime, load_kw: float, pv_kw: Mapping[str, float]) -> Flow:
        """One step: ``import - export = load + cars + loads + charge - discharge - pv``; batteries follow last."""
        hours = (end - begin).total_seconds() / 3600
        flow, given_kw, middle = Flow(), dict[str, float](), begin + (end - begin) / 2
        self.plug(middle)
        for name, available in pv_kw.items():
            limit = self.pv_limit_kw[name]
            used = given_kw[name] = available if limit is None else min(available, limit)
            flow.pv_kw += used
            flow.curtailed_kw += available - used
        for name, car in self.cars.items():
            flow.devices[name] = self._drive_or_charge(name, car, middle, hours)
        for name, load in self.site.loads.items():
            flow.devices[name] = self._run(name, load, begin, end, hours)
        net = load_kw + sum(flow.devices.values()) - flow.pv_kw
        for battery in self.batteries.values():
            stored = battery.store.step(battery.mode, battery.power_kw, net, hours)
            flow.charge_kw += stored.charge_kw
            flow.discharge_kw += stored.discharge_kw
            net += stored.charge_kw - stored.discharge_kw
        lost_kw = self._throttled_kw(given_kw, -net)
        flow.pv_kw -= lost_kw
        flow.curtailed_kw += lost_kw
        net += lost_kw
        flow.import_kw, flow.export_kw = max(net, 0.0), max(-net, 0.0)
        return flow

    def _throttled_kw(self, given_kw: Mapping[str, float], export_kw: float) -> float:
        """What inverters hold back of their own plants, so that no more is fed in than they may."""
        lost_kw = 0.0
        for name, battery in self.batteries.items():
            if battery.feed_in_kw is None:
                continue
            plants = (plant for plant, config in self.site.pv.items() if config.curtailed_by == name)
            own_kw = sum(given_kw.get(plant, 0.0) for plant in plants)
            lost_kw += min(own_kw, max(0.0, export_kw - lost_kw - battery.feed_in_kw))
        return lost_kw

    def stored_kwh(self) -> float:
        """Energy in batteries and cars, and heat in tanks as the electricity that it took."""
        heat = (
            tank.temperature_c * tank.capacity_kwh_per_k / _cop(self.site.loads[name])
            for name, tank in self.tanks.items()
        )
        batteries = sum(battery.store.energy_kwh for battery in self.batteries.values())
        return batteries + sum(car.energy_kwh for car in self.cars.values()) + sum(heat)

    def _charge(self, name: str, power_kw: float) -> None:
        """The charger takes whole amperes, and gives no more than it can."""
        power_kw = min(power_kw, self.site.evs[name].max_kw)
        current = float(int(power_kw * 1000 / (VOLT * self.cars[name].phases) + 0.02))
        self._count(name, current > 0 and self.current_a[name] == 0)
        self.current_a[name] = current

    def _switch(self, name: str, on: bool) -> None:
        machine = self.machines.get(name)
        if machine is not None:
            if on and not machine.running and self.requested[name]:
                machine.start()
                self._count(name, True)
            return
        self._count(name, on and not self.on[name])
        self.on[name] = on

    def _count(self, name: str, changed: bool) -> None:
        if changed:
            self.switched[name] = self.switched.get(name, 0) + 1

    def _drive_or_charge(self, name: str, car: Car, middle: datetime, hours: float) -> float:
        trip = self.family.away(name, middle)
        if trip is not None:
            self.current_a[name] = 0.0
            car.drive(trip, hours)
            return 0.0
        return car.charge(self.current_a[name], hours) if self.current_a[name] > 0 else 0.0

    def _run(self, name: str, load: LoadConfig, begin: datetime, end: datetime, hours: float) -> float:
        if isinstance(load, Program):
            machine = self.machines[name]
            if self.family.loads_machine(name, begin, end):
                self.requested[name] = True
            was_running = machine.running
            power = machine.step(hours)
            if was_running and not machine.running:
                self.requested[name] = False
            self.on[name] = machine.running
            return power
        if isinstance(load, Heat):
            heat = self.tanks[name].step(self.on[name], self.family.draw_kw(name, begin, end), hours)
            return heat.heater_kw / load.cop
        return load.power_kw if isinstance(load, Quota) and self.on[name] else 0.0


def _battery(site: Site, name: str) -> _Battery:
    config = site.batteries[name]
    if isinstance(config.capacity_kwh, str):
        raise Refused(
            [f"batteries.{name}.capacity_kwh: {config.capacity_kwh} is an entity; write its number of kWh to simulate"]
        )
    store = HomeBattery(
        config.capacity_kwh,
        config.charge_limit_kw,
        _START_SOC * config.capacity_kwh,
        config.charge_efficiency,
        config.soc_min,
        config.soc_max,
        config.discharge_limit_kw,
        config.discharge_efficiency,
    )
    return _Battery(store)


def _machine(load: Program) -> Dishwasher:
    return Dishwasher(program_kw=load.program_kw, program_step_hours=load.program_step_minutes / 60)


def _tank(load: Heat) -> HotWaterTank:
    ambient = load.ambient_c if isinstance(load.ambient_c, float | int) else 20.0
    return HotWaterTank(
        load.volume_l, load.power_kw * _cop(load), load.min_c + _START_C_ABOVE, load.loss_kw_per_k, ambient
    )


def _cop(load: LoadConfig) -> float:
    return load.cop if isinstance(load, Heat) else 1.0
