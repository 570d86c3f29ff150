"""The load: statistics, history and forecasts with values of our own, as mean kW in UTC."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.domain.faults import Refused
from hems.domain.series import Slot
from hems.sources.load import parse_load
from hems.sources.parsed import Parsed

UTC = timezone.utc
START = datetime(2026, 6, 1, 10, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def parsed(document: Any, unit: str | None = None, now: datetime = NOW) -> Parsed:
    return parse_load(document, now=now, zone=UTC, unit=unit)


def values(found: Parsed) -> list[float]:
    return [pytest.approx(slot.value) for slot in found.slots]


def action(**rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of recorder.get_statistics; each row begins an hour after the one before unless it says when."""
    statistics = {
        f"sensor.{name}": [
            {
                "start": (START + row.get("hour", k) * HOUR).isoformat(),
                "end": (START + (row.get("hour", k) + 1) * HOUR).isoformat(),
                **{key: value for key, value in row.items() if key != "hour"},
            }
            for k, row in enumerate(listed)
        ]
        for name, listed in rows.items()
    }
    return {"success": True, "result": {"response": {"statistics": statistics}}}


def websocket(kind: str, *numbers: float | None, **more: Any) -> dict[str, Any]:
    rows = []
    for k, number in enumerate(numbers):
        start = int((START + k * HOUR).timestamp() * 1000)
        rows.append({"start": start, "end": start + 3_600_000, kind: number})
    return {"id": 7, "type": "result", "success": True, "result": {"sensor.house": rows, **more}}


def history(*states: tuple[float, Any], unit: str | None = "W") -> list[Any]:
    """/api/history/period with minimal_response: minutes after the start and states, the first row whole."""
    rows: list[dict[str, Any]] = [
        {"state": state, "last_changed": (START + minutes * MINUTE).isoformat()} for minutes, state in states
    ]
    rows[0] |= {"entity_id": "sensor.house_power", "attributes": {} if unit is None else {"unit_of_measurement": unit}}
    rows[-1] |= {"entity_id": "sensor.house_power"}
    return [rows]


# statistics


def test_means_of_a_power_need_a_unit_and_are_taken_by_their_row() -> None:
    document = action(house=[{"mean": 400.0}, {"mean": 600.0}])
    assert parsed(document, "W").slots == (Slot(START, START + HOUR, 0.4), Slot(START + HOUR, START + 2 * HOUR, 0.6))
    assert values(parsed(document, "kW")) == [400.0, 600.0]
    with pytest.raises(Refused, match="its rows have no unit; state W or kW"):
        parsed(document)


@pytest.mark.parametrize(
    "beside",
    [
        {"entity_id": "sensor.house", "state": "410", "attributes": {"unit_of_measurement": "W"}},
        [{"statistic_id": "sensor.house", "statistics_unit_of_measurement": "W", "has_mean": True}],
    ],
)
def test_the_unit_is_that_of_a_state_or_of_metadata_beside(beside: Any) -> None:
    assert values(parsed([beside, websocket("mean", 400.0)])) == [0.4]


def test_the_unit_is_what_the_request_asked_for() -> None:
    answer = websocket("mean", 0.4)["result"]
    assert values(parsed({"units": {"power": "kW"}, "statistics": answer})) == [0.4]


def test_what_an_energy_rose_by_is_kwh_where_nothing_else_is_said() -> None:
    found = parsed(websocket("change", 0.42, 0.38))
    assert values(found) == [0.42, 0.38]
    assert any("taken as kWh" in words for words in found.problems)
    assert values(parsed(websocket("change", 420, 380), "Wh")) == [0.42, 0.38]


def test_a_missing_row_is_a_hole_and_said() -> None:
    found = parsed(action(house=[{"mean": 400.0}, {"mean": 600.0, "hour": 2}, {"mean": None, "hour": 3}]), "W")
    assert values(found) == [0.4, 0.6]
    assert any("nothing is known from 2026-06-01T11:00Z until 2026-06-01T12:00Z" in words for words in found.problems)


def test_a_sum_is_what_the_hours_between_its_ends_used() -> None:
    found = parsed(websocket("sum", 100.0, 100.5, 101.5), "kWh")
    assert found.slots == (
        Slot(START + HOUR, START + 2 * HOUR, 0.5),
        Slot(START + 2 * HOUR, START + 3 * HOUR, 1.0),
    )


def test_a_state_that_falls_began_anew() -> None:
    found = parsed(
        action(
            house=[
                {"state": 8.0, "sum": None, "change": None},
                {"state": 9.0, "sum": None},
                {"state": 0.3, "sum": None},
            ]
        ),
        "kWh",
    )
    assert values(found) == [1.0, 0.3]
    assert any("began anew once" in words for words in found.problems)


def test_a_sum_over_a_missing_row_is_a_hole() -> None:
    rows = [{"sum": 1.0}, {"sum": 2.0}, {"sum": 9.0, "hour": 5}, {"sum": 9.5, "hour": 6}]
    assert values(parsed(action(house=rows), "kWh")) == [1.0, 0.5]


def test_rows_of_days_are_refused() -> None:
    day = [
        {"start": (START + k * 24 * HOUR).isoformat(), "end": (START + (k + 1) * 24 * HOUR).isoformat(), "change": 12.0}
        for k in range(3)
    ]
    with pytest.raises(Refused, match="24 hours long"):
        parsed({"statistics": {"sensor.house": day}})


def test_a_unit_that_the_rows_cannot_serve_is_refused() -> None:
    with pytest.raises(Refused, match="its rows have no mean, which a value in W needs; they have change"):
        parsed(websocket("change", 0.4), "W")


def test_several_sensors_are_summed_and_named() -> None:
    found = parsed(action(phase_1=[{"mean": 400.0}], phase_2=[{"mean": 100.0}]), "W")
    assert values(found) == [0.5]
    assert any("the load is the sum of" in words and "sensor.phase_2" in words for words in found.problems)


def test_means_below_zero_are_kept_out_and_said() -> None:
    found = parsed(action(grid=[{"mean": 400.0}, {"mean": -900.0}, {"mean": 300.0}]), "W")
    assert values(found) == [0.4, 0.3]
    assert any("1 h are below zero and kept out, first from 2026-06-01T11:00Z" in words for words in found.problems)


# history


def test_a_power_is_the_mean_of_its_quarters() -> None:
    found = parsed(history((0, "400"), (10, "700"), (15, "1000"), (30, "1000")))
    assert found.slots == (
        Slot(START, START + 15 * MINUTE, pytest.approx(0.5)),
        Slot(START + 15 * MINUTE, START + 30 * MINUTE, pytest.approx(1.0)),
    )


@pytest.mark.parametrize("state", ["unknown", "unavailable", "", "nan", "none", None])
def test_what_is_no_number_is_a_hole(state: Any) -> None:
    found = parsed(history((0, "400"), (15, state), (30, "600"), (45, "600")))
    assert [(slot.begin, slot.value) for slot in found.slots] == [
        (START, pytest.approx(0.4)),
        (START + 30 * MINUTE, pytest.approx(0.6)),
    ]
    assert any("nothing is known from 2026-06-01T10:15Z until 2026-06-01T10:30Z" in words for words in found.problems)


def test_a_quarter_that_is_known_in_part_is_cut_to_what_is_known() -> None:
    found = parsed(history((0, "400"), (5, "unavailable"), (15, "600"), (30, "600")))
    assert found.slots[0] == Slot(START, START + 5 * MINUTE, pytest.approx(0.4))


def test_a_quarter_that_misses_two_minutes_counts_whole() -> None:
    found = parsed(history((2, "400"), (15, "600"), (30, "600")))
    assert found.slots[0] == Slot(START, START + 15 * MINUTE, pytest.approx(0.4))


def test_a_unit_that_changes_is_honoured_from_there_on() -> None:
    document = history((0, "400"), (15, "0.8"), (30, "0.8"))
    document[0][1]["attributes"] = {"unit_of_measurement": "kW"}
    found = parsed(document)
    assert values(found) == [0.4, 0.8]
    assert any("its unit changes between W and kW" in words for words in found.problems)


def test_a_stopped_sensor_is_a_hole_and_said() -> None:
    found = parsed(history((0, "400"), (15, "500"), (15 + 7 * 60, "600"), (30 + 7 * 60, "600")))
    assert values(found) == [0.4, 0.6]
    assert any("the same for more than 6 hours from 2026-06-01T10:15Z" in words for words in found.problems)


def test_the_last_state_holds_until_now_but_not_for_long() -> None:
    document = history((0, "400"), (15, "600"))
    assert values(parsed(document)) == [0.4]
    assert values(parsed(document, now=START + 30 * MINUTE)) == [0.4, 0.6]


def test_an_energy_counter_is_what_it_rose_by() -> None:
    document = history((0, "100.0"), (15, "100.5"), (30, "0.1"), (45, "0.3"), unit="kWh")
    assert values(parsed(document)) == [2.0, 0.4, 0.8]


def test_a_history_without_a_unit_is_refused_and_read_once_it_is_stated() -> None:
    document = history((0, "400"), (15, "400"), unit=None)
    with pytest.raises(Refused, match=r"sensor.house_power: its states have no unit"):
        parsed(document)
    assert values(parsed(document, "W")) == [0.4]


def test_the_websockets_history_has_short_keys() -> None:
    seconds = START.timestamp()
    rows = [
        {"s": "400", "a": {"unit_of_measurement": "W"}, "lu": seconds},
        {"s": "800", "lu": seconds + 900.0},
        {"s": "800", "lu": seconds + 1800.5, "lc": seconds + 1800.0},
    ]
    document = {"id": 3, "type": "result", "success": True, "result": {"sensor.house": rows}}
    assert values(parsed(document)) == [0.4, 0.8]


def test_a_meter_with_a_sign_is_no_load() -> None:
    with pytest.raises(Refused, match="a load is never negative; is this a meter of the grid"):
        parsed(history((0, "-400"), (15, "-500"), (30, "-500")))


# forecasts


def forecast(unit: str | None, attributes: dict[str, Any], name: str = "house_forecast") -> dict[str, Any]:
    units = {} if unit is None else {"unit_of_measurement": unit}
    return {"entity_id": f"sensor.{name}", "state": "0.4", "attributes": {**units, **attributes}}


def stamps() -> tuple[str, str]:
    return START.isoformat(), (START + HOUR).isoformat()


@pytest.mark.parametrize(
    "document",
    [
        forecast("kW", {"forecast": [{"time": stamps()[0], "value": 0.4}, {"time": stamps()[1], "value": 0.6}]}),
        forecast("W", {"forecast": {stamps()[0]: 400, stamps()[1]: 600}}),
        forecast("kWh", {"forecast": [{"start": stamps()[0], "value": 0.4}, {"start": stamps()[1], "value": 0.6}]}),
        forecast(
            "W",
            {
                "forecasts": [
                    {"date": stamps()[0], "p_load_forecast": "400.0"},
                    {"date": stamps()[1], "p_load_forecast": "600"},
                ]
            },
            "p_load_forecast",
        ),
        {
            "records": {
                "vrm_consumption_fc": [[START.timestamp() * 1000, 400], [(START + HOUR).timestamp() * 1000, 600]]
            }
        },
    ],
)
def test_forecasts_are_means_from_their_time_on(document: dict[str, Any]) -> None:
    assert parsed(document).slots == (
        Slot(START, START + HOUR, pytest.approx(0.4)),
        Slot(START + HOUR, START + 2 * HOUR, pytest.approx(0.6)),
    )


def test_the_pv_of_emhass_is_no_load() -> None:
    with pytest.raises(Refused, match="no list of load"):
        parsed(forecast("W", {"forecasts": [{"date": stamps()[0], "p_pv_forecast": "400"}]}, "p_pv_forecast"))


def test_a_state_alone_is_refused_with_what_would_be_understood() -> None:
    with pytest.raises(Refused, match=r"recorder.get_statistics"):
        parsed(forecast("W", {}))


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="'EUR' is no unit of power or energy"):
        parsed(history((0, "400"), (15, "400")), "EUR")
