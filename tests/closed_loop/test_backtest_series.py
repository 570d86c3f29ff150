"""Baseline load, PV and prices from statistics: signs, holes, nights, resets, both clock changes; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from closed_loop.backtest_home_made_up import APPS, car_kw, charge_kw, home, house_kw, meter_kw, pv_kw, spot
from closed_loop.fake_home_assistant import FIVE, HOUR, ZONE, state
from hems.closed_loop.backtest_home import SeenHome, measured_only, with_numbers
from hems.closed_loop.backtest_home import baseline_sensors as sensors_of
from hems.closed_loop.backtest_series import Measured, entities_of, measured_home, write_series
from hems.closed_loop.series_file import read_series
from hems.closed_loop.statistics_rows import Rows
from hems.closed_loop.statistics_source import Past, Statistic
from hems.config.site import Site, parse_site
from hems.domain.faults import Refused

BEGIN, END = (datetime(2026, 3, day, tzinfo=ZONE).astimezone(timezone.utc) for day in (27, 31))


def site(**changes: Any) -> Site:
    block = yaml.safe_load(APPS)["hems"]
    return parse_site({**block, **changes}, "hems")


def rows(
    value: Callable[[datetime], float | None], length: timedelta = HOUR, begin: datetime = BEGIN, end: datetime = END
) -> Rows:
    count = round((end - begin) / length)
    found = [(begin + k * length, value(begin + k * length)) for k in range(count)]
    return tuple((at, here) for at, here in found if here is not None)


def past(**changes: Statistic | None) -> Past:
    """All that the made-up home has; a change by the entity's name without its domain, None takes it away."""
    known: dict[str, Statistic | None] = {
        "meter": Statistic("kW", True, rows(meter_kw)),
        "pv": Statistic("kW", True, rows(pv_kw)),
        "battery": Statistic("kW", True, rows(charge_kw)),
        "charger": Statistic("kW", True, rows(car_kw)),
        "spot": Statistic("EUR/kWh", True, rows(spot)),
    }
    found = {f"sensor.{name}": one for name, one in (known | changes).items() if one is not None}
    return Past(ZONE, BEGIN, END, home(BEGIN, END).states, found)


def known_at(measured: Measured, value: Callable[[datetime], float]) -> list[float]:
    """What the hour of each quarter holds."""
    times = [measured.time(k).replace(minute=0) for k in range(len(measured.load_kw))]
    return [value(time) for time in times]


def faults_of(changed: Site, known: Past, spot_too: bool = True) -> list[str]:
    with pytest.raises(Refused) as caught:
        measured_home(changed, known, spot_too)
    return caught.value.faults


def test_the_load_is_the_meter_less_all_that_is_known() -> None:
    """Over the day on which the clock is put forward; the battery's sensor counts charging as positive."""
    found = measured_home(site(), past(), True)
    assert len(found.load_kw) == 4 * (4 * 24 - 1)
    assert found.load_kw == pytest.approx(known_at(found, house_kw))
    assert found.pv_kw["roof"] == pytest.approx(known_at(found, pv_kw))
    assert found.spot_per_kwh == pytest.approx(known_at(found, spot)) and min(found.spot_per_kwh) < 0
    assert found.meter_kw == pytest.approx(known_at(found, meter_kw))
    assert found.devices_kw["car"] == pytest.approx(known_at(found, car_kw))
    assert found.notes == ()


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [((2026, 10, 24), (2026, 10, 27), 73), ((2028, 2, 28), (2028, 3, 2), 72), ((2026, 12, 31), (2027, 1, 2), 48)],
)
def test_calendars(first: tuple[int, int, int], last: tuple[int, int, int], hours: int, tmp_path: Path) -> None:
    """The clock put back, a leap day, a year's end: from statistics to the series, no hour twice and none lost."""
    begin, end = (datetime(*day, tzinfo=ZONE).astimezone(timezone.utc) for day in (first, last))
    terms = {"meter": meter_kw, "pv": pv_kw, "battery": charge_kw, "charger": car_kw}
    found = {f"sensor.{name}": Statistic("kW", True, rows(one, HOUR, begin, end)) for name, one in terms.items()}
    found["sensor.spot"] = Statistic("EUR/kWh", True, rows(spot, HOUR, begin, end))
    known = measured_home(site(), Past(ZONE, begin, end, {}, found), True)
    write_series(known, tmp_path / "history.csv")
    series = read_series(tmp_path / "history.csv", ZONE)
    assert (series.start, series.end, series.steps, series.gaps) == (begin, end, 4 * hours, ())
    assert series.load_kw == pytest.approx(known_at(known, house_kw))
    assert series.spot_per_kwh == pytest.approx(known_at(known, spot))


def test_an_own_sensor_of_the_load_is_taken_alone() -> None:
    own = Statistic("kW", True, rows(lambda at: 0.7))
    found = measured_home(site(load={"power": "sensor.own"}), past(own=own, battery=None, meter=None), True)
    assert found.load_kw == pytest.approx(0.7) and found.meter_kw is None
    assert found.pv_kw["roof"] == pytest.approx(known_at(found, pv_kw))


def test_an_hour_without_one_of_the_terms_is_a_hole_and_stays_one() -> None:
    lost = BEGIN + 30 * HOUR
    charger = Statistic("kW", True, rows(lambda at: None if lost <= at < lost + 3 * HOUR else car_kw(at)))
    found = measured_home(site(), past(charger=charger), True)
    assert np.flatnonzero(np.isnan(found.load_kw)).tolist() == list(range(120, 132))
    assert not np.isnan(found.pv_kw["roof"]).any()
    assert found.notes == ("Missing in Home Assistant's statistics: sensor.charger 3 h.",)


def test_holes_are_filled_and_stated_by_the_file(tmp_path: Path) -> None:
    lost = BEGIN + 30 * HOUR
    meter = Statistic("kW", True, rows(lambda at: None if lost <= at < lost + 3 * HOUR else meter_kw(at)))
    found = measured_home(site(), past(meter=meter), True)
    write_series(found, tmp_path / "history.csv")
    series = read_series(tmp_path / "history.csv", ZONE)
    (gap,) = series.gaps
    assert (gap.what, gap.begin, gap.end) == ("baseline load", lost, lost + 3 * HOUR)
    assert series.start == BEGIN and series.steps == len(found.load_kw)
    assert np.nan_to_num(found.load_kw, nan=0.3) == pytest.approx(series.load_kw)


def test_an_inverter_that_says_nothing_at_night_is_dark_and_no_hole() -> None:
    pv = Statistic("kW", True, rows(lambda at: pv_kw(at) if 8 <= at.astimezone(ZONE).hour < 18 else None))
    found = measured_home(site(), past(pv=pv), True)
    first = found.time(0).astimezone(ZONE)
    # Before the first sunrise nothing tells that it was night: it may be left out.
    assert first.hour in (0, 8)
    assert found.load_kw == pytest.approx(known_at(found, house_kw))


def test_the_past_begins_where_the_youngest_sensor_does() -> None:
    young = Statistic("kW", True, rows(charge_kw, begin=BEGIN + 20 * HOUR))
    found = measured_home(site(), past(battery=young), True)
    assert found.start == BEGIN + 20 * HOUR and len(found.load_kw) == 4 * 75
    assert found.spot_per_kwh is not None and len(found.spot_per_kwh) == 4 * 75
    assert found.notes == ("The past begins on 2026-03-27 20:00, with the first statistics of sensor.battery.",)


def test_a_counter_stands_for_a_power_and_its_reset_is_a_hole() -> None:
    reset = BEGIN + 59 * HOUR
    counted = Statistic("MJ", False, rows(lambda at: -500.0 if at == reset else 3.6 * pv_kw(at)))
    found = measured_home(site(), past(pv=counted), True)
    lost = list(range(4 * 59, 4 * 60))
    assert np.flatnonzero(np.isnan(found.load_kw)).tolist() == lost
    assert np.delete(found.load_kw, lost) == pytest.approx(np.delete(known_at(found, house_kw), lost))
    assert "sensor.pv: 1 h with jumps, as when a counter is reset or replaced; taken as missing." in found.notes


def test_five_minutes_count_only_where_all_terms_have_them() -> None:
    """A spike of five minutes in the evening of the last day: a third of its quarter hour."""
    late = END - 6 * HOUR
    spike = late + 2 * HOUR + 2 * FIVE

    def with_fine(value: Callable[[datetime], float], extra: float = 0.0) -> Statistic:
        fine = rows(lambda at: value(at) + extra * (at == spike), FIVE, late)
        return Statistic("kW", True, rows(value), fine)

    terms = {"pv": with_fine(pv_kw), "battery": with_fine(charge_kw), "charger": with_fine(car_kw)}
    fine = measured_home(site(), past(meter=with_fine(meter_kw, 3.0), **terms), True)
    at = round((spike - 2 * FIVE - BEGIN) / timedelta(minutes=15))
    expected = np.array(known_at(fine, house_kw))
    expected[at] += 1.0
    assert fine.load_kw == pytest.approx(expected)
    terms["charger"] = Statistic("kW", True, rows(car_kw))
    coarse = measured_home(site(), past(meter=with_fine(meter_kw, 3.0), **terms), True)
    assert coarse.load_kw == pytest.approx(known_at(coarse, house_kw))


def test_a_wrong_sign_is_noticed() -> None:
    grid = {"power": {"entity": "sensor.meter", "positive": "export"}}
    found = measured_home(site(grid=grid), past(), True)
    assert min(found.load_kw) == 0
    assert any("below nothing in" in note and "is a sign wrong" in note for note in found.notes)


@pytest.mark.parametrize(
    ("unit", "cents", "factor"),
    [("EUR/kWh", None, 1.0), ("EUR/MWh", None, 1e-3), ("c/kWh", None, 0.01), ("EUR/kWh", True, 0.01)],
)
def test_prices_in_the_unit_of_their_statistics(unit: str, cents: bool | None, factor: float) -> None:
    known = past(spot=Statistic(unit, True, rows(spot)))
    states = {**known.states, "sensor.spot": state("1", unit, price_in_cents=cents)}
    found = measured_home(site(), Past(ZONE, BEGIN, END, states, known.statistics), True)
    assert found.spot_per_kwh == pytest.approx(factor * np.array(known_at(found, spot)))


def test_each_entity_without_statistics_is_named_at_once() -> None:
    known = past(pv=None, battery=None, spot=None)
    states = {name: one for name, one in known.states.items() if name != "sensor.battery"}
    states["sensor.batery"] = state("1", "W")
    assert faults_of(site(), Past(ZONE, BEGIN, END, states, known.statistics)) == [
        "sensor.pv has no long-term statistics; it needs state_class measurement",
        "Home Assistant knows no sensor.battery; did you mean sensor.batery?",
        "sensor.spot has no long-term statistics (it needs state_class measurement); give the spot prices as --prices "
        "FILE, with the columns time and spot_per_kwh",
    ]


def test_statistics_of_another_time_are_none() -> None:
    assert faults_of(site(), past(pv=Statistic("kW", True, ()))) == [
        "sensor.pv has no long-term statistics from 2026-03-27 until 2026-03-31"
    ]


def test_without_price_statistics_a_file_will_do() -> None:
    found = measured_home(site(), past(spot=None), False)
    assert found.spot_per_kwh is None


def test_statistics_that_are_no_power() -> None:
    percent, energy = Statistic("%", True, rows(pv_kw)), Statistic("kWh", True, rows(pv_kw))
    assert faults_of(site(), past(pv=percent)) == [
        "sensor.pv: its statistics are in %; a power in W or kW is needed, or a counter in kWh"
    ]
    assert faults_of(site(), past(pv=energy)) == [
        "sensor.pv: its statistics are in kWh with state_class measurement; a counter needs state_class total_increasing"
    ]


def test_a_counter_does_not_stand_for_what_flows_both_ways() -> None:
    counter = Statistic("kWh", False, rows(lambda at: 0.5))
    words = "is a counter, which does not tell both directions; a power in W or kW is needed"
    assert faults_of(site(), past(meter=counter, battery=counter)) == [
        f"sensor.meter: {words}",
        f"sensor.battery: {words}",
    ]


def test_a_plant_or_battery_without_a_power_sensor_is_refused() -> None:
    block = yaml.safe_load(APPS)["hems"]
    del block["pv"]["roof"]["power"], block["batteries"]["battery"]["power"]
    with pytest.raises(Refused) as caught:
        sensors_of(parse_site(block, "hems"))
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["pv.roof.power", "batteries.battery.power"]


def test_entities_become_the_numbers_that_they_say() -> None:
    found = with_numbers(site(), SeenHome(home(BEGIN, END).states))
    assert found.batteries["battery"].capacity_kwh == 8.0
    assert found.grid.import_limit_kw == 17.25
    assert str(found.evs["car"].ready_by) == "06:30:00" and found.evs["car"].target_soc == 0.7
    assert found.loads == site().loads


def test_entities_that_say_nothing_of_use_are_named_at_once() -> None:
    states = home(BEGIN, END).states | {"sensor.capacity": state("unavailable", "kWh"), "number.fuse": state("25", "A")}
    del states["input_datetime.ready"]
    with pytest.raises(Refused) as caught:
        with_numbers(site(), SeenHome(states))
    assert caught.value.faults == [
        "grid.import_limit_kw: number.fuse says '25' in A; write its number of kW in a copy of the file for the backtest",
        "batteries.battery.capacity_kwh: sensor.capacity says 'unavailable' in kWh; write its kWh in a copy of the file "
        "for the backtest",
        'evs.car.ready_by: Home Assistant knows no input_datetime.ready; write a time as "07:00" in a copy of the file '
        "for the backtest",
    ]


def test_what_was_never_measured_is_part_of_the_load_and_not_run_twice() -> None:
    groups = {"inverter": {"devices": ["battery", "pool"], "import_limit_kw": 9}, "shed": {"devices": ["pool"]}}
    groups["shed"]["import_limit_kw"] = 2
    found, (note,) = measured_only(site(groups=groups))
    assert list(found.evs) == ["car"] and not found.loads
    assert {name: group.devices for name, group in found.groups.items()} == {"inverter": ("battery",)}
    assert note.startswith("loads.pool: without a power sensor, so part of the load")
    own = site(load={"power": "sensor.own"})
    assert measured_only(own) == (own, [])


def test_only_what_is_needed_is_asked_for() -> None:
    assert entities_of(site()) == [f"sensor.{name}" for name in ("battery", "charger", "meter", "pv", "spot")]
