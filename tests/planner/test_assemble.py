"""From the site and one look at the home to the problem of this moment."""

import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytz

from builders.home_now import NOW, home_now
from builders.past import UTC, slots_from
from builders.site_block import make_site
from hems.config.site import Site
from hems.domain.faults import Refused
from hems.domain.kept import Kept
from hems.domain.parse import parse_problem, problem_to_dict
from hems.domain.problem import Problem
from hems.ha.known_past import KnownPast
from hems.ha.look import look
from hems.planner.assemble import Notes, assemble
from hems.planner.memory import LoadMemory, Memory
from hems.planner.readings import Overrides, Readings

DRAWN = {6, 7, 8, 12, 13, 18, 19, 20, 21}
ZONE = ZoneInfo("Europe/Amsterdam")  # NOW is 14:00 there


def readings_of(site: Site, now: datetime = NOW, **changes: Any) -> Readings:
    """A look at the home of the builders, with readings replaced by their name."""
    return replace(look(home_now(now), site, KnownPast(), now), **changes)


def problem_of(
    site: Site | None = None, notes: Notes | None = None, memory: Memory | None = None, zone: Any = ZONE, **changes: Any
) -> Problem:
    site = site or make_site()
    now = changes.pop("now", NOW)
    return assemble(site, readings_of(site, now, **changes), memory or Memory(), zone, notes or Notes())


def test_problem_covers_the_horizon_and_is_good() -> None:
    problem = problem_of()
    assert problem.start == NOW and problem.steps == 192
    names = [device.name for _, device in problem.devices()]
    assert names == ["roof", "battery", "car", "dishwasher", "pool", "tank"]
    assert parse_problem(json.dumps(problem_to_dict(problem))) == problem


def test_prices_carry_surcharge_and_vat() -> None:
    grid = problem_of().grid
    assert grid.import_price == pytest.approx([(0.25 + 0.1) * 1.2] * 192)
    assert grid.export_price == pytest.approx([0.25 - 0.02] * 192)


def test_export_may_have_a_fixed_price() -> None:
    assert set(problem_of(make_site(**{"prices.export": {"fixed_per_kwh": 0.05}})).grid.export_price) == {0.05}


@pytest.mark.parametrize("spot", [(), slots_from(NOW - timedelta(days=2), NOW - timedelta(days=1), 60, lambda t: 0.2)])
def test_without_a_price_for_now_nothing_can_be_planned(spot: Any) -> None:
    with pytest.raises(Refused) as refused:
        problem_of(spot=spot)
    assert refused.value.faults == ["waiting for prices: sensor.nordpool has none for now"]


def test_prices_beyond_the_known_ones_are_said_to_be_assumed() -> None:
    notes = Notes()
    problem_of(notes=notes, spot=slots_from(NOW - timedelta(hours=12), NOW + timedelta(hours=10), 60, lambda t: 0.2))
    assert "prices are known for 10 h; beyond, those of the day before are assumed" in notes.lines


def test_without_any_load_nothing_can_be_planned() -> None:
    with pytest.raises(Refused, match="baseline load is not known"):
        problem_of(baseline_kw=None)


def test_on_a_holiday_the_load_of_a_sunday_is_expected() -> None:
    """Working days draw 0.5 kW, weekends 3 kW; tomorrow is a Tuesday."""
    past = slots_from(NOW - timedelta(days=28), NOW, 60, lambda t: 3.0 if t.weekday() >= 5 else 0.5, ZONE)
    tomorrow = (NOW + timedelta(days=1)).astimezone(ZONE).date()
    assert tomorrow.weekday() < 5
    usual = problem_of(history=past, baseline_kw=0.5).load_kw
    holiday = problem_of(make_site(**{"prices.holidays": [str(tomorrow)]}), history=past, baseline_kw=0.5).load_kw
    at_noon = 22 * 4
    assert usual[at_noon] < 1.0 < 2.0 < holiday[at_noon]


def test_without_history_a_usual_household_at_the_level_of_now_is_taken_and_said() -> None:
    notes = Notes()
    load = problem_of(notes=notes).load_kw
    assert load[0] == pytest.approx(0.4, abs=0.05)
    assert 0.1 < sum(load) / len(load) < 1.0 and len(set(load)) > 10
    assert any("no history of the load yet" in line for line in notes.lines)


def test_missing_pv_forecast_is_said() -> None:
    notes = Notes()
    problem = problem_of(notes=notes, pv_forecast={})
    assert set(problem.pv[0].forecast_kw) == {0.0}
    assert any("roof: no PV forecast for 192 of 192 steps" in line for line in notes.lines)


def test_pv_without_actions_is_never_curtailed() -> None:
    told = {kind: [{"number.set_value": {"value": 1}}] for kind in ("limit", "release")}
    assert problem_of().pv[0].curtailable is False
    assert problem_of(make_site(**{"pv.roof.actions": told, "pv.roof.limit_kw": 6})).pv[0].curtailable is True


@pytest.mark.parametrize(
    ("kind", "curtailable"),
    [(None, True), ("skip", True), ("off", False), ("manual", False), ("hold", False), ("charge", False),
     ("discharge", False), ("boost", False)],
)  # fmt: skip
def test_pv_is_curtailed_by_its_inverters_battery_while_that_follows_the_plan(
    kind: str | None, curtailable: bool
) -> None:
    limit = [{"number.set_value": {"entity_id": "number.feed_in", "value": "{power_w}"}}]
    free = [{"number.set_value": {"entity_id": "number.feed_in", "value": 10000}}]
    actions = {"self_use": free, "limit_export": limit}
    site = make_site(**{"batteries.battery.actions": actions, "pv.roof.curtailed_by": "battery"})
    overrides = Overrides(**({kind: frozenset({"battery"})} if kind else {}))
    assert problem_of(site, overrides=overrides).pv[0].curtailable is curtailable


@pytest.mark.parametrize(
    ("device", "kind", "reading", "sentence"),
    [
        ("battery", "batteries", {"soc": None}, "battery: its state of charge or capacity is not known"),
        ("battery", "batteries", {"capacity_kwh": None}, "battery: its state of charge or capacity is not known"),
        ("battery", "batteries", {"capacity_kwh": 0.0}, "battery: its state of charge or capacity is not known"),
        ("car", "evs", {"soc": None}, "car: its state of charge or its plug is not known"),
        ("car", "evs", {"connected": None}, "car: its state of charge or its plug is not known"),
        ("tank", "loads", {"temperature_c": None}, "tank: its temperature is not known"),
    ],
)
def test_device_whose_state_is_not_known_is_left_out_and_that_is_said(
    device: str, kind: str, reading: dict[str, Any], sentence: str
) -> None:
    found = getattr(readings_of(make_site()), kind)
    notes = Notes()
    problem = problem_of(notes=notes, **{kind: found | {device: replace(found[device], **reading)}})
    assert device not in {one.name for _, one in problem.devices()}
    assert any(line.startswith(sentence) for line in notes.lines), notes.lines


def test_battery_takes_its_limits_and_its_missing_actions_from_the_site() -> None:
    battery = problem_of().batteries[0]
    assert (battery.soc, battery.capacity_kwh, battery.charge_limit_kw, battery.discharge_limit_kw) == (0.55, 10, 5, 4)
    assert (battery.grid_charging, battery.grid_export, battery.soc_targets) == (True, True, ())
    passive = problem_of(
        make_site(**{"batteries.battery.actions.charge": ..., "batteries.battery.actions.discharge": ...})
    ).batteries[0]
    assert (passive.grid_charging, passive.grid_export) == (False, False)


def car_at(now: datetime, zone: Any = ZONE, **reading: Any) -> Any:
    site = make_site()
    found = readings_of(site, now).evs["car"]
    return problem_of(site, now=now, zone=zone, evs={"car": replace(found, **reading)}).evs[0]


def test_car_stays_until_it_is_to_be_ready_and_is_charged_by_then() -> None:
    car = car_at(NOW)
    seven = datetime(2026, 6, 2, 5, 0, tzinfo=UTC)
    assert [(target.at, target.soc) for target in car.targets] == [(seven, 0.8)]
    assert car.connected == (True,) * 68 + (False,) * 124  # 17 hours, from 14:00 to 7:00


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")])
@pytest.mark.parametrize(
    ("evening", "ready"),
    [
        (datetime(2026, 3, 28, 19, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 18, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
def test_car_is_ready_at_seven_local_time_when_the_clocks_change(evening: datetime, ready: datetime, zone: Any) -> None:
    car = car_at(evening, zone)
    assert [target.at for target in car.targets] == [ready]
    assert sum(car.connected) == (ready - evening) / timedelta(minutes=15)


def test_car_that_is_away_is_not_planned_for() -> None:
    car = car_at(NOW, connected=False)
    assert not any(car.connected) and car.targets == ()


def test_step_in_which_the_car_leaves_is_not_counted_as_connected() -> None:
    car = car_at(NOW, ready_by=time(14, 40))
    assert car.connected[:4] == (True, True, False, False)


def test_car_without_a_time_stays_for_the_whole_horizon() -> None:
    assert all(car_at(NOW, ready_by=None).connected)


def test_wish_above_what_the_car_may_hold_is_cut() -> None:
    site = make_site(**{"evs.car.soc_max": 0.7})
    assert problem_of(site).evs[0].targets[0].soc == 0.7


def overridden(kind: str, *devices: str) -> Problem:
    return problem_of(overrides=Overrides(**{kind: frozenset(devices)}))


@pytest.mark.parametrize("kind", ["off", "manual"])
def test_device_on_off_or_manual_is_not_planned_for(kind: str) -> None:
    problem = overridden(kind, "battery", "car", "dishwasher", "pool", "tank")
    assert (problem.batteries[0].charge_limit_kw, problem.batteries[0].discharge_limit_kw) == (0, 0)
    assert not any(problem.evs[0].connected) and problem.evs[0].targets == ()
    assert not (problem.shiftable_loads or problem.interruptible_loads or problem.thermal_loads)


def test_boost_is_full_power_from_now_on() -> None:
    problem = overridden("boost", "battery", "car", "dishwasher", "pool", "tank")
    [full] = problem.batteries[0].soc_targets
    assert full.soc == 1.0
    assert full.at - NOW == pytest.approx(timedelta(hours=4.5 / (5 * 0.95)), abs=timedelta(minutes=2))
    [charged] = problem.evs[0].targets
    assert charged.soc == 1.0
    assert charged.at - NOW == pytest.approx(timedelta(hours=0.6 * 60 / (7.36 * 0.92)), abs=timedelta(minutes=2))
    [dishwasher] = problem.shiftable_loads
    assert dishwasher.earliest_start == NOW
    assert problem.interruptible_loads[0].quotas[-1].begin == NOW
    assert problem.interruptible_loads[0].quotas[-1].kwh == 1.1
    assert problem.thermal_loads[0].min_c == 65


def test_off_wins_over_manual_and_boost() -> None:
    car = frozenset({"car"})
    problem = problem_of(overrides=Overrides(off=car, manual=car, boost=car))
    assert not any(problem.evs[0].connected)


def pool_quotas(memory: Memory | None = None, now: datetime = NOW) -> list[tuple[datetime, datetime, float]]:
    return [(q.begin, q.until, q.kwh) for q in problem_of(memory=memory, now=now).interruptible_loads[0].quotas]


def test_pool_has_a_quota_for_every_local_day_that_ends_inside_the_horizon() -> None:
    first, second = datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 1, 22, tzinfo=UTC)
    day = timedelta(days=1)
    assert pool_quotas() == [(first, second, 4.4), (second, second + day, 4.4)]


def test_what_was_used_today_is_taken_off_todays_quota_alone() -> None:
    used = Memory(NOW, {"pool": LoadMemory(day="2026-06-01", kwh=3.0)})
    assert [kwh for _, _, kwh in pool_quotas(used)] == [pytest.approx(1.4), pytest.approx(4.4)]
    more = Memory(NOW, {"pool": LoadMemory(day="2026-06-01", kwh=9.0)})
    assert pool_quotas(more)[0][2] == 0
    yesterday = Memory(NOW, {"pool": LoadMemory(day="2026-05-31", kwh=3.0)})
    assert pool_quotas(yesterday)[0][2] == pytest.approx(4.4)


@pytest.mark.parametrize(
    ("now", "hours"), [(datetime(2026, 3, 29, 8, tzinfo=UTC), 23), (datetime(2026, 10, 25, 8, tzinfo=UTC), 25)]
)
def test_quota_of_the_day_of_the_clock_change_spans_that_day(now: datetime, hours: int) -> None:
    begin, until, _ = pool_quotas(now=now)[0]
    assert until - begin == timedelta(hours=hours)


def test_pool_that_runs_says_for_how_long() -> None:
    since = Memory(NOW, {"pool": LoadMemory(on_since=NOW - timedelta(minutes=12))})
    pool = problem_of(memory=since).interruptible_loads[0]
    assert (pool.on_now, pool.on_for_minutes) == (True, 12)


def test_a_tank_says_what_a_compressor_needs_and_how_long_it_runs() -> None:
    since = Memory(NOW, {"tank": LoadMemory(on_since=NOW - timedelta(minutes=4))})
    site = make_site(**{"loads.tank.cop": 3.0, "loads.tank.min_off_minutes": 15})
    loads = readings_of(site).loads
    for on, minutes in ((True, 4), (False, 0)):
        switched = loads | {"tank": replace(loads["tank"], on=on)}
        [tank] = problem_of(site, memory=since, loads=switched).thermal_loads
        assert (tank.min_on_minutes, tank.min_off_minutes) == (10, 15)
        assert (tank.on_now, tank.on_for_minutes) == (on, minutes)
    [element] = problem_of().thermal_loads
    assert (element.min_on_minutes, element.min_off_minutes) == (0, 0)


def dishwasher_of(
    memory: Memory | None = None, now: datetime = NOW, on: bool = False, requested: bool | None = None
) -> Any:
    site = make_site(**({} if requested is None else {"loads.dishwasher.requested": "input_boolean.ready"}))
    loads = readings_of(site, now).loads
    loads = loads | {"dishwasher": replace(loads["dishwasher"], on=on, requested=requested)}
    found = problem_of(site, now=now, memory=memory, loads=loads).shiftable_loads
    return found[0] if found else None


def test_program_runs_in_its_next_window() -> None:
    dishwasher = dishwasher_of()
    assert dishwasher.earliest_start == datetime(2026, 6, 1, 18, tzinfo=UTC)
    assert dishwasher.latest_finish == datetime(2026, 6, 2, 4, 30, tzinfo=UTC)
    assert dishwasher.running_since is None


def test_program_that_is_done_waits_for_the_next_window() -> None:
    done = Memory(NOW, {"dishwasher": LoadMemory(done_until=datetime(2026, 6, 2, 4, 30, tzinfo=UTC))})
    assert dishwasher_of(done).earliest_start == datetime(2026, 6, 2, 18, tzinfo=UTC)


def test_program_that_no_longer_fits_waits_for_the_next_window() -> None:
    assert dishwasher_of(now=datetime(2026, 6, 2, 3, 30, tzinfo=UTC)).earliest_start == datetime(
        2026, 6, 2, 18, tzinfo=UTC
    )


def test_program_that_runs_cannot_be_moved() -> None:
    since = NOW - timedelta(minutes=30)
    assert dishwasher_of(Memory(NOW, {"dishwasher": LoadMemory(on_since=since)}), on=True).running_since == since


@pytest.mark.parametrize("requested", [True, False])
def test_program_runs_only_when_it_is_asked_for(requested: bool) -> None:
    assert (dishwasher_of(requested=requested) is not None) is requested


def test_tank_takes_its_store_from_its_volume_and_loses_what_the_family_draws() -> None:
    problem = problem_of()
    tank = problem.thermal_loads[0]
    assert tank.capacity_kwh_per_k == pytest.approx(200 * 4186 / 3.6e6)
    assert (tank.temperature_c, tank.max_c) == (52.5, 65)
    assert isinstance(tank.min_c, tuple)
    for k, least in enumerate(tank.min_c):  # where water is drawn, a shower's heat is kept in reserve
        hour = problem.horizon.time(k + 1).astimezone(ZONE).hour
        assert least == pytest.approx(45 + 6.0 * 0.2 / (200 * 4186 / 3.6e6) if hour in DRAWN else 45, abs=0.01)
    assert isinstance(tank.draw_kw, tuple)
    assert sum(tank.draw_kw[:96]) / 4 == pytest.approx(6.0, rel=0.01)


def test_steps_grow_longer_and_the_far_ones_are_rough() -> None:
    site = make_site(longer_steps={6: 30, 12: 60}, on_off_hours=6)
    problem = assemble(site, readings_of(site), Memory(), ZONE, Notes())
    assert problem.step_minutes[1:24] == (15.0,) * 23
    assert set(problem.step_minutes[1:]) == {15.0, 30.0, 60.0}
    assert list(problem.step_minutes[1:]) == sorted(problem.step_minutes[1:])
    for k in range(1, problem.steps):
        assert problem.horizon.time(k).timestamp() % (60 * problem.step_minutes[k]) == 0
    assert problem.on_off_until == problem.start + timedelta(hours=6)
    assert 47 <= problem.horizon.posts_minutes[-1] / 60 <= 49


def test_scenarios_are_a_part_of_the_problem() -> None:
    problem = problem_of(make_site(uncertainty="scenarios"))
    assert len(problem.scenarios) == 2 and problem.common_steps == 1
    assert parse_problem(json.dumps(problem_to_dict(problem))) == problem


def test_a_plant_without_a_forecast_follows_the_sun() -> None:
    plant = {"power": "sensor.pv_power", "peak_kw": 6.0, "tilt_degrees": 35}
    site = make_site(**{"pv.roof": plant, "latitude": 52.1, "longitude": 5.1})
    kw = problem_of(site, pv_forecast={}, pv_history={}).pv[0].forecast_kw
    assert 2.0 < max(kw) <= 6.0
    assert kw[40] == 0.0  # midnight


def test_what_is_kept_from_plan_to_plan_changes_no_problem() -> None:
    site, kept = make_site(), Kept()
    for minutes in range(0, 200, 25):
        now = NOW + timedelta(minutes=minutes)
        readings = readings_of(site, now)
        known, fresh = (assemble(site, readings, Memory(), ZONE, Notes(), held) for held in (kept, None))
        assert known == fresh
