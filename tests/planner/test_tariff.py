"""The tariff over time: one price at every instant, in local time, on both days of the clock change too."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.past import UTC
from builders.site_block import make_site
from hems.config.tariff import Prices
from hems.domain.faults import Refused
from hems.domain.horizon import Horizon
from hems.domain.series import Slot, on_horizon
from hems.planner.readings import Readings
from hems.planner.tariff import Tariff
from hems.planner.tariff_prices import step_prices

ZONE = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
SPOT = {"entity": "sensor.spot"}
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def tariff(bought: dict[str, Any], sold: dict[str, Any] | None = None, zone: Any = ZONE, **more: Any) -> Tariff:
    block = {"import": bought, **({"export": sold} if sold is not None else {}), **more}
    return Tariff(prices_of(block), zone)


def prices_of(block: dict[str, Any]) -> Prices:
    return make_site(prices=block).prices


def local(day: date, hour: int = 0, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE, fold=fold).astimezone(UTC)


def bought_at(found: Tariff, at: datetime, spot: float = 0.0) -> float:
    return found.at("import", at).price(spot)


def test_formula_is_spot_times_multiplier_plus_adders_times_vat() -> None:
    adders = [{"per_kwh": 0.02}, {"per_kwh": 0.03, "hours": "7-22"}]
    found = tariff({**SPOT, "multiplier": 1.1, "add_per_kwh": 0.01, "adders": adders, "vat": 0.2})
    assert bought_at(found, local(date(2026, 6, 1), 7), 0.5) == pytest.approx((0.55 + 0.01 + 0.05) * 1.2)
    assert bought_at(found, local(date(2026, 6, 1), 6, 59), 0.5) == pytest.approx((0.55 + 0.01 + 0.02) * 1.2)
    assert bought_at(found, local(date(2026, 6, 1), 22), -0.5) == pytest.approx((-0.55 + 0.01 + 0.02) * 1.2)


@pytest.mark.parametrize(
    ("sold", "price"),
    [
        ({"same_as": "import", "multiplier": 0.9, "add_per_kwh": -0.01, "vat": 0.1}, (0.45 - 0.01) * 1.1),
        ({"import_plus_per_kwh": -0.05}, (0.5 + 0.1) * 1.2 - 0.05),
        ({"import_plus_per_kwh": 0.02, "add_per_kwh": 0.01, "vat": 0.5}, ((0.5 + 0.1) * 1.2 + 0.03) * 1.5),
        ({"fixed_per_kwh": 0.07}, 0.07),
        ({"fixed_per_kwh": 0.07, "adders": [{"per_kwh": 0.01, "hours": "12-13"}]}, 0.08),
        ({"time_of_use": [{"per_kwh": 0.2, "hours": "12-14"}, {"per_kwh": 0.1}]}, 0.2),
        ({"entity": "sensor.sold", "add_per_kwh": 0.01}, 0.51),
        (None, 0.0),
    ],
)
def test_export_has_its_own_price(sold: dict[str, Any] | None, price: float) -> None:
    found = tariff({**SPOT, "add_per_kwh": 0.1, "vat": 0.2}, sold)
    assert found.at("export", local(date(2026, 6, 1), 12)).price(0.5) == pytest.approx(price)


def test_days_and_dates_are_those_of_the_instant_itself() -> None:
    found = tariff({**SPOT, "adders": [{"per_kwh": 1.0, "hours": "22-06", "weekdays": "mon-fri"}]})
    friday, saturday, monday = date(2026, 6, 5), date(2026, 6, 6), date(2026, 6, 8)
    held = [local(friday, 5), local(friday, 22), local(monday, 0)]
    free = [local(friday, 6), local(saturday, 0), local(saturday, 5), local(saturday, 23)]
    assert [bought_at(found, at) for at in held] == [1.0] * 3
    assert [bought_at(found, at) for at in free] == [0.0] * 4


def test_winter_crosses_the_year_and_a_dated_adder_has_both_its_days() -> None:
    winter = {"per_kwh": 1.0, "dates": "11-01..03-31"}
    new = {"per_kwh": 10.0, "from": date(2026, 7, 1), "until": date(2026, 7, 2)}
    found = tariff({**SPOT, "adders": [winter, new]})
    days = [(10, 31), (11, 1), (12, 31), (3, 31), (4, 1), (6, 30), (7, 1), (7, 2), (7, 3)]
    assert [bought_at(found, local(date(2026, *day), 12)) for day in days] == [0, 1, 1, 1, 0, 0, 10, 10, 0]


def test_holiday_is_no_workday_and_may_have_a_rate_of_its_own() -> None:
    rates = [{"per_kwh": 3, "weekdays": "holiday"}, {"per_kwh": 2, "weekdays": "workday"}, {"per_kwh": 1}]
    found = tariff({"time_of_use": rates}, holidays=["12-25"])
    days = [date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)]
    assert [bought_at(found, local(day, 12)) for day in days] == [2, 3, 1]


def test_vat_changes_at_local_midnight() -> None:
    found = tariff({**SPOT, "vat": [{"vat": 0.2}, {"from": date(2026, 7, 1), "vat": 0.1}]})
    midnight = local(date(2026, 7, 1))
    assert [bought_at(found, midnight - timedelta(seconds=1), 1), bought_at(found, midnight, 1)] == [1.2, 1.1]
    (slot, other) = found.slots("import", (Slot(midnight - HOUR, midnight + HOUR, 1.0),))
    assert (slot.end, slot.value, other.value) == (midnight, 1.2, 1.1)


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")], ids=["zoneinfo", "pytz"])
@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 6, 1), 24)])
def test_day_of_the_clock_change_has_its_hours(day: date, hours: int, zone: Any) -> None:
    found = tariff({"time_of_use": [{"per_kwh": 3, "hours": "2:30-7"}, {"per_kwh": 1}]}, zone=zone)
    begin, end = local(day), local(day + timedelta(days=1))
    slots = found.without_spot("import", begin, end)
    assert sum((slot.end - slot.begin) / HOUR for slot in slots) == hours
    dear = sum((slot.end - slot.begin) / HOUR for slot in slots if slot.value == 3)
    # In spring 03:00 follows 02:00, so 02:30 never is; in autumn there are two of it.
    assert dear == {23: 4.0, 24: 4.5, 25: 5.0}[hours]


def test_hour_that_is_shown_twice_has_its_rate_twice() -> None:
    found = tariff({"time_of_use": [{"per_kwh": 3, "hours": "2-2:30"}, {"per_kwh": 1}]})
    assert [bought_at(found, local(AUTUMN, 2, minute, fold)) for fold in (0, 1) for minute in (0, 30)] == [3, 1, 3, 1]
    begin = local(AUTUMN, 2)
    slots = found.without_spot("import", begin, begin + 2 * HOUR)
    assert [(slot.begin - begin, slot.value) for slot in slots] == [
        (k * HOUR / 2, v) for k, v in enumerate((3, 1, 3, 1))
    ]


def test_step_in_which_a_rate_changes_has_the_mean_by_time() -> None:
    prices = prices_of({"import": {**SPOT, "adders": [{"per_kwh": 0.1, "hours": "7:30-8:15"}]}})
    begin = local(date(2026, 6, 1), 7)
    readings = Readings(begin, spot=(Slot(begin - HOUR, begin + 3 * HOUR, 0.2),))
    found = step_prices(prices, readings, Horizon(begin, (60.0, 60.0, 60.0)), ZONE)
    assert found.import_price == pytest.approx((0.25, 0.225, 0.2))
    assert found.estimated_from is None and found.import_low == found.import_high == found.import_price


def test_fixed_tariff_needs_no_entity_and_knows_every_hour() -> None:
    prices = prices_of({"import": {"fixed_per_kwh": 0.3}, "export": {"import_plus_per_kwh": -0.25}})
    found = step_prices(prices, Readings(local(SPRING)), Horizon(local(SPRING), (60.0,) * 48), ZONE)
    assert set(found.import_price) == {0.3} and set(found.export_price) == {0.05} and found.estimated_from is None


def test_price_of_export_that_is_missing_is_waited_for_and_named() -> None:
    prices = prices_of({"import": SPOT, "export": {"entity": "sensor.sold"}})
    begin = local(SPRING)
    readings = Readings(begin, spot=(Slot(begin, begin + HOUR, 0.2),))
    with pytest.raises(Refused) as refused:
        step_prices(prices, readings, Horizon(begin, (60.0,)), ZONE)
    assert refused.value.faults == ["waiting for prices: sensor.sold has none for now"]


def test_source_that_is_an_action_is_named_when_it_says_nothing() -> None:
    prices = prices_of({"import": {"action": "tibber.get_prices"}})
    with pytest.raises(Refused, match=r"waiting for prices: tibber.get_prices has none for now"):
        step_prices(prices, Readings(local(SPRING)), Horizon(local(SPRING), (60.0,)), ZONE)


def test_estimates_begin_where_the_shorter_of_two_sources_ends_and_are_less_sure() -> None:
    prices = prices_of({"import": {**SPOT, "vat": 0.2}, "export": {"entity": "sensor.sold"}})
    begin = local(date(2026, 6, 1))
    known = tuple(Slot(begin + k * HOUR, begin + (k + 1) * HOUR, 0.2 + k / 100) for k in range(4))
    readings = Readings(begin, spot=known, export_spot=known[:3])
    found = step_prices(prices, readings, Horizon(begin, (60.0,) * 6), ZONE)
    assert found.estimated_from == begin + 3 * HOUR
    wide = [high > low for low, high in zip(found.import_low, found.import_high, strict=True)]
    assert wide == [False] * 4 + [True] * 2
    wide = [high > low for low, high in zip(found.export_low, found.export_high, strict=True)]
    assert wide == [False] * 3 + [True] * 3


minutes = st.integers(0, 95).map(lambda k: f"{k // 4:02}:{k % 4 * 15:02}")
spans = st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]).map("-".join)
weekdays = st.lists(st.sampled_from(["mon", "tue-thu", "workday", "weekend", "holiday"]), min_size=1, max_size=2)
dates = st.sampled_from(["11-01..03-31", "03-29", "10-20..10-25"])
rule = st.fixed_dictionaries(
    {"per_kwh": st.integers(1, 9)}, optional={"hours": spans, "weekdays": weekdays, "dates": dates}
)
days = st.sampled_from([SPRING, AUTUMN, date(2026, 3, 30), date(2026, 6, 1), date(2026, 12, 31)])


@settings(max_examples=60)
@given(st.lists(rule, max_size=3), st.lists(rule, max_size=3), days)
def test_every_instant_has_exactly_one_price_and_slots_steps_and_series_agree(
    rates: list[dict[str, Any]], adders: list[dict[str, Any]], day: date
) -> None:
    try:
        found = tariff({"time_of_use": [*rates, {"per_kwh": 100}], "adders": adders}, holidays=["03-30"])
    except Refused as refused:
        assert all("never holds" in fault for fault in refused.faults)
        return
    begin, end = local(day), local(day + timedelta(days=1))
    slots = found.without_spot("import", begin, end)
    assert slots[0].begin == begin and slots[-1].end == end
    assert all(a.end == b.begin for a, b in pairwise(slots))
    for slot in slots:
        for at in (slot.begin, slot.begin + (slot.end - slot.begin) / 2, slot.end - timedelta(seconds=1)):
            assert found.at("import", at).price(0) == slot.value != 0
    hours = round((end - begin) / HOUR)
    steps = on_horizon(slots, Horizon(begin, (20.0,) * 3 * hours))
    series = found.series("import", np.zeros(3 * hours), begin, 20.0)
    assert None not in steps
    assert series == pytest.approx(steps)


@given(st.lists(st.integers(0, 47), max_size=12), st.integers(-50, 50))
def test_spot_price_that_is_missing_is_never_zero(missing: list[int], cents: int) -> None:
    begin = local(SPRING)
    known = tuple(
        Slot(begin + k * HOUR / 2, begin + (k + 1) * HOUR / 2, cents / 100) for k in range(48) if k not in missing
    )
    found = tariff({**SPOT, "adders": [{"per_kwh": 5.0, "hours": "6:15-7:45"}], "add_per_kwh": 1.0})
    slots = found.slots("import", known)
    assert sum((slot.end - slot.begin for slot in slots), timedelta()) == len(known) * HOUR / 2
    assert {round(slot.value, 9) for slot in slots} <= {round(cents / 100 + extra, 9) for extra in (1.0, 6.0)}
    holes = [begin + k * HOUR / 2 for k in missing]
    assert not any(slot.begin <= hole < slot.end for slot in slots for hole in holes)


def test_year_of_quarter_hours_is_priced_as_its_instants_are() -> None:
    adders = [{"per_kwh": 0.1, "hours": "7-22", "weekdays": "workday"}, {"per_kwh": 0.02, "dates": "11-01..03-31"}]
    found = tariff({**SPOT, "adders": adders, "vat": [{"vat": 0.2}, {"from": date(2026, 7, 1), "vat": 0.1}]})
    begin, steps = local(date(2026, 1, 1)), 365 * 96
    spot = np.linspace(-0.1, 0.4, steps)
    series = found.series("import", spot, begin, 15)
    for k in [*range(0, steps, 997), *range(87 * 96 - 4, 87 * 96 + 8)]:
        assert series[k] == pytest.approx(bought_at(found, begin + k * HOUR / 4, spot[k]), abs=1e-12)
