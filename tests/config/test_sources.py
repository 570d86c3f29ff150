"""Sources of prices, PV power and temperatures: what a name stands for, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from builders.site_block import make_site
from hems.config.devices import PvForecast
from hems.config.source import Source
from hems.domain.faults import Refused


def fault(**keys: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        Source(**keys)
    return str(refused.value.errors()[0]["msg"]).removeprefix("Value error, ")


def test_name_stands_for_an_action_its_data_and_its_days() -> None:
    call = Source(source="nordpool_core", config_entry="01J", area="FI").call
    assert call is not None
    assert (call.action, call.days) == ("nordpool.get_prices_for_date", (-1, 0, 1))
    assert call.data == {"config_entry": "01J", "date": "{date}", "areas": "FI"}


def test_what_is_not_given_is_left_out_of_the_data() -> None:
    call = Source(source="nordpool_core", config_entry="01J").call
    assert call is not None and call.data == {"config_entry": "01J", "date": "{date}"}


def test_own_action_data_and_days_go_before_those_of_the_name() -> None:
    returned = Source(
        source="easyenergy", action="easyenergy.get_energy_return_prices", config_entry="01J",
        data={"incl_vat": True}, days=[0],
    ).call  # fmt: skip
    assert returned is not None
    assert (returned.action, returned.days) == ("easyenergy.get_energy_return_prices", (0,))
    assert (returned.data["incl_vat"], returned.data["config_entry"]) == (True, "01J")


def test_action_with_a_date_is_called_for_yesterday_today_and_tomorrow() -> None:
    dated = Source(action="x.get", data={"when": ["{date}"]}).call
    whole = Source(action="x.get", data={"from": "{start}"}).call
    assert dated is not None and dated.days == (-1, 0, 1)
    assert whole is not None and whole.days == ()


def test_octopus_is_read_from_entities_or_from_its_events() -> None:
    assert Source(source="octopus", entities=["event.today"]).events == ()
    named = Source(source="octopus").events
    assert named == Source(event="octopus_energy_electricity_*_day_rates").events
    assert len(named) == 3 and "octopus_energy_electricity_next_day_rates" in named


def test_without_a_name_the_entity_is_enough() -> None:
    assert Source(entity="sensor.prices").given
    assert not Source().given


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"source": "nordpol"}, "did you mean nordpool?"),
        ({"source": "solcast", "entity": "sensor.x"}, "source: 'solcast' is not one of nordpool, "),
        ({"source": "nordpool"}, "entity: is missing"),
        ({"source": "nordpool_core"}, "config_entry: is missing; "),
        ({"source": "tibber", "config_entry": "01J"}, "config_entry: is of no use here; it belongs to source: nordpool_core"),
        ({"entity": "sensor.x", "area": "FI"}, "area: is of no use here; it belongs to source: nordpool_core"),
        ({"entity": "sensor.x", "action": "x.get"}, "only one of them"),
        ({"entity": "sensor.x", "days": [0]}, "action: is missing; days"),
        ({"entity": "sensor.x", "data": {"a": 1}}, "action: is missing; data"),
        ({"entities": []}, "entities: is empty; give at least one"),
        ({"action": "get prices"}, "'get prices' is not an action; write it like weather.get_forecasts"),
        ({"event": "prices_*"}, "event: 'prices_*' matches none that is known"),
    ],
)  # fmt: skip
def test_what_makes_no_source_is_refused_in_words(keys: dict[str, Any], words: str) -> None:
    assert words in fault(**keys)


def test_pv_forecast_has_names_of_its_own() -> None:
    call = PvForecast(source="forecast_solar", config_entry="01J").call
    assert call is not None and call.data == {"config_entry": "01J"}
    with pytest.raises(ValidationError, match="entities: is missing"):
        PvForecast(source="open_meteo")
    with pytest.raises(ValidationError, match="solcast, open_meteo, forecast_solar"):
        PvForecast(source="nordpool", entity="sensor.x")


def test_outdoor_temperature_is_a_weather_entity_or_a_sensor() -> None:
    outdoor = make_site(outdoor={"weather": "weather.home"}).outdoor
    assert outdoor is not None and outdoor.forecast is not None and outdoor.forecast.call is not None
    assert outdoor.forecast.call.data == {"entity_id": "weather.home", "type": "hourly"}
    with pytest.raises(Refused, match=r"outdoor\.weather: is missing"):
        make_site(outdoor={})
