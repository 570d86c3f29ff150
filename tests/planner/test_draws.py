"""What is drawn from a tank, learned from its temperature and its heater."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.past import UTC
from builders.site_block import make_site
from hems.config.loads import Heat
from hems.domain.horizon import Horizon
from hems.planner.assemble import Notes
from hems.planner.draws import (
    KWH_PER_LITRE_K,
    Draws,
    ExpectedDraws,
    draws_from_dict,
    draws_to_dict,
    expected_draws,
    observe_draw,
)
from hems.planner.loads import thermal_loads
from hems.planner.memory import Memory
from hems.planner.readings import LoadReading, Readings

ZONE = ZoneInfo("Europe/Amsterdam")
SITE = make_site()
TANK = next(load for load in SITE.loads.values() if isinstance(load, Heat))
CAPACITY = TANK.volume_l * KWH_PER_LITRE_K
MONDAY = datetime(2026, 6, 1, tzinfo=ZONE)
LOOK = timedelta(minutes=5)


def lived(
    days: int, showers: dict[float, float], begin: datetime = MONDAY, draws: Draws | None = None, until: float = 24.0
) -> Draws:
    """The memory after days with showers (local hour: kWh), looked at every 5 minutes; the heater makes up for all."""
    draws, temperature = draws or Draws(), 55.0
    now = begin.astimezone(UTC)
    end = now + timedelta(days=days - 1, hours=until)
    while now < end:
        now += LOOK
        local = now.astimezone(ZONE)
        hour = local.hour + local.minute / 60
        drawn = sum(kwh for at, kwh in showers.items() if at < hour <= at + 5 / 60 + 1e-9)
        lost = TANK.loss_kw_per_k * (temperature - 20.0) / 12
        heat = min(lost + drawn + (55.0 - temperature) * CAPACITY, TANK.power_kw / 12)
        temperature += (heat - lost - drawn) / CAPACITY
        draws = observe_draw(draws, TANK, temperature, 20.0, heat / TANK.cop, now, LOOK, ZONE)
    return draws


def at(hour: float, day: int) -> datetime:
    return (MONDAY + timedelta(days=day, hours=hour)).astimezone(UTC)


def expected(draws: Draws, now: datetime) -> ExpectedDraws:
    found = expected_draws(draws, TANK, now, ZONE)
    assert found is not None
    return found


def most(found: ExpectedDraws) -> Any:
    return found.mean_kwh + found.beyond_kwh


def test_a_shower_is_found_at_its_half_hour() -> None:
    day, seen, kwh = lived(1, {7.0: 1.2}).days[-1]
    assert (day, round(seen)) == ("2026-06-01", 24)
    assert kwh[14] == pytest.approx(1.2, abs=0.02)
    assert sum(kwh) == pytest.approx(1.2, abs=0.05)


def test_too_few_days_teach_nothing() -> None:
    assert expected_draws(lived(3, {7.0: 1.2}), TANK, at(12, 3), ZONE) is None
    assert expected_draws(Draws(), TANK, at(12, 3), ZONE) is None


def test_what_is_drawn_every_day_is_expected_tomorrow() -> None:
    found = expected(lived(5, {7.0: 1.2, 20.5: 0.8}), at(0, 5))
    assert found.mean_kwh[14] == pytest.approx(1.2, abs=0.03)
    assert found.mean_kwh[41] == pytest.approx(0.8, abs=0.03)
    assert found.mean_kwh.sum() == pytest.approx(2 * 2.0, abs=0.1)


def test_the_first_half_hour_is_the_present_one() -> None:
    found = expected(lived(5, {7.0: 1.2}), at(6.5, 5))
    assert found.mean_kwh[1] == pytest.approx(1.2, abs=0.03)


def test_who_has_showered_does_not_shower_again() -> None:
    draws = Draws()
    for day in range(8):  # at 19:00 or at 20:00, never both
        draws = lived(1, {19.0 + day % 2: 1.2}, MONDAY + timedelta(days=day), draws)
    today = MONDAY + timedelta(days=8)
    showered = expected(lived(1, {19.0: 1.2}, today, draws, until=19.5), at(19.5, 8))
    still_dirty = expected(lived(1, {}, today, draws, until=19.5), at(19.5, 8))
    assert most(showered)[1] < 0.1 and showered.mean_kwh[1] < 0.1
    assert most(still_dirty)[1] == pytest.approx(1.2, abs=0.03) and still_dirty.mean_kwh[1] > 1.0


def test_what_has_come_of_this_half_hour_is_not_expected_again() -> None:
    draws = lived(5, {7.0: 1.2})
    later = lived(1, {7.0: 1.2}, MONDAY + timedelta(days=5), draws, until=7.25)
    assert expected(later, at(7.25, 5)).mean_kwh[0] == pytest.approx(0.0, abs=0.05)


def test_a_day_that_was_hardly_seen_does_not_count() -> None:
    draws = lived(4, {7.0: 1.2})
    seen = lived(1, {7.0: 3.0}, MONDAY + timedelta(days=4), draws, until=10)
    assert most(expected(seen, at(0, 5)))[14] == pytest.approx(1.2, abs=0.03)


def test_an_unknown_temperature_teaches_nothing() -> None:
    draws = lived(1, {7.0: 1.2}, until=7.0)
    gone = observe_draw(draws, TANK, None, 20.0, 0.0, at(7.1, 0), LOOK, ZONE)
    back = observe_draw(gone, TANK, 40.0, 20.0, 0.0, at(7.2, 0), LOOK, ZONE)
    assert back.days == draws.days


def test_after_a_silence_nothing_is_counted() -> None:
    draws = lived(1, {}, until=7.0)
    assert observe_draw(draws, TANK, 45.0, 20.0, 0.0, at(12, 0), timedelta(), ZONE).days == draws.days


@pytest.mark.parametrize("first", [datetime(2026, 3, 29, tzinfo=ZONE), datetime(2026, 10, 25, tzinfo=ZONE)])
def test_days_of_the_clock_change_count(first: datetime) -> None:
    draws = lived(6, {7.0: 1.2}, first - timedelta(days=2))
    assert len(draws.days) in (6, 7)
    found = expected_draws(draws, TANK, (first + timedelta(days=5)).astimezone(UTC), ZONE)
    assert found is not None and found.mean_kwh[14] == pytest.approx(1.2, abs=0.05)


def test_four_weeks_are_kept_and_survive_a_restart() -> None:
    draws = lived(40, {7.0: 1.2})
    assert len(draws.days) == 29
    assert draws_from_dict(draws_to_dict(draws)) == draws


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.floats(-0.2, 3.0), min_size=48, max_size=48), min_size=4, max_size=8),
    st.floats(0, 23.99),
)
def test_the_reserve_is_never_negative_nor_more_than_a_day_has_drawn(days: list[list[float]], hour: float) -> None:
    known = Draws(tuple((f"2026-05-{d + 1:02}", 24.0, tuple(values)) for d, values in enumerate(days)))
    found = expected(known, at(hour, 0))
    assert found.mean_kwh.shape == found.beyond_kwh.shape == (96,)
    assert (found.mean_kwh >= 0).all() and (found.beyond_kwh >= 0).all()
    drawn = np.maximum(np.array(days), 0.0)
    within_an_hour = drawn + np.roll(drawn, 1, axis=1)
    assert (found.beyond_kwh <= within_an_hour.max() + 1e-9).all()


def known_days(*showers: dict[float, float]) -> Draws:
    """A day of each: kWh by the local hour at which its half-hour begins."""
    days = [[day.get(slot / 2, 0.0) for slot in range(48)] for day in showers]
    return Draws(tuple((f"2026-05-{d + 1:02}", 24.0, tuple(values)) for d, values in enumerate(days)))


def test_a_shower_that_comes_now_or_then_is_kept_for_from_its_first_time_to_its_last() -> None:
    evenings = [{20.0 + 0.5 * (d % 3): 1.2} for d in range(12)]
    found = expected(known_days(*evenings), at(12, 0))
    twenty = (20 - 12) * 2
    assert found.mean_kwh[twenty : twenty + 3] == pytest.approx([0.4] * 3)
    # It may all be drawn in the first half-hour; at the end of the last one everybody has had it.
    assert found.beyond_kwh[twenty : twenty + 3] == pytest.approx([0.8, 0.4, 0.0])
    assert found.beyond_kwh[twenty + 3 : 48] == pytest.approx(0.0)


def test_a_rare_bath_is_kept_for_in_part_and_a_rare_cup_not_at_all() -> None:
    usual = [{7.0: 1.0}] * 19
    bath = expected(known_days(*usual, {7.0: 1.0, 20.0: 3.0}), at(12, 0))
    cup = expected(known_days(*usual, {7.0: 1.0, 20.0: 0.3}), at(12, 0))
    evening = (20 - 12) * 2
    assert 1.0 < bath.beyond_kwh[evening] < 3.0
    assert cup.beyond_kwh[evening] == 0.0


def test_a_family_that_does_the_same_every_day_needs_no_reserve() -> None:
    found = expected(known_days(*[{7.0: 1.2, 20.5: 0.8}] * 6), at(0, 0))
    assert found.beyond_kwh == pytest.approx(0.0)


def test_a_half_hour_s_draw_comes_at_once_and_the_tank_is_as_warm_at_a_step_s_end_as_its_reserve_asks() -> None:
    name = next(name for name, load in SITE.loads.items() if load is TANK)
    evenings = known_days(*[{20.0 + 0.5 * (d % 3): 1.2} for d in range(12)])
    now, memory = at(18.25, 0), Memory(draws={name: evenings})
    readings = Readings(now=now, loads={name: LoadReading(False, temperature_c=55.0)})
    (tank,) = thermal_loads(SITE, readings, memory, Horizon(now, (15.0,) * 16), ZONE, Notes())
    assert isinstance(tank.min_c, tuple) and isinstance(tank.draw_kw, tuple)
    # Up to 20:00, then at 20:15, 20:30 (0.8 kWh beyond the mean), 20:45, 21:00 (0.4 kWh), and after.
    reserve_k = [0.0] * 7 + [0.8 / CAPACITY] * 2 + [0.4 / CAPACITY] * 2 + [0.0] * 5
    assert tank.min_c == pytest.approx([TANK.min_c + one for one in reserve_k], abs=0.01)
    assert tank.draw_kw == pytest.approx([0.0] * 7 + [1.6, 0.0] * 3 + [0.0] * 3, abs=0.01)
