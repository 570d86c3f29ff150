"""The instant at which the next step begins, in any zone and on both days of the clock change."""

from datetime import datetime, timedelta, timezone

import pytest
import pytz

from hems.domain.series import next_boundary

AMSTERDAM = pytz.timezone("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("now", "minutes", "wanted"),
    [
        ("2026-06-01T12:07:31.500000", 15, "2026-06-01T12:15:00"),
        ("2026-06-01T12:15:00", 15, "2026-06-01T12:30:00"),
        ("2026-06-01T12:59:59.999999", 60, "2026-06-01T13:00:00"),
        ("2026-06-01T23:58:00", 5, "2026-06-02T00:00:00"),
    ],
)
def test_boundaries_lie_on_the_grid_of_the_step(now: str, minutes: int, wanted: str) -> None:
    assert next_boundary(datetime.fromisoformat(now), minutes) == datetime.fromisoformat(wanted)


@pytest.mark.parametrize("month_day_hour", [(3, 29, 0), (10, 25, 0)])
def test_steps_stay_on_the_grid_through_the_clock_change(month_day_hour: tuple[int, int, int]) -> None:
    now = datetime(2026, *month_day_hour, 52, 10, tzinfo=timezone.utc).astimezone(AMSTERDAM)
    for _ in range(12):
        later = next_boundary(now, 15)
        assert timedelta() < later - now <= timedelta(minutes=15)
        assert later.astimezone(timezone.utc).minute % 15 == 0
        now = later.astimezone(timezone.utc).astimezone(AMSTERDAM)
