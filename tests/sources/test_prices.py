"""Every format of prices that is documented, with values of our own making: counts, values, units, times."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hems.domain.faults import Refused
from hems.sources.parsed import Parsed
from hems.sources.prices import parse_prices

UTC = timezone.utc
OSLO = ZoneInfo("Europe/Oslo")
# Local midnight of 27 March 2026 in Oslo, and an instant of that day.
MIDNIGHT = datetime(2026, 3, 26, 23, tzinfo=UTC)
NOW = datetime(2026, 3, 27, 11, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def local(k: float, minutes: int = 60) -> str:
    return (MIDNIGHT + k * timedelta(minutes=minutes)).astimezone(OSLO).isoformat()


def in_utc(k: float, minutes: int = 60) -> str:
    return (MIDNIGHT + k * timedelta(minutes=minutes)).isoformat()


def day(start: str, value: str, end: str | None = None, *, first: int = 0, count: int = 24, minutes: int = 60,
        text: Callable[[float, int], str] = local, base: float = 0.1, factor: float = 1.0, **more: Any) -> list[dict[str, Any]]:  # fmt: skip
    """Entries whose values rise by 0.01 an entry from ``base``, times ``factor``."""
    return [
        {start: text(k, minutes), value: round((base + k / 100) * factor, 6), **({end: text(k + 1, minutes)} if end else {}), **more}
        for k in range(first, first + count)
    ]  # fmt: skip


def state(entity: str, measured_in: str | None = None, /, value: str = "0.1", **attributes: Any) -> dict[str, Any]:
    unit_of = {"unit_of_measurement": measured_in} if measured_in else {}
    return {"entity_id": entity, "state": value, "attributes": {**attributes, **unit_of, "friendly_name": "x"}}


def read(document: Any, now: datetime = NOW, unit: str | None = None, only: str | None = None) -> Parsed:
    return parse_prices(document, now=now, zone=OSLO, unit=unit, only=only)


def check(parsed: Parsed, unit: str, count: int = 24, minutes: int = 60, base: float = 0.1) -> None:
    """The slots are those that ``day`` wrote, from local midnight on, in currency per kWh."""
    length = timedelta(minutes=minutes)
    assert parsed.unit == unit
    assert len(parsed.slots) == count
    for k, slot in enumerate(parsed.slots):
        assert slot.begin == MIDNIGHT + k * length and slot.end == slot.begin + length
        assert slot.value == pytest.approx(base + k / 100, abs=1e-9)


def octopus_entity(day_of: str, rates: list[dict[str, Any]]) -> dict[str, Any]:
    return state(
        f"event.octopus_energy_electricity_a_b_{day_of}_day_rates", rates=rates, mpan="1", tariff_code="E-1R-AGILE"
    )


AMBER = [
    {"start_time": (MIDNIGHT + timedelta(minutes=begin, seconds=1)).isoformat(), "duration": length,
     "end_time": (MIDNIGHT + timedelta(minutes=begin + length)).isoformat(), "per_kwh": 0.3, "spot_per_kwh": 0.1,
     "nem_date": (MIDNIGHT + timedelta(minutes=begin + length, hours=10)).strftime("%Y-%m-%dT%H:%M:%S+10:00"),
     "renewables": 30, "descriptor": "low", "range_min": 0.1, "range_max": 0.9, "advanced_price_predicted": 0.5}
    for begin, length in [(0, 5), (5, 5), (10, 5), (15, 15), (30, 30), (60, 30)]
]  # fmt: skip

FORMATS: dict[str, tuple[Any, str, int, int]] = {
    "Nord Pool, custom": (
        state("sensor.nordpool", "EUR/kWh", raw_today=day("start", "value", "end"), raw_tomorrow=[], today=[0.1] * 24,
              tomorrow=[], tomorrow_valid=False, currency="EUR", unit="kWh", average=0.2), "EUR/kWh", 24, 60),
    "Nord Pool, custom, both days": (
        state("sensor.nordpool", "EUR/kWh", raw_today=day("start", "value", "end"), tomorrow_valid=True,
              raw_tomorrow=day("start", "value", "end", first=24)), "EUR/kWh", 48, 60),
    "Nord Pool, custom, in cents": (
        state("sensor.nordpool", "c/kWh", currency="EUR", price_in_cents=True,
              raw_today=day("start", "value", "end", factor=100)), "EUR/kWh", 24, 60),
    "Nord Pool, custom, no unit_of_measurement": (
        state("sensor.nordpool", currency="SEK", unit="MWh", price_in_cents=False,
              raw_today=day("start", "value", "end", factor=1000)), "SEK/kWh", 24, 60),
    "Nord Pool, custom, øre": (
        state("sensor.nordpool", "Øre/kWh", currency="NOK", raw_today=day("start", "value", "end", factor=100)), "NOK/kWh", 24, 60),
    "Nord Pool, core": (
        {"NO2": day("start", "price", "end", text=in_utc, minutes=15, count=96, factor=1000)}, "?/kWh", 96, 15),
    "Nord Pool, core, through AppDaemon": (
        {"success": True, "ad_status": "OK", "result": {"context": {}, "response": {
            "NO2": day("start", "price", "end", text=in_utc, factor=1000)}}}, "?/kWh", 24, 60),
    "Tibber, action": (
        {"response": {"prices": {"Solsiden 5": day("start_time", "price", minutes=15, count=192)}}}, "?/kWh", 192, 15),
    "Tibber, a sensor of old": (
        state("sensor.tibber_prices", "NOK/kWh", today=day("startsAt", "total", energy=0.01, tax=0.02, level="CHEAP"),
              tomorrow=day("startsAt", "total", first=24, energy=0.01, tax=0.02, level="CHEAP")), "NOK/kWh", 48, 60),
    "Tibber, its own answer": (
        {"data": {"viewer": {"homes": [{"currentSubscription": {"priceInfo": {
            "current": {"total": 0.4, "currency": "SEK"}, "today": day("startsAt", "total", energy=0.01, tax=0.02),
            "tomorrow": []}}}]}}}, "SEK/kWh", 24, 60),
    "ENTSO-E": (
        state("sensor.entsoe_average", "€/kWh", prices_today=day("time", "price"), prices_tomorrow=day("time", "price", first=24),
              prices=day("time", "price", count=48)), "EUR/kWh", 48, 60),
    "Energi Data Service": (
        state("sensor.energi_data_service", "DKK/kWh", raw_today=day("hour", "price"), raw_tomorrow=None, today=[0.1] * 24,
              tomorrow=None, tariffs={"tariffs": {str(hour): 9.0 for hour in range(24)}}, use_cent=False, currency="DKK",
              unit="kWh"), "DKK/kWh", 24, 60),
    "Energi Data Service, in øre": (
        state("sensor.energi_data_service", raw_today=day("hour", "price", factor=100), use_cent=True, currency="DKK", unit="kWh"),
        "DKK/kWh", 24, 60),
    "Strømligning, two entities": (
        [state("sensor.stromligning_current_price_vat", "kr/kWh", prices=day("start", "price", "end")),
         state("binary_sensor.stromligning_tomorrow_available_vat", value="on",
               prices=day("start", "price", "end", first=24))], "DKK/kWh", 48, 60),
    "EPEX Spot": (
        state("sensor.epex_spot_data_total_price", "€/kWh", data=day("start_time", "price_per_kwh", "end_time")),
        "EUR/kWh", 24, 60),
    "EPEX Spot of old, EUR/MWh": (
        state("sensor.epex", "EUR/MWh", data=day("start_time", "price_eur_per_mwh", "end_time", factor=1000)), "EUR/kWh", 24, 60),
    "EPEX Spot of old, ct/kWh": (
        state("sensor.epex", "EUR/MWh", data=day("start_time", "price_ct_per_kwh", "end_time", factor=100)), "EUR/kWh", 24, 60),
    "Octopus, entities": (
        [octopus_entity("current", day("start", "value_inc_vat", "end", minutes=30, count=48, is_capped=False)),
         octopus_entity("next", day("start", "value_inc_vat", "end", minutes=30, first=48, count=46, is_capped=False))],
        "GBP/kWh", 94, 30),
    "Octopus, event": (
        {"event_type": "octopus_energy_electricity_next_day_rates",
         "data": {"rates": day("start", "value_inc_vat", "end", minutes=30, count=48, value_exc_vat=0.01)}}, "GBP/kWh", 48, 30),
    "Octopus, its API": (
        {"count": 4, "next": None, "results": day("valid_from", "value_inc_vat", "valid_to", minutes=30, count=4, factor=100,
                                                  text=in_utc, value_exc_vat=1.0, payment_method=None)[::-1]}, "GBP/kWh", 4, 30),
    "Octopus Germany": (
        state("sensor.octopus_electricity_price", "€/kWh", rates=[], unit_rate_forecast=[
            {"validFrom": local(k), "validTo": local(k + 1), "unitRateInformation": {"rates": [
                {"latestGrossUnitRateCentsPerKwh": str(10 + k), "netUnitRateCentsPerKwh": "5"}]}} for k in range(24)]),
        "EUR/kWh", 24, 60),
    "PVPC": (
        state("sensor.esios_pvpc", "€/kWh", **{f"price_{k:02d}h": 0.1 + k / 100 for k in range(24)}, price_position=3,
              **{f"price_next_day_{k:02d}h": 0.34 + k / 100 for k in range(24)}, next_best_at=[1, 2, 3]), "EUR/kWh", 48, 60),
    "Frank Energie": (
        state("sensor.frank_energie", "€/kWh", prices=day("from", "price", "till"),
              tomorrow_prices=[{"message": "No prices for tomorrow."}]), "EUR/kWh", 24, 60),
    "Zonneplan ONE": (
        state("sensor.zonneplan", "€/kWh", forecast=[
            {"datetime": local(k), "electricity_price": 1000000 + k * 100000, "electricity_price_excl_tax": 5, "tariff_group": "low",
             "sustainability_score": 512} for k in range(24)]), "EUR/kWh", 24, 60),
    "Zonneplan ONE, quarters": (
        state("sensor.zonneplan_quarter", "€/kWh", forecast=[
            {"start_date": local(k, 15), "end_date": local(k + 1, 15), "price_tax_included": {"amount": 1000000 + k * 100000},
             "price_tax_excluded": {"amount": 7}} for k in range(96)]), "EUR/kWh", 96, 15),
    "EnergyZero": (
        {"prices": day("timestamp", "price", text=lambda k, m: in_utc(k, m).replace("T", " "))}, "EUR/kWh", 24, 60),
    "EnergyZero, with start and end": (
        {"response": {"prices": [{**one, "timestamp": one["start"]} for one in day(
            "start", "price", "end", minutes=15, count=96, text=lambda k, m: in_utc(k, m).replace("T", " "))]}}, "EUR/kWh", 96, 15),
    "Green Planet Energy": (
        {"prices": day("start", "price", "end", minutes=15, count=40), "hours_requested": 10}, "EUR/kWh", 40, 15),
    "OMIE, core": ({"es": day("start", "price", "end", minutes=15, count=96)}, "EUR/kWh", 96, 15),
    "OMIE, custom": (
        state("sensor.omie_spot_price_pt", "€/MWh", today_hours={one["t"]: one["p"] for one in day("t", "p", factor=1000)},
              tomorrow_hours={local(24 + k): None for k in range(24)}, today_average=200), "EUR/kWh", 24, 60),
    "Flow Power": (
        state("sensor.flow_power_export_price", "$/kWh", unit="$/kWh", forecast_dict={
            one["t"].replace("T", " ").replace("+01:00", "+0100"): one["p"] for one in day("t", "p", minutes=30, count=48)}),
        "$/kWh", 48, 30),
    "Amber Express": (
        state("sensor.amber_express_home_general_price", "$/kWh", forecast=day("time", "value", minutes=5, count=12),
              interpolation_mode="previous", start_time=local(0), end_time=local(1, 5)), "$/kWh", 12, 5),
    "GE-Spot": (
        state("sensor.gespot_current_price_se3", "öre/kWh", currency="SEK", tomorrow_interval_prices=[], today_min_price=1,
              today_interval_prices=day("time", "value", minutes=15, count=96, factor=100)), "SEK/kWh", 96, 15),
    "GE-Spot, by time of day": (
        state("sensor.gespot", "SEK/kWh", today_interval_prices={
            f"{k // 4:02d}:{k % 4 * 15:02d}": 0.1 + k / 100 for k in range(96)}), "SEK/kWh", 96, 15),
    "aWATTar": (
        {"object": "list", "data": [
            {"start_timestamp": int((MIDNIGHT + k * HOUR).timestamp() * 1000), "unit": "Eur/MWh", "marketprice": 100 + 10 * k,
             "end_timestamp": int((MIDNIGHT + (k + 1) * HOUR).timestamp() * 1000)} for k in range(24)]}, "EUR/kWh", 24, 60),
    "smartENERGY": (
        {"tariff": "EPEXSPOTAT", "unit": "ct/kWh", "interval": 15,
         "data": day("date", "value", minutes=15, count=96, factor=100)}, "EUR/kWh", 96, 15),
    "Energy-Charts": (
        {"unix_seconds": [int((MIDNIGHT + k * HOUR).timestamp()) for k in range(24)], "unit": "EUR / MWh",
         "price": [100.0 + 10 * k for k in range(24)], "deprecated": False}, "EUR/kWh", 24, 60),
    "Elering": (
        {"success": True, "data": {"ee": [
            {"timestamp": int((MIDNIGHT + k * HOUR).timestamp()), "price": 100 + 10 * k} for k in range(24)]}}, "EUR/kWh", 24, 60),
    "elprisetjustnu": (
        [{**one, "EUR_per_kWh": 0.02, "EXR": 11.3} for one in day("time_start", "SEK_per_kWh", "time_end")], "SEK/kWh", 24, 60),
    "nordpool-predict-fi": (
        state("sensor.nordpool_predict_fi_price", "c/kWh", forecast=day("timestamp", "value", factor=100)), "?/kWh", 24, 60),
    "Czech spot prices as attributes": (
        state("sensor.current_spot_electricity_price", "CZK/kWh", **{one["t"]: one["p"] for one in day("t", "p")}),
        "CZK/kWh", 24, 60),
    "a template of startsAt and total": (
        state("sensor.spotprices", "SEK/kWh", prices=day("startsAt", "total")), "SEK/kWh", 24, 60),
    "a template under a name of its own": (
        state("sensor.my_power", "CHF/kWh", my_list=day("begin", "value")), "CHF/kWh", 24, 60),
    "a template, hourly_prices by time": (
        state("sensor.p", "zł/kWh", hourly_prices={one["t"]: {"price": str(one["p"])} for one in day("t", "p")}), "PLN/kWh", 24, 60),
    "a template, pairs": (
        state("sensor.p", "Kč/MWh", prices=[[one["t"], one["p"]] for one in day("t", "p", factor=1000)]), "CZK/kWh", 24, 60),
    "a template, times of day": (
        state("sensor.p", "ct/kWh", prices=[{"time": f"{k:02d}:00", "price": 10 + k} for k in range(24)]), "EUR/kWh", 24, 60),
    "a template, date and hour": (
        state("sensor.p", "AUD/kWh", data=[{"date": "2026-03-27", "hour": k, "price": 0.1 + k / 100} for k in range(24)]),
        "AUD/kWh", 24, 60),
    "a bare list": (day("start", "price_eur_per_kwh"), "EUR/kWh", 24, 60),
    "numbers of a day": (
        state("sensor.tibber", "EUR/kWh", today=[0.1 + k / 100 for k in range(24)], tomorrow=[0.34 + k / 100 for k in range(24)]),
        "EUR/kWh", 48, 60),
    "numbers of a day, quarters": (
        state("sensor.tibber", "EUR/kWh", today=[0.1 + k / 100 for k in range(96)], tomorrow=[]), "EUR/kWh", 96, 15),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_format(name: str) -> None:
    document, unit, count, minutes = FORMATS[name]
    check(read(document), unit, count, minutes)


@pytest.mark.parametrize(
    "name", [name for name in FORMATS if name.startswith(("Nord Pool, custom", "Frank", "EPEX", "PVPC"))]
)
def test_format_among_all_the_states_of_a_home(name: str) -> None:
    """The REST list of states: other sensors, a PV forecast and a weather entity beside the prices."""
    document, unit, count, minutes = FORMATS[name]
    others = [
        state("sensor.solcast_today", "kWh", detailedForecast=day("period_start", "pv_estimate", pv_estimate10=0.1)),
        state("sensor.load_forecast", "kW", forecast=day("time", "value")),
        state("weather.home", forecast=day("datetime", "temperature")),
        *[state(f"sensor.other_{k}", "W", history=[1, 2, 3]) for k in range(20)],
        state("sensor.empty_price", "EUR/kWh", prices=[]),
    ]
    check(read([*others, document]), unit, count, minutes)


def test_amber_with_5_15_and_30_minutes() -> None:
    for document in (
        state("sensor.home_general_forecast", "$/kWh", forecasts=AMBER, channel_type="general"),
        {"forecasts": AMBER},
    ):
        parsed = read(document)
        lengths = [(slot.end - slot.begin) // timedelta(minutes=1) for slot in parsed.slots]
        assert lengths == [5, 5, 5, 15, 30, 30]
        assert {slot.value for slot in parsed.slots} == {0.3}
        assert parsed.slots[0].begin == MIDNIGHT


def test_amber_price_of_now_fills_what_its_forecast_leaves_out() -> None:
    present = {key: value for key, value in AMBER[0].items() if key != "descriptor"}
    documents = [
        state("sensor.home_general_price", "$/kWh", **present, channel_type="general"),
        state("sensor.home_general_forecast", "$/kWh", forecasts=AMBER[1:], channel_type="general"),
    ]
    assert len(read(documents).slots) == 6
    assert len(read(documents[0]).slots) == 1


def test_feed_in_is_not_mixed_with_the_import_price() -> None:
    feed_in = [{**one, "per_kwh": -0.05} for one in AMBER]
    documents = [
        state("sensor.home_feed_in_forecast", "$/kWh", forecasts=feed_in, channel_type="feedIn"),
        state("sensor.home_general_forecast", "$/kWh", forecasts=AMBER, channel_type="general"),
    ]
    parsed = read(documents)
    assert {slot.value for slot in parsed.slots} == {0.3}
    assert any("feed_in_forecast" in words and "another series" in words for words in parsed.problems)
    assert {slot.value for slot in read(documents[0]).slots} == {-0.05}
    assert {slot.value for slot in read(documents, only="sensor.home_feed_in_forecast").slots} == {-0.05}


def test_keys_of_buying_and_selling_in_one_entry() -> None:
    entries = [{"start": local(k), "sell_price": 0.05, "buy_price": 0.3} for k in range(24)]
    assert {slot.value for slot in read(state("sensor.spot", "EUR/kWh", prices=entries)).slots} == {0.3}
    assert {slot.value for slot in read(state("sensor.spot_export", "EUR/kWh", prices=entries)).slots} == {0.05}


@pytest.mark.parametrize(
    ("wanted", "others"),
    [
        ("price", {"spot_price": 9.0, "tax": 9.0}),
        ("total_price", {"price": 9.0}),
        ("price_incl_vat", {"price_excl_vat": 9.0, "vat": 9.0}),
        ("priceInclVAT", {"priceExclVAT": 9.0}),
        ("price_with_tax", {"price_without_tax": 9.0}),
        ("value_inc_vat", {"value_exc_vat": 9.0}),
        ("total", {"energy": 9.0, "tax": 9.0}),
        ("per_kwh", {"spot_per_kwh": 9.0, "range_max": 9.0, "advanced_price_predicted": 9.0}),
        ("all_in", {"market_price": 9.0}),
        ("buy", {"sell": 9.0}),
        ("Bruttopreis", {"Nettopreis": 9.0, "stunde": 9.0}),
        ("price", {"price_level": 9.0, "price_rank": 9.0, "average_price": 9.0, "rank": 9.0}),
    ],
)
def test_which_of_several_values_is_the_price(wanted: str, others: dict[str, float]) -> None:
    entries = [{**others, "start": local(k), wanted: 0.25} for k in range(24)]
    parsed = read(state("sensor.p", "EUR/kWh", prices=entries))
    assert {slot.value for slot in parsed.slots} == {0.25}


@pytest.mark.parametrize(
    ("start", "end"),
    [("start", "end"), ("startTime", "endTime"), ("date_from", "date_to"), ("validFrom", "validTo"), ("from", "till"), ("von", "bis"),
     ("start_local", "end_local"), ("utc_start", "utc_end"), ("deliveryStart", "deliveryEnd"), ("time_start", "time_end")],
)  # fmt: skip
def test_keys_of_start_and_end(start: str, end: str) -> None:
    entries = [{end: local(k + 0.5), start: local(k), "price": 0.25} for k in range(24)]
    parsed = read(state("sensor.p", "EUR/kWh", prices=entries))
    assert {slot.end - slot.begin for slot in parsed.slots} == {HOUR / 2}


def test_of_two_areas_one_is_read_and_it_is_said() -> None:
    areas = {"SE3": day("start", "price", "end", factor=1000), "SE4": day("start", "price", "end", factor=1000, base=9)}
    first = read(areas)
    check(first, "?/kWh")
    assert any("SE4" in words and "another series" in words for words in first.problems)
    check(read(areas, only="se4"), "?/kWh", base=9)
    with pytest.raises(Refused, match="SE5"):
        read(areas, only="SE5")


def test_answers_of_several_days_are_one_series() -> None:
    answers = [{"NO2": day("start", "price", "end", first=24 * k, factor=1000)} for k in (1, 0)]
    check(read([*answers, {"NO2": []}]), "?/kWh", 48)
    wrapped = [{"success": True, "result": {"response": one}} for one in answers]
    check(read(wrapped), "?/kWh", 48)


def test_a_forecast_beyond_the_prices_only_fills() -> None:
    sensor = state(
        "sensor.eds", "DKK/kWh", raw_today=day("hour", "price"), raw_tomorrow=None,
        forecast=[{"hour": local(k), "price": 7.0} for k in range(12, 60)],
    )  # fmt: skip
    parsed = read(sensor)
    assert len(parsed.slots) == 60
    assert [slot.value for slot in parsed.slots[:24]] == pytest.approx([0.1 + k / 100 for k in range(24)])
    assert {slot.value for slot in parsed.slots[24:]} == {7.0}
    assert any("forecast" in words and "36 of its prices" in words for words in parsed.problems)


@pytest.mark.parametrize(
    "attributes",
    [
        {"levels": day("start", "value")},
        {"cheapest_hours": day("start", "price", count=3)},
        {"forecast": day("start", "value", probability=0.4)},
        {"statistics": day("start", "price")},
        {"planned_dispatches": day("start", "charge_in_kwh", "end")},
        {"prices": day("start", "price_level")},
        {"list": [{"start": local(0), "end": local(3)}]},
        {"prices": day("start", "average_price")},
        {"today": ["a", "b"] * 12},
        {"today": [0.1] * 5},
        {"rates": [True] * 24},
        {},
    ],
)
def test_what_is_no_list_of_prices_is_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read(state("sensor.something", "EUR/kWh", **attributes))
    assert "sensor.something" in refused.value.faults[0]
    assert "understood are lists" in refused.value.faults[1]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"FI": []}, "FI of the response is empty"),
        ({"prices": []}, "prices of the response is empty"),
        (state("binary_sensor.t", prices=[], value="off"), "prices of binary_sensor.t is empty"),
        (
            state("sensor.f", "€/kWh", tomorrow_prices=[{"message": "No prices for tomorrow."}]),
            "No prices for tomorrow.",
        ),
        (state("sensor.np", "SEK/kWh", value="0.28"), "'0.28'"),
        ({"entity_id": "sensor.np", "state": "unavailable", "attributes": {}}, "'unavailable'"),
        (state("sensor.np", "SEK/kWh", raw_today=None, raw_tomorrow=None), "raw_today"),
        (
            {"id": 1, "type": "result", "success": False, "error": {"message": "no prices on that day"}},
            "no prices on that day",
        ),
        ([], "the list is empty"),
        ("EUR", "'EUR'"),
    ],
)
def test_what_was_found_is_said(document: Any, words: str) -> None:
    with pytest.raises(Refused) as refused:
        read(document)
    assert words in refused.value.faults[0]


def test_null_nan_words_and_messages_are_passed_over_and_counted() -> None:
    entries = day("start", "value", "end")
    entries[3]["value"], entries[4]["value"], entries[5]["value"] = None, "nan", "unavailable"
    entries[6]["value"], entries[7]["value"] = True, float("nan")
    entries[8] = {"message": "soon"}
    entries[9]["value"] = "0.19"
    parsed = read(state("sensor.np", "EUR/kWh", raw_today=entries))
    assert len(parsed.slots) == 18
    assert parsed.slots[3].value == 0.19
    (words,) = [one for one in parsed.problems if "passed over" in one]
    assert "raw_today of sensor.np: 6 entries hold no price" in words
    assert any("nothing is known from 2026-03-27T02:00Z until 2026-03-27T08:00Z" in one for one in parsed.problems)
    assert not any(slot.value == 0 for slot in parsed.slots)


def test_zero_and_negative_prices_are_prices() -> None:
    entries = day("start", "value", "end", base=-0.02)
    parsed = read(state("sensor.np", "EUR/kWh", raw_today=entries))
    assert [slot.value for slot in parsed.slots[:3]] == [-0.02, -0.01, 0.0]


def test_a_call_that_failed_among_those_that_did_not_is_said() -> None:
    failed = {"success": False, "error": {"code": "service_validation_error", "message": "no prices for 2026-03-28"}}
    parsed = read([{"result": {"response": {"NO2": day("start", "price", "end", factor=1000)}}}, failed])
    check(parsed, "?/kWh")
    assert "the call failed: no prices for 2026-03-28" in parsed.problems


def test_answers_that_are_missing_among_others_leave_the_rest() -> None:
    check(
        read([None, {}, {"NO2": day("start", "price", "end", factor=1000)}, {"NO2": []}, {"message": "later"}]), "?/kWh"
    )


def test_prices_that_are_given_twice_and_slots_that_overlap_are_said() -> None:
    entries = day("start", "price", "end")
    again = [{**entries[3], "price": 0.5}, {"start": local(4.5), "end": local(5.5), "price": 0.6}]
    parsed = read(state("sensor.p", "EUR/kWh", prices=entries + again))
    assert parsed.slots[3].value == 0.5
    assert any(
        "1 times are given twice and differ, the first 2026-03-27T02:00Z; the later holds" in one
        for one in parsed.problems
    )
    assert any("entries overlap others, the first from 2026-03-27T03:30Z" in one for one in parsed.problems)


def test_quarters_in_pieces_of_several_lists_make_no_overlap() -> None:
    parsed = read(
        state("sensor.p", "EUR/kWh", prices_today=day("time", "price"), prices=day("time", "price", count=30))
    )
    assert len(parsed.slots) == 30
    assert not any("overlap" in one or "twice" in one for one in parsed.problems)
