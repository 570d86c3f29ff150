"""What the block of the planner app means once it is read."""

from datetime import time
from typing import Any

import pytest

from builders.site_block import make_site
from hems.config.loads import Heat, Program, Quota


def test_keys_that_appdaemon_reads_itself_are_passed_over() -> None:
    own = {"name": "hems", "config_path": "x", "log_level": "INFO", "priority": 10, "dependencies": ["home"]}
    assert make_site(**own) == make_site()


def test_keys_left_out_are_safe_defaults() -> None:
    site = make_site()
    assert (site.home_namespace, site.horizon_hours, site.step_minutes) == ("default", 48, 15)
    assert site.batteries["battery"].soc_min == 0.1
    assert site.batteries["battery"].actions.hold is None
    assert site.pv["roof"].actions is None


def test_power_sensor_may_be_short_or_say_its_sign() -> None:
    assert make_site().grid.power.positive == "import"
    turned = make_site(**{"grid.power": {"entity": "sensor.p1", "positive": "export"}})
    assert (turned.grid.power.entity, turned.grid.power.positive) == ("sensor.p1", "export")


@pytest.mark.parametrize("written", ["07:00", "7:00", "07:00:00", 420])
def test_time_of_day_in_every_way_that_yaml_gives_it(written: object) -> None:
    assert make_site(**{"evs.car.ready_by": written}).evs["car"].ready_by == time(7)


def test_wish_may_be_an_entity() -> None:
    car = make_site(**{"evs.car.ready_by": "input_datetime.ready", "evs.car.target_soc": "input_number.soc"}).evs["car"]
    assert (car.ready_by, car.target_soc) == ("input_datetime.ready", "input_number.soc")


def test_window_may_pass_midnight() -> None:
    dishwasher = make_site().loads["dishwasher"]
    assert isinstance(dishwasher, Program)
    assert dishwasher.window == (time(20), time(6, 30))


def test_type_says_what_a_load_is() -> None:
    kinds = {name: type(load) for name, load in make_site().loads.items()}
    assert kinds == {"dishwasher": Program, "pool": Quota, "tank": Heat}


@pytest.mark.parametrize(
    ("keys", "least"),
    [
        ({}, (0, 0)), ({"cop": 3}, (10, 10)), ({"cop": 1}, (0, 0)), ({"cop": 3, "min_on_minutes": 0}, (0, 10)),
        ({"cop": 3, "min_off_minutes": 20}, (10, 20)), ({"min_on_minutes": 5}, (5, 0)),
    ],
)  # fmt: skip
def test_a_compressor_has_least_times_and_a_heating_element_has_none(
    keys: dict[str, float], least: tuple[float, float]
) -> None:
    tank = make_site(**{f"loads.tank.{key}": value for key, value in keys.items()}).loads["tank"]
    assert isinstance(tank, Heat) and tank.least_minutes == least


def test_switch_stands_for_turning_on_and_off() -> None:
    told = make_site().loads["pool"].told()
    assert told.start is not None and told.stop is not None
    assert [a.service for a in (*told.start, *told.stop)] == ["switch.turn_on", "switch.turn_off"]
    assert told.start[0].data == {"entity_id": "switch.pool"}


def test_service_may_be_written_with_a_slash() -> None:
    actions: dict[str, Any] = {"on": [{"script/run": {}}], "off": [{"script.stop": {}}]}
    site = make_site(**{"loads.pool.switch": ..., "loads.pool.actions": actions})
    told = site.loads["pool"].told().start
    assert told is not None and told[0].service == "script.run"


def test_a_site_is_where_appdaemon_is_unless_it_says_otherwise() -> None:
    site = make_site()
    assert (site.placed(52.1, 5.1).latitude, site.placed(52.1, 5.1).longitude) == (52.1, 5.1)
    there = make_site(latitude=-33.9, longitude=151.2)
    assert there.placed(52.1, 5.1) is there
