"""The tariff in apps.yaml: what it may say, what YAML makes of it, and what is refused in which words."""

from datetime import date
from typing import Any

import pytest
import yaml

from builders.site_block import make_site
from hems.config.tariff import Prices
from hems.config.tariff_rules import vat_on
from hems.domain.faults import Refused

SPOT = "entity: sensor.spot"


def prices(text: str) -> Prices:
    """The block ``prices:`` of apps.yaml as YAML."""
    return make_site(prices=yaml.safe_load(text)).prices


def faults(text: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        prices(text)
    return [fault.removeprefix("apps.yaml: hems.prices.") for fault in refused.value.faults]


def adder(text: str) -> Any:
    (found,) = prices(f"import: {{{SPOT}, adders: [{{per_kwh: 1, {text}}}]}}").import_.adders
    return found


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("07:00-22:00", ((420, 1320),)),
        ("7:00-22:00", ((420, 1320),)),
        ("7-22", ((420, 1320),)),
        ("07-22", ((420, 1320),)),
        ('"22:00-06:30"', ((1320, 390),)),
        ("0-24", ((0, 1440),)),
        ("18-24:00", ((1080, 1440),)),
        ("[7:30-9, 17-20]", ((450, 540), (1020, 1200))),
        ('"7-9, 17-20"', ((420, 540), (1020, 1200))),
    ],
)
def test_hours_are_read_as_yaml_hands_them_over(text: str, spans: Any) -> None:
    assert adder(f"hours: {text}").hours == spans


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", ("mon", "tue", "wed", "thu", "fri")),
        ("sat-mon", ("sat", "sun", "mon")),
        ("sun", ("sun",)),
        ("[mon, saturday]", ("mon", "sat")),
        ("[weekend, holiday]", ("sat", "sun", "holiday")),
        ("Workday", ("workday",)),
        ("[mon-wed, tue]", ("mon", "tue", "wed")),
    ],
)
def test_days_of_the_week_are_names_and_spans_of_names(text: str, days: tuple[str, ...]) -> None:
    assert adder(f"weekdays: {text}").weekdays == days


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hours: 22:00", "hours: 1320 is not a span of hours; write it like \"07:00-22:00\", in quotes"),
        ("hours: 7", "hours: 7 is not a span of hours"),
        ("hours: 7-25", "hours: '7-25' is not a span of hours"),
        ("hours: 7:75-8", "hours: '7:75-8' is not a span of hours"),
        ("hours: 24:00-07:00", "hours: '24:00-07:00' is not a span of hours"),
        ("hours: 7-7", "hours: '7-7' begins when it ends; write \"00:00-24:00\" for the whole day"),
        ("hours: []", "hours: [] is not a span of hours"),
        ("weekdays: no", "weekdays: False is not a day of the week"),
        ("weekdays: [1, 2]", "weekdays: 1 is not a day of the week; write mon-fri, [sat, sun], workday, weekend or holiday"),
        ("weekdays: mondy", "did you mean monday?"),
        ("weekdays: mon-", "weekdays: '' is not a day of the week"),
        ("dates: 2026-11-01", "dates: datetime.date(2026, 11, 1) is not a span of dates; write it like \"11-01..03-31\""),
        ("dates: 02-30", "dates: '02-30' is not a span of dates"),
        ("dates: 11-01..", "dates: '' is not a span of dates"),
        ("from: 1.7.2026", "from: '1.7.2026' is not a day; write it like 2026-07-01"),
        ("from: 9999-07-01", "is not a day; write it like 2026-07-01"),
        ("from: 2026-07-01T00:00:00", "is not a day; write it like 2026-07-01"),
        ("from: 2026-07-02, until: 2026-07-01", "from: 2026-07-02 is after until 2026-07-01"),
        ("hour: 7-22", "hour: unknown key; did you mean hours?"),
        ("per_kwh: x", "per_kwh: 'x' is not a number"),
    ],
)  # fmt: skip
def test_wrong_rule_is_refused_with_its_path_and_what_to_write(text: str, sentence: str) -> None:
    (found,) = faults(f"import: {{{SPOT}, adders: [{{per_kwh: 1}}, {{per_kwh: 1, {text}}}]}}")
    assert found.startswith("import.adders[1].")
    assert sentence in found


@pytest.mark.parametrize("text", ["2026-07-01", '"2026-07-01"'])
def test_day_may_be_quoted_or_not(text: str) -> None:
    assert adder(f"from: {text}").begin == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        ("{hours: 7-22}", "no price on Mon, as 2024-01-01, from 00:00 to 07:00; end the list with {per_kwh: ...}"),
        ("{hours: 7-22}, {hours: 22-6}", "no price on Mon, as 2024-01-01, from 06:00 to 07:00"),
        ("{weekdays: mon-fri}, {weekdays: sat}", "no price on Sun, as 2024-01-07, from 00:00 to 24:00"),
        ("{weekdays: workday}, {weekdays: weekend}", "no price on Mon, a holiday, as 2024-01-01, from 00:00 to 24:00"),
        ("{dates: 11-01..03-31}, {dates: 04-01..10-30}", "no price on Thu, as 2024-10-31, from 00:00 to 24:00"),
        ("{dates: 01-01..02-28}, {dates: 03-01..12-31}", "no price on Thu, as 2024-02-29, from 00:00 to 24:00"),
        ("{from: 2026-07-01}", "from 00:00 to 24:00; end the list"),
        ("{until: 2026-06-30}, {from: 2026-07-02}", "no price on Wed, as 2026-07-01, from 00:00 to 24:00"),
    ],
)
def test_tariff_with_an_hour_without_a_price_names_that_hour(rates: str, sentence: str) -> None:
    rates = rates.replace("{", "{per_kwh: 1, ")
    (found,) = faults(f"import: {{time_of_use: [{rates}]}}")
    assert found.startswith("import.time_of_use: ") and sentence in found, found


@pytest.mark.parametrize(
    "rates",
    [
        "{}",
        "{hours: 7-22}, {hours: 22-7}",
        "{hours: 7-22, weekdays: workday}, {}",
        "{weekdays: workday}, {weekdays: [weekend, holiday]}",
        "{dates: 11-01..03-31}, {dates: 04-01..10-31}",
        "{until: 2026-06-30}, {from: 2026-07-01}",
        "{hours: 7-22, weekdays: mon-fri}, {hours: 22-7}, {weekdays: weekend}",
    ],
)
def test_tariff_that_has_a_price_for_every_hour_is_taken(rates: str) -> None:
    rates = rates.replace("{", "{per_kwh: 1, ").replace(", }", "}")
    assert prices(f"import: {{time_of_use: [{rates}]}}").import_.time_of_use


@pytest.mark.parametrize(
    "rates", ["{}, {hours: 2-3}", "{hours: 7-22}, {hours: 8-9}, {}", "{weekdays: mon-fri}, {weekdays: workday}, {}"]
)
def test_rate_that_never_holds_is_refused(rates: str) -> None:
    rates = rates.replace("{", "{per_kwh: 1, ").replace(", }", "}")
    (found,) = faults(f"import: {{time_of_use: [{rates}]}}")
    assert found == "import.time_of_use: entry 2 never holds: those before it take all its hours"


def test_every_other_key_stays_as_it_was() -> None:
    found = prices(
        "import: {source: nordpool, entity: sensor.x, add_per_kwh: 0.1, vat: 0.2}\nexport: {same_as: import}"
    )
    assert (found.import_.entity, found.import_.add_per_kwh, found.import_.vat) == ("sensor.x", 0.1, 0.2)
    assert prices(f"import: {{{SPOT}}}").export.fixed_per_kwh == 0.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import: {}", "import.entity: is missing"),
        (f"import: {{{SPOT}, fixed_per_kwh: 0.3}}", "import.fixed_per_kwh: give a source (entity or action), "
         "fixed_per_kwh or time_of_use, and only one of them"),
        (f"import: {{{SPOT}, time_of_use: [{{per_kwh: 1}}]}}", "import.time_of_use: give a source (entity or action), "
         "fixed_per_kwh or time_of_use, and only one of them"),
        ("import: {fixed_per_kwh: 0.3, multiplier: 2}", "import.multiplier: there is no spot price that it could multiply"),
        (f"import: {{{SPOT}}}\nexport: {{}}", "export.same_as: give same_as: import or fixed_per_kwh or time_of_use or "
         "import_plus_per_kwh or an entity, and only one of them"),
        (f"import: {{{SPOT}}}\nexport: {{fixed_per_kwh: 0, import_plus_per_kwh: 0}}", "export.same_as: give same_as: import "
         "or fixed_per_kwh or time_of_use or import_plus_per_kwh or an entity, and only one of them"),
        ("import: {fixed_per_kwh: 0.3}\nexport: {same_as: import}", "export: same_as: import has no spot price; write "
         "import_plus_per_kwh: 0 to be paid its price"),
        (f"import: {{{SPOT}, vat: 21}}", "import.vat: 21 is beyond 1"),
        (f"import: {{{SPOT}, multiplier: 0}}", "import.multiplier: 0 is not above 0"),
        (f"import: {{{SPOT}, vat: [{{from: 2026-07-01, vat: 0.19}}]}}", "import.vat: no VAT before 2026-07-01; add "
         "{vat: ...} without from, for what holds until then"),
        (f"import: {{{SPOT}, vat: [{{vat: 0.1}}, {{vat: 0.2}}]}}", "import.vat: two entries begin on the same day, or two "
         "have no from"),
        (f"import: {{{SPOT}}}\nholidays: [12-32]", "holidays[0]: '12-32' is not a day of the year"),
        (f"import: {{{SPOT}}}\nholidays: [christmas]", "holidays[0]: 'christmas' is not a day; write it like 2026-07-01"),
    ],
)  # fmt: skip
def test_wrong_tariff_is_refused_in_words(text: str, found: str) -> None:
    assert faults(text) == [found]


def test_vat_changes_with_the_date() -> None:
    vat = prices(f"import: {{{SPOT}, vat: [{{from: 2026-07-01, vat: 0.19}}, {{vat: 0.21}}]}}").import_.vat
    assert [vat_on(vat, day) for day in (date(2020, 1, 1), date(2026, 6, 30), date(2026, 7, 1))] == [0.21, 0.21, 0.19]


def test_holiday_is_of_one_year_or_of_every_year() -> None:
    is_holiday = prices(f"import: {{{SPOT}}}\nholidays: [2026-04-06, 12-25]").is_holiday
    assert is_holiday(date(2026, 4, 6)) and is_holiday(date(2031, 12, 25))
    assert not is_holiday(date(2027, 4, 6)) and not is_holiday(date(2026, 12, 26))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("export_boost: {hours: 17-21}", "export_boost.offset_per_kwh: is missing; give offset_per_kwh, minimum_per_kwh, "
         "or both"),
        ("export_boost: {offset_per_kwh: -0.1}", "export_boost.offset_per_kwh: -0.1 is negative"),
        ("chip_mode: {hours: 22-06}", "chip_mode.threshold_per_kwh: is missing"),
        ("saving_sessions: {reward_per_kwh: 2}", "saving_sessions.entity: is missing; give the entity that lists the "
         "sessions, or sessions:"),
        ("saving_sessions: {sessions: [{start: 2026-01-01T17:00:00Z, end: 2026-01-01T18:00:00Z}]}",
         "saving_sessions.reward_per_kwh: is missing; give it here, or with every session"),
        ("free_sessions: {sessions: [{start: 2026-01-01T18:00:00Z, end: 2026-01-01T18:00:00Z}]}",
         "free_sessions.sessions[0].end: 2026-01-01T18:00:00+00:00 is not after start"),
        ("free_sessions: {sessions: [{start: 2026-01-01 17:00, end: 2026-01-01T18:00:00Z}]}",
         "free_sessions.sessions[0].start: 2026-01-01 17:00 has no offset; write it like 2026-03-28T12:00:00+01:00"),
    ],
)  # fmt: skip
def test_wrong_modification_is_refused_in_words(text: str, found: str) -> None:
    assert faults(f"import: {{{SPOT}}}\n{text}") == [found]
