"""Units of prices: read from what is written, never from sizes; where nothing is written the document is refused."""

from datetime import datetime, timezone
from typing import Any

import pytest

from hems.domain.faults import Refused
from hems.sources.parsed import Parsed
from hems.sources.price_unit import currency_named, unit_of, unit_of_key
from hems.sources.prices import parse_prices

NOW = datetime(2026, 3, 27, 11, tzinfo=timezone.utc)
TIMES = [f"2026-03-27T{hour:02d}:00:00Z" for hour in range(24)]


def read(attributes: dict[str, Any], unit: str | None = None, entity: str = "sensor.x") -> Parsed:
    document = {"entity_id": entity, "state": "1", "attributes": attributes}
    return parse_prices(document, now=NOW, zone=timezone.utc, unit=unit)


def prices(value: float = 8.0, key: str = "price", **more: Any) -> list[dict[str, Any]]:
    return [{"start": time, key: value, **more} for time in TIMES]


@pytest.mark.parametrize(
    ("text", "label", "factor"),
    [
        ("EUR/kWh", "EUR/kWh", 1), ("€/kWh", "EUR/kWh", 1), ("EUR/MWh", "EUR/kWh", 0.001), ("€/MWh", "EUR/kWh", 0.001),
        ("Eur / MWh", "EUR/kWh", 0.001), ("EUR per kWh", "EUR/kWh", 1), ("c/kWh", "?/kWh", 0.01), ("ct/kWh", "EUR/kWh", 0.01),
        ("Cent/kWh", "?/kWh", 0.01), ("Cents/kWh", "?/kWh", 0.01), ("¢/kWh", "?/kWh", 0.01), ("c€/kWh", "EUR/kWh", 0.01),
        ("€ct/kWh", "EUR/kWh", 0.01), ("EURct/kWh", "EUR/kWh", 0.01), ("€ cent/kWh", "EUR/kWh", 0.01), ("öre/kWh", "SEK/kWh", 0.01),
        ("Øre/kWh", "?/kWh", 0.01), ("SEK/kWh", "SEK/kWh", 1), ("NOK/kWh", "NOK/kWh", 1), ("DKK/MWh", "DKK/kWh", 0.001),
        ("p/kWh", "GBP/kWh", 0.01), ("pence/kWh", "GBP/kWh", 0.01), ("£/kWh", "GBP/kWh", 1), ("GBP/kWh", "GBP/kWh", 1),
        ("$/kWh", "$/kWh", 1), ("AUD/kWh", "AUD/kWh", 1), ("A$/kWh", "AUD/kWh", 1), ("CHF/kWh", "CHF/kWh", 1),
        ("Rp./kWh", "CHF/kWh", 0.01), ("Kč/kWh", "CZK/kWh", 1), ("zł/MWh", "PLN/kWh", 0.001), ("kr/kWh", "kr/kWh", 1),
        ("fils/kWh", "?/kWh", 0.01), ("EUR/Wh", "EUR/kWh", 1000), ("snt/kWh", "EUR/kWh", 0.01), ("?/MWh", "?/kWh", 0.001),
        ("Ft/kWh", "HUF/kWh", 1), ("EUR/kWH", "EUR/kWh", 1),
    ],
)  # fmt: skip
def test_units(text: str, label: str, factor: float) -> None:
    found = unit_of(text)
    assert found is not None
    assert (found.label, found.factor) == (label, pytest.approx(factor))
    parsed = read({"prices": prices(), "unit_of_measurement": text})
    assert parsed.unit == label
    assert parsed.slots[0].value == pytest.approx(8 * factor, abs=1e-9)


@pytest.mark.parametrize("text", ["W", "°C", "%", "€/m³", "km/h", "", "kWh/EUR", "EUR/kW", "x" * 50, "EUR/month"])
def test_what_is_no_unit_of_a_price(text: str) -> None:
    assert unit_of(text) is None
    with pytest.raises(Refused, match="no unit of a price"):
        read({"prices": prices()}, unit=text)
    with pytest.raises(Refused, match="no unit of them is to be found"):
        read({"prices": prices(), "unit_of_measurement": text})


@pytest.mark.parametrize("value", [0.08, 8.0, 80.0, 900.0])
def test_no_unit_is_refused_whatever_the_size(value: float) -> None:
    with pytest.raises(Refused) as refused:
        read({"prices": prices(value)})
    (fault,) = refused.value.faults
    assert "prices of sensor.x holds 24 entries with a time and a price" in fault
    assert "--unit" in fault and "unit: EUR/kWh in apps.yaml" in fault


def test_a_currency_without_an_energy_is_refused_and_said() -> None:
    with pytest.raises(Refused, match="its currency is EUR, and of what energy is not said"):
        read({"prices": prices(), "unit_of_measurement": "EUR"})


@pytest.mark.parametrize(
    ("key", "attributes", "label", "value"),
    [
        ("price_per_kwh", {"unit_of_measurement": "€/kWh"}, "EUR/kWh", 8),
        ("price_per_kwh", {"unit_of_measurement": "€"}, "EUR/kWh", 8),
        ("price_per_kwh", {}, "?/kWh", 8),
        ("price_eur_per_mwh", {"unit_of_measurement": "ct/kWh"}, "EUR/kWh", 0.008),
        ("price_ct_per_kwh", {"unit_of_measurement": "EUR/MWh"}, "EUR/kWh", 0.08),
        ("SEK_per_kWh", {"unit_of_measurement": "EUR/MWh"}, "SEK/kWh", 8),
        ("latestGrossUnitRateCentsPerKwh", {"currency": "EUR"}, "EUR/kWh", 0.08),
        ("price", {"price_in_cents": True, "currency": "EUR", "unit": "kWh"}, "EUR/kWh", 0.08),
        ("price", {"price_in_cents": False, "currency": "EUR", "unit": "kWh"}, "EUR/kWh", 8),
        ("price", {"use_cent": True, "currency": "DKK", "unit": "kWh"}, "DKK/kWh", 0.08),
        ("price", {"unit_of_measurement": "c/kWh", "price_in_cents": True, "currency": "EUR"}, "EUR/kWh", 0.08),
        ("price", {"unit_of_measurement": "$/kWh", "currency": "NZD"}, "NZD/kWh", 8),
        ("price", {"unit_of_measurement": "kr/kWh", "currency": "NOK"}, "NOK/kWh", 8),
        ("price", {"unit": "EUR/MWh"}, "EUR/kWh", 0.008),
        ("price", {"price_unit": "öre/kWh"}, "SEK/kWh", 0.08),
    ],
)
def test_where_a_unit_stands(key: str, attributes: dict[str, Any], label: str, value: float) -> None:
    parsed = read({"prices": prices(key=key), **attributes})
    assert parsed.unit == label
    assert [slot.value for slot in parsed.slots] == pytest.approx([value] * 24)


def test_an_entry_says_its_own_unit() -> None:
    assert read({"prices": prices(unit="Eur/MWh")}).slots[0].value == pytest.approx(0.008)


def test_the_unit_that_is_stated_overrules() -> None:
    parsed = read({"prices": prices(), "unit_of_measurement": "EUR/kWh"}, unit="ct/kWh")
    assert (parsed.unit, parsed.slots[0].value) == ("EUR/kWh", pytest.approx(0.08))
    parsed = read({"prices": prices(key="price_ct_per_kwh")}, unit="SEK/MWh")
    assert (parsed.unit, parsed.slots[0].value) == ("SEK/kWh", pytest.approx(0.008))


def test_a_stated_unit_without_a_currency_takes_that_of_the_source() -> None:
    parsed = read({"prices": prices(), "currency": "SEK"}, unit="c/MWh")
    assert (parsed.unit, parsed.slots[0].value) == ("SEK/kWh", pytest.approx(0.00008))


def test_the_unit_of_one_entity_holds_for_the_other_of_the_series() -> None:
    later = [{**one, "start": one["start"].replace("03-27", "03-28")} for one in prices()]
    documents = [
        {"entity_id": "sensor.tomorrow", "state": "1", "attributes": {"prices": later}},
        {"entity_id": "sensor.today", "state": "1", "attributes": {"prices": prices(), "unit_of_measurement": "c/kWh"}},
    ]
    parsed = parse_prices(documents, now=NOW, zone=timezone.utc)
    assert len(parsed.slots) == 48
    assert {slot.value for slot in parsed.slots} == {0.08}


def test_series_in_different_currencies_are_not_merged() -> None:
    later = [{**one, "start": one["start"].replace("03-27", "03-28")} for one in prices()]
    documents = [
        {"entity_id": "sensor.a", "state": "1", "attributes": {"prices": prices(), "unit_of_measurement": "SEK/kWh"}},
        {"entity_id": "sensor.b", "state": "1", "attributes": {"prices": later, "unit_of_measurement": "EUR/kWh"}},
    ]
    parsed = parse_prices(documents, now=NOW, zone=timezone.utc)
    assert parsed.unit == "SEK/kWh" and len(parsed.slots) == 24


def test_the_currency_in_an_entitys_name_is_the_last_resort() -> None:
    attributes = {"prices": prices(), "unit_of_measurement": "c/kWh"}
    assert read(attributes, entity="sensor.nordpool_kwh_fi_eur_3_10_0255").unit == "EUR/kWh"
    assert read({**attributes, "currency": "SEK"}, entity="sensor.nordpool_kwh_fi_eur_3_10_0255").unit == "SEK/kWh"
    assert currency_named("sensor.all_prices") is None
    assert currency_named("sensor.eur_sek") is None


def test_zonneplan_writes_whole_numbers_of_a_ten_millionth() -> None:
    entries = [{"datetime": time, "electricity_price": 2519932, "tariff_group": "low"} for time in TIMES]
    attributes = {"forecast": entries, "unit_of_measurement": "€/kWh"}
    assert read(attributes).slots[0].value == pytest.approx(0.2519932)
    assert read(attributes, unit="EUR/kWh").slots[0].value == pytest.approx(0.2519932)
    fractions = [{**one, "electricity_price": 0.2519932} for one in entries]
    assert read({**attributes, "forecast": fractions}).slots[0].value == pytest.approx(0.2519932)


def test_an_entsoe_answer_says_no_unit_and_is_refused() -> None:
    answer = {"prices": [{"timestamp": time, "price": 90.0} for time in TIMES]}
    with pytest.raises(Refused, match="no unit"):
        parse_prices(answer, now=NOW, zone=timezone.utc)
    assert parse_prices(answer, now=NOW, zone=timezone.utc, unit="EUR/MWh").slots[0].value == pytest.approx(0.09)


def test_values_beyond_any_price_are_passed_over() -> None:
    entries = prices()
    entries[3]["price"] = 1e9
    parsed = read({"prices": entries, "unit_of_measurement": "EUR/kWh"})
    assert len(parsed.slots) == 23
    assert any("1 prices beyond 1e+06" in words for words in parsed.problems)


@pytest.mark.parametrize("key", ["price", "value", "kwh", "per", "c", "p"])
def test_keys_that_say_nothing_of_a_currency(key: str) -> None:
    found = unit_of_key(key)
    assert found.currency is None and found.minor is None


def test_an_entsoe_sensor_without_a_unit_is_in_euro_per_kwh_and_that_is_said() -> None:
    entries = [{"time": f"2026-03-28 {hour:02}:00:00+02:00", "price": 0.08} for hour in range(24)]
    state = {"entity_id": "sensor.entsoe_average_price", "state": "0.08", "attributes": {"prices_today": entries}}
    parsed = parse_prices(state, now=NOW, zone=timezone.utc)
    assert (parsed.unit, parsed.slots[0].value) == ("EUR/kWh", 0.08)
    assert any("ENTSO-E" in problem for problem in parsed.problems)


def test_nord_pool_areas_with_the_euro_name_their_currency() -> None:
    entry = {"start": "2026-03-28T11:00:00+00:00", "end": "2026-03-28T11:15:00+00:00", "price": 55.0}
    assert parse_prices({"FI": [entry]}, now=NOW, zone=timezone.utc).unit == "EUR/kWh"
    assert parse_prices({"SE3": [entry]}, now=NOW, zone=timezone.utc).unit == "?/kWh"
