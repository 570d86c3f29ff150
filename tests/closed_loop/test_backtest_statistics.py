"""Home Assistant's statistics over its websocket: the messages, units, counters, and each fault in words."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from closed_loop.backtest_home_made_up import home, meter_kw, pv_kw
from closed_loop.fake_home_assistant import TOKEN, ZONE, FakeHomeAssistant, Kept, measured
from hems.closed_loop.statistics_rows import mean_kw, rows_of
from hems.closed_loop.statistics_socket import place_of
from hems.closed_loop.statistics_source import ask_home_assistant
from hems.domain.faults import Refused

HOUR = timedelta(hours=1)
# Noon of the day after the clock is put back.
NOW = datetime(2026, 10, 26, 12, tzinfo=ZONE)
MIDNIGHT = datetime(2026, 10, 26, tzinfo=ZONE)
BEGIN = datetime(2026, 9, 1, tzinfo=ZONE)


@pytest.fixture
def server() -> Iterator[FakeHomeAssistant]:
    fake = home(BEGIN, NOW)
    fake.start()
    yield fake
    fake.stop()


def refused(url: str, token: str = TOKEN) -> str:
    with pytest.raises(Refused) as caught:
        ask_home_assistant(url, token, ["sensor.meter"], 2, NOW)
    (fault,) = caught.value.faults
    return fault


def test_the_last_whole_days_in_kilowatts_whatever_the_unit(server: FakeHomeAssistant) -> None:
    past = ask_home_assistant(server.url, TOKEN, ["sensor.meter", "sensor.pv", "sensor.none"], 40, NOW)
    assert (past.zone.key, past.end) == ("Europe/Berlin", MIDNIGHT.astimezone(timezone.utc))
    assert past.begin == datetime(2026, 9, 16, tzinfo=ZONE)
    assert list(past.statistics) == ["sensor.meter", "sensor.pv"]
    meter, pv = past.statistics["sensor.meter"], past.statistics["sensor.pv"]
    assert meter.unit == pv.unit == "kW" and meter.measured
    # 40 days, one of them with 25 hours; asked for in pieces, none twice.
    assert len(meter.hours) == len(pv.hours) == 40 * 24 + 1
    assert meter.hours[0] == (past.begin, pytest.approx(meter_kw(past.begin)))
    assert all(value == pytest.approx(pv_kw(at)) for at, value in pv.hours)
    assert past.states["number.fuse"]["state"] == "17250"
    periods = [one["period"] for one in server.asked if one["type"].endswith("during_period")]
    assert periods == ["hour", "hour", "5minute"] * 2


def test_a_long_past_that_home_assistant_does_not_have_is_simply_shorter(server: FakeHomeAssistant) -> None:
    past = ask_home_assistant(server.url, TOKEN, ["sensor.meter"], 400, NOW)
    assert past.statistics["sensor.meter"].hours[0][0] == BEGIN


def test_a_refused_token_is_said_and_not_shown(server: FakeHomeAssistant) -> None:
    said = refused(server.url, "wrong.secret")
    assert said.startswith(f"--token: {server.url} refuses it; make a long-lived access token")
    assert "wrong.secret" not in said


def test_no_address_nobody_there_and_no_home_assistant(server: FakeHomeAssistant) -> None:
    assert refused("homeassistant.local:8123").startswith("--url: 'homeassistant.local:8123' is not an address; write")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        free = f"http://127.0.0.1:{one.getsockname()[1]}"
    assert refused(free).startswith(f"--url: {free}: cannot be reached")
    assert "answers (status 404), but not as Home Assistant does" in refused(f"{server.url}/elsewhere")
    server.greets = False
    assert "answers, but not as Home Assistant does" in refused(server.url)


def test_a_password_in_the_address_is_not_shown() -> None:
    assert place_of("https://me:hidden@home.example:8443/base/") == "https://home.example:8443/base"
    with pytest.raises(Refused) as caught:
        place_of("ftp://me:hidden@home.example")
    assert "hidden" not in str(caught.value)


def test_a_command_that_is_not_known_is_said(server: FakeHomeAssistant) -> None:
    server.without = frozenset({"recorder/get_statistics_metadata"})
    assert refused(server.url).endswith(
        "did not answer recorder/get_statistics_metadata: it does not know the command; it is too old, or its recorder "
        "does not run"
    )


def test_home_assistants_own_words_never_hold_the_token(server: FakeHomeAssistant) -> None:
    server.time_zone = f"Nowhere/{TOKEN}"
    assert TOKEN not in refused(server.url)


def test_a_counter_is_asked_for_its_change(server: FakeHomeAssistant) -> None:
    rows = [(MIDNIGHT - k * HOUR, {"change": 3.6, "sum": 100.0}) for k in (3, 2, 1)]
    server.kept["sensor.count"] = Kept("MJ", False, None, {"hour": rows})
    found = ask_home_assistant(server.url, TOKEN, ["sensor.count"], 1, NOW).statistics["sensor.count"]
    assert (found.unit, found.measured) == ("MJ", False)
    kw, left_out = mean_kw(found.hours, found.unit, found.measured, HOUR) or ((), -1)
    assert [round(value, 6) for _, value in kw] == [1.0, 1.0, 1.0] and left_out == 0


AT = datetime(2026, 3, 29, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("unit", "measured", "value", "kw"),
    [
        ("W", True, -1500, -1.5),
        ("kW", True, 2, 2),
        ("MW", True, 0.001, 1),
        ("Wh", False, 250, 0.25),
        ("kWh", False, 0.25, 0.25),
        ("MWh", False, 0.003, 3.0),
        ("MJ", False, 3.6, 1.0),
        ("GJ", False, 0.0036, 1.0),
    ],
)
def test_units(unit: str, measured: bool, value: float, kw: float) -> None:
    assert mean_kw(((AT, value),), unit, measured, HOUR) == (((AT, pytest.approx(kw)),), 0)


@pytest.mark.parametrize(("unit", "measured"), [("%", True), ("kWh", True), ("kW", False), ("", True)])
def test_what_is_no_power_and_no_counter(unit: str, measured: bool) -> None:
    assert mean_kw(((AT, 1.0),), unit, measured, HOUR) is None


def test_energy_of_five_minutes_as_power() -> None:
    assert mean_kw(((AT, 0.1),), "kWh", False, timedelta(minutes=5)) == (((AT, pytest.approx(1.2)),), 0)


def test_a_counter_that_falls_or_jumps_is_a_hole() -> None:
    rows = tuple((AT + k * HOUR, change) for k, change in enumerate((0.5, -4711.0, 0.5, 9000.0, 0.25)))
    kw, left_out = mean_kw(rows, "kWh", False, HOUR) or ((), -1)
    assert left_out == 2
    assert [(at, value) for at, value in kw] == [rows[0], rows[2], rows[4]]


def test_sums_stand_in_for_changes_but_not_over_a_hole() -> None:
    def row(hour: int, total: float) -> dict[str, object]:
        return {"start": (AT + hour * HOUR).timestamp() * 1000, "sum": total}

    found = rows_of([row(0, 10.0), row(1, 10.5), row(4, 14.0), row(5, 14.25)], "change", HOUR)
    assert found == ((AT + HOUR, 0.5), (AT + 5 * HOUR, 0.25))


def test_what_a_counter_had_counted_before_its_first_row_is_not_that_hours() -> None:
    """As Home Assistant answers: the first change is the whole sum, later ones are not, even where they look like it."""
    numbers = [(1400.0, 1400.0), (0.5, 1400.5), (-1400.5, 0.0), (0.25, 0.25)]
    rows = [
        {"start": (AT + k * HOUR).timestamp() * 1000, "change": change, "sum": total}
        for k, (change, total) in enumerate(numbers)
    ]
    found = rows_of(rows, "change", HOUR)
    assert [value for _, value in found] == [0.5, -1400.5, 0.25]


def test_rows_without_a_number_or_a_time_are_left_out() -> None:
    rows = [{"start": AT.isoformat(), "mean": 1.5}, {"start": "soon", "mean": 2}, {"start": 0, "mean": None}]
    assert rows_of([*rows, {"mean": 3.0}, {"start": 3.6e6, "mean": float("nan")}], "mean", HOUR) == ((AT, 1.5),)


def test_five_minutes_of_the_newest_days_only(server: FakeHomeAssistant) -> None:
    fine = (MIDNIGHT - timedelta(days=20), MIDNIGHT)
    server.kept["sensor.pv"] = measured(pv_kw, BEGIN, NOW, "kW", fine=fine)
    found = ask_home_assistant(server.url, TOKEN, ["sensor.pv"], 30, NOW).statistics["sensor.pv"]
    assert len(found.fine) == 9 * 288 and found.fine[0][0] == MIDNIGHT.astimezone(timezone.utc) - timedelta(days=9)
