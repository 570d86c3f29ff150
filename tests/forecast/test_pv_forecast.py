"""The PV forecast: the source's word corrected by what came; never above reason, never from hours that teach nothing."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.past import UTC, slots_from
from hems.domain.horizon import Horizon
from hems.domain.kept import Kept
from hems.domain.series import Slot, planning_horizon
from hems.forecast.power_forecast import PowerForecast
from hems.forecast.pv import forecast_pv
from hems.forecast.sun import Roof

NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROOF = Roof(latitude=48.0, longitude=15.0, peak_kw=6.0)


def sunny(t: datetime) -> float:
    """A clear day in kW: light from 4 to 20 h of UTC, 4 kW at noon."""
    hour = t.hour + t.minute / 60
    return 4.0 * max(0.0, math.sin(math.pi * (hour - 4) / 16))


def past(kw: Callable[[datetime], float], days: int = 21, now: datetime = NOON) -> tuple[Slot, ...]:
    """Hourly means of whole days until now."""
    return slots_from(now - days * DAY, now, 60, kw)


def ahead(kw: Callable[[datetime], float], now: datetime = NOON, days: float = 2) -> tuple[Slot, ...]:
    """What a source says: half-hours from the day's begin on."""
    return slots_from(now.replace(hour=0), now + days * DAY, 30, kw)


def hourly(now: datetime = NOON, hours: int = 36) -> Horizon:
    return Horizon(now, (60.0,) * hours)


def test_without_any_past_the_source_is_taken_at_its_word() -> None:
    slots = slots_from(NOON, NOON + timedelta(hours=1), 30, lambda t: 1.0 + t.minute / 30)
    found = forecast_pv(slots, (), Horizon(NOON, (60.0,)))
    assert found.mean_kw == (1.5,) and found.estimated == 0


def test_a_plant_whose_sensor_is_not_available_has_the_source_as_it_is() -> None:
    found = forecast_pv(ahead(sunny), (), hourly(hours=3), issued=past(sunny), measured_kw=None)
    assert found.mean_kw == forecast_pv(ahead(sunny), (), hourly(hours=3)).mean_kw
    assert found.mean_kw[0] == pytest.approx(sunny(NOON + timedelta(minutes=15)), abs=0.1)


def test_without_source_past_and_roof_there_is_no_pv() -> None:
    found = forecast_pv((), (), Horizon(NOON, (15.0, 15.0)))
    assert found.mean_kw == found.p90_kw == (0.0, 0.0) and found.estimated == 2


def test_without_source_the_usual_day_stands_in() -> None:
    found = forecast_pv((), past(sunny), hourly())
    came = [sunny(NOON + timedelta(hours=k)) for k in range(36)]
    assert found.mean_kw == pytest.approx(came, abs=0.05) and found.estimated == 36


def test_the_usual_day_leans_on_the_last_days() -> None:
    def darker_lately(t: datetime) -> float:
        return sunny(t) * (1.0 if t < NOON - 7 * DAY else 0.2)

    tomorrow = forecast_pv((), past(darker_lately), hourly()).mean_kw[24]
    plain = sunny(NOON) * (14 * 1.0 + 7 * 0.2) / 21
    assert 0.2 * sunny(NOON) < tomorrow < 0.95 * plain


def test_where_the_source_ends_the_usual_day_goes_on() -> None:
    slots = slots_from(NOON, NOON + timedelta(minutes=30), 30, lambda t: 4.0)
    found = forecast_pv(slots, past(lambda t: 2.0), Horizon(NOON, (30.0, 30.0)))
    assert found.estimated == 1
    assert found.mean_kw[1] == pytest.approx(2.0, abs=0.01)


def test_a_hole_in_the_source_is_filled_by_the_usual_day() -> None:
    holed = tuple(slot for slot in ahead(sunny) if slot.begin.hour != 12)
    found = forecast_pv(holed, past(sunny), hourly(hours=4), issued=past(sunny))
    assert found.estimated == 1
    assert found.mean_kw == pytest.approx([sunny(NOON + timedelta(hours=k)) for k in range(4)], abs=0.1)


def test_a_source_that_says_too_much_is_brought_down() -> None:
    found = forecast_pv(ahead(sunny), past(lambda t: 0.5 * sunny(t)), hourly(), issued=past(sunny))
    assert found.mean_kw[24] == pytest.approx(0.5 * sunny(NOON), rel=0.15)


def test_shade_in_the_afternoon_is_learned_by_the_hour() -> None:
    def weather(t: datetime) -> float:
        return sunny(t) * (0.4 if t.day % 2 else 1.0)

    def shaded(t: datetime) -> float:
        return weather(t) * (0.3 if t.hour >= 14 else 1.0)

    found = forecast_pv(ahead(weather), past(shaded), hourly(), issued=past(weather)).mean_kw
    tomorrow = {k: found[k] / weather(NOON + timedelta(hours=k)) for k in (24, 25, 30, 31)}
    assert min(tomorrow[24], tomorrow[25]) > 0.85 and max(tomorrow[30], tomorrow[31]) < 0.6


def test_past_of_todays_source_stands_in_for_a_store() -> None:
    today = tuple(slot for slot in past(lambda t: 0.5 * sunny(t), days=1) if slot.begin >= NOON.replace(hour=0))
    found = forecast_pv(ahead(sunny), today, hourly(hours=3))
    assert found.mean_kw[0] < 0.9 * sunny(NOON)


def test_what_was_missed_in_the_last_hour_fades_over_the_next_ones() -> None:
    history = (*past(sunny)[:-1], Slot(NOON - timedelta(hours=1), NOON, 0.5 * sunny(NOON)))
    known = forecast_pv(ahead(sunny), past(sunny), hourly(hours=12), issued=past(sunny)).mean_kw
    found = forecast_pv(ahead(sunny), history, hourly(hours=12), issued=past(sunny)).mean_kw
    lost = [1 - kw / before for kw, before in zip(found[:10], known[:10], strict=True)]
    assert lost[0] > 0.2
    assert lost[0] > lost[2] > lost[4] >= lost[8]
    assert found[9] == pytest.approx(known[9], rel=0.08)


def test_a_cloud_now_counts_now_and_not_tomorrow() -> None:
    plain, clouded = (
        forecast_pv(ahead(sunny), past(sunny), hourly(), issued=past(sunny), measured_kw=kw).mean_kw
        for kw in (sunny(NOON - timedelta(minutes=6)), 0.4)
    )
    assert clouded[0] < 0.8 * plain[0]
    assert clouded[24] == pytest.approx(plain[24])


def test_measured_power_that_is_as_forecast_changes_nothing() -> None:
    for hour in (6, 8, 15, 18):
        now = NOON.replace(hour=hour)
        given = (ahead(sunny, now), past(sunny, now=now), Horizon(now, (15.0,)))
        measured = sunny(now - timedelta(minutes=6))
        without = forecast_pv(*given, issued=past(sunny, now=now))
        found = forecast_pv(*given, issued=past(sunny, now=now), measured_kw=measured)
        assert found.mean_kw[0] == pytest.approx(without.mean_kw[0], rel=0.08)


def test_curtailed_hours_teach_nothing() -> None:
    def held_back(t: datetime) -> float:
        return 0.2 if 8 <= t.hour < 16 else sunny(t)

    hours = tuple(slot for slot in past(sunny) if 8 <= slot.begin.hour < 16)
    known = forecast_pv(ahead(sunny), past(held_back), hourly(), issued=past(sunny), curtailed=hours)
    blind = forecast_pv(ahead(sunny), past(held_back), hourly(), issued=past(sunny))
    assert known.mean_kw[24] == pytest.approx(sunny(NOON), rel=0.05)
    assert blind.mean_kw[24] < 0.6 * sunny(NOON)


def test_an_hour_that_was_curtailed_for_minutes_is_not_learned_from() -> None:
    minutes = Slot(NOON - timedelta(minutes=40), NOON - timedelta(minutes=35), 0.0)
    history = (*past(sunny)[:-1], Slot(NOON - timedelta(hours=1), NOON, 0.1))
    kept = forecast_pv(ahead(sunny), history, hourly(), issued=past(sunny), curtailed=(minutes,))
    gone = forecast_pv(ahead(sunny), past(sunny)[:-1], hourly(), issued=past(sunny))
    assert kept == gone


def test_hours_with_gaps_and_values_that_are_no_numbers_are_left_out() -> None:
    broken = [Slot(s.begin, s.end, math.nan if s.begin.day % 3 == 0 else s.value) for s in past(sunny)]
    holed = [slot for slot in broken if slot.begin.hour != 9]
    slots = tuple(Slot(s.begin, s.end, math.inf if s.begin.hour == 13 else s.value) for s in ahead(sunny))
    found = forecast_pv(slots, holed, hourly(), issued=past(sunny), measured_kw=math.nan)
    assert all(math.isfinite(kw) for kw in found.mean_kw)
    assert found.mean_kw[0] == pytest.approx(sunny(NOON), rel=0.1)


def test_dawn_gives_no_factor_for_the_day() -> None:
    dawn = NOON.replace(hour=5, minute=15)
    slots = slots_from(dawn.replace(hour=0, minute=0), dawn + DAY, 15, sunny)
    found = forecast_pv(slots, past(sunny, now=NOON.replace(hour=5)), hourly(dawn, 12), measured_kw=3.0)
    assert max(found.mean_kw) <= 1.15 * 4.0


def test_never_above_the_peak_nor_much_above_what_was_seen() -> None:
    boasting = forecast_pv((), past(sunny), hourly(), measured_kw=40.0)
    assert max(boasting.p90_kw) <= 1.1 * 4.0
    capped = forecast_pv(ahead(lambda t: 9.0), (), hourly(), roof=ROOF)
    assert max(capped.mean_kw) <= 6.0


def test_night_is_dark_even_when_the_power_of_the_day_is_off() -> None:
    standby = past(lambda t: max(sunny(t), 0.004))
    found = forecast_pv((), standby, hourly(hours=48))
    for k, kw in enumerate(found.mean_kw):
        hour = (NOON + timedelta(hours=k)).hour
        if hour in (22, 23, 0, 1, 2):
            assert kw == found.mean_kw[k] == found.p90_kw[k] == 0.0


@pytest.mark.parametrize("day", [datetime(2026, 3, 29), datetime(2026, 10, 25)])
def test_clock_changes_do_not_move_the_sun(day: datetime) -> None:
    # The morning after: what the plant gave at this hour of the sun counts, whatever the clocks said.
    now = (day + DAY).replace(hour=7, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    horizon = planning_horizon(now.astimezone(UTC), 24, 60)
    found = forecast_pv((), past(sunny, now=now.astimezone(UTC)), horizon)
    assert found.mean_kw == pytest.approx([sunny(horizon.time(k)) for k in range(horizon.steps)], abs=0.05)


def test_the_sources_band_is_kept_in_proportion() -> None:
    low, high = ahead(lambda t: 0.5 * sunny(t)), ahead(lambda t: 1.2 * sunny(t))
    found = forecast_pv(ahead(sunny), past(lambda t: 0.8 * sunny(t)), hourly(), issued=past(sunny), low=low, high=high)
    mean = found.mean_kw[26]
    assert found.p10_kw[26] == pytest.approx(0.5 * mean) and found.p50_kw[26] == pytest.approx(mean)
    assert mean < found.p90_kw[26] <= 1.2 * mean + 1e-9


def test_the_band_is_as_wide_as_the_source_misses() -> None:
    def fickle(t: datetime) -> float:
        return sunny(t) * (0.4 if t.day % 2 else 1.0)

    sure = forecast_pv(ahead(sunny), past(sunny), hourly(), issued=past(sunny))
    unsure = forecast_pv(ahead(sunny), past(fickle), hourly(), issued=past(sunny))

    def width(found: PowerForecast) -> float:
        return found.p90_kw[26] - found.p10_kw[26]

    assert width(unsure) > 3 * width(sure)


def test_a_roof_alone_gives_a_usual_day() -> None:
    found = forecast_pv((), (), hourly(), roof=ROOF)
    assert 1.5 < max(found.mean_kw) < 4.0 and found.estimated == 36
    assert found.mean_kw[14] == 0.0  # midnight


def test_first_day_of_a_plant_takes_its_level_and_the_roofs_shape() -> None:
    morning = tuple(slot for slot in past(lambda t: 0.5 * sunny(t), days=1) if slot.begin >= NOON - timedelta(hours=5))
    with_roof = forecast_pv((), morning, hourly(), roof=Roof(48.0, 15.0))
    without = forecast_pv((), morning, hourly())
    assert without.mean_kw[3] < 0.2 < with_roof.mean_kw[3]


kw = st.floats(0, 12)


@settings(max_examples=80)
@given(
    st.data(),
    st.integers(0, 23),
    st.integers(0, 59),
    st.lists(kw, min_size=24, max_size=24),
    st.lists(kw, min_size=24, max_size=24),
    st.none() | kw,
    st.booleans(),
    st.booleans(),
)
def test_whatever_is_read_the_forecast_is_in_order(
    data: st.DataObject,
    hour: int,
    minute: int,
    gave: list[float],
    said: list[float],
    measured: float | None,
    known_roof: bool,
    with_source: bool,
) -> None:
    now = NOON.replace(hour=hour, minute=minute)
    lost = data.draw(st.sets(st.integers(0, 23)))
    held = data.draw(st.sets(st.integers(0, 5 * 24 - 1), max_size=20))
    full = now.replace(minute=0)
    history = [s for s in past(lambda t: gave[t.hour], 5, full) if s.begin.hour not in lost]
    begin = full - 5 * DAY
    curtailed = tuple(Slot(begin + timedelta(hours=k), begin + timedelta(hours=k + 1), 0.0) for k in sorted(held))
    found = forecast_pv(
        ahead(lambda t: said[t.hour], full) if with_source else (),
        history,
        planning_horizon(now, 48, 15, {3: 30, 8: 60}),
        issued=past(lambda t: said[(t.hour + 1) % 24], 5, full) if with_source else (),
        measured_kw=measured,
        curtailed=curtailed,
        roof=ROOF if known_roof else None,
    )
    # An hour that was never seen has the word of the source, who is believed to be wrong by four at most.
    most = max(1.1 * max(gave), max(said), 6.0) if not lost | held else max(1.1 * max(gave), 4 * max(said), 6.0)
    for low, middle, high, mean in zip(found.p10_kw, found.p50_kw, found.p90_kw, found.mean_kw, strict=True):
        assert 0.0 <= low <= middle <= high <= most + 1e-9
        assert 0.0 <= mean <= most + 1e-9


def test_what_is_kept_of_an_hour_changes_nothing() -> None:
    kept = Kept()
    for minutes in range(0, 150, 10):
        now = NOON + timedelta(minutes=minutes)
        hour = now.replace(minute=0)
        given = (ahead(lambda t: 0.7 * sunny(t)), past(sunny, now=hour), Horizon(now, (20.0, *(60.0,) * 24)))
        more = {"issued": past(lambda t: 0.8 * sunny(t), now=hour), "measured_kw": 1.0 + minutes / 100, "roof": ROOF}
        assert forecast_pv(*given, **more, kept=kept) == forecast_pv(*given, **more)
