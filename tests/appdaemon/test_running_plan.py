"""The suite in the real AppDaemon: a plan stands, is renewed when asked for, kept on disk and published."""

import json
import math
from datetime import datetime, timedelta, timezone

import pytest

from builders.appdaemon_process import Suite, wait_for

pytestmark = pytest.mark.appdaemon

NEW_PLAN_S = 25.0


def number(suite: Suite) -> int:
    return int(suite.status().get("number") or 0)


def made_because(suite: Suite, reason: str, before: int) -> None:
    """Waits for a newer plan with that reason; one that a quarter of an hour asks for may come between."""
    wait_for(
        lambda: (status := suite.status()).get("number", 0) > before and reason in status["reason"],
        NEW_PLAN_S,
        f"a plan because of {reason!r}",
    )


def test_plan_covers_two_days_from_now_on(suite: Suite) -> None:
    plan = suite.plan()
    start = datetime.fromisoformat(plan["start"])
    assert plan["status"] in ("optimal", "feasible")
    assert timedelta() <= datetime.now(timezone.utc) - start < timedelta(minutes=16)
    assert sum(plan["step_minutes"]) == pytest.approx(48 * 60, abs=30.1)
    assert set(plan["batteries"]) == {"battery"}
    assert set(plan["evs"]) == {"car"}
    wait_for(lambda: {"pool", "tank"} <= set(suite.plan()["loads"]), NEW_PLAN_S, "a plan with every load")


def test_plan_is_no_dearer_than_a_home_that_does_not_plan(suite: Suite) -> None:
    plan = suite.plan()
    saved = (plan["baseline_net"] - plan["baseline_terminal_value"]) - (plan["costs"]["net"] - plan["terminal_value"])
    assert saved > 0
    assert all(math.isfinite(value) for value in plan["costs"].values())


def test_baseline_load_is_learned_from_the_history_of_the_home(suite: Suite) -> None:
    problem = suite.ask("/app/hems_problem")[1]
    assert len({round(kw, 2) for kw in problem["load_kw"]}) > 5
    notes = suite.entity("sensor.hems_status")["attributes"]["notes"]  # type: ignore[index]
    assert not any("no history" in note for note in notes)


def test_event_asks_for_a_new_plan(suite: Suite) -> None:
    before = number(suite)
    suite.fire("hems_replan")
    made_because(suite, "asked for", before)


def test_another_wish_for_the_car_leads_to_a_plan_that_knows_it(suite: Suite) -> None:
    before = number(suite)
    suite.call("input_number/set_value", entity_id="input_number.car_target_soc", value=61)
    made_because(suite, "car: another wish", before)
    targets = suite.ask("/app/hems_problem")[1]["evs"][0]["targets"]
    assert [target["soc"] for target in targets] == [0.61]


def test_problems_are_kept_on_disk_and_the_newest_fifty_only(suite: Suite) -> None:
    kept = sorted(path.name for path in (suite.folder / "hems_data/problems").iterdir())
    assert len(kept) == 50
    newest = json.loads((suite.folder / "hems_data/problems" / kept[-1]).read_text())
    assert newest["schema"] == "hems.problem/1"
    assert not kept[-1].startswith("2020")


def test_what_the_loads_have_done_is_kept_on_disk(suite: Suite) -> None:
    memory = json.loads((suite.folder / "hems_data/memory.json").read_text())
    assert set(memory["loads"]) == {"dishwasher", "pool", "tank"}


@pytest.mark.parametrize(
    ("entity", "unit", "device_class", "state_class"),
    [
        ("sensor.hems_net_cost", "EUR", "monetary", "total"),
        ("sensor.hems_import_price", "EUR/kWh", None, "measurement"),
        ("sensor.hems_import_power", "kW", "power", "measurement"),
        ("sensor.hems_battery_soc", "%", "battery", "measurement"),
        ("sensor.hems_car_charge_power", "kW", "power", "measurement"),
        ("sensor.hems_pool_power", "kW", "power", "measurement"),
        ("sensor.hems_roof_power", "kW", "power", "measurement"),
    ],
)
def test_figures_are_published_as_home_assistant_has_them(
    suite: Suite, entity: str, unit: str, device_class: str | None, state_class: str
) -> None:
    found = suite.entity(entity)
    assert found is not None
    attributes = found["attributes"]
    assert math.isfinite(float(found["state"]))
    assert attributes["friendly_name"].startswith("HEMS ")
    assert attributes.get("unit_of_measurement") == unit
    assert attributes.get("device_class") == device_class
    assert attributes.get("state_class") == state_class


def test_status_is_published_with_the_time_of_the_plan(suite: Suite) -> None:
    found = suite.entity("sensor.hems_status")
    assert found is not None and found["state"] == "ok"
    last = suite.entity("sensor.hems_last_plan")
    assert last is not None and last["attributes"]["device_class"] == "timestamp"
    assert datetime.fromisoformat(last["state"]).tzinfo is not None


def test_page_is_served(suite: Suite) -> None:
    status, _ = suite.ask("/app/hems")
    assert status == 200
