"""The dispatcher app on a bench: AppDaemon's methods are replaced, everything behind them is real."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hems.config.site import parse_site
from hems.control.sg_ready import Kept
from hems.dispatcher_app import Dispatcher
from hems.domain.grid import Grid
from hems.domain.plan import LoadPlan
from hems.ha.port import Outcome
from hems.planner.latest import Latest

from .conftest import NOW, START, MakePlan, MakeProblem

CONTROL = "input_boolean.hems_control"
Start = Callable[..., "Bench"]
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
    published: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def entity_ids(self) -> frozenset[str]:
        return frozenset(self.states)

    def state(self, entity: str) -> str | None:
        return self.states.get(entity)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return {"unit_of_measurement": "%" if entity == "sensor.soc" else "W"}

    def call(self, service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        if "entity_id" not in data:
            self.told.append((service, dict(data)))
            return Outcome(True)
        done = {"turn_on": "on", "turn_off": "off"}.get(service.split(".")[1], data.get("option"))
        self.states[str(data["entity_id"])] = str(done)
        self.calls.append(f"{data['entity_id']}={done}")
        return Outcome(True)

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        self.published.append((entity, state, dict(attributes)))

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
    name = "hems_dispatcher"

    def __init__(self, planner: PlannerStub | None, folder: Path, **args: Any) -> None:
        self.bench_planner = planner
        self.args = args
        self.folder = folder
        self.AD = SimpleNamespace(tz=timezone(timedelta(hours=1)))  # type: ignore[assignment]
        self.now = NOW
        self.listened: list[tuple[str, str]] = []
        self.timers: list[tuple[Any, float]] = []
        self.fired: list[str] = []
        self.logged: list[str] = []

    @property
    def config_dir(self) -> Path:
        return self.folder

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


@pytest.fixture
def start(house: House, tmp_path: Path) -> Start:
    def begin(latest: Latest | None, block: dict[str, Any] | None = None, **args: Any) -> Bench:
        bench = Bench(
            PlannerStub(parse_site(BLOCK | (block or {}), "apps.yaml: hems"), house, latest), tmp_path, **args
        )
        bench.initialize()
        return bench

    return begin


@pytest.fixture
def latest(make_plan: MakePlan, make_problem: MakeProblem) -> Latest:
    plan = make_plan(import_kw=2.0, loads={"pool": 1.1, "dishwasher": 0.0})
    return Latest(make_problem(), plan, CREATED, "test", 1)


def change(bench: Bench, entity: str, new: str) -> None:
    old = bench.bench_planner.home.states.get(entity) if bench.bench_planner else None
    assert bench.bench_planner
    bench.bench_planner.home.states[entity] = new
    (bench.on_helper if entity.startswith("input_") else bench.on_change)(entity, "state", old, new)


def test_at_the_start_devices_are_brought_into_line(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)

    assert house.taken() == ["select.mode=Standby", "switch.pool=on"]
    assert bench.doing["battery"]["action"] == "hold"
    assert bench.fired == ["hems_doing"]
    bench.on_check()
    assert [bench.doing[name]["ok"] for name in ("battery", "pool")] == [True, True]


def test_it_listens_in_the_homes_namespace_and_to_the_plan(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)

    helpers = {("house", domain) for domain in ("input_boolean", "input_number", "input_datetime", "input_button")}
    devices = {("house", entity) for entity in ("sensor.soc", "sensor.grid", "select.mode", "switch.pool")}
    assert helpers | devices | {("hems", "hems_plan")} <= set(bench.listened)


def test_it_wakes_a_second_after_each_step_and_as_often_as_keep_alive_asks(
    start: Start, house: House, latest: Latest
) -> None:
    bench = start(latest)

    boundary, step_s = bench.timers[0]
    assert boundary == NOW.replace(minute=25, second=1)
    assert step_s == 300
    assert bench.timers[1:3] == [("now", 10.0), ("now", 30.0)]  # follows the meter; the heartbeat
    assert len(bench.timers[3:]) == 1  # one look back for all devices
    slow = start(latest, {"guard": {"enabled": False}})
    assert slow.timers[1] == ("now", 30.0)  # keep-alive


def test_an_override_acts_at_once(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)
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


def test_with_control_off_from_the_start_nothing_is_ever_written(start: Start, house: House, latest: Latest) -> None:
    house.states[CONTROL] = "off"
    bench = start(latest)

    change(bench, "input_boolean.hems_pool_boost", "on")
    bench.on_time()
    bench.terminate()

    assert house.taken() == []
    assert bench.doing["pool"]["action"] == "leave"


def test_control_going_off_gives_the_battery_back_once(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)
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


def test_an_unknown_master_switch_writes_nothing_and_gives_nothing_back(
    start: Start, house: House, latest: Latest
) -> None:
    bench = start(latest)
    house.taken()

    change(bench, CONTROL, "unavailable")
    house.states["switch.pool"] = "off"
    bench.on_time()
    assert house.taken() == []
    change(bench, CONTROL, "on")
    assert house.taken() == ["switch.pool=on"]


def test_an_end_gives_back_and_nothing_is_written_after_it(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)
    house.taken()

    bench.terminate()
    assert house.taken() == ["select.mode=Auto"]
    bench.on_time()
    bench.on_check()
    assert house.taken() == []


def test_an_unknown_soc_gives_the_battery_back_and_a_known_one_takes_it_again(
    start: Start, house: House, latest: Latest
) -> None:
    bench = start(latest)
    bench.now = START + timedelta(minutes=16)
    bench.on_time()
    house.taken()

    change(bench, "sensor.soc", "unavailable")
    assert house.taken() == []  # the last value is held for a while
    bench.now += timedelta(minutes=10)
    bench.on_time()
    assert house.taken() == ["select.mode=Auto"]
    change(bench, "sensor.soc", "51")
    assert house.taken() == ["select.mode=Standby"]


def test_without_a_new_plan_for_an_hour_the_devices_are_let_go(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)
    house.taken()

    bench.now = CREATED + timedelta(minutes=61)
    bench.on_time()

    assert house.taken() == ["select.mode=Auto", "switch.pool=off"]
    assert bench.doing["pool"]["source"] == "fallback"


def test_a_program_that_hems_has_started_is_not_stopped_by_a_plan_that_moves_it(
    start: Start, house: House, latest: Latest, make_plan: MakePlan, make_problem: MakeProblem
) -> None:
    runs = make_plan(import_kw=2.0, loads={"pool": 1.1, "dishwasher": 2.0})
    bench = start(Latest(make_problem(), runs, CREATED, "test", 1))
    assert "switch.dishwasher=on" in house.taken()

    assert bench.bench_planner
    # made a moment too early to have seen the start; the program's sensor still shows 0 W
    bench.bench_planner.latest = latest
    bench.on_plan("hems_plan", {"number": 2})
    assert house.taken() == []
    assert bench.doing["dishwasher"]["action"] == "leave"


def test_without_a_planner_it_says_so_and_does_nothing(tmp_path: Path) -> None:
    bench = Bench(None, tmp_path)

    bench.initialize()
    bench.on_time()
    bench.terminate()

    assert bench.listened == []
    assert "no configuration" in bench.logged[0]


def test_times_are_utc_inside(start: Start) -> None:
    bench = start(None)

    assert bench._now() == NOW
    assert bench._now().tzinfo is timezone.utc
    assert isinstance(bench._now(), datetime)


BOOST, HOURS = "input_boolean.hems_pool_boost", "input_number.hems_pool_hours"


def of_pool(house: House) -> list[str]:
    """What was called for the pool pump; the battery is told again every thirty seconds."""
    return [call for call in house.taken() if "pool" in call]


@pytest.fixture
def off_now(make_plan: MakePlan, make_problem: MakeProblem) -> Latest:
    """A plan that has the pool pump off now."""
    return Latest(make_problem(), make_plan(loads={"pool": 0.0, "dishwasher": 0.0}), CREATED, "test", 1)


def test_an_override_with_hours_ends_by_itself_and_its_switch_goes_off(
    start: Start, house: House, off_now: Latest
) -> None:
    house.states |= {BOOST: "off", HOURS: "0.5"}
    bench = start(off_now)
    house.taken()

    change(bench, BOOST, "on")
    assert house.taken() == ["switch.pool=on"]
    assert bench.doing["pool"]["source"] == "boost"
    assert bench.doing["pool"]["until"] == (NOW + timedelta(minutes=30)).isoformat(timespec="seconds")
    bench.now = NOW + timedelta(minutes=29)
    bench.bench_planner.latest = replace(off_now, created=bench.now)  # type: ignore[union-attr]
    bench.on_time()
    assert of_pool(house) == []
    bench.now = NOW + timedelta(minutes=30)
    bench.on_check()
    assert of_pool(house) == ["switch.pool=off", f"{BOOST}=off"]
    assert bench.doing["pool"]["source"] == "plan"


def test_an_override_that_has_ended_stays_ended_though_its_switch_cannot_be_turned_off(
    start: Start, house: House, off_now: Latest
) -> None:
    house.states |= {BOOST: "off", HOURS: "0.5"}
    bench = start(off_now)
    change(bench, BOOST, "on")
    house.taken()

    def dead(service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        house.calls.append(f"{data['entity_id']} asked")
        return Outcome(False, "no answer") if data["entity_id"] == BOOST else House.call(house, service, data)

    house.call = dead  # type: ignore[method-assign]
    bench.now = NOW + timedelta(minutes=31)
    bench.bench_planner.latest = replace(off_now, created=bench.now)  # type: ignore[union-attr]
    for _ in range(5):
        bench.on_time()
    assert house.states["switch.pool"] == "off"
    assert house.taken().count(f"{BOOST} asked") == 1  # again in a minute, and not at every look
    bench.now += timedelta(minutes=1)
    bench.on_time()
    assert of_pool(house) == [f"{BOOST} asked"]


def test_a_restart_does_not_give_an_override_its_hours_anew(start: Start, house: House, off_now: Latest) -> None:
    house.states |= {BOOST: "on", HOURS: "0.5"}
    first = start(off_now)
    first.now = NOW + timedelta(minutes=20)
    first.on_time()
    first.terminate()

    second = start(off_now)
    second.now = NOW + timedelta(minutes=29)
    second.on_time()
    assert second.doing["pool"]["source"] == "boost"
    second.now = NOW + timedelta(minutes=30)
    second.on_time()
    assert second.doing["pool"]["source"] == "plan"
    assert house.states[BOOST] == "off"


def test_the_planner_is_told_what_the_family_has_set_and_asked_for_a_plan(
    start: Start, house: House, off_now: Latest
) -> None:
    house.states |= {"input_boolean.hems_pool_skip": "off", "input_boolean.hems_vacation": "off"}
    bench = start(off_now)
    bench.fired.clear()

    change(bench, "input_boolean.hems_pool_skip", "on")
    assert bench.wishes is not None and bench.wishes.skip == {"pool"}
    assert "hems_replan" in bench.fired
    bench.fired.clear()
    bench.on_time()
    assert "hems_replan" not in bench.fired
    change(bench, "input_boolean.hems_vacation", "on")
    assert bench.wishes.vacation
    assert "hems_replan" in bench.fired


def test_the_heartbeat_says_whether_hems_controls_and_ends_with_no(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)
    bench.on_heartbeat()
    assert {(entity, attributes["controlling"]) for entity, _, attributes in house.published} == {
        ("sensor.hems_heartbeat", "yes")
    }
    assert datetime.fromisoformat(house.published[-1][1]) == NOW
    change(bench, CONTROL, "off")
    assert house.published[-1][2]["controlling"] == "no"  # at once
    change(bench, CONTROL, "unavailable")
    assert house.published[-1][2]["controlling"] == "no"
    change(bench, CONTROL, "on")
    bench.terminate()
    assert [attributes["controlling"] for *_, attributes in house.published[-2:]] == ["yes", "no"]


def test_the_watchdog_is_told_before_the_first_write(start: Start, house: House, latest: Latest) -> None:
    said: list[list[str]] = []
    called = house.call

    def call(*arguments: Any) -> Outcome:
        said.append([attributes["controlling"] for *_, attributes in house.published])
        return called(*arguments)

    house.call = call  # type: ignore[method-assign]
    start(latest)
    assert said and said[0] == ["yes"]


def test_a_dry_run_writes_nothing_and_says_what_it_would_write(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest, dry_run=True)
    bench.on_time()
    bench.on_heartbeat()
    bench.terminate()

    assert house.taken() == []
    assert bench.doing["pool"]["dry_run"] is True
    assert any("would write" in line and "switch.pool" in line for line in bench.logged)
    assert {attributes["controlling"] for *_, attributes in house.published} == {"no"}


def test_a_fault_is_told_once_and_its_end_too(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest, notify=["notify.telephone", "persistent_notification.create"])
    assert bench.bench_planner
    fault = "since 2026-03-28 13:20: sensor.x is unavailable; its last value is used"
    bench.bench_planner.faults = [fault]  # type: ignore[attr-defined]
    for _ in range(20):
        bench.on_heartbeat()
        bench.now += timedelta(seconds=30)
    bench.bench_planner.faults = []  # type: ignore[attr-defined]
    for _ in range(10):
        bench.on_heartbeat()
        bench.now += timedelta(seconds=30)
    bench.terminate()  # what is told beside it has been told

    assert [service for service, _ in house.told] == [
        "notify.telephone",
        "persistent_notification.create",
        "notify.telephone",
        "persistent_notification.dismiss",
    ]
    assert house.told[0][1]["message"] == "sensor.x is unavailable; its last value is used"
    assert house.told[2][1]["message"].startswith("Over: ")
    assert house.told[1][1]["notification_id"] == house.told[3][1]["notification_id"]


def test_what_is_no_service_to_notify_is_said(start: Start, latest: Latest) -> None:
    bench = start(latest, notify="telephone")
    assert any("'telephone' is not a service" in line for line in bench.logged)


def test_the_meter_is_followed_at_most_every_two_seconds(start: Start, house: House, latest: Latest) -> None:
    bench = start(latest)
    house.states["switch.pool"] = "off"
    looked = []
    bench._round = lambda: looked.append(bench.now)  # type: ignore[method-assign]
    for _ in range(3):
        bench.now += timedelta(seconds=1)
        bench.on_meter("sensor.grid", "state", "1", "2")
    assert looked == [NOW + timedelta(seconds=2), NOW + timedelta(seconds=3)]


def test_another_hand_is_respected_until_somebody_resumes(start: Start, house: House, latest: Latest) -> None:
    battery = {key: value for key, value in BLOCK["batteries"]["battery"].items() if key != "write"}  # type: ignore[index]
    bench = start(latest, {"batteries": {"battery": battery}})
    bench.on_check()  # what was written has been read back
    bench.now += timedelta(seconds=30)
    before = house.states["select.mode"]
    other = "Standby" if before == "Auto" else "Auto"
    house.states["select.mode"] = other
    bench.on_change("select.mode", "state", before, other)
    house.taken()
    assert bench.doing["battery"]["source"] == "hand" and bench.doing["battery"]["until"]
    bench.on_time()
    assert house.taken() == [] and house.states["select.mode"] == other
    bench.on_resume("hems_resume", {"device": "pool"})
    assert house.states["select.mode"] == other
    bench.on_resume("hems_resume", {})
    assert house.states["select.mode"] == before


def test_a_dead_meter_is_a_fault_beside_the_devices(start: Start, house: House, latest: Latest) -> None:
    house.states["sensor.grid"] = "1500"
    bench = start(latest)
    for _ in range(70):  # the very same power for more than ten minutes
        bench.now += timedelta(seconds=10)
        bench.on_time()
    bench.on_heartbeat()
    assert len(bench.faults) == 1 and "nothing follows it until it moves" in bench.faults[0]


PUMP = {
    "pump": {
        "type": "quota",
        "power_kw": 2.0,
        "hours_per_day": 4,
        "actions": {
            state: [{"select.select_option": {"entity_id": "select.pump", "option": state}}]
            for state in ("normal", "block", "boost", "force")
        },
    }
}


@pytest.fixture
def waiting(make_plan: MakePlan, make_problem: MakeProblem) -> Latest:
    """A plan that has the heat pump off now, at a dear price, and on in 25 minutes."""
    plan = make_plan(import_kw=2.0).model_copy(update={"loads": {"pump": LoadPlan(power_kw=(0.0, 0.0, 0.0, 2.0))}})
    grid = Grid(import_price=(0.4, 0.4, 0.4, 0.1), export_price=(0.1,) * 4)
    return Latest(make_problem().model_copy(update={"grid": grid}), plan, CREATED, "test", 1)


@pytest.fixture
def pumping(house: House) -> House:
    house.states["select.pump"] = "normal"
    return house


def test_a_heat_pump_is_blocked_while_it_waits_and_given_back(start: Start, pumping: House, waiting: Latest) -> None:
    bench = start(waiting, {"loads": PUMP})
    assert pumping.states["select.pump"] == "block" and bench.doing["pump"]["action"] == "block"
    change(bench, CONTROL, "off")
    assert pumping.states["select.pump"] == "normal"
    change(bench, CONTROL, "on")
    bench.now += timedelta(minutes=1)
    bench.on_time()
    assert pumping.states["select.pump"] == "normal"  # it has to rest as long as it was blocked, ten minutes at least
    bench.now += timedelta(minutes=9)
    bench.on_time()
    assert pumping.states["select.pump"] == "block"
    bench.terminate()
    assert pumping.states["select.pump"] == "normal"


def test_the_familys_boost_forces_a_heat_pump_and_manual_does_not_leave_it_blocked(
    start: Start, pumping: House, waiting: Latest
) -> None:
    bench = start(waiting, {"loads": PUMP})
    change(bench, "input_boolean.hems_pump_boost", "on")
    assert pumping.states["select.pump"] == "force"
    change(bench, "input_boolean.hems_pump_boost", "off")
    assert pumping.states["select.pump"] == "force"  # for ten minutes
    bench.now += timedelta(minutes=10)
    bench.on_time()
    assert pumping.states["select.pump"] == "block"
    change(bench, "input_boolean.hems_pump_manual", "on")
    assert pumping.states["select.pump"] == "normal" and bench.doing["pump"]["source"] == "manual"
    bench.on_time()
    assert bench.doing["pump"]["action"] == "leave"


def test_a_killed_process_does_not_make_a_block_longer(
    start: Start, pumping: House, waiting: Latest, tmp_path: Path
) -> None:
    """What was kept of the pump is of 115 minutes ago."""
    (tmp_path / "hems_data").mkdir()
    kept = {"pump": {"sg_ready": Kept("block", NOW - timedelta(minutes=115)).memory()}}
    (tmp_path / "hems_data" / "devices.json").write_text(json.dumps(kept), "utf-8")
    pumping.states["select.pump"] = "block"
    bench = start(waiting, {"loads": PUMP})
    for minutes, state in ((0, "block"), (3, "block"), (4, "normal"), (14, "normal")):
        bench.now = NOW + timedelta(minutes=minutes)
        bench.on_time()
        assert pumping.states["select.pump"] == state, minutes
    bench.terminate()
    found = json.loads((tmp_path / "hems_data" / "devices.json").read_text("utf-8"))["pump"]["sg_ready"]
    assert found["action"] is None
    begin, end = (datetime.fromisoformat(time) for time in found["blocks"][0])
    assert end - begin == timedelta(minutes=119)


def test_a_dry_run_remembers_no_block(start: Start, pumping: House, waiting: Latest, tmp_path: Path) -> None:
    bench = start(waiting, {"loads": PUMP}, dry_run=True)
    assert bench.doing["pump"]["action"] == "block" and pumping.states["select.pump"] == "normal"
    bench.terminate()
    assert "block" not in (tmp_path / "hems_data" / "devices.json").read_text("utf-8")
