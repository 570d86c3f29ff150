"""A home second by second behind the dispatcher's own rounds: sensors are noisy, lag and round, devices do as they are called."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from builders.site_block import make_site, site_block
from hems.config.site import Site
from hems.domain.battery import Battery
from hems.domain.ev import Ev
from hems.domain.grid import Grid
from hems.domain.loads import ThermalLoad
from hems.domain.plan import Costs, GridPlan, LoadPlan, Plan, PvPlan, Solver, StorePlan
from hems.domain.problem import Problem
from hems.ha.port import Outcome
from hems.ha.rounds import Means, Rounds
from hems.planner.latest import Latest

START = datetime(2026, 6, 1, 10, 0, tzinfo=timezone.utc)
TICK_S = 10.0  # as often as the dispatcher looks
STEPS = 48
KWH_PER_K = 0.233  # 200 l of water
Series = Callable[[float], float]


def _mode(name: str, option: str) -> dict[str, Any]:
    return {"select.select_option": {"entity_id": f"select.{name}", "option": option}}


def _battery(name: str) -> dict[str, Any]:
    power = {"number.set_value": {"entity_id": f"number.{name}", "value": "{power_w}"}}
    modes = {"self_use": [_mode(name, "self_use")], "hold": [_mode(name, "hold")]}
    forced = {word: [power, _mode(name, word)] for word in ("charge", "discharge")}
    return {
        "soc": f"sensor.{name}_soc",
        "power": f"sensor.{name}_power",
        "capacity_kwh": 10,
        "charge_limit_kw": 5,
        "discharge_limit_kw": 5,
        "soc_min": 0.1,
        "soc_max": 0.95,
        "actions": modes | forced,
    }


def noisy_site(*batteries: str, **changes: Any) -> Site:
    """A battery (or several), a car and a tank."""
    names = batteries or ("battery",)
    loads = {"tank": site_block()["loads"]["tank"] | changes.pop("tank", {})}
    loads = {"tank": {key: value for key, value in loads["tank"].items() if value is not ...}}
    stores = {name: _battery(name) | changes.pop(name, {}) for name in names}
    return make_site(**{"batteries": stores, "loads": loads} | changes)


@dataclass(frozen=True)
class Planned:
    """The same in every step: what is imported and exported, what batteries and the car do, and when the tank is heated."""

    import_kw: float = 0.0
    export_kw: float = 0.0
    batteries: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    car_kw: float = 0.0
    car_apart: bool = False
    tank_steps: tuple[int, ...] = ()
    tank_c: float | None = None
    price: tuple[float, float] = (0.30, 0.08)

    def latest(self, site: Site, at: datetime) -> Latest:
        """The plan as if it had just been made."""
        kept, imported, exported = (
            (0.0,) * STEPS,
            [self.import_kw] * STEPS,
            [self.export_kw] * STEPS,
        )
        for k in self.tank_steps:
            imported[k] = 0.0
        money = dict.fromkeys(("import", "export", "wear", "capacity", "starts", "carbon", "net"), 0.0)
        powers = {name: self.batteries.get(name, (0.0, 0.0)) for name in site.batteries}
        plan = Plan(
            schema="hems.plan/1",
            status="optimal",
            start=START,
            step_minutes=(15.0,) * STEPS,
            time_zone="UTC",
            currency="EUR",
            costs=Costs.model_validate(money),
            terminal_value=0.0,
            baseline_net=0.0,
            grid=GridPlan(import_kw=tuple(imported), export_kw=tuple(exported)),
            pv={"roof": PvPlan(used_kw=kept, curtailed_kw=kept)},
            batteries={
                name: StorePlan(charge_kw=(c,) * STEPS, discharge_kw=(d,) * STEPS, soc=(0.5,) * (STEPS + 1))
                for name, (c, d) in powers.items()
            },
            evs={"car": StorePlan(charge_kw=(self.car_kw,) * STEPS, discharge_kw=kept, soc=(0.4,) * (STEPS + 1))},
            loads={
                "tank": LoadPlan(
                    power_kw=tuple(2.0 * (k in self.tank_steps) for k in range(STEPS)),
                    temperature_c=None if self.tank_c is None else (self.tank_c,) * (STEPS + 1),
                )
            },
            solver=Solver(name="CBC", seconds=0.1, build_seconds=0.0, gap=0.0, bound=0.0, steps=STEPS),
        )
        return Latest(self._problem(site), plan, at, "test", 1)

    def _problem(self, site: Site) -> Problem:
        car = Ev(
            name="car", battery_kwh=60, soc=0.4, min_kw=1.38, max_kw=7.36, connected=(True,) * STEPS,
            from_home_battery=not self.car_apart,
        )  # fmt: skip
        tank = ThermalLoad(
            name="tank", power_kw=2, capacity_kwh_per_k=KWH_PER_K, loss_kw_per_k=0.002, ambient_c=20, temperature_c=50,
            min_c=45, max_c=65,
        )  # fmt: skip
        return Problem(
            schema="hems.problem/1",
            start=START,
            step_minutes=(15.0,) * STEPS,
            time_zone="UTC",
            grid=Grid(import_price=(self.price[0],) * STEPS, export_price=(self.price[1],) * STEPS),
            load_kw=(0.4,) * STEPS,
            batteries=tuple(
                Battery(
                    name=name, capacity_kwh=10, soc=0.5, soc_max=one.soc_max, charge_limit_kw=5, discharge_limit_kw=5
                )
                for name, one in site.batteries.items()
            ),
            evs=(car,),
            thermal_loads=(tank,),
        )


@dataclass
class MeteredHome:
    """``load_kw``, ``sun_kw``, ``car_kw``: by seconds from the start. ``lag_s``: of the battery's power sensor; ``plug_lag_s``: of
    the tank's; ``soc_noise``: of the state of charge, which is said in whole per cent where ``whole``; ``dead``: whose power sensor
    says 0 for ever; ``lost``: entities that are unavailable at these seconds."""

    planned: Planned | Callable[[float], Planned]
    site: Site = field(default_factory=noisy_site)
    load_kw: Series = lambda _: 0.5
    sun_kw: Series = lambda _: 0.0
    car_kw: Series = lambda _: 0.0
    soc: float = 0.5
    tank_c: float = 52.0
    draw_kw: float = 0.0
    noise_kw: float = 0.0
    temperature_noise: float = 0.0
    soc_noise: float = 0.0
    whole: bool = True
    lag_s: float = 0.0
    plug_lag_s: float = 0.0
    seed: int = 1
    dry: bool = False
    dead: frozenset[str] = frozenset()
    lost: Callable[[str, float], bool] = lambda entity, seconds: False
    states: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[float, str, str]] = field(default_factory=list)
    past: dict[str, list[Any]] = field(default_factory=dict)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self._made: dict[int, Latest] = {}
        self.socs = dict.fromkeys(self.site.batteries, self.soc)
        for name in self.site.batteries:
            self._set(f"select.{name}", "self_use")
            self._set(f"number.{name}", "0")
        self._set("switch.tank", "off")
        self._set("switch.charger", "off")
        self._set("number.current", "0")
        self._set("input_boolean.hems_control", "on")
        self._set("binary_sensor.car_plugged", "on")
        self._rng = random.Random(self.seed)
        self._flow()
        means = Means(self, lambda: self, timezone.utc, lambda text: None, lambda text: None)
        self.rounds = Rounds(self.site, means, START, dry=self.dry)

    def run(self, minutes: float) -> "MeteredHome":
        """Lives on: every tick the sensors speak and the dispatcher looks."""
        for _ in range(int(minutes * 60 / TICK_S)):
            self._flow()
            now = START + timedelta(seconds=self.seconds)
            plan = self.planned if isinstance(self.planned, Planned) else self.planned(self.seconds)
            made = START + timedelta(minutes=15 * int(self.seconds // 900))
            self.rounds.look(replace(self._latest(plan), created=made), now)
            self.seconds += TICK_S
        return self

    def _latest(self, plan: Planned) -> Latest:
        key = id(plan)
        if key not in self._made:
            self._made[key] = plan.latest(self.site, START)
        return self._made[key]

    def family(self, override: str, on: bool = True) -> None:
        """Somebody switches an override."""
        self._set(f"input_boolean.hems_{override}", "on" if on else "off")

    def mode(self, entity: str) -> str:
        """What a device does."""
        return self.states[entity][0]

    def changes(self, entity: str, since: float = 120.0) -> list[float]:
        """When a device was called to be otherwise than it was; what it does at the start is not counted."""
        return [at for at, name, _ in self.calls if name == entity and at >= since]

    def per_hour(self, entity: str) -> int:
        """The most changes within any hour."""
        times = self.changes(entity)
        return max((sum(at <= other < at + 3600 for other in times) for at in times), default=0)

    # The port

    def entity_ids(self) -> frozenset[str]:
        """As Home.entity_ids."""
        return frozenset(self.states)

    def state(self, entity: str) -> str | None:
        """As Home.state."""
        if self.lost(entity, self.seconds):
            return "unavailable"
        return self.states[entity][0] if entity in self.states else None

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """As Home.attributes."""
        return self.states[entity][1] if entity in self.states else {}

    def call(self, service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        """As Home.call; every device obeys at once."""
        word = service.split(".")[1]
        said = {"turn_on": "on", "turn_off": "off"}.get(word, data.get("option", data.get("value")))
        entity = str(data["entity_id"])
        if self.states[entity][0] != str(said):
            self.calls.append((self.seconds, entity, str(said)))
        self._set(entity, str(said))
        return Outcome(True)

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        """As Home.publish."""

    # The physics

    def _set(self, entity: str, state: str, unit: str | None = None) -> None:
        self.states[entity] = state, {"unit_of_measurement": unit} if unit else {}

    def _flow(self) -> None:
        hours, rng = TICK_S / 3600, self._rng
        tank = 2.0 if self.states["switch.tank"][0] == "on" and self.tank_c < 70 else 0.0
        self.tank_c += (tank - self.draw_kw - 0.002 * (self.tank_c - 20)) * hours / KWH_PER_K
        sun, car = self.sun_kw(self.seconds), self.car_kw(self.seconds)
        net = self.load_kw(self.seconds) + car + tank - sun
        powers = dict[str, float]()
        for name in self.site.batteries:
            powers[name] = self._stored(name, net, hours)
            net += powers[name]
        self._keep(net=net, tank=tank, tank_c=self.tank_c, car=car, **powers)
        self._power("grid", net + rng.gauss(0.0, self.noise_kw))
        for name in powers:
            self._power(name, -self._late(name, self.lag_s) if name not in self.dead else 0.0)
            said = 100 * (self.socs[name] + rng.gauss(0.0, self.soc_noise))
            self._set(f"sensor.{name}_soc", f"{said:.0f}" if self.whole else f"{said:.2f}", "%")
        self._power("pv", sun)
        self._power("charger", car)
        self._power("tank", self._late("tank", self.plug_lag_s))
        self._set("sensor.car_soc", "40", "%")
        warm = self.tank_c + rng.gauss(0.0, self.temperature_noise)
        self._set("sensor.tank_temperature", f"{warm:.1f}", "°C")

    def _stored(self, name: str, net: float, hours: float) -> float:
        """What it charges, or below 0 discharges."""
        mode, forced, soc = self.states[f"select.{name}"][0], self.states[f"number.{name}"][0], self.socs[name]
        wanted = {"hold": 0.0, "charge": float(forced) / 1000, "discharge": -float(forced) / 1000}.get(mode, -net)
        kw = max(-5.0 if soc > 0.1 else 0.0, min(5.0 if soc < 0.95 else 0.0, wanted))
        self.socs[name] = soc + kw * hours / 10
        return kw

    def _keep(self, **values: float) -> None:
        for name, value in values.items():
            self.past.setdefault(name, []).append(value)

    def _late(self, name: str, lag_s: float) -> float:
        past = self.past[name]
        return float(past[max(len(past) - 1 - int(lag_s / TICK_S), 0)])

    def _power(self, name: str, kw: float) -> None:
        self._set(f"sensor.{name}_power", f"{1000 * kw:.0f}", "W")
