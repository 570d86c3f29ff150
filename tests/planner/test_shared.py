"""What devices share in the problem: phases, groups, precedence; and charge curves, which boosts respect."""

import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.home_now import NOW, home_now
from builders.past import UTC
from builders.site_block import make_site, site_block
from hems.config.site import Site
from hems.domain.parse import parse_problem, problem_to_dict
from hems.domain.problem import Problem
from hems.ha.known_past import KnownPast
from hems.ha.look import look
from hems.planner.assemble import Notes, assemble
from hems.planner.memory import LoadMemory, Memory
from hems.planner.readings import LoadReading, Overrides, Readings

ZONE = ZoneInfo("Europe/Amsterdam")  # NOW is 14:00 there


def problem_of(
    site: Site, memory: Memory | None = None, notes: Notes | None = None, now: datetime = NOW, **changes: Any
) -> Problem:
    readings: Readings = replace(look(home_now(now), site, KnownPast(), now), **changes)
    return assemble(site, readings, memory or Memory(), ZONE, notes or Notes())


PHASES = {"pv.roof": 1, "batteries.battery": 2, "evs.car": 3, "loads.dishwasher": 1, "loads.pool": 2, "loads.tank": 3}


def test_phases_of_all_devices_reach_the_problem() -> None:
    problem = problem_of(make_site(**{f"{device}.phase": phase for device, phase in PHASES.items()}))
    assert [device.phase for _, device in problem.devices()] == list(PHASES.values())
    assert {device.phase for _, device in problem_of(make_site()).devices()} == {None}


def test_fuse_of_three_phases_is_a_limit_of_each() -> None:
    fuse = {"grid.main_fuse": "3x25 A", "grid.phase_voltage_v": 240, "grid.load_phase_shares": [0.5, 0.3, 0.2]}
    grid = problem_of(make_site(**fuse)).grid
    assert (grid.phase_limit_a, grid.phase_voltage_v, grid.import_limit_kw) == (25, 240, 17.25)
    assert grid.load_phase_shares == pytest.approx((0.5, 0.3, 0.2))
    assert problem_of(make_site()).grid.phase_limit_a is None


@pytest.mark.parametrize(("limit", "kept"), [(17.25, 8.05), (5.0, 5.0), (None, 8.05)])
def test_fuse_of_one_phase_limits_the_import(limit: float | None, kept: float) -> None:
    grid = problem_of(make_site(**{"grid.main_fuse": "1x35 A", "grid.import_limit_kw": limit})).grid
    assert grid.import_limit_kw == pytest.approx(kept)
    assert grid.phase_limit_a is None


def test_limit_that_is_not_known_leaves_the_fuse() -> None:
    notes = Notes()
    site = make_site(**{"grid.main_fuse": "1x35 A", "grid.import_limit_kw": "sensor.limit"})
    assert problem_of(site, notes=notes).grid.import_limit_kw == pytest.approx(8.05)
    assert "grid.import_limit_kw: sensor.limit is not known; only the main fuse is kept" in notes.lines


GROUPS = {
    "inverter": {"devices": ["roof", "battery"], "export_limit_kw": 5},
    "garage": {"devices": ["car"], "import_limit_kw": 6},
}


def test_groups_reach_the_problem() -> None:
    groups = problem_of(make_site(groups=GROUPS)).groups
    assert [(g.name, g.devices, g.import_limit_kw, g.export_limit_kw) for g in groups] == [
        ("inverter", ("roof", "battery"), None, 5),
        ("garage", ("car",), 6, None),
    ]


def test_device_that_is_not_planned_for_is_not_in_its_group() -> None:
    groups = problem_of(make_site(groups=GROUPS), batteries={}, evs={}).groups
    assert [(group.name, group.devices) for group in groups] == [("inverter", ("roof",))]


CURVE = {80: 4.0, 100: 2.0}


@pytest.mark.parametrize(("store", "kind"), [("battery", "batteries"), ("car", "evs")])
def test_charge_curve_reaches_the_problem(store: str, kind: str) -> None:
    [device] = getattr(problem_of(make_site(**{f"{kind}.{store}.charge_curve": CURVE})), kind)
    assert [(point.soc, point.kw) for point in device.charge_curve] == [(0.8, 4.0), (1.0, 2.0)]
    assert getattr(problem_of(make_site()), kind)[0].charge_curve == ()


def test_boost_gives_a_battery_the_time_that_its_curve_takes() -> None:
    site = make_site(**{"batteries.battery.charge_curve": CURVE})
    [full] = problem_of(site, overrides=Overrides(boost=frozenset({"battery"}))).batteries[0].soc_targets
    # 2.5 kWh at 4 kW, and 2 kWh at powers that fall from 4 to 2 kW: their mean inverse is ln(2) / 2
    hours = (2.5 / 4 + 2 * 0.34657) / 0.95
    assert full.at - NOW == pytest.approx(timedelta(hours=hours), abs=timedelta(minutes=2))


def test_boost_of_a_curve_that_ends_at_nothing_has_an_end() -> None:
    site = make_site(**{"batteries.battery.charge_curve": {90: 5, 100: 0}})
    [full] = problem_of(site, overrides=Overrides(boost=frozenset({"battery"}))).batteries[0].soc_targets
    assert timedelta(hours=1) < full.at - NOW < timedelta(hours=4)


# Precedence: the washer runs from 8 to 16, the dryer from 8 to 22, each for an hour and a half; NOW is 14:00.


def laundry(**changes: Any) -> Site:
    program = {key: value for key, value in site_block()["loads"]["dishwasher"].items() if key != "power"}
    return make_site(
        **{
            "loads.washer": program | {"switch": "switch.washer", "window": "08:00-16:00"},
            "loads.dryer": program | {"switch": "switch.dryer", "window": "08:00-22:00", "after": "washer"},
        }
        | changes
    )


def after_of(site: Site, memory: Memory | None = None, **changes: Any) -> str | None:
    loads = {load.name: load for load in problem_of(site, memory, **changes).shiftable_loads}
    assert {load.after for name, load in loads.items() if name != "dryer"} <= {None}
    return loads["dryer"].after


def test_dryer_waits_for_a_washer_that_is_to_run() -> None:
    assert after_of(laundry()) == "washer"


def test_dryer_does_not_wait_for_a_washer_that_nobody_wants() -> None:
    site = laundry(**{"loads.washer.requested": "input_boolean.washer_ready"})
    assert after_of(site) is None
    assert after_of(site, loads={"washer": LoadReading(False, requested=True)}) == "washer"


@pytest.mark.parametrize("override", ["off", "manual"])
def test_dryer_does_not_wait_for_a_washer_that_is_off_or_manual(override: str) -> None:
    assert after_of(laundry(), overrides=Overrides(**{override: frozenset({"washer"})})) is None


def test_dryer_does_not_wait_for_tomorrows_run_of_a_washer_that_is_done() -> None:
    done = Memory(NOW, {"washer": LoadMemory(done_until=datetime(2026, 6, 1, 14, tzinfo=UTC))})
    assert after_of(laundry(), done) is None


def test_dryer_waits_for_a_washer_that_runs_whatever_its_window() -> None:
    runs = Memory(NOW, {"washer": LoadMemory(on_since=NOW - timedelta(minutes=10))})
    loads = {"washer": LoadReading(True), "dryer": LoadReading(False)}
    assert after_of(laundry(**{"loads.washer.window": "02:00-04:00"}), runs, loads=loads) == "washer"


def test_dryer_that_runs_waits_for_nothing() -> None:
    runs = Memory(NOW, {"dryer": LoadMemory(on_since=NOW - timedelta(minutes=10))})
    assert after_of(laundry(), runs, loads={"washer": LoadReading(False), "dryer": LoadReading(True)}) is None


def test_dryer_and_washer_that_are_both_done_keep_their_order_tomorrow() -> None:
    done = {"washer": datetime(2026, 6, 1, 14, tzinfo=UTC), "dryer": datetime(2026, 6, 1, 20, tzinfo=UTC)}
    memory = Memory(NOW, {name: LoadMemory(done_until=until) for name, until in done.items()})
    assert after_of(laundry(), memory) == "washer"


NAMES = ["battery", "car", "dishwasher", "pool", "tank", "washer", "dryer"]
EVERYTHING: dict[str, Any] = {
    "grid.main_fuse": "3x25 A",
    "grid.import_energy": "sensor.import_energy",
    "grid.energy_blocks": [{"kwh_per_day": 10, "price_difference_per_kwh": -0.05}],
    "groups": {"all": {"devices": [*NAMES, "roof"], "import_limit_kw": 9}, **GROUPS},
    "evs.car.charge_curve": CURVE,
}


@settings(max_examples=40)
@given(
    off=st.frozensets(st.sampled_from(NAMES)),
    boost=st.frozensets(st.sampled_from(NAMES)),
    running=st.frozensets(st.sampled_from(["dishwasher", "washer", "dryer"])),
    unknown=st.frozensets(st.sampled_from(["batteries", "evs", "loads"])),
    clock=st.times(time(0), time(23)),
)
def test_every_problem_names_only_devices_that_are_in_it(
    off: frozenset[str], boost: frozenset[str], running: frozenset[str], unknown: frozenset[str], clock: time
) -> None:
    """Whatever is off, boosted, running or unknown, at any time of day: the document is good."""
    now = datetime.combine(NOW.date(), clock, UTC)
    memory = Memory(now, {name: LoadMemory(on_since=now - timedelta(minutes=20)) for name in running})
    loads = {name: LoadReading(name in running, hours_per_day=4, temperature_c=50) for name in NAMES}
    changes: dict[str, Any] = {"loads": loads} | {kind: {} for kind in unknown}
    problem = problem_of(laundry(**EVERYTHING), memory, now=now, overrides=Overrides(off=off, boost=boost), **changes)
    assert parse_problem(json.dumps(problem_to_dict(problem))) == problem
    assert problem.groups[0].name == "all" and len(problem.groups[0].devices) == len(list(problem.devices()))
