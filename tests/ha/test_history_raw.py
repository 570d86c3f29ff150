"""The past from the recorder's states: time-weighted, and what is not known is a gap."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.ha.history_means import Means
from hems.ha.history_raw import RawPast

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=timezone.utc)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TEN = NOW - 2 * HOUR


class StatesOfThePast:
    """A recorder with states of one entity: as Home Assistant's short answer, attributes on the first row only."""

    def __init__(
        self, states: Sequence[tuple[datetime, Any]], unit: Any = "W", later: tuple[datetime, str] | None = None
    ):
        self.states, self.unit, self.later = list(states), unit, later
        self.asked: list[tuple[datetime, datetime]] = []

    def history(self, entity: str, begin: datetime, end: datetime) -> list[Mapping[str, Any]]:
        self.asked.append((begin, end))
        held = [(begin, state) for at, state in self.states if at < begin][-1:]
        inside = [(at, state) for at, state in self.states if begin <= at < end]
        rows: list[dict[str, Any]] = [{"state": state, "last_changed": at} for at, state in [*held, *inside]]
        for row in rows[:1]:
            late = self.later is not None and row["last_changed"] >= self.later[0]
            row["attributes"] = {"unit_of_measurement": self.later[1] if late and self.later else self.unit}
        return rows


def means(*states: tuple[datetime, Any], unit: Any = "W", later: tuple[datetime, str] | None = None) -> Means:
    now = later[1] if later is not None else unit
    return RawPast(StatesOfThePast(states, unit, later)).means("sensor.a", now, NOW)


def test_states_count_for_as_long_as_they_held() -> None:
    found = means((TEN, "1000"), (TEN + 15 * MINUTE, "200"), (TEN + 45 * MINUTE, "600"), (TEN + HOUR, "unknown"))
    assert found.hours == {TEN: pytest.approx(0.5)}
    assert [found.fine[TEN + k * MINUTE] for k in (0, 10, 15, 40, 45, 55)] == pytest.approx([1, 1, 0.2, 0.2, 0.6, 0.6])
    assert len(found.fine) == 12


@pytest.mark.parametrize("gap", ["unavailable", "unknown", "", "nan", "inf", "on", None])
def test_what_is_no_number_is_a_gap_until_the_next_state(gap: Any) -> None:
    found = means((TEN, "1000"), (TEN + 20 * MINUTE, gap), (TEN + HOUR, "500"))
    assert found.hours == {TEN + HOUR: pytest.approx(0.5)}
    assert sorted(found.fine)[:5] == [TEN + k * MINUTE for k in (0, 5, 10, 15, 60)]


def test_a_short_gap_leaves_the_hour_known_by_what_is() -> None:
    found = means((TEN, "1000"), (TEN + 50 * MINUTE, "unavailable"), (TEN + HOUR, "0"))
    assert found.hours[TEN] == pytest.approx(1.0)


def test_a_day_in_which_the_unit_changed_is_a_gap() -> None:
    midnight = NOW.replace(hour=0)
    states = [(midnight - timedelta(days=3), "700"), (midnight - 5 * HOUR, "0.7"), (midnight + HOUR, "0.8")]
    found = means(*states, unit="W", later=(midnight - 5 * HOUR, "kW")).hours
    yesterday = midnight - timedelta(days=1)
    assert not any(yesterday <= begin < midnight for begin in found)
    assert {round(kw, 6) for begin, kw in found.items() if begin < yesterday} == {0.7}
    assert {round(kw, 6) for begin, kw in found.items() if begin >= midnight} == {0.7, 0.8}
    assert len(found) == 2 * 24 + 12


def test_day_that_began_unavailable_has_the_unit_that_it_ended_with() -> None:
    found = means((TEN - 30 * HOUR, "unavailable"), (TEN, "500"), unit="W").hours
    assert found == {TEN: 0.5, TEN + HOUR: 0.5}


@pytest.mark.parametrize("unit", ["VA", "", "%"])
def test_unit_that_is_no_power_gives_nothing(unit: Any) -> None:
    assert not means((TEN, "1000"), unit=unit)
    assert not RawPast(StatesOfThePast([(TEN, "1000")], unit)).means("sensor.a", "W", NOW)


def test_power_that_no_home_has_is_left_out() -> None:
    assert not means((TEN, "5000000"))


def test_counter_gains_between_its_states_and_begins_anew_after_a_reset() -> None:
    nine = TEN - HOUR
    states = [(nine, "100.0"), (nine + 30 * MINUTE, "101.0"), (TEN, "0.5"), (TEN + HOUR, "2.5")]
    found = means(*states, unit="kWh")
    assert found.hours == {nine: pytest.approx(1.5), TEN: pytest.approx(2.0)}


def test_counter_that_falls_a_little_gained_nothing_and_one_that_jumps_says_nothing() -> None:
    assert means((TEN, "100.0"), (TEN + HOUR, "99.9"), unit="kWh").hours == {TEN: 0.0}
    assert not means((TEN, "100.0"), (TEN + HOUR, "900.0"), unit="kWh")
    assert not means((TEN, "100.0"), (TEN + HOUR / 2, "unavailable"), (TEN + HOUR, "101.0"), unit="kWh")


def test_days_that_are_over_are_asked_for_once() -> None:
    recorder = StatesOfThePast([(NOW - timedelta(days=20), "1000")])
    past = RawPast(recorder)
    first = past.means("sensor.a", "W", NOW)
    assert len(recorder.asked) == 11 and all(end - begin <= timedelta(days=1) for begin, end in recorder.asked)
    recorder.asked.clear()
    assert past.means("sensor.a", "W", NOW).hours == first.hours
    assert [begin for begin, _ in recorder.asked] == [NOW.replace(hour=0), NOW.replace(hour=0) - timedelta(days=1)]
    assert len(first.hours) == 10 * 24 + 12


def test_times_as_text_are_read_and_rows_without_one_are_not() -> None:
    class Odd:
        def history(self, entity: str, begin: datetime, end: datetime) -> list[Any]:
            if not begin <= TEN < end:
                return []
            attributes = {"unit_of_measurement": "kW"}
            return [{"state": "9"}, {"state": "1", "last_changed": TEN.isoformat(), "attributes": attributes},
                    {"state": "0", "last_updated": (TEN + HOUR).isoformat()}, "what"]  # fmt: skip

    found = RawPast(Odd()).means("sensor.a", "kW", NOW)
    assert found.hours == {TEN: 1.0, TEN + HOUR: 0.0}
