"""Times in words: the home's zone, midnight, and the two nights on which the clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hems.web.local_time import duration_words, span_words, title_words
from hems.web.steps import read_instant

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-03-27T21:15Z", "2026-03-27T22:45Z", "Fri 22:15\N{EN DASH}23:45"),
        ("2026-03-27T21:15Z", "2026-03-28T00:00Z", "Fri 22:15 \N{EN DASH} Sat 01:00"),
        ("2026-03-27T21:00Z", "2026-03-27T23:00Z", "Fri 22:00\N{EN DASH}24:00"),
        # Spring: 01:00 CET to 04:30 CEST are 2.5 hours; autumn: 02:30 comes twice.
        ("2026-03-29T00:00Z", "2026-03-29T02:30Z", "Sun 01:00 CET \N{EN DASH} 04:30 CEST"),
        ("2026-10-25T00:30Z", "2026-10-25T01:30Z", "Sun 02:30 CEST \N{EN DASH} 02:30 CET"),
    ],
)
def test_span(start: str, end: str, words: str) -> None:
    assert span_words(read_instant(start), read_instant(end), AMSTERDAM) == words


def test_span_follows_the_zone_not_the_offset_given() -> None:
    start, end = (
        datetime.fromisoformat("2026-07-01T10:00+05:00"),
        datetime.fromisoformat("2026-07-01T11:00+05:00"),
    )
    assert span_words(start, end, ZoneInfo("Asia/Kolkata")) == "Wed 10:30\N{EN DASH}11:30"


@pytest.mark.parametrize(("hours", "words"), [(0.75, "45 min"), (3, "3 h"), (1.5, "1 h 30 min"), (0.999, "1 h")])
def test_duration(hours: float, words: str) -> None:
    assert duration_words(hours) == words


def test_title_of_a_device() -> None:
    assert title_words("hot_water") == "Hot water"
    assert title_words("EV") == "EV"
