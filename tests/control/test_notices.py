"""What a person is told, and how often."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.control.notices import Notices, faults_by_key, step
from hems.ha.notifier import services_of

BEGIN = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)


def told(faults: dict[float, dict[str, str]], minutes: float) -> list[tuple[float, str, bool]]:
    """Messages by minute; ``faults``: what is wrong from each minute on. Looked at every half minute."""
    state, found = Notices(), []
    for look in range(int(minutes * 2) + 1):
        now = look / 2
        there = faults[max(begin for begin in faults if begin <= now)]
        notices, state = step(state, there, BEGIN + timedelta(minutes=now))
        found += [(now, one.key, one.over) for one in notices]
    return found


def test_a_fault_is_told_once_when_it_lasts_and_once_when_it_is_over() -> None:
    assert told({0: {"a": "broken"}, 90: {}}, 120) == [(2.0, "a", False), (91.5, "a", True)]


def test_what_is_over_at_once_is_never_told() -> None:
    assert told({0: {"a": "broken"}, 1.5: {}}, 60) == []


def test_what_comes_and_goes_is_told_once_an_hour() -> None:
    flutter = {float(k): {"a": "broken"} if k % 10 == 0 else {} for k in range(0, 120, 5)}
    found = told(flutter, 120)
    assert [at for at, _, over in found if not over] == [2.0, 62.0]


def test_many_faults_at_once_do_not_ring_for_ever() -> None:
    found = told({0: {str(k): "broken" for k in range(20)}}, 50)
    assert len(found) == 6


def test_a_fault_whose_words_change_is_the_same_fault() -> None:
    said = "since 2026-03-28 12:00: sensor.x is unavailable; its last value is used until 12:10, then nothing"
    later = "since 2026-03-28 12:00: sensor.x is unavailable; nothing is planned for it"
    assert list(faults_by_key([said])) == list(faults_by_key([later])) == ["sensor.x is unavailable"]
    assert faults_by_key([later])["sensor.x is unavailable"].endswith("nothing is planned for it")
    assert list(faults_by_key(["battery: select.mode was to be Auto"])) == ["battery: select.mode was to be Auto"]


@settings(max_examples=100)
@given(st.lists(st.sets(st.sampled_from("abc")), max_size=300))
def test_every_recovery_follows_a_message_and_there_are_few(looks: list[set[str]]) -> None:
    state, open_, sent = Notices(), set[str](), []
    for look, keys in enumerate(looks):
        now = BEGIN + look * timedelta(seconds=30)
        notices, state = step(state, dict.fromkeys(keys, "broken"), now)
        for one in notices:
            assert (one.key in open_) is one.over
            (open_.discard if one.over else open_.add)(one.key)
            if not one.over:
                sent.append(now)
    assert all(sum(timedelta() <= now - at < timedelta(hours=1) for at in sent) <= 6 for now in sent)


def test_services_are_read_from_a_word_or_a_list() -> None:
    assert services_of(None) == ()
    assert services_of("notify.mobile_app_phone") == ("notify.mobile_app_phone",)
    assert services_of(["notify/me", "persistent_notification.create"]) == (
        "notify.me",
        "persistent_notification.create",
    )


@pytest.mark.parametrize("value", ["phone", ["notify.me", 3], {"a": 1}, 5])
def test_what_is_no_service_is_refused_in_words(value: object) -> None:
    with pytest.raises(ValueError, match="is not a service"):
        services_of(value)
