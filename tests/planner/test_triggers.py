"""When a plan is made: bursts joined, one solve at a time, the newest request wins."""

from datetime import datetime, timedelta, timezone

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hems.planner.triggers import DEBOUNCE, LONGEST_WAIT, Due, Requests

START = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_nothing_is_due_that_nobody_asked_for() -> None:
    assert Requests().due(START) is None


def test_a_request_is_due_after_a_second_of_quiet() -> None:
    requests = Requests()
    assert requests.request("new prices", at(0)) == Due(1.0)
    assert requests.due(at(0.4)) == Due(0.6)
    assert requests.due(at(1)) == "new prices"


def test_a_burst_is_one_plan_with_every_reason_once() -> None:
    requests = Requests()
    for seconds, reason in ((0, "new prices"), (0.5, "car plugged in"), (0.9, "new prices")):
        requests.request(reason, at(seconds))
    assert requests.due(at(1.5)) == Due(0.4)
    assert requests.due(at(1.9)) == "new prices, car plugged in"
    assert requests.due(at(60)) is None


def test_changes_that_never_pause_are_planned_after_five_seconds() -> None:
    requests = Requests()
    for tenth in range(50):
        requests.request("noise", at(tenth / 10))
    assert requests.due(at(4.95)) == Due(0.05)
    assert requests.due(at(5)) == "noise"


def test_a_clock_that_is_set_back_does_not_hold_up_a_plan() -> None:
    requests = Requests()
    requests.request("a new step", START)
    assert requests.due(START - timedelta(hours=1)) == "a new step"


def test_nothing_is_started_while_a_solve_runs() -> None:
    requests = Requests()
    requests.request("first", at(0))
    assert requests.due(at(1)) == "first"
    requests.request("second", at(2))
    assert requests.due(at(60)) is None
    requests.finished(have_plan=True)
    assert requests.due(at(60)) == "second"


def overtaken(requests: Requests, second: float, have_plan: bool) -> bool:
    """One solve during which something changes; whether its answer is used."""
    requests.request("change", at(second))
    assert isinstance(requests.due(at(second + 5)), str)
    requests.request("newer change", at(second + 6))
    return requests.finished(have_plan)


def test_overtaken_answer_is_thrown_away_but_every_third_is_used() -> None:
    requests = Requests()
    assert [overtaken(requests, 20.0 * k, True) for k in range(6)] == [False, False, True, False, False, True]


def test_first_plan_is_used_even_if_it_is_overtaken() -> None:
    assert overtaken(Requests(), 0, have_plan=False) is True


def test_answer_that_nothing_has_overtaken_is_used() -> None:
    requests = Requests()
    requests.request("change", at(0))
    requests.due(at(1))
    assert requests.finished(have_plan=True) is True


class RequestsOverTime(RuleBasedStateMachine):
    """An app that does what Requests says, on a simulated clock."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = Requests()
        self.now = START
        self.solving = False
        self.waiting: list[tuple[str, datetime]] = []
        self.thrown_away = 0

    @rule(reason=st.sampled_from(["prices", "car", "override"]))
    def change(self, reason: str) -> None:
        self.requests.request(reason, self.now)
        self.waiting.append((reason, self.now))

    @rule(seconds=st.floats(0.01, 3))
    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def ask(self) -> None:
        due = self.requests.due(self.now)
        if isinstance(due, str):
            assert not self.solving, "two solves at once"
            assert self.waiting, "a solve that nobody asked for"
            assert set(due.split(", ")) == {reason for reason, _ in self.waiting}
            assert self.now >= min(self.waiting[-1][1] + DEBOUNCE, self.waiting[0][1] + LONGEST_WAIT)
            self.solving, self.waiting = True, []
        elif isinstance(due, Due):
            assert self.waiting and not self.solving
            assert 0 < due.wait_s <= DEBOUNCE.total_seconds()
        else:
            assert self.solving or not self.waiting, "a request was forgotten"

    @precondition(lambda self: self.solving)
    @rule(have_plan=st.booleans())
    def finish(self, have_plan: bool) -> None:
        used = self.requests.finished(have_plan)
        self.solving = False
        self.thrown_away = 0 if used else self.thrown_away + 1
        assert used or self.waiting, "an answer was thrown away that nothing had overtaken"
        assert used or have_plan, "the first plan was thrown away"

    @invariant()
    def answers_are_not_thrown_away_for_ever(self) -> None:
        assert self.thrown_away <= 2


TestRequestsOverTime = RequestsOverTime.TestCase
TestRequestsOverTime.settings = settings(max_examples=60, stateful_step_count=40)
