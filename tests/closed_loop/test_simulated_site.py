"""What of a home's configuration is simulated, and the seeded year it may live in."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from builders.site_block import make_site
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.seeded_series import DAYS_AFTER, DAYS_BEFORE, seeded_series
from hems.closed_loop.simulated_site import on_plants, plant_faults, simulation_faults, simulation_notes
from hems.config.check import planner_site
from hems.domain.faults import Refused

ZONE = ZoneInfo("Europe/Berlin")
PLANNER = """
{name}: {{module: hems.planner_app, class: Planner, grid: {{power: sensor.g}},
  prices: {{import: {{source: nordpool, entity: sensor.p}}}}}}
"""


def test_the_homes_of_the_tests_can_be_simulated_as_they_are() -> None:
    assert simulation_faults(make_site()) == simulation_faults(reference_home(pool=True)) == []
    assert simulation_notes(reference_home(pool=True)) == []


def test_every_entity_that_must_be_a_number_is_named() -> None:
    site = make_site(
        **{
            "grid.export_limit_kw": "sensor.e",
            "evs.car.ready_by": "input_datetime.r",
            "evs.car.target_soc": "input_number.t",
            "loads.pool.hours_per_day": "input_number.h",
            "batteries.battery.capacity_kwh": 0,
        }
    )
    assert simulation_faults(site) == [
        "grid.export_limit_kw: sensor.e is an entity; write its number to simulate",
        'evs.car.ready_by: input_datetime.r is an entity; write a time such as "07:00" to simulate',
        "evs.car.target_soc: input_number.t is an entity; write a fraction such as 0.8 to simulate",
        "loads.pool.hours_per_day: input_number.h is an entity; write its number to simulate",
        "batteries.battery.capacity_kwh: 0 is not above 0",
    ]


def test_what_is_left_out_is_said() -> None:
    site = make_site(
        **{
            "evs.car.charge_curve": {80: 7.4, 100: 2.0},
            "batteries.battery.standing_loss_kw": 0.01,
            "grid.main_fuse": "3x25 A",
            "loads.tank.ambient_c": "sensor.cellar",
            "cost_function": "cost",
        }
    )
    starts = [note.split(":")[0] for note in simulation_notes(site)]
    assert starts == [
        "charge_curve of car",
        "standing_loss_kw of battery",
        "Limits of the fuse, of groups and of export are kept by HEMS alone; nothing trips.",
        "loads.tank.ambient_c",
        "cost_function",
    ]


def test_the_only_plant_takes_the_column_without_a_name() -> None:
    site = reference_home()
    south = site.model_copy(update={"pv": {"south": site.pv["roof"]}})
    series = seeded_series(site, ZONE, date(2025, 3, 1), date(2025, 3, 2), 1)
    assert plant_faults(south, series, "f.csv") != []
    renamed = on_plants(south, series)
    assert plant_faults(south, renamed, "f.csv") == []
    assert renamed.pv_kw["south"] is series.pv_kw["roof"]
    assert on_plants(site, series) is series
    none = replace(series, pv_kw={})
    assert plant_faults(site, none, "f.csv") == ["f.csv: has no column pv_roof_kw for the home's plant roof"]


@pytest.mark.parametrize(
    ("first", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2024, 2, 29), 24)]
)
def test_a_seeded_day_is_as_long_as_the_calendar_says(first: date, hours: int) -> None:
    site = reference_home()
    series = seeded_series(site, ZONE, first, first + timedelta(days=1), 4)
    midnights = [
        series.time(k) for k in range(series.steps + 1) if series.time(k).astimezone(ZONE).strftime("%H:%M") == "00:00"
    ]
    assert len(midnights) == DAYS_BEFORE + 1 + DAYS_AFTER + 1
    assert midnights[DAYS_BEFORE].astimezone(ZONE).date() == first
    assert midnights[DAYS_BEFORE + 1] - midnights[DAYS_BEFORE] == timedelta(hours=hours)
    assert len(series.load_kw) == len(series.spot_per_kwh) == len(series.pv_kw["roof"])
    again, other = (seeded_series(site, ZONE, first, first + timedelta(days=1), seed) for seed in (4, 5))
    assert np.array_equal(again.load_kw, series.load_kw) and not np.array_equal(other.load_kw, series.load_kw)


@pytest.mark.parametrize("name", ["America/New_York", "Asia/Kathmandu", "Australia/Perth"])
def test_the_sun_shines_at_noon_wherever_the_home_is(name: str) -> None:
    zone = ZoneInfo(name)
    series = seeded_series(reference_home(), zone, date(2025, 6, 2), date(2025, 6, 3), 1)
    begin = series.step_at(datetime(2025, 6, 1, tzinfo=zone).astimezone(timezone.utc)) - 96 * 20
    pv = series.pv_kw["roof"][begin : begin + 96 * 20].reshape(-1, 96).sum(axis=0)
    middle = float((pv * np.arange(96)).sum() / pv.sum() / 4)
    assert 11 < middle < 14 and pv[:8].sum() == 0
    assert series.pv_kw["roof"].max() <= 10


@pytest.mark.parametrize(
    ("apps", "said"),
    [
        ((), "f: no app of class Planner in it"),
        (("one", "two"), r"f: 2 apps of class Planner \(one, two\)"),
    ],
)
def test_a_file_holds_one_home(apps: tuple[str, ...], said: str) -> None:
    text = "other: {module: mine, class: Planner}\n" + "".join(PLANNER.format(name=name) for name in apps)
    with pytest.raises(Refused, match=said):
        planner_site("f", text.encode())


def test_the_home_of_a_file() -> None:
    app, site = planner_site("f", PLANNER.format(name="mine").encode())
    assert (app, site.devices) == ("mine", [])
