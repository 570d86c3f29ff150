"""Looks at the past: what is unknown teaches nothing, and the rest what it would have taught then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from builders.past import UTC
from builders.recorded import ZONE, Recorded, lived
from builders.site_block import make_site
from hems.config.loads import Heat
from hems.config.site import Site
from hems.ha.history_states import changes
from hems.ha.past_looks import entities_of, looks
from hems.planner.draws import Draws
from hems.planner.memory import Memory, observe
from hems.planner.readings import Readings

SITE = make_site()
BEGIN = datetime(2026, 6, 1, 22, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NIGHT = BEGIN + 2 * HOUR
Change = Callable[[Recorded], Any]


def seen(name: str, change: Change = lambda recorded: None, site: Site = SITE, hours: float = 24) -> list[Readings]:
    """The looks of a day of which the recorder has something else than what was lived."""
    recorded, end = Recorded(), BEGIN + hours * HOUR
    lived(SITE, BEGIN, end + HOUR, recorded)
    change(recorded)
    past = {entity: changes(recorded, entity, BEGIN, end) for entity in entities_of(site, name)}
    return list(looks(site, name, past, BEGIN, end))


def learned(found: list[Readings], site: Site = SITE) -> Draws:
    memory = Memory()
    for readings in found:
        memory = observe(memory, site, readings, ZONE)
    return memory.draws["tank"]


def drawn(found: Draws) -> tuple[float, float]:
    """Hours seen, and kWh."""
    return sum(hours for _, hours, _ in found.days), sum(sum(kwh) for _, _, kwh in found.days)


def test_looks_come_every_five_minutes_and_when_a_switch_or_a_plug_moves() -> None:
    tank, car = seen("tank"), seen("car")
    moved = [one.now for one in tank if (one.now - BEGIN) % (5 * MINUTE)]
    assert len(tank) == 289 + len(moved) and len(moved) >= 2 and tank[-1].now == BEGIN + 24 * HOUR
    powers = [round(one.loads["tank"].power_kw or 0.0, 6) for one in tank]
    assert set(powers) == {0.0, 2.0}  # each look at a turn of the switch ends a time of one power
    assert {one.evs["car"].connected for one in car} == {True, False}
    assert drawn(learned(tank)) == (pytest.approx(24, abs=0.1), pytest.approx(2.0, abs=0.05))


def test_a_mean_of_the_power_counts_where_it_changes_between_two_looks() -> None:
    def change(recorded: Recorded) -> None:
        recorded.states["sensor.tank_power"] = [(BEGIN, "0"), (BEGIN + 6 * MINUTE, "2000"), (BEGIN + 9 * MINUTE, "500")]

    found = seen("tank", change, hours=0.25)
    kw = [one.loads["tank"].power_kw for one in found]
    assert kw == [None, 0.0, pytest.approx((2.0 * 3 + 0.5) / 5), pytest.approx(0.5)]


@pytest.mark.parametrize("state", ["unavailable", "unknown", "", "warm"])
@pytest.mark.parametrize("entity", ["sensor.tank_temperature", "sensor.tank_power", "switch.tank"])
def test_hours_in_which_a_sensor_is_unknown_are_not_counted(entity: str, state: str) -> None:
    if (entity, state) == ("switch.tank", "warm"):  # a switch that is not on is off
        return
    found = seen("tank", lambda recorded: recorded.put(entity, NIGHT, NIGHT + 3 * HOUR, state))
    hours, kwh = drawn(learned(found))
    assert hours == pytest.approx(21, abs=0.2) and kwh == pytest.approx(2.0, abs=0.1)


def test_a_configured_sensor_without_a_past_leaves_nothing_to_learn() -> None:
    assert learned(seen("tank", lambda recorded: recorded.states.pop("sensor.tank_power"))).days == ()
    assert learned(seen("tank", lambda recorded: recorded.states.pop("sensor.tank_temperature"))).days == ()


def test_without_a_power_sensor_the_switch_and_the_nominal_power_tell() -> None:
    site = make_site(**{"loads.tank.power": None})
    assert entities_of(site, "tank") == ("switch.tank", "sensor.tank_temperature")
    assert drawn(learned(seen("tank", site=site), site)) == (pytest.approx(24, abs=0.1), pytest.approx(2.0, abs=0.05))


def test_a_tank_that_is_switched_by_actions_is_known_by_its_power() -> None:
    tank = SITE.loads["tank"]
    assert isinstance(tank, Heat)
    site = SITE.model_copy(update={"loads": {"tank": tank.model_copy(update={"switch": None})}})
    assert drawn(learned(seen("tank", site=site), site)) == (pytest.approx(24, abs=0.1), pytest.approx(2.0, abs=0.05))


def test_a_thermometer_that_stands_still_while_the_tank_is_heated_was_not_there() -> None:
    def down(recorded: Recorded) -> None:
        """Home Assistant went down with the heater on, and nothing was written for five hours."""
        for entity in ("sensor.tank_temperature", "sensor.tank_power", "switch.tank"):
            on = {"sensor.tank_power": "2000", "switch.tank": "on"}.get(entity, "51.0")
            recorded.put(entity, NIGHT, NIGHT + 5 * HOUR, on)

    hours, kwh = drawn(learned(seen("tank", down)))
    assert hours == pytest.approx(20, abs=0.3)
    assert kwh < 2.0 + 2.0 + 0.6  # of ten kWh that nobody took, those of the first hour


def test_a_car_that_is_unknown_is_not_away() -> None:
    found = seen("car", lambda recorded: recorded.put("binary_sensor.car_plugged", NIGHT, NIGHT + HOUR, "unavailable"))
    plugged = [one.evs["car"].connected for one in found if NIGHT <= one.now < NIGHT + HOUR]
    assert set(plugged) == {None}
    out = [one.evs["car"].soc for one in seen("car", lambda recorded: recorded.units.pop("sensor.car_soc"))]
    assert set(out) == {None}  # a number without % is no state of charge
