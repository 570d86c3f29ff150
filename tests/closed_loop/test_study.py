"""Controllers side by side on one physical home: balances hold, nothing beats the bound, what is kept is taken up."""

import multiprocessing
import pickle
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.site_block import make_site
from hems.closed_loop.family import Family
from hems.closed_loop.home import Flow, PhysicalHome
from hems.closed_loop.look import Look
from hems.closed_loop.planned import Planned
from hems.closed_loop.prices import Published
from hems.closed_loop.pv_outlook import PvOutlook
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.results import Results
from hems.closed_loop.seeded_series import seeded_series
from hems.closed_loop.study import results_of
from hems.closed_loop.study_asked import Study
from hems.closed_loop.study_run import controller_of
from hems.control.setpoint import Setpoint
from hems.domain.faults import Refused

ZONE = ZoneInfo("Europe/Berlin")
SITE = reference_home(pool=True)
# Saturday, and the Sunday on which the clock is put forward.
FIRST, LAST = date(2025, 3, 29), date(2025, 3, 31)
NOBODY_HEARS = lambda shares: None  # noqa: E731


@pytest.fixture(scope="module")
def study() -> Study:
    series = seeded_series(SITE, ZONE, FIRST, LAST, seed=3)
    first = series.step_at(datetime(2025, 3, 28, 23, tzinfo=timezone.utc))
    cheap = ("uncontrolled", "self_consumption", "rules", "bound")
    return Study(SITE, series, ZONE, first, first + 47 * 4, cheap, title="two days", notes=("said",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def results(study: Study, folder: Path) -> Results:
    return results_of(study, folder, 2, NOBODY_HEARS)


def test_the_short_day_has_23_hours(results: Results) -> None:
    assert len(results.load_kw) == len(results.traces["rules"].import_kw) == 96 + 92
    assert [day.date for day in results.outcomes["rules"].days] == ["2025-03-29", "2025-03-30"]
    assert results.notes == ("said",)


def test_without_a_battery_the_meter_shows_load_and_devices_less_pv(results: Results) -> None:
    trace = results.traces["uncontrolled"]
    net = np.array(trace.import_kw) - trace.export_kw
    devices = sum(np.array(kw) for kw in trace.load_kw.values())
    assert np.abs(net - (np.array(results.load_kw) + devices - results.pv_kw)).max() < 0.001
    assert "battery" not in trace.soc and results.outcomes["uncontrolled"].cycles == 0


@pytest.mark.parametrize("name", ["uncontrolled", "self_consumption", "rules"])
def test_bill_days_and_meter_agree(results: Results, name: Any) -> None:
    outcome, trace = results.outcomes[name], results.traces[name]
    costs = np.array(results.import_price) * trace.import_kw - np.array(results.export_price) * trace.export_kw
    assert outcome.bill + outcome.stored_value == pytest.approx(costs.sum() / 4, abs=0.01)
    assert sum(day.bill for day in outcome.days) == pytest.approx(outcome.bill + outcome.stored_value, abs=1e-4)
    assert sum(day.import_kwh for day in outcome.days) == pytest.approx(outcome.import_kwh, abs=1e-4)


def test_what_went_in_is_stored_used_or_lost(results: Results) -> None:
    """Of the battery of self-consumption: 10 kWh, 95 % each way, so at most a tenth of what it moved is lost."""
    trace = results.traces["self_consumption"]
    soc = np.concatenate(([0.5], trace.soc["battery"]))
    devices = sum(np.array(kw) for kw in trace.load_kw.values())
    into = np.array(trace.import_kw) - trace.export_kw - results.load_kw - devices + results.pv_kw
    moved = np.abs(into).sum() / 4
    lost = into.sum() / 4 - 10 * (soc[-1] - soc[0])
    assert soc.min() >= 0.1 - 1e-9 and soc.max() <= 1 + 1e-9
    assert moved > 5 and 0.03 * moved < lost < 0.1 * moved


def test_nothing_is_cheaper_than_the_bound(results: Results) -> None:
    costs = {name: outcome.cost for name, outcome in results.outcomes.items()}
    assert min(costs, key=lambda name: costs[name]) == "bound"
    assert results.gain_share("bound") == 1 and results.gain_share("self_consumption") == 0


def test_the_suite_over_six_hours_solves_every_quarter(study: Study, folder: Path) -> None:
    """From 14:00 on, when tomorrow's prices are known."""
    first = study.first + 14 * 4
    heard: list[float] = []
    short = replace(
        study, controllers=("self_consumption", "hems", "bound"), first=first, last=first + 24, replan_minutes=15
    )
    found = results_of(short, folder, 2, lambda shares: heard.append(shares["hems"]))
    hems = found.outcomes["hems"]
    assert hems.solver is not None and hems.solver.solves >= 24 and hems.fallbacks == 0
    assert found.outcomes["bound"].cost <= hems.cost + 1e-6
    assert heard == sorted(heard) and heard[-1] == 1 and len(set(heard)) > 2


def test_kept_runs_are_taken_up_and_others_are_not(study: Study, folder: Path, results: Results) -> None:
    assert results_of(study, folder, 1, NOBODY_HEARS) == results
    forecast = replace(study.series, pv_forecast_kw={"roof": study.series.pv_kw["roof"]})
    others = [
        replace(study, seed=2),
        replace(study, code="another program"),
        replace(study, mode="perfect"),
        replace(study, series=forecast),
        replace(study, site=reference_home()),
    ]
    assert len({one.key() for one in [study, *others]}) == 6
    assert replace(study, title="other words").key() == study.key()


def test_without_a_bound_the_rest_is_told(study: Study, folder: Path, results: Results, tmp_path: Path) -> None:
    name = f"{study.key()}-uncontrolled.done"
    (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / f"{study.key()}-bound.done").write_bytes(pickle.dumps("not found within 900 s"))
    found = results_of(replace(study, controllers=("uncontrolled", "bound")), tmp_path, 1, NOBODY_HEARS)
    assert list(found.outcomes) == ["uncontrolled"]
    assert found.notes == ("said", "bound: not found within 900 s")


def test_what_a_run_refuses_reaches_who_asked(study: Study, tmp_path: Path) -> None:
    site = make_site(**{"batteries.battery.capacity_kwh": "sensor.capacity"})
    with pytest.raises(Refused, match=r"batteries\.battery\.capacity_kwh: sensor\.capacity is an entity"):
        results_of(replace(study, site=site, controllers=("self_consumption",)), tmp_path, 1, NOBODY_HEARS)


ORDERS = st.fixed_dictionaries(
    {
        "battery": st.sampled_from(["self_use", "charge", "discharge", "hold", "leave"]),
        "car": st.sampled_from(["charge", "stop"]),
        "dishwasher": st.sampled_from(["on", "off"]),
        "tank": st.sampled_from(["on", "off"]),
        "pool": st.sampled_from(["on", "off"]),
        "roof": st.sampled_from(["limit", "release"]),
    }
)
KW = st.floats(0, 9)
PARTS = st.lists(st.tuples(ORDERS, KW, KW, KW, st.sampled_from([0.5, 4.5, 5.0, 30.0])), min_size=1, max_size=40)


@settings(max_examples=100)
@given(PARTS, st.integers(0, 47), st.integers(1, 5))
def test_the_home_keeps_energy_whatever_it_is_told(parts: list[Any], hour: int, seed: int) -> None:
    home = PhysicalHome(SITE, Family(SITE, ZONE, seed))
    battery, car = home.batteries["battery"].store, home.cars["car"]
    now = datetime(2025, 3, 29, tzinfo=timezone.utc) + timedelta(hours=hour)
    for number, (orders, power, load, sun, minutes) in enumerate(parts):
        home.obey({name: Setpoint(name, "load", action, power, "plan", "") for name, action in orders.items()})
        if number == len(parts) // 2:
            home = pickle.loads(pickle.dumps(home))  # kept and taken up
            battery, car = home.batteries["battery"].store, home.cars["car"]
        hours, before = minutes / 60, (battery.energy_kwh, car.energy_kwh)
        flow = home.advance(now, now + timedelta(minutes=minutes), load, {"roof": sun})
        now += timedelta(minutes=minutes)
        taken = load + sum(flow.devices.values()) + flow.charge_kw - flow.discharge_kw - flow.pv_kw
        assert flow.import_kw - flow.export_kw == pytest.approx(taken, abs=1e-9)
        flows = (flow.import_kw, flow.export_kw, flow.charge_kw, flow.discharge_kw, flow.pv_kw, flow.curtailed_kw)
        assert min(*flows, *flow.devices.values()) >= 0
        assert flow.import_kw * flow.export_kw == 0 == flow.charge_kw * flow.discharge_kw
        assert flow.pv_kw + flow.curtailed_kw == pytest.approx(sun, abs=1e-9)
        assert max(flow.charge_kw, flow.discharge_kw) <= 5 + 1e-9 and flow.devices["car"] <= 7.36 + 1e-9
        assert 0.1 - 1e-9 <= battery.soc <= 1 + 1e-9 and 0.05 - 1e-9 <= car.soc <= 1 + 1e-9
        gained = hours * (0.95 * flow.charge_kw - flow.discharge_kw / 0.95)
        assert battery.energy_kwh - before[0] == pytest.approx(gained, abs=1e-9)
        if home.plugged["car"]:
            assert car.energy_kwh - before[1] == pytest.approx(0.92 * hours * flow.devices["car"], abs=1e-9)
        else:
            assert flow.devices["car"] == 0 and car.energy_kwh < before[1]
        assert home.tanks["tank"].temperature_c <= 75 + 1e-9
        if orders["battery"] == "self_use":  # it neither buys to charge nor sells what it stored
            assert min(flow.charge_kw, flow.import_kw) <= 1e-9 >= min(flow.discharge_kw, flow.export_kw)


def test_a_run_whose_solver_crashes_goes_on_from_where_it_was_kept(study: Study, tmp_path: Path) -> None:
    """A crash in native code is the end of its process; here a signal is."""
    killed: list[int | None] = []

    def crash(shares: Any) -> None:
        children = multiprocessing.active_children()
        if children and not killed:
            children[0].kill()
            killed.append(children[0].pid)

    found = results_of(replace(study, controllers=("self_consumption",)), tmp_path, 1, crash)
    undisturbed = results_of(replace(study, controllers=("self_consumption",)), tmp_path / "again", 1, NOBODY_HEARS)
    assert killed and found.outcomes == undisturbed.outcomes


def test_a_run_that_crashes_twice_at_one_place_is_said(study: Study, tmp_path: Path) -> None:
    def crash(shares: Any) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(Refused) as refused:
        results_of(replace(study, controllers=("self_consumption",)), tmp_path, 1, crash)
    assert "self_consumption has failed" in refused.value.faults[0]


def test_the_solver_in_a_process_of_its_own_makes_the_same_of_it(study: Study) -> None:
    shares: list[float] = []
    short = replace(study, last=study.first + 8, controllers=("hems",))
    for crashed in (False, True):
        run = controller_of(short, "hems")
        assert isinstance(run, Planned)
        run.apart_until = study.series.time(short.last) if crashed else None
        home = PhysicalHome(short.site, Family(short.site, ZONE, 1))
        look = Look(short.site, short.series, Published(short.series, ZONE), PvOutlook(short.series, ZONE, 1))
        readings = look(short.series.time(short.first), home, Flow())
        run.setpoints(readings)
        later = look(short.series.time(short.first) + timedelta(minutes=5), home, Flow())
        found = run.setpoints(later)
        shares.append(run.plan.costs.net if run.plan is not None else float("nan"))
        run.close()
        assert found and repr(pickle.loads(pickle.dumps(run)).plan) == repr(run.plan)  # not a number is not itself
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
