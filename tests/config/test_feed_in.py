"""A plant that is curtailed through its inverter's battery, and what ``limit_export`` must be."""

from typing import Any

import pytest

from builders.site_block import make_site
from hems.domain.faults import Refused

LIMIT = "number.feed_in"


def number(value: Any, entity: str = LIMIT) -> dict[str, Any]:
    return {"number.set_value": {"entity_id": entity, "value": value}}


def mode(option: str) -> dict[str, Any]:
    return {"select.select_option": {"entity_id": "select.mode", "option": option}}


GOOD = {
    "self_use": [mode("Self"), number(10000)],
    "charge": [mode("Charge"), number(10000)],
    "limit_export": [mode("Self"), number("{power_w}")],
}


def faults(**changes: Any) -> list[str]:
    changes = {"batteries.battery.actions": GOOD, "pv.roof.curtailed_by": "battery"} | changes
    with pytest.raises(Refused) as refused:
        make_site(**changes)
    return [line.removeprefix("apps.yaml: hems.") for line in refused.value.faults]


def test_a_plant_may_be_curtailed_by_its_inverters_battery() -> None:
    site = make_site(**{"batteries.battery.actions": GOOD, "pv.roof.curtailed_by": "battery"})
    assert site.pv["roof"].can_be_curtailed and site.pv["roof"].actions is None
    assert not make_site().pv["roof"].can_be_curtailed


def test_its_battery_must_be_there_and_be_able_to() -> None:
    assert faults(**{"pv.roof.curtailed_by": "batery"}) == [
        "pv.roof.curtailed_by: there is no battery 'batery'; did you mean battery?"
    ]
    without = {name: told for name, told in GOOD.items() if name != "limit_export"}
    assert faults(**{"batteries.battery.actions": without}) == [
        "pv.roof.curtailed_by: 'battery' has no action limit_export; write one under batteries.battery.actions"
    ]


def test_a_plant_is_told_itself_or_through_its_battery_and_not_both() -> None:
    own = {"curtail": [number("{power_w}")], "release": [number("{limit_w}")]}
    assert faults(**{"pv.roof.actions": own, "pv.roof.limit_kw": 6}) == [
        "pv.roof.curtailed_by: the plant has actions of its own; write either them or curtailed_by: battery"
    ]


@pytest.mark.parametrize("name", ["self_use", "charge"])
def test_a_limit_must_not_outlast_its_mode(name: str) -> None:
    told = {**GOOD, name: [mode("Self")], "limit_export": [number("{power_w}")]}
    assert faults(**{"batteries.battery.actions": told}) == [
        f"batteries.battery.actions: {name} writes none of the entities of limit_export (number.feed_in), so the limit "
        "would stay; write them there too, with their greatest value"
    ]


def test_what_a_mode_ends_or_nobody_can_see_is_left_to_the_user() -> None:
    by_mode = {"self_use": [mode("Self")], "limit_export": [mode("Limited"), number("{power_w}")]}
    by_service = {
        "self_use": [{"inverter.free": {"device_id": "1"}}],
        "limit_export": [{"inverter.limit": {"device_id": "1", "power": "{power_text}"}}],
    }
    for told in (by_mode, by_service, {**by_service, "limit_export": GOOD["limit_export"]}):
        assert make_site(**{"batteries.battery.actions": told}).batteries["battery"].actions.limit_export is not None


def test_a_part_of_the_batterys_power_is_no_limit_of_what_is_fed_in() -> None:
    told = {**GOOD, "limit_export": [number("{power_pct}")]}
    assert faults(**{"batteries.battery.actions": told}) == [
        "batteries.battery.actions: limit_export uses {power_pct}, a part of the battery's power, which says nothing of what is "
        "fed in; write {power_w} or {power_kw}"
    ]
