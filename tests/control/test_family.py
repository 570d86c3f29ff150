"""What the family has set, read from its helpers."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from builders.dictionary_home import DictionaryHome
from builders.site_block import make_site
from hems.config.helpers import helpers, override_kinds
from hems.config.site import Site
from hems.control.overrides import Override
from hems.ha.overrides import Family, override_entities

NOW = datetime(2026, 3, 28, 16, 0, tzinfo=timezone.utc)  # 17:00; the clock goes forward in the night
ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def site() -> Site:
    return make_site(**{"evs.car.ready_by": "07:00"})


@pytest.fixture
def home(site: Site) -> DictionaryHome:
    """Every helper as Home Assistant shows a new one."""
    home = DictionaryHome()
    fresh = {"input_boolean": "off", "input_number": "0.0", "input_datetime": "00:00:00", "input_button": "unknown"}
    for helper in helpers(site):
        unit = helper.attributes.get("unit_of_measurement")
        options = helper.attributes.get("options", [""])
        home.set(helper.entity_id, fresh.get(helper.kind, options[0]), unit)
    home.set("input_boolean.hems_control", "on")
    return home


def look(family: Family, home: DictionaryHome, minutes: float = 0.0) -> None:
    family.look(home, NOW + timedelta(minutes=minutes))


def test_new_helpers_set_nothing(site: Site, home: DictionaryHome) -> None:
    family, without = Family(site, ZONE), Family(site, ZONE)
    look(family, home)
    bare = DictionaryHome()
    bare.set("input_boolean.hems_control", "on")
    look(without, bare)

    assert family.wishes == without.wishes
    assert family.wishes.reserve_soc == {} and family.wishes.target_soc == {} and family.wishes.ready_by == {}
    assert set(family.overrides(True).devices.values()) == {Override.NONE}


def test_every_helper_that_is_made_is_read_and_listened_to(site: Site) -> None:
    made = {helper.entity_id for helper in helpers(site)}
    assert made - {"input_button.hems_replan"} == set(override_entities(site))


def test_devices_have_the_overrides_that_they_can_obey(site: Site) -> None:
    assert override_kinds(site, "battery") == ("off", "manual", "boost", "hold", "charge", "discharge")
    assert override_kinds(site, "car") == override_kinds(site, "tank") == ("off", "manual", "boost")
    assert override_kinds(site, "dishwasher") == ("off", "manual", "boost", "run_now", "skip")
    assert override_kinds(site, "pool") == ("off", "manual", "boost", "skip")


def test_a_cars_own_entities_need_no_helper_beside_them() -> None:
    own = make_site(**{"evs.car.target_soc": "input_number.my_target", "evs.car.ready_by": "input_datetime.my_time"})
    names = {helper.entity_id for helper in helpers(own)}
    assert not names & {"input_number.hems_car_target_soc", "input_datetime.hems_car_ready_by"}
    assert {"input_number.hems_car_target_soc", "input_datetime.hems_car_ready_by"} <= {
        helper.entity_id for helper in helpers(make_site())
    }


@pytest.mark.parametrize(
    ("kinds", "counts"),
    [
        (("off", "manual", "hold"), Override.OFF),
        (("manual", "boost", "discharge"), Override.MANUAL),
        (("hold", "discharge", "charge"), Override.HOLD),
        (("discharge", "charge", "boost"), Override.DISCHARGE),
        (("charge", "boost"), Override.CHARGE),
        (("boost",), Override.BOOST),
    ],
)
def test_precedence(site: Site, home: DictionaryHome, kinds: tuple[str, ...], counts: Override) -> None:
    for kind in kinds:
        home.set(f"input_boolean.hems_battery_{kind}", "on")
    family = Family(site, ZONE)
    look(family, home)
    assert family.overrides(True).of("battery") is counts
    assert family.wishes.of("battery") == counts.value


def test_run_now_is_a_boost_and_outranks_a_skipped_day(site: Site, home: DictionaryHome) -> None:
    home.set("input_boolean.hems_dishwasher_skip", "on")
    home.set("input_boolean.hems_dishwasher_run_now", "on")
    family = Family(site, ZONE)
    look(family, home)
    assert family.overrides(True).of("dishwasher") is Override.BOOST
    assert family.wishes.boost == {"dishwasher"}


def test_hours_are_said_with_the_override_that_counts(site: Site, home: DictionaryHome) -> None:
    home.set("input_number.hems_battery_hours", "2.5", "h")
    home.set("input_boolean.hems_battery_hold", "on")
    family = Family(site, ZONE)
    look(family, home)
    assert family.overrides(True).until == {"battery": NOW + timedelta(hours=2.5)}
    assert family.next_end() == NOW + timedelta(hours=2.5)
    home.set("input_boolean.hems_battery_off", "on")
    look(family, home, 60)
    assert family.overrides(True).until == {"battery": NOW + timedelta(hours=3.5)}


def test_a_skipped_pump_rests_until_midnight_and_a_skipped_machine_until_its_window_closes(
    site: Site, home: DictionaryHome
) -> None:
    home.set("input_boolean.hems_pool_skip", "on")
    home.set("input_boolean.hems_dishwasher_skip", "on")  # 20:00-06:30
    family = Family(site, ZONE)
    look(family, home)
    assert family.wishes.until["pool"] == datetime(2026, 3, 28, 23, 0, tzinfo=timezone.utc)
    assert family.wishes.until["dishwasher"] == datetime(2026, 3, 29, 4, 30, tzinfo=timezone.utc)  # summer time by then


def test_wishes(site: Site, home: DictionaryHome) -> None:
    home.set("input_number.hems_battery_reserve_soc", "35", "%")
    home.set("input_number.hems_car_target_soc", "90", "%")
    home.set("input_datetime.hems_car_ready_by", "05:45:00")
    home.set("input_select.hems_cost_function", "self_consumption")
    home.set("input_boolean.hems_vacation", "on")
    family = Family(site, ZONE)
    look(family, home)
    wishes = family.wishes
    assert (wishes.reserve_soc, wishes.target_soc) == ({"battery": 0.35}, {"car": 0.9})
    assert wishes.ready_by == {"car": time(5, 45)}
    assert wishes.cost_function == "self_consumption" and wishes.vacation
    assert family.overrides(True).reserve_soc == {"battery": 0.35}


def test_while_home_assistant_is_away_everything_is_as_it_was(site: Site, home: DictionaryHome) -> None:
    home.set("input_boolean.hems_pool_boost", "on")
    home.set("input_number.hems_battery_reserve_soc", "35", "%")
    home.set("input_boolean.hems_vacation", "on")
    family = Family(site, ZONE)
    look(family, home)
    before = family.wishes
    for entity, (_, attributes) in dict(home.entities).items():
        home.entities[entity] = ("unavailable", attributes)
    look(family, home, 1)
    assert family.wishes == before
    home.entities.clear()
    look(family, home, 2)
    assert family.wishes == before


def test_a_helper_that_is_deleted_is_not_set(site: Site, home: DictionaryHome) -> None:
    home.set("input_boolean.hems_pool_boost", "on")
    home.set("input_number.hems_battery_reserve_soc", "35", "%")
    family = Family(site, ZONE)
    look(family, home)
    del home.entities["input_boolean.hems_pool_boost"], home.entities["input_number.hems_battery_reserve_soc"]
    look(family, home, 1)
    assert family.wishes.boost == frozenset() and family.wishes.reserve_soc == {}


def test_an_ended_overrides_switch_is_turned_off_and_asked_again_in_a_minute(site: Site, home: DictionaryHome) -> None:
    home.set("input_number.hems_pool_hours", "1", "h")
    home.set("input_boolean.hems_pool_boost", "on")
    family = Family(site, ZONE)
    look(family, home)
    for minutes in (59.0, 60.0, 60.5, 61.0):
        look(family, home, minutes)
        family.switch_off_ended(home, NOW + timedelta(minutes=minutes))
    asked = ("input_boolean.turn_off", {"entity_id": "input_boolean.hems_pool_boost"})
    assert home.calls == [asked, asked]
    home.set("input_boolean.hems_pool_boost", "off")
    look(family, home, 62)
    family.switch_off_ended(home, NOW + timedelta(minutes=62))
    assert len(home.calls) == 2
