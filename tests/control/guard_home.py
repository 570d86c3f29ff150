"""A small home with a meter, second by second, for the guard: what it decides is what the devices do."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hems.control.guard import GuardState, guard
from hems.control.guard_rules import GuardRules
from hems.control.limits import Limits
from hems.control.measured import Measured
from hems.control.metered import Metered
from hems.control.moment import Moment
from hems.control.setpoint import Setpoint

from .conftest import NOW, make_limits

Series = Callable[[float], float]
TICK_S = 5.0


@dataclass
class GuardedHome:
    """``load_kw``, ``sun_kw``: by seconds from the start; ``wanted``: what plan and family want."""

    wanted: Mapping[str, Setpoint]
    moment: Moment | str
    rules: GuardRules
    load_kw: Series = lambda _: 0.5
    sun_kw: Series = lambda _: 0.0
    limits: Limits = field(default_factory=make_limits)
    soc: float = 0.5
    noise_kw: float = 0.0
    seed: int = 1
    meter_known: Series = lambda _: 1.0
    battery_power_known: bool = True
    lag_s: float = 0.0  # until devices do as they are told
    state: GuardState = field(default_factory=GuardState)
    told: dict[str, Setpoint] = field(default_factory=dict)
    import_kw: list[float] = field(default_factory=list)
    export_kw: list[float] = field(default_factory=list)
    powers: dict[str, list[float]] = field(default_factory=dict)
    modes: Counter[str] = field(default_factory=Counter)
    obeyed: dict[str, Setpoint] = field(default_factory=dict)
    past: list[dict[str, Setpoint]] = field(default_factory=list)

    def run(self, minutes: float) -> "GuardedHome":
        """Lives on: every tick the guard looks, and the devices follow at once."""
        rng = random.Random(self.seed)
        self.told = self.told or dict(self.wanted)
        began = len(self.import_kw)
        for tick in range(began, began + int(minutes * 60 / TICK_S)):
            seconds = tick * TICK_S
            self.past.append(self.told)
            self.obeyed = self.past[max(tick - int(self.lag_s / TICK_S), 0)]
            metered = self._flow(seconds, rng.gauss(0.0, self.noise_kw))
            now = NOW + timedelta(seconds=seconds)
            measured = Measured(soc={"battery": self.soc}, running={"dishwasher": False})
            before = self.told
            self.told, self.state = guard(
                self.state, self.wanted, self.moment, metered, measured, self.limits, self.rules, now
            )
            for name, one in self.told.items():
                if one.action != before[name].action:
                    self.modes[name] += 1
        return self

    def _flow(self, seconds: float, noise: float) -> Metered:
        car = self.obeyed["car"].power_kw if self.obeyed["car"].action == "charge" else 0.0
        loads = {n: self.limits.loads[n].power_kw for n in ("pool", "tank") if self.obeyed[n].action == "on"}
        roof, store = self.obeyed.get("roof"), self.obeyed["battery"]
        sun = min(self.sun_kw(seconds), roof.power_kw if roof is not None and roof.action == "limit" else 99.0)
        rest = self.load_kw(seconds) + car + sum(loads.values()) - sun
        battery = self._battery(rest)
        net = rest + battery
        if store.action == "limit_export":  # the inverter throttles its own plant
            lost = min(sun, max(0.0, -net - store.power_kw))
            sun, net = sun - lost, net + lost
        self.import_kw.append(max(net, 0.0))
        self.export_kw.append(max(-net, 0.0))
        for name, kw in {"car": car, "battery": battery, "sun": sun, "pool": 0.0, "tank": 0.0, **loads}.items():
            self.powers.setdefault(name, []).append(kw)
        if not self.meter_known(seconds):
            return Metered(cars_kw={"car": car}, batteries_kw={"battery": battery}, pv_kw={"roof": sun})
        said = net + noise
        return Metered(
            import_kw=max(said, 0.0),
            export_kw=max(-said, 0.0),
            batteries_kw={"battery": battery if self.battery_power_known else None},
            cars_kw={"car": car},
            pv_kw={"roof": sun},
        )

    def _battery(self, rest_kw: float) -> float:
        """Charging above 0, discharging below, as the mode has it."""
        one, most = self.obeyed["battery"], self.limits.batteries["battery"]
        if one.action in ("self_use", "limit_export", "export_pv"):
            charges = 0.0 if one.action == "export_pv" or self.soc > 0.98 else most.charge_kw
            return max(-most.discharge_kw, min(charges, -rest_kw))
        return {"charge": one.power_kw, "discharge": -one.power_kw}.get(one.action, 0.0)


def setpoints(**changes: Setpoint) -> dict[str, Setpoint]:
    """Every device of the home, at rest but for what is given."""
    rest = {
        "battery": Setpoint("battery", "battery", "hold", 0.0, "plan", ""),
        "car": Setpoint("car", "ev", "stop", 0.0, "plan", ""),
        "pool": Setpoint("pool", "load", "off", 0.0, "plan", ""),
        "tank": Setpoint("tank", "load", "off", 0.0, "plan", ""),
        "dishwasher": Setpoint("dishwasher", "load", "off", 0.0, "plan", ""),
        "roof": Setpoint("roof", "pv", "release", 0.0, "plan", ""),
    }
    return {name: changes.get(name, one) for name, one in rest.items()}


def charging(kw: float, source: str = "plan") -> Setpoint:
    return replace(Setpoint("car", "ev", "charge", kw, "plan", ""), source=source)


def on(name: str, kw: float) -> Setpoint:
    return Setpoint(name, "load", "on", kw, "plan", "")
