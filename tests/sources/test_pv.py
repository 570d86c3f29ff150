"""PV forecasts: each integration's shape with values of our own, as mean kW in UTC."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hems.domain.faults import Refused
from hems.domain.series import Slot
from hems.sources.parsed import Parsed
from hems.sources.pv import parse_pv

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)


def parsed(document: Any, unit: str | None = None, zone: Any = BERLIN) -> Parsed:
    return parse_pv(document, now=NOW, zone=zone, unit=unit)


def at(hour: float, day: int = 1) -> datetime:
    return datetime(2026, 6, day, tzinfo=UTC) + timedelta(hours=hour)


def local(hour: int, minute: int = 0, day: int = 1) -> str:
    return f"2026-06-{day:02d}T{hour:02d}:{minute:02d}:00+02:00"


def values(slots: tuple[Slot, ...]) -> list[tuple[datetime, datetime, float]]:
    return [(slot.begin, slot.end, pytest.approx(slot.value)) for slot in slots]


def energy_kwh(slots: tuple[Slot, ...]) -> float:
    return sum(slot.value * ((slot.end - slot.begin) / timedelta(hours=1)) for slot in slots)


def state(name: str, attributes: dict[str, Any], unit: str | None = "kWh") -> dict[str, Any]:
    units = {} if unit is None else {"unit_of_measurement": unit}
    return {"entity_id": f"sensor.{name}", "state": "12.5", "attributes": {**units, **attributes}}


def solcast(*kilowatts: float, hour: int = 12) -> list[dict[str, Any]]:
    return [
        {
            "period_start": local(hour + k // 2, 30 * (k % 2)),
            "pv_estimate": kw,
            "pv_estimate10": kw / 2,
            "pv_estimate90": kw * 1.5,
        }
        for k, kw in enumerate(kilowatts)
    ]


def test_solcasts_half_hours_come_before_its_hours_and_have_percentiles() -> None:
    found = parsed(
        state(
            "solcast_pv_forecast_forecast_today",
            {
                "estimate10": 5.0,
                "detailedHourly": [{"period_start": local(12), "pv_estimate": 1.5, "pv_estimate10": 0.7}],
                "detailedForecast": solcast(1.0, 2.0),
                "detailedForecast_1a2b-3c4d": solcast(0.4, 0.5),
                "detailedForecast-9f9f": solcast(0.6, 1.5),
            },
        )
    )
    assert found.unit == "kW"
    assert values(found.slots) == [(at(10), at(10.5), 1.0), (at(10.5), at(11), 2.0)]
    assert [slot.value for slot in found.low] == [0.5, 1.0]
    assert [slot.value for slot in found.high] == [1.5, 3.0]
    assert found.problems == ()


def test_solcasts_hours_alone_are_read() -> None:
    hours = [{"period_start": local(hour), "pv_estimate": float(hour)} for hour in (9, 10)]
    assert values(parsed(state("solcast", {"detailedHourly": hours})).slots) == [
        (at(7), at(8), 9.0),
        (at(8), at(9), 10.0),
    ]


def test_solcasts_own_answer_names_the_end_of_the_period() -> None:
    rows = [
        {"pv_estimate": 0.5, "pv_estimate10": 0.2, "period_end": "2026-06-01T07:00:00.0000000Z", "period": "PT30M"},
        {"pv_estimate": 0.9, "pv_estimate10": 0.3, "period_end": "2026-06-01T07:30:00.0000000Z", "period": "PT30M"},
    ]
    for forecasts in (rows, [{key: value for key, value in row.items() if key != "period"} for row in rows]):
        found = parsed({"forecasts": forecasts})
        assert values(found.slots) == [(at(6.5), at(7), 0.5), (at(7), at(7.5), 0.9)]
        assert values(found.low) == [(at(6.5), at(7), 0.2), (at(7), at(7.5), 0.3)]


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda inner: inner,
        lambda inner: {"response": inner},
        lambda inner: {"service_response": inner, "changed_states": []},
        lambda inner: {"success": True, "result": {"response": inner, "context": {}}},
    ],
)
def test_the_answer_of_solcasts_action_is_read_in_every_wrapping(wrapped: Any) -> None:
    assert energy_kwh(parsed(wrapped({"data": solcast(1.0, 3.0)})).slots) == pytest.approx(2.0)


def test_open_meteos_quarter_hour_energy_comes_first() -> None:
    stamps = [local(12, minute) for minute in (0, 15, 30, 45)]
    attributes = {
        "watts": dict.fromkeys(stamps, 900),
        "wh_period": {local(12): 1000},
        "wh_period_15m": dict(zip(stamps, (100, 200, 300, 400), strict=True)),
    }
    assert [slot.value for slot in parsed(state("energy_production_today", attributes)).slots] == pytest.approx(
        [0.4, 0.8, 1.2, 1.6]
    )


def test_open_meteos_powers_are_finer_than_its_hourly_energy() -> None:
    watts = {local(hour, minute): 1000 * hour for hour in (12, 13) for minute in (0, 15, 30, 45)}
    attributes = {"watts": watts, "wh_period": {local(12): 12000, local(13): 13000}}
    found = parsed(state("energy_production_today", attributes))
    assert len(found.slots) == 8
    assert found.slots[0] == Slot(at(10), at(10.25), 12.0)
    assert energy_kwh(found.slots) == pytest.approx(25.0)


def test_forecast_solars_action_gives_energy_from_the_start_of_the_period() -> None:
    found = parsed(
        {
            "watts": {local(5, 30): 0, local(6): 400, local(7): 900, local(8): 900, local(8, 40): 0},
            "wh_period": {local(5, 30): 100, local(6): 650, local(7): 900, local(8): 300, local(8, 40): 0},
        }
    )
    assert values(found.slots[:4]) == [
        (at(3.5), at(4), 0.2),
        (at(4), at(5), 0.65),
        (at(5), at(6), 0.9),
        (at(6), at(6 + 2 / 3), 0.45),
    ]
    assert energy_kwh(found.slots) == pytest.approx(1.95)


def test_forecast_solars_powers_alone_are_instants() -> None:
    found = parsed({"watts": {local(5, 30): 0, local(6): 400, local(7): 900, local(7, 40): 0}})
    assert [slot.value for slot in found.slots] == pytest.approx([0.2, 0.65, 0.45])


def forecast_solar_raw(energies: tuple[str, ...]) -> dict[str, Any]:
    def stamp(day: int, hour: int, minute: int = 0) -> str:
        return f"2026-06-{day:02d} {hour:02d}:{minute:02d}:00"

    times = [stamp(1, 5, 30), stamp(1, 6), stamp(1, 7), stamp(2, 5, 31), stamp(2, 6), stamp(2, 7)]
    lists = {
        "watts": dict(zip(times, (0, 400, 900, 0, 500, 1000), strict=True)),
        "watt_hours": dict(zip(times, (0, 100, 750, 0, 120, 870), strict=True)),
        "watt_hours_period": dict(zip(times, (0, 100, 650, 0, 120, 750), strict=True)),
    }
    info = {"timezone": "Europe/Berlin", "time": "2026-06-01T05:00:00+02:00"}
    result = {name: lists[name] for name in energies} | {"watt_hours_day": {"2026-06-01": 750, "2026-06-02": 870}}
    return {"result": result, "message": {"code": 0, "type": "success", "info": info}}


@pytest.mark.parametrize(
    "energies", [("watt_hours_period",), ("watt_hours",), ("watts", "watt_hours", "watt_hours_period")]
)
def test_forecast_solars_own_answer_is_keyed_by_the_end_and_in_the_zone_that_it_states(
    energies: tuple[str, ...],
) -> None:
    found = parsed(forecast_solar_raw(energies), zone=UTC)
    for slot in ((at(3.5), at(4), 0.2), (at(4), at(5), 0.65)):
        assert slot in values(found.slots)
    assert energy_kwh(found.slots) == pytest.approx(0.75 + 0.87)
    assert any("no offset" in words for words in found.problems)


def test_a_running_sum_that_is_none_is_energy_by_period() -> None:
    found = parsed({"watt_hours": {local(10): 500, local(11): 800, local(12): 600, local(13): 400}})
    assert energy_kwh(found.slots) == pytest.approx(2.3)


def test_the_energy_platforms_entries_are_summed() -> None:
    found = parsed(
        {
            "id": 5,
            "type": "result",
            "success": True,
            "result": {
                "01EAST": {"wh_hours": {"2026-06-01T10:00:00+00:00": 400, "2026-06-01T11:00:00+00:00": 300}},
                "01WEST": {"wh_hours": {"2026-06-01T10:00:00+00:00": 100, "2026-06-01T11:00:00+00:00": 250}},
            },
        }
    )
    assert values(found.slots) == [(at(10), at(11), 0.5), (at(11), at(12), 0.55)]


def test_the_energy_platforms_half_hours_are_told_from_their_keys() -> None:
    hours = {"2026-06-01T10:00:00+00:00": 400, "2026-06-01T10:30:00+00:00": 300}
    assert [slot.value for slot in parsed({"01SOLCAST": {"wh_hours": hours}}).slots] == pytest.approx([0.8, 0.6])


def test_volcast_states_watts_and_an_energy() -> None:
    rows = [
        {"period_start": local(12, minute), "power_w": power, "energy_wh": round(power / 12)}
        for minute, power in ((0, 3500), (5, 3600))
    ]
    hourly = [{"period_start": local(12), "power_kw": 3.5, "energy_kwh": 3.55}]
    today = [{"date": "2026-06-01", "energy_kwh": 24.0}, {"date": "2026-06-02", "energy_kwh": 21.0}]
    found = parsed(state("volcast", {"detailedForecast": rows, "detailedHourly": hourly, "forecast": today}))
    assert values(found.slots) == [
        (at(10), at(10 + 1 / 12), 3.5),
        (at(10 + 1 / 12), at(10 + 1 / 6), 3.6),
        (at(10 + 1 / 6), at(11), 3.55),
    ]


def test_hours_of_the_day_are_those_of_the_date_beside_them() -> None:
    hours = [{"hour": hour, "power_kw": 3.0, "energy_kwh": 0.1 * hour} for hour in (9, 10)]
    assert values(parsed(state("volcast", {"date": "2026-06-02", "hours": hours})).slots) == [
        (at(7, 2), at(8, 2), 0.9),
        (at(8, 2), at(9, 2), 1.0),
    ]


@pytest.mark.parametrize("key", ["p_pv_forecast", "sensor.p_pv_forecast"])
def test_emhass_writes_texts_of_watts(key: str) -> None:
    rows = [{"date": local(12), key: "123.40"}, {"date": local(12, 30), key: "250.00"}]
    found = parsed(state("p_pv_forecast", {"forecasts": rows, "device_class": "power"}, "W"))
    assert values(found.slots) == [(at(10), at(10.5), 0.1234), (at(10.5), at(11), 0.25)]


def test_victrons_forecast_is_pairs_of_milliseconds_and_watt_hours() -> None:
    pairs = [[at(hour).timestamp() * 1000, energy] for hour, energy in ((10, 1200), (11, 900))]
    records = {"solar_yield_forecast": pairs, "vrm_consumption_fc": [[at(10).timestamp() * 1000, 400]]}
    document = {"success": True, "records": records, "totals": {"solar_yield_forecast": 2100}}
    expected = [(at(10), at(11), 1.2), (at(11), at(12), 0.9)]
    assert values(parsed(document).slots) == expected
    assert values(parsed(state("vrm_forecast", {"forecast": pairs}, "Wh")).slots) == expected


def test_balcony_solar_has_percentiles_beside_its_energy() -> None:
    quarters = ["2026-06-01T10:00:00+00:00", "2026-06-01T10:15:00+00:00"]
    attributes = {
        "watts": dict.fromkeys(quarters, 900),
        "wh_period": dict.fromkeys(quarters, 200),
        "wh_period_p10": dict.fromkeys(quarters, 100),
        "wh_period_p90": dict.fromkeys(quarters, 300),
    }
    found = parsed(state("balcony_energy_production_today", attributes))
    assert [(slot.value) for slot in (found.slots[0], found.low[0], found.high[0])] == pytest.approx([0.8, 0.4, 1.2])


@pytest.mark.parametrize(
    ("attributes", "unit", "kilowatts"),
    [
        ({local(10): 1200, local(11): "800"}, "W", 1.2),
        ({"forecast": {local(10): 1.2, local(11): 0.8}}, "kW", 1.2),
        ({"forecast": [{"time": local(10), "value": 1.2}, {"time": local(11), "value": 0.8}]}, "kW", 1.2),
        ({"forecast": [{"start": local(10), "watts": 1200}, {"start": local(11), "watts": 800}]}, None, 1.2),
        ({"forecast": [{"datetime": local(10), "power": 1200}, {"datetime": local(11), "power": 800}]}, "W", 1.2),
        ({"forecast": [{"start": local(10), "end": local(10, 30), "energy": 600}]}, "Wh", 1.2),
        ({"forecast": [{"from": local(10), "pvPowerKw": 1.2, "price": 9}]}, None, 1.2),
        ({"forecast": [{"from": local(10), "value": 1200, "unit": "W"}]}, None, 1.2),
        ({"pv_power_w": [[local(10), 1200], [local(11), 800]]}, None, 1.2),
        ({"times": [local(10), local(11)], "watts": [1200, 800]}, None, 1.2),
    ],
)
def test_the_unit_is_that_of_the_name_or_of_the_sensor(
    attributes: dict[str, Any], unit: str | None, kilowatts: float
) -> None:
    assert parsed(state("my_roof", attributes, unit)).slots[0].value == pytest.approx(kilowatts)


@pytest.mark.parametrize(("name", "day"), [("solar_forecast_today", 1), ("solar_forecast_tomorrow", 2)])
@pytest.mark.parametrize(
    "attributes",
    [
        {"hours": [{"hour": 10, "kwh": 1.2}, {"hour": 11, "kwh": 0.8}]},
        {"hourly_kwh": {"10:00": 1.2, "11:00": 0.8}},
    ],
)
def test_hours_without_a_date_are_those_of_the_day_in_the_name_which_is_said(
    attributes: dict[str, Any], name: str, day: int
) -> None:
    found = parsed(state(name, attributes))
    assert values(found.slots) == [(at(8, day), at(9, day), 1.2), (at(9, day), at(10, day), 0.8)]
    assert any(f"taken as those of 2026-06-0{day}" in words for words in found.problems)
    with pytest.raises(Refused):
        parsed(state("solar_forecast", attributes))


def test_a_time_under_an_unknown_key_is_found() -> None:
    found = parsed(state("quartz", {"forecast": [{"datetime_utc": "2026-06-01T10:00:00Z", "power_kw": 1.2}]}))
    assert values(found.slots) == [(at(10), at(11), 1.2)]


def test_a_value_without_a_unit_is_refused_and_read_once_the_unit_is_stated() -> None:
    document = state(
        "roof", {"forecast": [{"time": local(10), "value": 1200}, {"time": local(11), "value": 800}]}, None
    )
    with pytest.raises(Refused, match="value has no unit; state one of W, kW"):
        parsed(document)
    assert parsed(document, "W").slots[0].value == pytest.approx(1.2)
    assert parsed(document, "Wh").slots[0].value == pytest.approx(1.2)


def test_the_state_of_a_day_in_kwh_is_no_unit_of_a_power() -> None:
    with pytest.raises(Refused, match="power has no unit; the unit kWh is that of the state"):
        parsed(state("roof", {"forecast": [{"time": local(10), "power": 1200}]}))


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="'EUR' is no unit of power or energy"):
        parsed({"forecasts": solcast(1.0)}, "EUR")


def test_a_sensor_without_a_list_is_refused_with_what_it_has() -> None:
    with pytest.raises(
        Refused, match=r"sensor.energy_production_today has no list of PV power; it has device_class"
    ) as raised:
        parsed(state("energy_production_today", {"device_class": "energy"}))
    assert "forecast_solar.get_forecast" in str(raised.value)


def test_an_unavailable_sensor_is_refused_as_such() -> None:
    with pytest.raises(Refused, match=r"sensor.solcast is unavailable"):
        parsed({"entity_id": "sensor.solcast", "state": "unavailable", "attributes": {}})


def test_sums_of_days_are_refused() -> None:
    days = [{"datetime": f"2026-06-0{day}T00:00:00+02:00", "energy_kwh": 20} for day in (1, 2, 3)]
    with pytest.raises(Refused, match="24 hours apart"):
        parsed(state("roof", {"forecast": days}))


def test_the_load_of_emhass_is_no_pv() -> None:
    rows = [{"date": local(12), "p_load_forecast": "400"}]
    with pytest.raises(Refused, match="no list of PV power"):
        parsed(state("p_load_forecast", {"forecasts": rows}, "W"))


def test_what_is_no_number_is_passed_over_and_said() -> None:
    rows = [*solcast(1.0, 2.0, 3.0), {"period_start": local(13, 30), "pv_estimate": None}]
    rows[1]["pv_estimate"] = float("nan")
    found = parsed(state("solcast", {"detailedForecast": rows}))
    assert values(found.slots) == [(at(10), at(10.5), 1.0), (at(11), at(11.5), 3.0)]
    assert any("2 entries hold no PV power" in words for words in found.problems)
    assert any("nothing is known from 2026-06-01T10:30Z until 2026-06-01T11:00Z" in words for words in found.problems)


def test_a_night_that_the_source_leaves_out_is_dark_and_said() -> None:
    hours = {local(hour, day=day): watts for day in (1, 2) for hour, watts in ((8, 200), (12, 3000), (18, 300))}
    hours |= {local(hour, day=day): 2000 for day in (1, 2) for hour in (9, 10, 11, 13, 14, 15, 16, 17)}
    found = parsed({"01ROOF": {"wh_hours": hours}})
    assert Slot(at(17), at(6, 2), 0.0) in found.slots
    assert any("a night is left out" in words for words in found.problems)
    assert not any("nothing is known" in words for words in found.problems)


def test_a_series_that_breaks_off_at_noon_is_a_hole_and_no_night() -> None:
    hours = {local(hour): 2000 for hour in (9, 10, 11, 12)} | {local(hour, day=2): 2000 for hour in (10, 11, 12)}
    found = parsed({"01ROOF": {"wh_hours": hours}})
    assert any("nothing is known from 2026-06-01T11:00Z until 2026-06-02T08:00Z" in words for words in found.problems)


def test_a_source_that_knows_a_night_has_holes_in_others() -> None:
    hours = {local(hour): 0 for hour in range(24)}
    hours |= {local(hour): 500 for hour in range(8, 18)} | {local(hour, day=3): 500 for hour in range(8, 18)}
    found = parsed({"01ROOF": {"wh_hours": hours}})
    assert any("nothing is known" in words for words in found.problems)


def test_values_below_zero_are_taken_as_zero_and_said() -> None:
    found = parsed(state("roof", {"watts": {local(3): -5, local(4): 100}}))
    assert [slot.value for slot in found.slots] == pytest.approx([0.0, 0.1])
    assert "1 values are below 0 and taken as 0" in found.problems


def test_an_old_forecast_says_so() -> None:
    rows = [{"period_start": "2026-05-01T12:00:00+02:00", "pv_estimate": 1.0}]
    assert any("the forecast is old" in words for words in parsed({"data": rows}).problems)


def test_the_two_hours_of_autumn_are_two() -> None:
    hours = {"2026-10-25T02:00:00+02:00": 100, "2026-10-25T02:00:00+01:00": 200, "2026-10-25T03:00:00+01:00": 300}
    assert [slot.value for slot in parsed({"01ROOF": {"wh_hours": hours}}).slots] == pytest.approx([0.1, 0.2, 0.3])
