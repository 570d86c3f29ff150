"""Our own sensors, in Home Assistant's conventions and small enough for its recorder."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from builders.dictionary_home import DictionaryHome
from builders.plans import make_latest
from hems.domain.horizon import Horizon
from hems.ha.publisher import Entity, changes, plan_entities, publish, status_entity
from hems.planner.tariff_prices import StepPrices

START = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
THIRD_STEP = START + timedelta(minutes=31)


def entities(now: datetime = THIRD_STEP) -> dict[str, Entity]:
    return {entity.entity_id: entity for entity in plan_entities(make_latest(START), now)}


@pytest.mark.parametrize(
    ("entity_id", "state", "unit", "device_class", "state_class"),
    [
        ("sensor.hems_net_cost", "1.25", "EUR", "monetary", "total"),
        ("sensor.hems_saving", "1.00", "EUR", "monetary", "total"),
        ("sensor.hems_import_price", "0.20020", "EUR/kWh", None, "measurement"),
        ("sensor.hems_export_price", "0.20000", "EUR/kWh", None, "measurement"),
        ("sensor.hems_energy_value", "0.20000", "EUR/kWh", None, "measurement"),
        ("sensor.hems_import_power", "0.200", "kW", "power", "measurement"),
        ("sensor.hems_export_power", "0.200", "kW", "power", "measurement"),
        ("sensor.hems_load_power", "0.200", "kW", "power", "measurement"),
        ("sensor.hems_roof_power", "0.200", "kW", "power", "measurement"),
        ("sensor.hems_battery_charge_power", "0.200", "kW", "power", "measurement"),
        ("sensor.hems_battery_discharge_power", "0.200", "kW", "power", "measurement"),
        ("sensor.hems_battery_soc", "65.0", "%", "battery", "measurement"),
        ("sensor.hems_pool_power", "0.200", "kW", "power", "measurement"),
    ],
)
def test_figure_of_this_step_with_unit_and_classes(
    entity_id: str, state: str, unit: str, device_class: str | None, state_class: str
) -> None:
    entity = entities()[entity_id]
    assert entity.state == state
    assert entity.attributes.get("unit_of_measurement") == unit
    assert entity.attributes.get("device_class") == device_class
    assert entity.attributes.get("state_class") == state_class
    assert entity.attributes["friendly_name"].startswith("HEMS ")


def test_what_is_to_come_begins_with_this_step() -> None:
    assert entities()["sensor.hems_pool_power"].attributes["forecast"] == [
        ["2026-06-01T12:30+00:00", "0.200"], ["2026-06-01T12:45+00:00", "0.300"],
    ]  # fmt: skip


def test_series_has_an_entry_where_its_value_changes() -> None:
    series = (1.0, 1.0, 2.0, 2.0004, 1.0)
    found = changes(series, Horizon(START, (15.0,) * 5), 0, 3)
    assert [(time[11:16], value) for time, value in found] == [
        ("12:00", "1.000"),
        ("12:30", "2.000"),
        ("13:00", "1.000"),
    ]


def test_plan_that_does_not_reach_now_publishes_nothing() -> None:
    assert entities(START + timedelta(hours=1)) == {}
    assert entities(START - timedelta(seconds=1)) == {}


def test_time_of_the_plan_is_a_timestamp() -> None:
    entity = entities()["sensor.hems_last_plan"]
    assert entity.attributes["device_class"] == "timestamp"
    assert datetime.fromisoformat(entity.state) == START + timedelta(seconds=2)


def test_attributes_stay_under_16_kb_with_576_steps() -> None:
    latest = make_latest(START, steps=576, step_minutes=5)
    found = list(plan_entities(latest, START))
    assert max(len(json.dumps(entity.attributes)) for entity in found) < 16_000
    cut = {entity.entity_id: entity.attributes for entity in found}["sensor.hems_pool_power"]
    assert cut["complete"] == "no"
    assert len(cut["forecast"]) > 300
    assert cut["forecast"][0] == ["2026-06-01T12:00+00:00", "0.000"]


def test_no_attribute_is_a_number_that_appdaemon_would_drop() -> None:
    for entity in entities(START).values():
        assert all(value not in (0, False) for value in entity.attributes.values()), entity.entity_id


def test_short_series_is_complete() -> None:
    assert "complete" not in entities()["sensor.hems_pool_power"].attributes


def test_status_says_when_why_and_what_falls_short() -> None:
    entity = status_entity("ok", "planned", make_latest(START, notes=("prices are known for 12 h",)))
    assert (entity.entity_id, entity.state) == ("sensor.hems_status", "ok")
    assert entity.state in entity.attributes["options"]
    assert entity.attributes["device_class"] == "enum"
    assert entity.attributes["reason"] == "new prices"
    assert entity.attributes["notes"] == ["prices are known for 12 h"]
    assert entity.attributes["shortfalls"] == ["car: soc 0.80: short by 2.3 kWh"]


def test_status_with_endless_notes_stays_small() -> None:
    entity = status_entity("ok", "planned", make_latest(START, notes=("x" * 200,) * 500))
    assert len(json.dumps(entity.attributes)) < 16_000


def test_status_without_a_plan_says_what_is_waited_for() -> None:
    entity = status_entity("waiting", "waiting for prices", None)
    assert entity.attributes["message"] == "waiting for prices"
    assert "last_plan" not in entity.attributes


def test_every_entity_is_set_in_the_home() -> None:
    home = DictionaryHome()
    publish(home, plan_entities(make_latest(START), START))
    assert home.published["sensor.hems_pool_power"][0] == "0.000"
    assert len(home.published) == len(entities(START))


def test_prices_are_those_that_are_paid_and_say_from_when_on_they_are_estimates() -> None:
    latest = make_latest(START)
    true, hour = (0.5, 0.6, 0.7, 0.8), START + timedelta(minutes=45)
    prices = StepPrices(true, true, true, true, true, true, estimated_from=hour)
    found = {one.entity_id: one for one in plan_entities(replace(latest, prices=prices), THIRD_STEP)}
    for entity_id in ("sensor.hems_import_price", "sensor.hems_export_price"):
        assert found[entity_id].state == "0.70000"
        assert found[entity_id].attributes["estimated_from"] == hour.isoformat()
    assert "estimated_from" not in found["sensor.hems_energy_value"].attributes
    assert "estimated_from" not in entities()["sensor.hems_import_price"].attributes
