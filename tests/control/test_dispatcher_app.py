"""The dispatcher app on a bench: AppDaemon's methods are replaced, everything behind them is real."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.config.site import parse_site
from hems.dispatcher_app import Dispatcher
from hems.ha.port import Outcome
from hems.planner.latest import Latest

from .conftest import NOW, START, MakePlan, MakeProblem

CONTROL = "input_boolean.hems_control"
CREATED = START + timedelta(minutes=1)


def _mode(option: str) -> list[dict[str, Any]]:
    return [{"select.select_option": {"entity_id": "select.mode", "option": option}}]


BLOCK = {
    "home_namespace": "house",
    "prices": {"import": {"source": "nordpool", "entity": "sensor.nordpool"}},
    "grid": {"power": "sensor.grid"},
    "batteries": {
        "battery": {
            "soc": "sensor.soc",
            "capacity_kwh": 10,
            "charge_limit_kw": 5,
            "discharge_limit_kw": 5,
            "actions": {"self_use": _mode("Auto"), "hold": _mode("Standby")},
            "write": {"keep_alive_s": 30},
        }
    },
    "loads": {
        "pool": {"type": "quota", "switch": "switch.pool", "power_kw": 1.1, "hours_per_day": 4},
        "dishwasher": {
            "type": "program",
            "switch": "switch.dishwasher",
            "power": "sensor.dishwasher_power",
            "program_kw": [2.0, 0.1],
            "program_step_minutes": 30,
            "window": "20:00-06:30",
        },
    },
}


@dataclass
class House:
    """States that obey every call."""

    states: dict[str, str]
    calls: list[str] = field(default_factory=list)

    def state(self, entity: str) -> str | None:
        return self.states.get(entity)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return {"unit_of_measurement": "%" if entity == "sensor.soc" else "W"}

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        done = {"turn_on": "on", "turn_off": "off"}.get(service.split(".")[1], data.get("option"))
        self.states[str(data["entity_id"])] = str(done)
        self.calls.append(f"{data['entity_id']}={done}")
        return Outcome(True)

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        raise AssertionError("the dispatcher publishes nothing")

    def taken(self) -> list[str]:
        calls, self.calls = self.calls, []
        return calls


@dataclass
class PlannerStub:
    site: Any
    home: House
    latest: Latest | None = None


class Bench(Dispatcher):
    """A dispatcher without AppDaemon; ``now`` is set by the test."""

    args: dict[str, Any]

    def __init__(self, planner: PlannerStub | None) -> None:
        self.bench_planner = planner
        self.args = {}
        self.now = NOW
        self.listened: list[tuple[str, str]] = []
        self.timers: list[tuple[Any, float]] = []
        self.fired: list[str] = []
        self.logged: list[str] = []

    def set_namespace(self, *args: Any, **kwargs: Any) -> None: ...

    def get_app(self, *args: Any, **kwargs: Any) -> Any:
        return self.bench_planner

    def listen_state(self, callback: Any, entity_id: Any = None, *args: Any, **kwargs: Any) -> Any:
        assert set(kwargs) == {"namespace"}
        self.listened.append((kwargs["namespace"], entity_id))

    def listen_event(self, callback: Any, event: Any = None, namespace: Any = None, **kwargs: Any) -> Any:
        self.listened.append((namespace, event))

    def run_every(self, callback: Any, start: Any = None, interval: Any = 0, *args: Any, **kwargs: Any) -> Any:
        self.timers.append((start, interval))

    def run_in(self, callback: Any, delay: Any, *args: Any, **kwargs: Any) -> Any:
        self.timers.append((callback, delay))

    def fire_event(self, event: str, *args: Any, **kwargs: Any) -> Any:
        self.fired.append(event)

    def log(self, msg: str, *args: Any, **kwargs: Any) -> None:
        self.logged.append(msg % args if args else msg)

    def datetime(self, aware: bool = False) -> Any:
        return self.now.astimezone(timezone(timedelta(hours=1)))


@pytest.fixture
def house() -> House:
    return House(
        {
            CONTROL: "on",
            "sensor.soc": "50",
            "select.mode": "Auto",
            "switch.pool": "off",
            "switch.dishwasher": "off",
            "sensor.dishwasher_power": "0",
        }
    )


def start(house: House, latest: Latest | None) -> Bench:
    bench = Bench(PlannerStub(parse_site(BLOCK, "apps.yaml: hems"), house, latest))
    bench.initialize()
    return bench


@pytest.fixture
def latest(make_plan: MakePlan, make_problem: MakeProblem) -> Latest:
    plan = make_plan(import_kw=2.0, loads={"pool": 1.1, "dishwasher": 0.0})
    return Latest(make_problem(), plan, CREATED, "test", 1)


def change(bench: Bench, entity: str, new: str) -> None:
    old = bench.bench_planner.home.states.get(entity) if bench.bench_planner else None
    assert bench.bench_planner
    bench.bench_planner.home.states[entity] = new
    bench.on_change(entity, "state", old, new)


def test_at_the_start_devices_are_brought_into_line(house: House, latest: Latest) -> None:
    bench = start(house, latest)

    assert house.taken() == ["select.mode=Standby", "switch.pool=on"]
    assert bench.doing["battery"]["action"] == "hold"
    assert bench.fired == ["hems_doing"]
    bench.on_check()
    assert [bench.doing[name]["ok"] for name in ("battery", "pool")] == [True, True]


def test_it_listens_in_the_homes_namespace_and_to_the_plan(house: House, latest: Latest) -> None:
    bench = start(house, latest)

    overrides = {
        ("house", f"input_boolean.hems_{device}_{kind}")
        for device in ("battery", "pool", "dishwasher")
        for kind in ("off", "manual", "boost")
    }
    assert overrides | {("house", CONTROL), ("house", "sensor.soc"), ("hems", "hems_plan")} <= set(bench.listened)


def test_it_wakes_a_second_after_each_step_and_as_often_as_keep_alive_asks(house: House, latest: Latest) -> None:
    bench = start(house, latest)

    boundary, step_s = bench.timers[0]
    assert boundary == NOW.replace(minute=30, second=1)
    assert step_s == 900
    assert bench.timers[1] == ("now", 30.0)
    assert [delay for callback, delay in bench.timers[2:]] == [3.0]  # one look back for all devices


def test_an_override_acts_at_once(house: House, latest: Latest) -> None:
    bench = start(house, latest)
    house.taken()

    change(bench, "input_boolean.hems_pool_boost", "on")
    change(bench, "input_boolean.hems_pool_off", "on")
    assert house.taken() == ["switch.pool=off"]
    change(bench, "input_boolean.hems_pool_off", "off")
    assert house.taken() == ["switch.pool=on"]
    change(bench, "input_boolean.hems_pool_manual", "on")
    house.states["switch.pool"] = "off"
    bench.on_time()
    assert house.taken() == []


def test_with_control_off_from_the_start_nothing_is_ever_written(house: House, latest: Latest) -> None:
    house.states[CONTROL] = "off"
    bench = start(house, latest)

    change(bench, "input_boolean.hems_pool_boost", "on")
    bench.on_time()
    bench.terminate()

    assert house.taken() == []
    assert bench.doing["pool"]["action"] == "leave"


def test_control_going_off_gives_the_battery_back_once(house: House, latest: Latest) -> None:
    bench = start(house, latest)
    house.taken()

    change(bench, CONTROL, "off")
    assert house.taken() == ["select.mode=Auto"]
    house.states["select.mode"] = "Standby"  # by the family's own hand
    bench.on_check()
    house.taken()
    house.states["select.mode"] = "Standby"
    bench.on_time()
    bench.on_check()
    assert house.taken() == []
    assert house.states["switch.pool"] == "on"


def test_an_unknown_master_switch_writes_nothing_and_gives_nothing_back(house: House, latest: Latest) -> None:
    bench = start(house, latest)
    house.taken()

    change(bench, CONTROL, "unavailable")
    house.states["switch.pool"] = "off"
    bench.on_time()
    assert house.taken() == []
    change(bench, CONTROL, "on")
    assert house.taken() == ["switch.pool=on"]


def test_an_end_gives_back_and_nothing_is_written_after_it(house: House, latest: Latest) -> None:
    bench = start(house, latest)
    house.taken()

    bench.terminate()
    assert house.taken() == ["select.mode=Auto"]
    bench.on_time()
    bench.on_check()
    assert house.taken() == []


def test_an_unknown_soc_gives_the_battery_back_and_a_known_one_takes_it_again(house: House, latest: Latest) -> None:
    bench = start(house, latest)
    house.taken()

    change(bench, "sensor.soc", "unavailable")
    assert house.taken() == ["select.mode=Auto"]
    change(bench, "sensor.soc", "51")
    assert house.taken() == ["select.mode=Standby"]


def test_without_a_new_plan_for_an_hour_the_devices_are_let_go(house: House, latest: Latest) -> None:
    bench = start(house, latest)
    house.taken()

    bench.now = CREATED + timedelta(minutes=61)
    bench.on_time()

    assert house.taken() == ["select.mode=Auto", "switch.pool=off"]
    assert bench.doing["pool"]["source"] == "fallback"


def test_a_program_that_hems_has_started_is_not_stopped_by_a_plan_that_moves_it(
    house: House, latest: Latest, make_plan: MakePlan, make_problem: MakeProblem
) -> None:
    runs = make_plan(import_kw=2.0, loads={"pool": 1.1, "dishwasher": 2.0})
    bench = start(house, Latest(make_problem(), runs, CREATED, "test", 1))
    assert "switch.dishwasher=on" in house.taken()

    assert bench.bench_planner
    # made a moment too early to have seen the start; the program's sensor still shows 0 W
    bench.bench_planner.latest = latest
    bench.on_plan("hems_plan", {"number": 2})
    assert house.taken() == []
    assert bench.doing["dishwasher"]["action"] == "leave"


def test_without_a_planner_it_says_so_and_does_nothing() -> None:
    bench = Bench(None)

    bench.initialize()
    bench.on_time()
    bench.terminate()

    assert bench.listened == []
    assert "no configuration" in bench.logged[0]


def test_times_are_utc_inside(house: House) -> None:
    bench = start(house, None)

    assert bench._now() == NOW
    assert bench._now().tzinfo is timezone.utc
    assert isinstance(bench._now(), datetime)
