"""The recorder's states by the day, put together to the changes of an entity."""

from datetime import datetime, timedelta
from typing import Any

from builders.past import UTC
from builders.recorded import Recorded
from hems.ha.history_states import Change, PastState, changes
from hems.ha.readings import temperature_c

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 6, 3, tzinfo=UTC)
BEGIN, END = MIDNIGHT - 2 * DAY - 6 * HOUR, MIDNIGHT + 9 * HOUR
TANK = "sensor.tank_temperature"


def recorded(*states: tuple[datetime, str], entity: str = TANK) -> Recorded:
    found = Recorded()
    for at, state in states:
        found.add(at, entity, state)
    return found


def test_days_are_asked_for_one_by_one_and_what_holds_over_midnight_is_no_change() -> None:
    home = recorded((BEGIN - HOUR, "50.0"), (MIDNIGHT - HOUR, "51.0"), (MIDNIGHT + HOUR, "unavailable"))
    assert changes(home, TANK, BEGIN, END) == (
        Change(BEGIN, "50.0", "°C"), Change(MIDNIGHT - HOUR, "51.0", "°C"), Change(MIDNIGHT + HOUR, "unavailable", "°C"),
    )  # fmt: skip
    assert len(home.asked) == 4


def test_before_its_first_state_an_entity_is_unknown() -> None:
    found = changes(recorded((MIDNIGHT - HOUR, "on"), entity="switch.tank"), "switch.tank", BEGIN, END)
    assert found == (Change(BEGIN, None, None), Change(MIDNIGHT - HOUR, "on", None))


def test_an_entity_that_the_recorder_leaves_out_has_no_past() -> None:
    assert changes(Recorded(), TANK, BEGIN, END) == ()


class Answers(Recorded):
    """Answers some of the days alone, and from a day on in another unit."""

    silent: tuple[int, ...] = ()
    turned: int | None = None

    def history(self, entity: str, begin: datetime, end: datetime) -> Any:
        rows = list(super().history(entity, begin, end))
        if self.turned is not None and self.turned <= len(self.asked):
            rows = [{**row, "attributes": {"unit_of_measurement": "°F"}} for row in rows]
        return () if len(self.asked) in self.silent else rows


def test_a_day_that_is_not_answered_is_a_gap_and_the_last_one_makes_all_of_it_unknown() -> None:
    home = Answers({TANK: [(BEGIN, "50.0")]})
    home.silent = (2,)
    second = MIDNIGHT - 2 * DAY
    assert changes(home, TANK, BEGIN, END) == (
        Change(BEGIN, "50.0", "°C"), Change(second, None, None), Change(second + DAY, "50.0", "°C"),
    )  # fmt: skip
    home.asked, home.silent = [], (4,)
    assert changes(home, TANK, BEGIN, END) == ()


def test_a_day_in_which_the_unit_changed_is_a_gap() -> None:
    home = Answers({TANK: [(BEGIN, "50.0")]})
    home.turned = 3  # at some time of the second day
    found = changes(home, TANK, BEGIN, END)
    assert [(one.state, one.unit) for one in found] == [("50.0", "°C"), (None, None), ("50.0", "°F")]
    assert found[1].at == MIDNIGHT - 2 * DAY and found[2].at == MIDNIGHT - DAY


def test_a_day_that_begins_without_a_unit_has_that_of_the_day_before() -> None:
    class Restarted(Recorded):
        def history(self, entity: str, begin: datetime, end: datetime) -> Any:
            rows = list(super().history(entity, begin, end))
            return [{**row, "attributes": {}} for row in rows] if len(self.asked) == 2 else rows

    home = Restarted({TANK: [(BEGIN, "50.0"), (MIDNIGHT - 20 * HOUR - DAY, "51.0")]})
    assert {one.unit for one in changes(home, TANK, BEGIN, END)} == {"°C"}


def test_rows_that_cannot_be_read_are_left_out() -> None:
    class Odd(Recorded):
        def history(self, entity: str, begin: datetime, end: datetime) -> Any:
            return [{"state": "49", "last_changed": "soon"}, {}, {"state": "50", "last_changed": begin.isoformat()}]

    assert changes(Odd(), TANK, BEGIN, BEGIN + HOUR) == (Change(BEGIN, "50", None),)


def test_a_state_of_the_past_is_read_as_one_of_now() -> None:
    state = PastState(TANK, {TANK: (Change(BEGIN, "122", "°F"), Change(BEGIN + HOUR, "unavailable", "°F"))})
    assert state.read(temperature_c) is None
    assert list(state.go_to(BEGIN)) == [BEGIN, BEGIN]
    assert state.read(temperature_c) == 50.0 and state.since == BEGIN
    assert list(state.go_to(BEGIN + 2 * HOUR)) == [BEGIN + HOUR, BEGIN + 2 * HOUR]
    assert state.read(temperature_c) is None and state.entity_ids() == {TANK}
    assert PastState(None, {}).read(temperature_c) is None
