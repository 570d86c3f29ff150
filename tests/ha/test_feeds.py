"""Series of prices and forecasts: read from entities, actions and events, kept where they fail, new where they are."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import hems.ha.feed_series
from builders.dictionary_home import DictionaryHome
from builders.home_now import NOW, home_now
from builders.site_block import make_site
from builders.slot_value import value_at
from hems.domain.series import Slot
from hems.ha.feed_calls import fetch
from hems.ha.feed_slots import Known, overlaid
from hems.ha.feeds import EXPORT, FORECAST, IMPORT, OUTDOOR, PRICES, Feeds, forecast_name
from hems.ha.port import Outcome

HELSINKI = ZoneInfo("Europe/Helsinki")
ROOF = forecast_name("roof")


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def priced(first: float, last: float, value: float = 0.25, key: str = "value") -> list[dict[str, Any]]:
    """Hourly entries from ``first`` to ``last`` hours after now."""
    count = round(last - first)
    times = [NOW + hours(first + k) for k in range(count)]
    return [{"start": str(time), "end": str(time + hours(1)), key: value} for time in times]


def set_prices(home: DictionaryHome, today: Any, tomorrow: Any = (), unit: str = "EUR/kWh", **more: Any) -> None:
    home.set("sensor.nordpool", "0.25", unit, raw_today=today, raw_tomorrow=list(tomorrow), **more)


def planes(home: DictionaryHome, *kw: float) -> Any:
    """A site with one entity of two days for each plane."""
    for k, value in enumerate(kw):
        periods = [{"period_start": (NOW + timedelta(minutes=30 * j)).isoformat(), "pv_estimate": value,
                    "pv_estimate10": value / 2, "pv_estimate90": value * 2} for j in range(96)]  # fmt: skip
        home.set(f"sensor.plane_{k}", "1", "kWh", detailedForecast=periods)
    forecast = {"source": "solcast", "entities": [f"sensor.plane_{k}" for k in range(len(kw))]}
    return make_site(**{"pv.roof.forecast": forecast})


# Entities


def test_prices_of_import_and_export_each_have_their_source() -> None:
    home = home_now()
    home.set("sensor.sold", "0.1", "EUR/kWh", raw_today=priced(-12, 12, 0.1))
    feeds = Feeds(make_site(**{"prices.export": {"entity": "sensor.sold"}}), timezone.utc)
    feeds.look(home, NOW)
    assert value_at(feeds.spot(IMPORT, NOW), NOW) == 0.25
    assert value_at(feeds.spot(EXPORT, NOW), NOW) == pytest.approx(0.1)


def test_fixed_tariff_has_no_feed_and_no_fault() -> None:
    feeds = Feeds(
        make_site(**{"prices.import": {"fixed_per_kwh": 0.3}, "prices.export": {"fixed_per_kwh": 0.1}}), timezone.utc
    )
    feeds.look(DictionaryHome(), NOW)
    assert feeds.spot(IMPORT, NOW) == () and feeds.faults() == {}


@pytest.mark.parametrize("state", ["unavailable", "unknown", ""])
def test_prices_are_known_until_they_end_though_the_sensor_is_away(state: str) -> None:
    home, feeds = home_now(), Feeds(make_site(), timezone.utc)
    feeds.look(home, NOW)
    home.set("sensor.nordpool", state)
    feeds.look(home, NOW + hours(20))
    assert value_at(feeds.spot(IMPORT, NOW + hours(20)), NOW + hours(20)) == 0.25
    words = feeds.faults()["sensor.nordpool"].words
    assert words == f"sensor.nordpool is {state or 'empty'}; what is known already is used, until 06-03 12:00"
    feeds.look(home, NOW + hours(49))
    assert value_at(feeds.spot(IMPORT, NOW + hours(49)), NOW + hours(49)) is None
    assert feeds.faults()["prices.import now"].fatal


def test_price_sensor_that_vanishes_leaves_what_is_known() -> None:
    home, feeds = home_now(), Feeds(make_site(), timezone.utc)
    feeds.look(home, NOW)
    home.entities.pop("sensor.nordpool")
    feeds.look(home, NOW + hours(1))
    assert len(feeds.spot(IMPORT, NOW + hours(1))) == 60
    assert feeds.faults()["sensor.nordpool"].what == "sensor.nordpool has vanished"


def test_attribute_that_is_missing_for_one_update_takes_no_price_away() -> None:
    home, feeds = DictionaryHome(), Feeds(make_site(), timezone.utc)
    set_prices(home, priced(-12, 12), priced(12, 36, 0.4))
    feeds.look(home, NOW)
    home.set("sensor.nordpool", "0.25", "EUR/kWh", raw_today=priced(-12, 12))
    assert feeds.look(home, NOW + hours(0.1)) == frozenset()
    assert value_at(feeds.spot(IMPORT, NOW), NOW + hours(20)) == 0.4


def test_prices_that_are_not_said_again_for_a_day_are_not_believed_any_more() -> None:
    home, feeds = DictionaryHome(), Feeds(make_site(**{"prices.import.max_age_hours": 2}), timezone.utc)
    set_prices(home, priced(-12, 12), priced(12, 36))
    feeds.look(home, NOW)
    set_prices(home, priced(-12, 12, 0.3))
    feeds.look(home, NOW + hours(2.5))
    assert feeds.spot(IMPORT, NOW + hours(2.5))[-1].end == NOW + hours(12)


@pytest.mark.parametrize("today", [[], None, "soon", [{"start": "soon", "value": 1}], [None]])
def test_what_cannot_be_read_is_said_and_what_is_known_stays(today: Any) -> None:
    home, feeds = home_now(), Feeds(make_site(), timezone.utc)
    feeds.look(home, NOW)
    set_prices(home, today)
    feeds.look(home, NOW + hours(1))
    assert len(feeds.spot(IMPORT, NOW + hours(1))) == 60
    assert feeds.faults()["prices.import"].what.startswith("prices.import: ")


def test_unit_that_changes_is_converted() -> None:
    home, feeds = DictionaryHome(), Feeds(make_site(), timezone.utc)
    set_prices(home, priced(-12, 12, 0.25))
    feeds.look(home, NOW)
    set_prices(home, priced(-12, 12, 260), unit="EUR/MWh")
    assert feeds.look(home, NOW + hours(0.1)) == {PRICES}
    assert value_at(feeds.spot(IMPORT, NOW), NOW) == pytest.approx(0.26)


def test_unit_that_changes_to_none_of_a_price_is_a_fault() -> None:
    home, feeds = home_now(), Feeds(make_site(), timezone.utc)
    feeds.look(home, NOW)
    set_prices(home, priced(-12, 12, 99), unit="%")
    feeds.look(home, NOW + hours(0.1))
    assert value_at(feeds.spot(IMPORT, NOW), NOW) == 0.25
    assert "prices.import" in feeds.faults()


def test_prices_in_another_currency_are_other_prices() -> None:
    home, feeds = DictionaryHome(), Feeds(make_site(), timezone.utc)
    set_prices(home, priced(-12, 12), priced(12, 36))
    feeds.look(home, NOW)
    set_prices(home, priced(-12, 12, 2.5), unit="SEK/kWh")
    feeds.look(home, NOW + hours(0.1))
    assert feeds.spot(IMPORT, NOW)[-1].end == NOW + hours(12)
    assert "prices.import: is in SEK, and currency is EUR" in feeds.problems(NOW)


def test_configured_unit_overrules_what_the_sensor_says() -> None:
    home = DictionaryHome()
    set_prices(home, priced(-12, 12, 25.0), unit="EUR/kWh")
    feeds = Feeds(make_site(**{"prices.import.unit": "c/kWh"}), timezone.utc)
    feeds.look(home, NOW)
    assert value_at(feeds.spot(IMPORT, NOW), NOW) == pytest.approx(0.25)


def test_planes_are_summed_with_their_percentiles() -> None:
    home = DictionaryHome()
    feeds = Feeds(planes(home, 2.0, 1.5), timezone.utc)
    feeds.look(home, NOW)
    low, high = feeds.bounds(ROOF, NOW)
    assert [value_at(one, NOW) for one in (feeds.series(ROOF, NOW), low, high)] == [3.5, 1.75, 7.0]


@pytest.mark.parametrize(
    ("state", "attributes", "words"),
    [
        ("unavailable", {}, "sensor.plane_1 is unavailable"),
        ("unknown", {"unit_of_measurement": "kWh"}, "sensor.plane_1 is unknown"),
        ("1", {"unit_of_measurement": "kWh"}, "sensor.plane_1 has lost its attribute detailedForecast"),
        (None, {}, "sensor.plane_1 has vanished"),
    ],
)  # fmt: skip
def test_plane_whose_sensor_fails_is_no_smaller_roof(state: Any, attributes: dict[str, Any], words: str) -> None:
    home = DictionaryHome()
    feeds = Feeds(planes(home, 2.0, 1.5), timezone.utc)
    feeds.look(home, NOW)
    if state is None:
        home.entities.pop("sensor.plane_1")
    else:
        home.entities["sensor.plane_1"] = (state, attributes)
    assert feeds.look(home, NOW + hours(1)) == frozenset()
    assert value_at(feeds.series(ROOF, NOW + hours(1)), NOW + hours(1)) == 3.5
    assert feeds.faults()["sensor.plane_1"].what == words
    feeds.look(home, NOW + hours(25))
    assert value_at(feeds.series(ROOF, NOW + hours(25)), NOW + hours(25)) == 2.0


def test_forecast_is_held_for_its_age_and_then_gone() -> None:
    home = DictionaryHome()
    feeds = Feeds(planes(home, 2.0).model_copy(), timezone.utc)
    feeds.look(home, NOW)
    home.set("sensor.plane_0", "unavailable")
    feeds.look(home, NOW + hours(23))
    assert value_at(feeds.series(ROOF, NOW + hours(23)), NOW + hours(24)) == 2.0
    feeds.look(home, NOW + hours(49))
    assert feeds.series(ROOF, NOW + hours(49)) == () and feeds.bounds(ROOF, NOW + hours(49)) == ((), ())


def test_sensor_is_parsed_once_while_it_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[datetime] = []
    real = hems.ha.feed_series._PARSERS["prices"]

    def counting(document: Any, *, now: datetime, **more: Any) -> Any:
        parsed.append(now)
        return real(document, now=now, **more)

    monkeypatch.setitem(hems.ha.feed_series._PARSERS, "prices", counting)  # type: ignore[arg-type]
    home, feeds = DictionaryHome(), Feeds(make_site(), timezone.utc)
    for minute in range(10):
        set_prices(home, priced(-12, 12))  # the same, in new lists
        feeds.look(home, NOW + timedelta(minutes=minute))
    assert len(parsed) == 1
    feeds.look(home, NOW + timedelta(minutes=15))
    assert len(parsed) == 2


# News


def test_only_what_is_new_of_the_time_to_come_is_news() -> None:
    home, feeds = DictionaryHome(), Feeds(make_site(), timezone.utc)
    set_prices(home, priced(-12, 12))
    assert feeds.look(home, NOW) == {PRICES}
    home.set("sensor.nordpool", "0.3", "EUR/kWh", raw_today=priced(-12, 12), raw_tomorrow=[])
    assert feeds.look(home, NOW + hours(1)) == frozenset()  # it has moved on to the next hour
    set_prices(home, [*priced(-12, 0, 0.9), *priced(0, 12)])
    assert feeds.look(home, NOW + hours(1.1)) == frozenset()  # of hours that are over
    set_prices(home, priced(-12, 12), priced(12, 36))
    assert feeds.look(home, NOW + hours(1.2)) == {PRICES}


def test_forecast_that_was_only_polled_again_is_no_news() -> None:
    home = home_now()
    feeds = Feeds(make_site(), timezone.utc)
    assert feeds.look(home, NOW) == {PRICES, FORECAST}
    state, attributes = home.entities["sensor.solcast_today"]
    home.entities["sensor.solcast_today"] = ("47", attributes | {"last_polled": "12:30"})
    assert feeds.look(home, NOW + hours(0.5)) == frozenset()
    periods = [entry | {"pv_estimate": 1.0} for entry in attributes["detailedForecast"]]
    home.entities["sensor.solcast_today"] = (state, attributes | {"detailedForecast": periods})
    assert feeds.look(home, NOW + hours(0.6)) == {FORECAST}


# The past


def test_prices_that_are_over_are_remembered_for_four_weeks() -> None:
    home, feeds = DictionaryHome(), Feeds(make_site(), timezone.utc)
    for day in range(30):
        now = NOW + timedelta(days=day)
        set_prices(home, priced(24 * day - 12, 24 * day + 12, value=day / 100))
        feeds.look(home, now)
    past = feeds.past(IMPORT, now)
    assert past[-1].end == now and now - past[0].begin <= timedelta(days=28, hours=1)
    assert value_at(past, NOW + timedelta(days=10)) == pytest.approx(0.10)
    assert feeds.spot(IMPORT, now)[0].end > now - timedelta(days=1)


def test_forecast_is_remembered_as_it_stood_when_its_time_came() -> None:
    home = DictionaryHome()
    feeds = Feeds(planes(home, 2.0), timezone.utc)
    feeds.look(home, NOW)
    planes(home, 3.0)
    feeds.look(home, NOW + timedelta(minutes=20))
    feeds.look(home, NOW + timedelta(minutes=40))
    feeds.look(home, NOW + timedelta(minutes=70))
    past = feeds.past(ROOF, NOW + timedelta(minutes=70))
    assert [slot.value for slot in past] == [2.0, 3.0]


def test_past_may_be_recalled_from_where_it_was_kept() -> None:
    home, feeds = home_now(), Feeds(make_site(), timezone.utc)
    before = Slot(NOW - timedelta(days=5), NOW - timedelta(days=5) + hours(1), 0.7)
    feeds.recall(IMPORT, [before])
    feeds.look(home, NOW)
    assert feeds.past(IMPORT, NOW)[0] == before


# Actions


class Prices:
    """A home with nordpool.get_prices_for_date; days that are not there yet give an empty list, or fail."""

    def __init__(self, last_day: str, fails: str | None = None) -> None:
        self.home, self.last_day, self.fails = DictionaryHome(), last_day, fails
        self.home.answers = self.answer
        self.site = make_site(**{"prices.import": {"source": "nordpool_core", "config_entry": "01J", "area": "FI"}})
        self.feeds = Feeds(self.site, HELSINKI)

    def answer(self, service: str, data: Mapping[str, Any]) -> Outcome:
        if self.fails is not None:
            return Outcome(False, self.fails)
        if data["date"] > self.last_day:
            return Outcome(False, "no prices for this day")
        begin = datetime.fromisoformat(data["date"] + "T00:00:00+02:00")  # the delivery day of central Europe
        times = [(begin + hours(k)).astimezone(timezone.utc) for k in range(24)]
        rows = [{"start": t.isoformat(), "end": (t + hours(1)).isoformat(), "price": 50.0} for t in times]
        return Outcome(True, "", {data["areas"]: rows})

    def poll(self, now: datetime) -> int:
        """Calls what is due; how many calls that were."""
        asked = self.feeds.due(now)
        if asked:
            self.feeds.answered(fetch(self.home, asked), now)
        self.feeds.look(self.home, now)
        return len(asked)


def test_action_is_called_for_each_day_and_its_answers_are_one_series() -> None:
    prices = Prices("2026-06-02")
    assert prices.poll(NOW) == 3
    assert [data["date"] for _, data in prices.home.calls] == ["2026-05-31", "2026-06-01", "2026-06-02"]
    spot = prices.feeds.spot(IMPORT, NOW)
    assert value_at(spot, NOW) == pytest.approx(0.05)
    assert spot[-1].end == datetime(2026, 6, 2, 22, tzinfo=timezone.utc)
    assert prices.feeds.faults() == {}


def test_day_that_is_not_there_yet_is_no_fault() -> None:
    prices = Prices("2026-06-01")
    prices.poll(NOW)
    assert prices.feeds.faults() == {}
    assert prices.feeds.spot(IMPORT, NOW)[-1].end == datetime(2026, 6, 1, 22, tzinfo=timezone.utc)


@pytest.mark.parametrize("message", ["TimeoutError: ", "no answer in time", "Invalid config entry"])
def test_action_that_raises_or_times_out_is_a_fault_with_its_message(message: str) -> None:
    prices = Prices("2026-06-02", fails=message)
    prices.poll(NOW)
    found = prices.feeds.faults()
    assert found["prices.import"].words == (
        f"prices.import: nordpool.get_prices_for_date failed: {message}; nothing stands in for it"
    )
    assert found["prices.import now"].fatal
    prices.fails = None
    assert prices.poll(NOW + timedelta(seconds=59)) == 0
    assert prices.poll(NOW + timedelta(seconds=60)) == 3
    assert prices.feeds.faults() == {}


def test_action_that_fails_later_leaves_what_it_said() -> None:
    prices = Prices("2026-06-02")
    prices.poll(NOW)
    prices.fails = "cannot connect"
    later = NOW + hours(1)
    prices.poll(later)
    assert value_at(prices.feeds.spot(IMPORT, later), later) == pytest.approx(0.05)
    assert "failed: cannot connect; what is known already is used" in prices.feeds.faults()["prices.import"].words


def test_failures_are_tried_again_ever_more_seldom() -> None:
    prices, calls = Prices("2026-06-02", fails="no"), []
    for minute in range(61):
        if prices.poll(NOW + timedelta(minutes=minute)):
            calls.append(minute)
    assert calls == [0, 1, 3, 7, 15, 25, 35, 45, 55]


def test_missing_tomorrow_is_asked_for_every_five_minutes_from_1245_on() -> None:
    prices, times = Prices("2026-06-01"), []
    start = datetime(2026, 6, 1, 8, 30, tzinfo=HELSINKI)
    for minute in range(0, 12 * 60):
        now = start + timedelta(minutes=minute)
        if now.hour >= 14:
            prices.last_day = "2026-06-02"
        if prices.poll(now):
            times.append(f"{now:%H:%M}")
    assert times[:7] == ["08:30", "09:30", "10:30", "11:30", "12:30", "12:45", "12:50"]
    assert times[times.index("14:00") :] == ["14:00", "15:00", "16:00", "17:00", "18:00", "19:00", "20:00"]


def test_every_local_midnight_is_a_new_day_of_prices() -> None:
    prices = Prices("2026-06-02")
    prices.poll(datetime(2026, 6, 1, 23, 50, tzinfo=HELSINKI))
    assert prices.poll(datetime(2026, 6, 1, 23, 59, tzinfo=HELSINKI)) == 0
    assert prices.poll(datetime(2026, 6, 2, 0, 0, tzinfo=HELSINKI)) == 3


def test_clock_that_is_set_back_does_not_stop_the_calls() -> None:
    prices = Prices("2026-06-02")
    prices.poll(NOW + timedelta(days=3))
    assert prices.poll(NOW) == 3


def test_weather_forecast_is_read_in_the_unit_of_its_entity() -> None:
    home = DictionaryHome()
    home.set("weather.home", "sunny", temperature_unit="°F")
    rows = [{"datetime": (NOW + hours(k)).isoformat(), "temperature": 68.0} for k in range(24)]
    home.answers = lambda service, data: Outcome(True, "", {data["entity_id"]: {"forecast": rows}})
    feeds = Feeds(make_site(outdoor={"weather": "weather.home"}), timezone.utc)
    feeds.answered(fetch(home, [one for one in feeds.due(NOW) if one.feed == OUTDOOR]), NOW)
    feeds.look(home, NOW)
    assert home.calls == [("weather.get_forecasts", {"entity_id": "weather.home", "type": "hourly"})]
    assert value_at(feeds.series(OUTDOOR, NOW), NOW) == pytest.approx(20)


def test_days_of_an_action_follow_the_local_clock_through_its_change() -> None:
    data = {"from": "{start}", "to": "{end}", "day": "{date}"}
    site = make_site(**{"prices.import": {"action": "x.get", "data": data, "days": [0, 1]}})
    asked = Feeds(site, HELSINKI).due(datetime(2026, 3, 29, 10, tzinfo=HELSINKI))
    assert [one.data for one in asked] == [
        {"from": "2026-03-29T00:00:00+02:00", "to": "2026-03-30T00:00:00+03:00", "day": "2026-03-29"},
        {"from": "2026-03-30T00:00:00+03:00", "to": "2026-03-31T00:00:00+03:00", "day": "2026-03-30"},
    ]


def test_action_without_days_is_called_once_for_today_and_tomorrow() -> None:
    feeds = Feeds(make_site(**{"prices.import": {"source": "tibber"}}), HELSINKI)
    [request] = feeds.due(datetime(2026, 6, 1, 10, tzinfo=HELSINKI))
    assert request.data == {"start": "2026-06-01T00:00:00+03:00", "end": "2026-06-03T00:00:00+03:00"}


# Events


def test_rates_come_as_events_of_the_meter_that_is_meant() -> None:
    block = {"source": "octopus", "data": {"mpan": "123"}}
    feeds = Feeds(make_site(**{"prices.import": block}, currency="GBP"), ZoneInfo("Europe/London"))
    assert "octopus_energy_electricity_current_day_rates" in feeds.events
    rates = [{"start": e["start"], "end": e["end"], "value_inc_vat": e["value"]} for e in priced(-12, 12, 0.24)]
    name = "octopus_energy_electricity_current_day_rates"
    assert not feeds.event(name, {"mpan": "999", "rates": rates})
    assert not feeds.event("other", {"mpan": "123", "rates": rates})
    assert feeds.event(name, {"mpan": "123", "rates": rates})
    assert feeds.look(DictionaryHome(), NOW) == {PRICES}
    assert value_at(feeds.spot(IMPORT, NOW), NOW) == pytest.approx(0.24)


# Series of two sayings


def slot(first: float, last: float, value: float) -> Slot:
    return Slot(NOW + hours(first), NOW + hours(last), value)


@pytest.mark.parametrize(
    ("earlier", "later", "both"),
    [
        ([], [slot(0, 1, 2)], [slot(0, 1, 2)]),
        ([slot(0, 1, 1)], [], [slot(0, 1, 1)]),
        ([slot(0, 4, 1)], [slot(1, 2, 2)], [slot(0, 1, 1), slot(1, 2, 2), slot(2, 4, 1)]),
        ([slot(0, 1, 1), slot(1, 2, 1)], [slot(0.5, 1.5, 2)], [slot(0, 0.5, 1), slot(0.5, 1.5, 2), slot(1.5, 2, 1)]),
        ([slot(0, 5, 1)], [slot(1, 2, 2), slot(3, 4, 3)],
         [slot(0, 1, 1), slot(1, 2, 2), slot(2, 3, 1), slot(3, 4, 3), slot(4, 5, 1)]),
        ([slot(1, 2, 1)], [slot(0, 3, 2)], [slot(0, 3, 2)]),
    ],
)  # fmt: skip
def test_what_is_said_later_goes_before_what_was_said_earlier(
    earlier: list[Slot], later: list[Slot], both: list[Slot]
) -> None:
    assert list(overlaid(earlier, later)) == both


def test_prices_that_reach_less_far_than_before_are_joined_with_those() -> None:
    known = (
        Known().heard([slot(0, 1, 1), slot(1, 2, 1)], NOW, hours(1)).heard([slot(0, 1, 2)], NOW + hours(1), hours(1))
    )
    assert list(known.slots) == [slot(0, 1, 2), slot(1, 2, 1)]
    assert list(known.heard([slot(0, 1, 3)], NOW + hours(1.1), hours(1)).slots) == [slot(0, 1, 3)]
