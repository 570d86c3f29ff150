"""What the dispatcher reads every few seconds, and the guard's block of apps.yaml."""

from datetime import datetime, timedelta, timezone

import pytest

from builders.dictionary_home import DictionaryHome
from builders.home_now import home_now
from builders.site_block import make_site
from hems.config.site import Site
from hems.control.measured import Measured
from hems.domain.faults import Refused
from hems.ha.metering import Metering

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)


def metering(site: Site | None = None) -> Metering:
    return Metering(site or make_site(), timezone.utc)


def test_signs_are_taken_out() -> None:
    found = metering().metered(home_now(), NOW)
    assert (found.import_kw, found.export_kw, found.net_kw) == (1.0, 0.0, 1.0)
    assert found.batteries_kw == {"battery": 1.5}  # charges: its sensor is positive for discharge
    assert found.pv_kw == {"roof": 2.0} and found.cars_kw == {"car": 0.0}
    other = make_site(**{"grid.power": {"entity": "sensor.grid_power", "positive": "export"}})
    assert metering(other).metered(home_now(), NOW).net_kw == -1.0


def test_what_is_not_known_is_not_nothing() -> None:
    home = home_now()
    home.set("sensor.grid_power", "unavailable", "W")
    home.set("sensor.battery_power", "3", "A")
    found = metering().metered(home, NOW)
    assert found.net_kw is None and found.import_kw is None and found.batteries_kw == {"battery": None}


def test_a_meter_that_has_not_moved_for_ten_minutes_is_dead_until_it_moves() -> None:
    home, one = home_now(), metering()
    assert one.metered(home, NOW).net_kw == 1.0
    assert one.metered(home, NOW + timedelta(minutes=9)).net_kw == 1.0
    assert one.metered(home, NOW + timedelta(minutes=10)).net_kw is None
    assert one.dead == "sensor.grid_power has said the same since 12:00"
    home.set("sensor.grid_power", "1001", "W")
    assert one.metered(home, NOW + timedelta(minutes=11)).net_kw == pytest.approx(1.001) and one.dead is None


def test_a_battery_may_keep_a_meter_at_nothing_for_hours() -> None:
    home, one = home_now(), metering()
    home.set("sensor.grid_power", "0", "W")
    one.metered(home, NOW)
    assert one.metered(home, NOW + timedelta(hours=5)).net_kw == 0.0


def surpluses(one: Metering, home: DictionaryHome, begin: datetime, seconds: int) -> list[float | None]:
    """What is believed at each look, every ten seconds."""
    times = [begin + timedelta(seconds=k) for k in range(0, seconds, 10)]
    return [one.with_surplus(Measured(), one.metered(home, at), at).surplus_kw for at in times]


def test_the_surplus_is_that_without_the_battery_and_no_kettle_moves_it_far() -> None:
    home, one = home_now(), metering()
    home.set("sensor.battery_power", "-1500", "W")  # charges 1.5 kW, of which 1 kW is imported
    assert surpluses(one, home, NOW, 300)[-1] == pytest.approx(0.5)
    home.set("sensor.grid_power", "3000", "W")
    kettle = surpluses(one, home, NOW + timedelta(minutes=5), 120)[-1]
    assert kettle is not None and -0.15 < kettle < 0.0  # of the 2 kW that it takes, 28 % count after two minutes
    assert surpluses(one, home, NOW + timedelta(minutes=7), 500)[-1] == pytest.approx(-1.5, abs=0.15)


def test_the_surplus_is_not_known_where_a_battery_is_not() -> None:
    home, one = home_now(), metering()
    home.set("sensor.battery_power", "unavailable", "W")
    assert surpluses(one, home, NOW, 200) == [None] * 20
    home.set("sensor.battery_power", "-1500", "W")
    after = surpluses(one, home, NOW + timedelta(seconds=200), 300)
    assert after[:18] == [None] * 18 and after[-1] == pytest.approx(0.5)  # it is believed after three minutes


def test_a_surplus_that_is_lost_for_a_moment_stands_and_is_forgotten_after_two_minutes() -> None:
    home, one = home_now(), metering()
    surpluses(one, home, NOW, 300)
    home.set("sensor.grid_power", "unavailable", "W")
    lost = surpluses(one, home, NOW + timedelta(minutes=5), 300)
    assert lost[:11] == [pytest.approx(0.5)] * 11 and lost[12:] == [None] * 18


def test_a_state_of_charge_that_flickers_at_a_bound_is_at_the_bound() -> None:
    home, one = home_now(), metering(make_site(loads={}, **{"batteries.battery.soc_min": 0.1}))

    def soc(said: str) -> float | None:
        home.set("sensor.battery_soc", said, "%")
        return one.measured(home, {}, NOW).soc["battery"]

    assert [soc(said) for said in ("11", "10", "11", "9", "11", "12", "11")] == [0.11, 0.1, 0.1, 0.09, 0.1, 0.12, 0.11]
    assert [soc(said) for said in ("99", "100", "99", "98")] == [0.99, 1.0, 1.0, 0.98]


@pytest.mark.parametrize(("state", "unit", "kw"), [("16.5", "A", 3.795), ("16500", "mA", 3.795), ("16", "W", None)])
def test_phases_are_read_in_amperes(state: str, unit: str, kw: float | None) -> None:
    site = make_site(**{"grid.main_fuse": "3x25 A", "grid.phase_currents": ["sensor.l1", "sensor.l2", "sensor.l3"]})
    home = home_now()
    for sensor in ("sensor.l1", "sensor.l2", "sensor.l3"):
        home.set(sensor, state, unit)
    found = metering(site).metered(home, NOW).phases_kw
    assert found == (None if kw is None else pytest.approx((kw, kw, kw)))
    assert metering(site).rules(home, NOW).phase_kw == pytest.approx(5.75)


def test_the_limit_is_the_smaller_of_fuse_and_wish_and_is_held_when_it_is_lost() -> None:
    site = make_site(**{"grid.main_fuse": "1x35 A", "grid.import_limit_kw": "sensor.limit"})
    home, one = home_now(), metering(site)
    home.set("sensor.limit", "6000", "W")
    assert one.rules(home, NOW).import_kw == 6.0
    home.set("sensor.limit", "unavailable", "W")
    assert one.rules(home, NOW + timedelta(minutes=30)).import_kw == 6.0
    assert one.rules(home, NOW + timedelta(minutes=90)).import_kw == pytest.approx(8.05)


def test_a_lost_state_of_charge_is_held_for_a_while() -> None:
    home, one = home_now(), metering(make_site(loads={}))
    assert one.measured(home, {}, NOW).soc == {"battery": 0.55}
    home.set("sensor.battery_soc", "unavailable", "%")
    home.set("binary_sensor.car_plugged", "unavailable")
    soon = one.measured(home, {}, NOW + timedelta(minutes=1))
    assert soon.soc == {"battery": 0.55} and soon.connected == {"car": True}
    later = one.measured(home, {}, NOW + timedelta(minutes=11))
    assert later.soc == {"battery": None} and later.connected == {"car": None}


def test_what_is_shed_is_declared_or_everything() -> None:
    home = DictionaryHome()
    assert metering().rules(home, NOW).shed == ("dishwasher", "pool", "tank", "car")
    site = make_site(guard={"shed": ["car", "pool"], "rest_minutes": 5, "follow_seconds": 5})
    rules = metering(site).rules(home, NOW)
    assert rules.shed == ("car", "pool") and rules.rest == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ({"shed": ["pol"]}, "guard.shed[0]: there is no load or car 'pol'; did you mean pool?"),
        ({"shed": ["pool", "pool"]}, "guard.shed[1]: 'pool' is named twice"),
        ({"shed": ["battery"]}, "guard.shed[0]: there is no load or car 'battery'"),
        ({"follow_seconds": 1}, "guard.follow_seconds"),
        ({"folow_seconds": 5}, "guard.folow_seconds"),
    ],
)
def test_faults_of_the_block_are_said(block: dict[str, object], fault: str) -> None:
    with pytest.raises(Refused) as refused:
        make_site(guard=block)
    assert any(f"apps.yaml: hems.{fault}" in line for line in refused.value.faults)


def test_three_phases_have_three_sensors() -> None:
    with pytest.raises(Refused, match=r"phase_currents: 2 of three"):
        make_site(**{"grid.phase_currents": ["sensor.l1", "sensor.l2"]})
