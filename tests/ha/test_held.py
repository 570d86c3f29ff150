"""Every way in which a reading fails: the last good value is held for its age, then it is not known."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from builders.dictionary_home import DictionaryHome
from builders.home_now import NOW, home_now
from builders.site_block import make_site
from hems.config.site import Site
from hems.ha.inputs import Inputs
from hems.ha.known_past import KnownPast
from hems.ha.look import look
from hems.planner.readings import Readings

SITE = make_site()
SOC = "sensor.battery_soc"


class Looks:
    """One home that is looked at again and again."""

    def __init__(self, site: Site = SITE, home: DictionaryHome | None = None) -> None:
        self.site, self.home = site, home if home is not None else home_now()
        if self.home.entities:
            for entity in ("select.mode", "number.power", "number.current", "switch.charger"):
                self.home.set(entity, "0")
        self.inputs = Inputs(site)
        self.at(0)

    def at(self, minutes: float, now: datetime = NOW) -> Readings:
        return look(self.home, self.site, KnownPast(), now + timedelta(minutes=minutes), self.inputs)

    def soc(self, minutes: float) -> float | None:
        return self.at(minutes).batteries["battery"].soc

    def words(self, entity: str) -> str:
        return self.inputs.faults[entity].words


def in_unit(unit: str | None, state: str = "55") -> Callable[[DictionaryHome], None]:
    return lambda home: home.set(SOC, state, unit)


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (in_unit("%", "unknown"), "is unknown"),
        (in_unit("%", "unavailable"), "is unavailable"),
        (in_unit("%", ""), "is empty"),
        (in_unit("%", "nan"), "is nan"),
        (in_unit("%", "inf"), "says 'inf', which is no number"),
        (in_unit("%", "sleeping"), "says 'sleeping', which is no number"),
        (in_unit("%", "140"), "says 140 %, and not % from 0 to 100"),
        (in_unit("kWh", "5.5"), "says 5.5 kWh, and not % from 0 to 100"),
        (in_unit(None), "says 55 without a unit, and not % from 0 to 100"),
        (lambda home: home.entities.pop(SOC), "has vanished"),
        (lambda home: home.entities.update({SOC: ("55", {})}), "says 55 without a unit"),
    ],
)  # fmt: skip
def test_reading_that_fails_is_held_for_ten_minutes_and_then_not_known(breaks: Any, words: str) -> None:
    looks = Looks()
    breaks(looks.home)
    assert [looks.soc(1), looks.soc(9.9), looks.soc(10.1)] == [0.55, 0.55, None]
    assert looks.words(SOC).startswith(f"{SOC} {words}")


def test_what_is_done_meanwhile_is_said() -> None:
    looks = Looks()
    looks.home.set(SOC, "unavailable", "%")
    looks.at(1)
    assert looks.words(SOC).endswith("its last value is used until 12:10, then its device is left to itself")
    looks.at(11)
    assert looks.words(SOC) == f"{SOC} is unavailable; its device is left to itself"
    assert looks.words(SOC) in looks.at(12).problems


def test_reading_that_comes_back_is_no_fault_any_more() -> None:
    looks = Looks()
    looks.home.set(SOC, "unavailable", "%")
    looks.at(1)
    looks.home.set(SOC, "60", "%")
    assert looks.soc(2) == 0.6 and looks.inputs.faults == {}


@pytest.mark.parametrize(
    ("entity", "unit", "held_minutes", "read"),
    [
        ("sensor.pv_power", "W", 2, lambda r: r.pv_kw["roof"]),
        ("sensor.grid_power", "W", 2, lambda r: r.baseline_kw),
        ("sensor.battery_power", "W", 2, lambda r: r.batteries["battery"].charge_kw),
        ("sensor.car_soc", "%", 30, lambda r: r.evs["car"].soc),
        ("binary_sensor.car_plugged", None, 2, lambda r: r.evs["car"].connected),
        ("sensor.tank_temperature", "°C", 30, lambda r: r.loads["tank"].temperature_c),
        ("switch.pool", None, 2, lambda r: r.loads["pool"].on),
    ],
)  # fmt: skip
def test_each_kind_of_reading_is_held_for_its_own_time(
    entity: str, unit: str | None, held_minutes: float, read: Callable[[Readings], Any]
) -> None:
    looks = Looks()
    good = read(looks.at(0))
    looks.home.set(entity, "unavailable", unit)
    assert good is not None
    assert read(looks.at(held_minutes - 0.1)) == good
    assert read(looks.at(held_minutes + 0.1)) is None


def test_wishes_and_overrides_outlive_a_restart_of_home_assistant() -> None:
    home = home_now()
    home.set("input_datetime.ready", "06:15:00")
    home.set("input_boolean.hems_car_off", "on")
    looks = Looks(make_site(**{"evs.car.ready_by": "input_datetime.ready"}), home)
    for entity in ("input_datetime.ready", "input_boolean.hems_car_off"):
        home.set(entity, "unavailable")
    held = looks.at(59)
    assert (held.evs["car"].ready_by, held.overrides.of("car")) == (time(6, 15), "off")
    over = looks.at(61)
    assert (over.evs["car"].ready_by, over.overrides.of("car")) == (None, None)


def test_limit_of_the_grid_is_kept_while_its_entity_is_away() -> None:
    home = home_now()
    home.set("sensor.limit", "4200", "W")
    looks = Looks(make_site(**{"grid.import_limit_kw": "sensor.limit"}), home)
    home.set("sensor.limit", "unknown", "W")
    assert [looks.at(59).import_limit_kw, looks.at(61).import_limit_kw] == [4.2, None]


def test_counter_is_never_held_for_its_standing_still_would_be_a_lie() -> None:
    home = home_now()
    home.set("sensor.meter", "1234.5", "kWh")
    looks = Looks(make_site(**{"grid.import_energy": "sensor.meter"}), home)
    home.set("sensor.meter", "unavailable", "kWh")
    assert looks.at(0.2).import_counter_kwh is None
    assert looks.words("sensor.meter") == "sensor.meter is unavailable; it counts as not known"


def test_unit_that_changes_is_converted_where_it_is_known() -> None:
    looks = Looks()
    looks.home.set("sensor.pv_power", "2.5", "kW")
    assert looks.at(1).pv_kw["roof"] == 2.5
    looks.home.set("sensor.tank_temperature", "122", "°F")
    assert looks.at(2).loads["tank"].temperature_c == pytest.approx(50)
    assert looks.inputs.faults == {}


def test_unit_that_changes_to_one_that_is_not_known_is_a_fault() -> None:
    looks = Looks()
    looks.home.set("sensor.pv_power", "9", "A")
    assert looks.at(1).pv_kw["roof"] == 2.0
    assert looks.words("sensor.pv_power").startswith("sensor.pv_power says 9 A, and not W, kW or MW; ")


def test_car_that_is_away_may_be_out_of_reach() -> None:
    looks = Looks()
    looks.home.set("sensor.car_soc", "unavailable", "%")
    looks.home.set("binary_sensor.car_plugged", "off")
    looks.at(40)
    assert "sensor.car_soc" not in looks.inputs.faults
    looks.home.set("binary_sensor.car_plugged", "on")
    looks.at(41)
    assert "sensor.car_soc" in looks.inputs.faults


def test_override_that_was_never_made_is_no_fault() -> None:
    looks = Looks()
    assert looks.at(1).overrides.of("car") is None
    assert looks.inputs.faults == {}


def test_entity_that_never_was_is_named_with_its_place_in_apps_yaml() -> None:
    home = home_now()
    home.entities.pop(SOC)
    looks = Looks(home=home)
    assert looks.soc(1) is None
    assert looks.words(SOC).startswith(f"hems.batteries.battery.soc: {SOC} does not exist")
    assert not any(SOC in problem for problem in looks.at(2).problems)
    assert looks.inputs.missing[0] == looks.words(SOC)


def test_clock_that_is_set_back_makes_nothing_younger() -> None:
    looks = Looks()
    looks.at(8)
    looks.home.set(SOC, "unavailable", "%")
    assert looks.soc(12) == 0.55  # four minutes old
    assert looks.at(-60).batteries["battery"].soc == 0.55
    assert looks.inputs.faults["clock"].what == "the clock was set back by 1 h 12 min"
    assert looks.soc(-60 + 5.9) == 0.55
    assert looks.soc(-60 + 6.1) is None


def test_clock_that_goes_forward_loses_nothing_silently() -> None:
    looks = Looks()
    looks.home.set(SOC, "unavailable", "%")
    after = looks.at(180)
    assert after.batteries["battery"].soc is None
    assert after.spot and after.pv_forecast["roof"]
    assert looks.inputs.faults["clock"].what == "the clock went forward by 3 h at once"
    looks.at(190)
    assert "clock" in looks.inputs.faults
    looks.at(196)
    assert "clock" not in looks.inputs.faults


def test_home_that_is_not_there_yet_has_no_missing_entities() -> None:
    looks = Looks(home=DictionaryHome())
    assert looks.inputs.missing == ()
    assert set(looks.inputs.faults) == {"prices.import now"}
    assert looks.inputs.faults["prices.import now"].fatal
