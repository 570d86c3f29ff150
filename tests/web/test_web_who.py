"""Who is in charge of a device and until when; and what a ledger's card says of what it does not know."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from more_days import build_doing, build_ledger

from hems.web.ledger_card import ledger_card
from hems.web.plain import plain
from hems.web.who import until_words, who_is, writes_words

NOW = datetime.fromisoformat("2026-03-28T12:07:00+00:00")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("2026-03-28T14:30:00+00:00", "until 15:30"),
        ("2026-03-28T14:30:00Z", "until 15:30"),
        (NOW + timedelta(hours=1), "until 14:07"),
        ("2026-03-29T05:00:00+00:00", "until Sun 07:00"),  # summer time has begun
        ("2026-03-28T23:00:00+00:00", "until Sun 00:00"),
        ("2026-03-28T12:07:00+00:00", None),  # is over
        ("2026-03-28T14:30:00", None),  # nobody knows in which zone
        ("soon", None),
        (None, None),
        (3, None),
    ],
)
def test_until(until: Any, words: str | None) -> None:
    assert until_words(until, NOW, AMSTERDAM) == words


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"writes_today": 3}, "3 writes today"),
        ({"writes_today": 1, "writes_limit": None}, "1 write today"),
        ({"writes_today": 0}, "0 writes today"),
        ({"writes_today": 12, "writes_limit": 40}, "12 of 40 writes today"),
        ({"writes_today": None, "writes_limit": 40}, None),
        ({}, None),
    ],
)
def test_writes(entry: dict[str, Any], words: str | None) -> None:
    assert writes_words(entry) == words


def test_who_is_in_charge() -> None:
    said = {name: who_is(entry, NOW, AMSTERDAM) for name, entry in build_doing().items()}
    assert (said["battery"]["who"], said["battery"]["until"], said["battery"]["by_plan"]) == (
        "boost",
        "until 15:30",
        False,
    )
    assert (said["car"]["who"], said["car"]["until"]) == ("by hand", "until Sun 00:40")
    assert (said["pool_pump"]["who"], said["pool_pump"]["by_plan"]) == ("plan", True)
    assert "still shows off" in said["pool_pump"]["trouble"]
    assert (said["roof"]["who"], said["roof"]["writes"], said["roof"]["trouble"]) == ("guard", None, None)


def test_a_device_that_does_not_obey_yet() -> None:
    slow = who_is({"source": "plan", "ok": False}, NOW, AMSTERDAM)
    assert slow["trouble"] == "Does not do yet as it was told."
    waits = who_is({"source": "plan", "ok": False, "waiting": "until it may start"}, NOW, AMSTERDAM)
    assert (waits["trouble"], waits["waiting"]) == (None, "until it may start")
    assert who_is({"source": "plan", "ok": None}, NOW, AMSTERDAM)["trouble"] is None


def test_left_alone_and_a_source_of_the_future() -> None:
    assert who_is({"source": "plan", "action": "leave"}, NOW, AMSTERDAM)["who"] == "left alone"
    assert who_is({"source": "grid_operator"}, NOW, AMSTERDAM)["who"] == "grid_operator"
    assert who_is({}, NOW, AMSTERDAM)["who"] is None


def test_no_ledger_no_card_and_an_empty_one_claims_nothing() -> None:
    assert ledger_card(None) is None
    card = ledger_card({})
    assert card is not None and card["notes"] == ["No figures yet."] and card["days"] == []
    assert [(p["cost"], p["saving"], p["note"]) for p in card["periods"]] == [(None, None, "nothing measured")] * 4


def test_the_ledgers_periods() -> None:
    card = ledger_card(build_ledger())
    assert card is not None
    today, yesterday, month, year = card["periods"]
    assert (today["title"], today["cost"], today["saving"], today["partial"], today["note"]) == (
        "Today",
        0.84,
        0.31,
        False,
        "",
    )
    assert (yesterday["cost"], yesterday["saving"], yesterday["partial"]) == (-1.2, None, True)
    assert yesterday["note"] == "62 % measured"
    assert month["note"] == "28 days, 95 % measured, saving known for 90 %"
    assert (year["title"], year["key"]) == ("This year", "year")


def test_a_period_of_which_nothing_is_measured_is_unknown_not_partial() -> None:
    card = ledger_card({"year": {"days": 0, "coverage": 0.0, "partial": True, "cost": None}})
    assert card is not None and card["periods"][3] == {
        "key": "year",
        "title": "This year",
        "cost": None,
        "saving": None,
        "partial": False,
        "note": "nothing measured",
    }


def test_almost_whole_is_not_whole() -> None:
    card = ledger_card({"today": {"days": 1, "coverage": 0.998, "partial": True, "cost": 1.0}})
    assert card is not None and card["periods"][0]["note"] == "99 % measured"


def test_days_that_are_not_known_stay_unknown() -> None:
    ledger = build_ledger()
    ledger["days"][3]["cost"] = math.nan
    ledger["days"].append({"day": "not a day", "cost": 1.0})
    card = ledger_card(ledger)
    assert card is not None and len(card["days"]) == 28
    assert (card["days"][9]["cost"], card["days"][9]["saving"]) == (None, None)
    assert (card["days"][3]["cost"], card["days"][26]["partial"], card["days"][26]["label"]) == (
        None,
        True,
        "Fri 27 Mar",
    )


def test_what_json_has_not() -> None:
    found = plain({1: math.inf, "at": datetime(2026, 3, 28, tzinfo=timezone.utc), "set": {7}, "list": (1, True, None)})
    assert found == {"1": None, "at": "2026-03-28T00:00:00+00:00", "set": "{7}", "list": [1, True, None]}
    json.dumps(found, allow_nan=False)
