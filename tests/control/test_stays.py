"""What the plan switched last, and for how long."""

from datetime import datetime, timedelta, timezone

from hems.control.measured import Switched
from hems.control.setpoint import Action, Setpoint, Source
from hems.control.stays import Stays

NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def told(action: Action, source: Source = "plan") -> Setpoint:
    return Setpoint("tank", "load", action, 2.0, source, "")


def test_it_counts_from_the_first_time_that_it_was_told() -> None:
    stays = Stays()
    assert stays.at(NOW) == {}
    stays.told("tank", told("on"), NOW)
    stays.told("tank", told("on"), NOW + 3 * MINUTE)
    assert stays.at(NOW + 4 * MINUTE) == {"tank": Switched(True, 4 * MINUTE)}
    stays.told("tank", told("off"), NOW + 5 * MINUTE)
    assert stays.at(NOW + 6 * MINUTE) == {"tank": Switched(False, MINUTE)}


def test_what_the_family_switches_is_not_kept_up() -> None:
    stays = Stays()
    stays.told("tank", told("on"), NOW)
    stays.told("tank", told("on", "boost"), NOW + MINUTE)
    assert stays.at(NOW + MINUTE) == {}
    stays.told("tank", told("on"), NOW + 2 * MINUTE)
    stays.told("tank", None, NOW + 3 * MINUTE)
    assert stays.at(NOW + 3 * MINUTE) == {}


def test_a_clock_that_goes_back_begins_anew() -> None:
    stays = Stays()
    stays.told("tank", told("on"), NOW)
    stays.told("tank", told("on"), NOW - MINUTE)
    assert stays.at(NOW) == {"tank": Switched(True, MINUTE)}
