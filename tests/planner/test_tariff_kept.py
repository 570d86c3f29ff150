"""A price list that is kept from plan to plan says what one made anew would say."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.past import slots_from
from builders.site_block import make_site
from hems.config.tariff import Prices
from hems.domain.faults import Refused
from hems.domain.horizon import Horizon
from hems.domain.kept import Kept
from hems.domain.series import Slot
from hems.planner.local_days import local_time
from hems.planner.readings import Readings
from hems.planner.tariff_prices import step_prices

ZONE = ZoneInfo("Europe/Amsterdam")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPRING = date(2026, 3, 29)
SPOT = {"entity": "sensor.spot"}
RATES = {**SPOT, "vat": 0.2, "adders": [{"per_kwh": 0.1, "hours": "7:10-22", "weekdays": "workday"}]}


def prices_of(sold: dict[str, Any]) -> Prices:
    return make_site(prices={"import": RATES, "export": sold}).prices


def midnight(days: int) -> datetime:
    return local_time(SPRING + timedelta(days=days), time(), ZONE)


def spot(t: datetime) -> float:
    """Another price in every hour of three weeks."""
    return 0.2 + (int(t.timestamp()) // 3600 * 37 % 101) / 1000


def look(now: datetime, history: tuple[Slot, ...]) -> Readings:
    """Today's prices, and from 13:00 on tomorrow's; as a sensor shows them, always a new list."""
    days = (now.astimezone(ZONE).date() - SPRING).days
    until = midnight(days + (2 if now.astimezone(ZONE).hour >= 13 else 1))
    known = slots_from(midnight(days), until, 60, spot)
    return Readings(now, spot=known, export_spot=known[:-2], price_history=history)


def plans(first: datetime) -> Iterator[tuple[datetime, Horizon]]:
    """Every 35 minutes for two days, the steps cut by now."""
    for k in range(80):
        now = first + k * timedelta(minutes=35, seconds=20)
        yield now, Horizon(now, (9.5, 15.0, *(60.0,) * 40))


@pytest.mark.parametrize(
    "sold", [{"same_as": "import"}, {"entity": "sensor.sold"}, {"fixed_per_kwh": 0.05}], ids=["same", "own", "fixed"]
)
def test_two_days_of_plans_over_the_clock_change(sold: dict[str, Any]) -> None:
    prices, kept = prices_of(sold), Kept()
    history = slots_from(midnight(-21), midnight(-1), 60, spot)
    for now, horizon in plans(midnight(-1)):
        readings = look(
            now, history if now < midnight(0) else (*history, *slots_from(midnight(-1), midnight(0), 60, spot))
        )
        assert step_prices(prices, readings, horizon, ZONE, kept) == step_prices(prices, readings, horizon, ZONE)


def test_other_surcharges_are_seen_at_once() -> None:
    kept, now = Kept(), midnight(0)
    readings, horizon = look(now, ()), Horizon(now, (60.0,) * 4)
    one, other = (
        step_prices(prices_of({"fixed_per_kwh": rate}), readings, horizon, ZONE, kept) for rate in (0.05, 0.07)
    )
    assert set(one.export_price) == {0.05} and set(other.export_price) == {0.07}


def test_a_hole_that_is_reached_is_no_price() -> None:
    prices, kept, begin = prices_of({"fixed_per_kwh": 0.05}), Kept(), midnight(0)
    holed = tuple(slot for slot in slots_from(begin, begin + DAY, 60, spot) if slot.begin != begin + 3 * HOUR)

    def found_at(hours: int) -> datetime | None:
        now = begin + hours * HOUR
        return step_prices(prices, Readings(now, spot=holed), Horizon(now, (60.0,) * 6), ZONE, kept).estimated_from

    assert found_at(0) == begin + 3 * HOUR
    with pytest.raises(Refused, match=r"waiting for prices: sensor\.spot has none for now"):
        found_at(3)
    assert found_at(4) is None
