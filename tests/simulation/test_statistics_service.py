"""The simulated home's statistics: hours and five minutes of one past, in the unit that is asked for."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.simulation.home import House
from hems.simulation.hourly_means import HourlyMeans
from hems.simulation.services import ServiceError

START = datetime(2026, 5, 6, 10, 0, tzinfo=timezone.utc)
GRID = "sensor.grid_power"


def rows(house: House, **changes: Any) -> list[dict[str, Any]]:
    data = {
        "start_time": START - timedelta(days=1),
        "end_time": START,
        "statistic_ids": [GRID],
        "period": "hour",
        "types": ["mean"],
    }
    return list(house.call("recorder", "get_statistics", data | changes)["statistics"].get(GRID, []))


def test_five_minutes_are_the_parts_of_their_hour(house: House) -> None:
    hours, fine = rows(house), rows(house, period="5minute")
    assert (len(hours), len(fine)) == (24, 288)
    for k, hour in enumerate(hours):
        parts = fine[12 * k : 12 * k + 12]
        assert (parts[0]["start"], parts[-1]["end"]) == (hour["start"], hour["end"])
        assert sum(part["mean"] for part in parts) / 12 == pytest.approx(hour["mean"], abs=1e-6)
    # The past is lived in quarter-hours, each of which is three equal parts; quarters differ.
    assert len({round(part["mean"], 6) for part in fine}) > 48


def test_five_minutes_are_kept_for_ten_days(house: House) -> None:
    assert len(rows(house, period="5minute", start_time=START - timedelta(days=28))) == 10 * 288
    house.step(house.now, START + timedelta(minutes=12))
    found = rows(house, period="5minute", start_time=START, end_time=None)
    assert [row["start"] for row in found] == ["2026-05-06T10:00:00+00:00", "2026-05-06T10:05:00+00:00"]


def test_means_come_in_the_unit_that_is_asked_for(house: House) -> None:
    watts = [row["mean"] for row in rows(house)]
    assert max(abs(mean) for mean in watts) > 100
    kilowatts = [row["mean"] for row in rows(house, units={"power": "kW", "energy": "kWh"})]
    assert kilowatts == pytest.approx([mean / 1000 for mean in watts])
    assert [row["mean"] for row in rows(house, units={"energy": "Wh"})] == watts
    with pytest.raises(ServiceError, match="'horses' is no unit of power"):
        rows(house, units={"power": "horses"})


def test_a_step_over_many_five_minutes_is_cut_at_their_borders() -> None:
    means = HourlyMeans()
    for begin, end, watts in ((0, 7, 100.0), (7, 22, 400.0), (22, 60, 10.0)):
        means.add(START + timedelta(minutes=begin), START + timedelta(minutes=end), {GRID: watts})
    fine = [row["mean"] for row in means.rows(START, None, [GRID], 300)[GRID]]
    assert fine == pytest.approx([100, 280, 400, 400, 166, *7 * [10]])
    [hour] = means.rows(START, None, [GRID])[GRID]
    assert hour["mean"] == pytest.approx((700 + 6000 + 380) / 60)
