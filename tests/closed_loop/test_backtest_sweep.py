"""What if: which home and which tariff each variant is, that each is run once and kept, and the plots."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from closed_loop.made_up import made_up
from hems.closed_loop.prices import tariff_of
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.results import ControllerName, Outcome
from hems.closed_loop.seeded_series import seeded_series
from hems.closed_loop.study_asked import Study
from hems.closed_loop.sweep import AS_IT_IS, Swept, results_of_all, sweep_table, sweep_to_list
from hems.closed_loop.sweep_plot import bars, battery_curve, write_sweep
from hems.closed_loop.sweep_variants import variants_of
from hems.closed_loop.trust import DAYS_A_MONTH
from hems.domain.faults import Refused

ZONE = ZoneInfo("Europe/Berlin")
CHEAP: tuple[ControllerName, ...] = ("self_consumption", "rules")
NOBODY_HEARS = lambda shares: None  # noqa: E731


@pytest.fixture(scope="module")
def study() -> Study:
    """The Sunday on which the clock is put back, and the day before it."""
    site = reference_home()
    series = seeded_series(site, ZONE, date(2025, 10, 25), date(2025, 10, 27), seed=3)
    first = series.step_at(datetime(2025, 10, 24, 22, tzinfo=timezone.utc))
    return Study(site, series, ZONE, first, first + 49 * 4, CHEAP, title="two days")


def refused(asked: list[str], study: Study) -> list[str]:
    with pytest.raises(Refused) as caught:
        variants_of(asked, study)
    return caught.value.faults


def test_batteries_of_other_sizes_keep_their_inverter(study: Study) -> None:
    five, none, big = variants_of(["battery=5,0", "battery=12.5"], study)
    assert [one.label for one in (five, none, big)] == ["battery 5 kWh", "no battery", "battery 12.5 kWh"]
    assert five.study.site.batteries["battery"].capacity_kwh == 5
    assert five.study.site.batteries["battery"].charge_limit_kw == 5
    assert not none.study.site.batteries and big.number == 12.5
    assert five.study.site.evs == study.site.evs


def test_a_home_without_a_battery_gets_one(study: Study) -> None:
    bare = replace(study, site=study.site.model_copy(update={"batteries": {}}))
    (found,) = variants_of(["battery=8"], bare)
    battery = found.study.site.batteries["battery"]
    assert (battery.capacity_kwh, battery.charge_limit_kw, battery.discharge_limit_kw) == (8, 4, 4)


def test_one_more_car_has_a_name_of_its_own(study: Study) -> None:
    (found,) = variants_of(["ev"], study)
    assert list(found.study.site.evs) == ["car", "car_2"] and found.label == "one more car"
    (first,) = variants_of(["ev"], replace(study, site=study.site.model_copy(update={"evs": {}})))
    assert list(first.study.site.evs) == ["car"] and first.label == "a car"


def test_a_flat_tariff_is_all_in_and_what_is_sold_earns_as_said(study: Study) -> None:
    (found,) = variants_of(["tariff=0.30:0.08"], study)
    tariff = tariff_of(found.study.site, found.study.series, found.study.zone)
    assert set(tariff.import_price) == {0.30} and set(tariff.export_price) == {0.08}


def test_a_flat_tariff_sells_for_the_mean_of_the_sunny_steps(study: Study) -> None:
    (found,) = variants_of(["tariff=0.30"], study)
    part = slice(study.first, study.last)
    pv = sum(study.series.pv_kw.values())[part]  # type: ignore[index]
    mean = float((tariff_of(study.site, study.series, study.zone).export_price[part] * pv).sum() / pv.sum())
    (sold,) = set(tariff_of(found.study.site, found.study.series, found.study.zone).export_price)
    assert sold == pytest.approx(mean, abs=1e-4)
    assert sold != pytest.approx(
        float(tariff_of(study.site, study.series, study.zone).export_price[part].mean()), abs=1e-3
    )


def test_night_rates_follow_the_clock_on_the_day_with_25_hours(study: Study) -> None:
    (found,) = variants_of(["tariff=0.36/0.24@22:30-6"], study)
    tariff = tariff_of(found.study.site, found.study.series, found.study.zone).import_price[study.first : study.last]
    clocks = [study.series.time(k).astimezone(ZONE) for k in range(study.first, study.last)]
    night = [clock.hour < 6 or clock.hour * 60 + clock.minute >= 22 * 60 + 30 for clock in clocks]
    assert tariff.tolist() == [0.24 if one else 0.36 for one in night]
    assert sum(night[24 * 4 :]) == 7 * 4 + 6 and found.label.startswith("0.36, 22:30 to 06:00 0.24 EUR/kWh")


def test_what_cannot_be_varied_is_said_with_what_can(study: Study) -> None:
    faults = refused(["batery=5", "ev=2", "battery=big", "tariff=cheap", "tariff=0.3/0.2@25-6", "battery"], study)
    assert [fault.partition(";")[0] for fault in faults] == [
        "--sweep: 'batery=5' is nothing that can be varied",
        "--sweep: 'ev=2' is nothing that can be varied",
        "--sweep: battery=big: 'big' is no size in kWh",
        "--sweep: tariff=cheap: 'cheap' is no tariff",
        "--sweep: tariff=0.3/0.2@25-6: '25:00' is not a time of day",
        "--sweep: 'battery' is nothing that can be varied",
    ]
    assert "did you mean battery?" in faults[0] and "write battery=5,10,15 or ev or tariff=0.30" in faults[1]
    assert refused([f"battery={','.join(map(str, range(20)))}"], study)[0].startswith(
        "--sweep: 20 variants, at most 12"
    )


def test_the_same_variant_twice_is_one(study: Study) -> None:
    assert len(variants_of(["battery=5,5.0", "battery=5"], study)) == 1


def test_all_are_run_and_kept_and_the_home_itself_only_once(study: Study, tmp_path: Path) -> None:
    heard: list[Mapping[ControllerName, float]] = []
    variants = variants_of(["battery=2,10"], study)
    results, lines = results_of_all(study, variants, tmp_path, 2, heard.append)
    assert list(results.outcomes) == list(CHEAP)
    assert [line.label for line in lines] == [AS_IT_IS, "battery 2 kWh", "battery 10 kWh"]
    assert lines[2].before == lines[0].before != lines[1].before
    assert lines[1].cost is not None and lines[0].cost is not None and lines[1].cost > lines[0].cost
    # Two for the home as it is, one for the small battery; the ten kWh are the home's own.
    assert len(list(tmp_path.glob("*.done"))) == 3
    assert set(heard[-1]) == {"self_consumption, as it is", "rules, as it is", "self_consumption, battery 2 kWh"}
    assert set(heard[-1].values()) == {1.0}
    again, same = results_of_all(study, variants, tmp_path, 1, NOBODY_HEARS)
    assert (again, same) == (results, lines)


def test_who_stops_it_stops_all_of_it(study: Study, tmp_path: Path) -> None:
    def interrupts(shares: Mapping[ControllerName, float]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        results_of_all(study, variants_of(["battery=2,4"], study), tmp_path, 2, interrupts)


def outcome(bill: float) -> Outcome:
    return Outcome(bill=bill, import_kwh=10.0, export_kwh=1.0, cycles=2.0)


LINES = [
    Swept("", AS_IT_IS, None, outcome(40.0), outcome(30.0)),
    Swept("battery", "battery 15 kWh", 15.0, outcome(35.0), outcome(24.0)),
    Swept("battery", "battery 5 kWh", 5.0, outcome(45.0), outcome(36.0)),
    Swept("ev", "a <car>", None, outcome(70.0), None),
]


def test_table_and_document_say_the_same() -> None:
    table = sweep_table(LINES, "EUR", 10).splitlines()
    assert table[1] == "What if (10 days, EUR, bill and wear):"
    assert re.split(r"\s{2,}", table[5]) == ["battery 15 kWh", "35.00", "24.00", "11.00", "6.00", "18.26", "2.0"]
    assert re.split(r"\s{2,}", table[4])[4:6] == ["-", "-"]
    document = sweep_to_list(LINES, 10)
    assert document[1]["cheaper_per_month"] == pytest.approx(6 / 10 * DAYS_A_MONTH, abs=1e-4)
    assert document[3]["cost_with_hems"] is None and document[3]["cheaper_than_as_it_is"] == -40.0
    assert sweep_table([], "EUR", 10) == "" and sweep_to_list([], 10) == []


def test_the_curve_rises_with_the_size() -> None:
    curve = battery_curve(LINES, "EUR", 10)
    assert curve is not None
    (trace,) = curve.data
    assert trace["x"] == [5.0, 15.0]
    assert trace["y"] == pytest.approx([-6 / 10 * DAYS_A_MONTH, 6 / 10 * DAYS_A_MONTH], abs=1e-3)
    assert battery_curve(LINES[:2], "EUR", 10) is None
    assert [one["x"] for one in bars(LINES, "EUR").data] == [[40.0, 35.0, 45.0, 70.0], [30.0, 24.0, 36.0, None]]


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "sweep.html"
    write_sweep(LINES, made_up(days=10), ["9 days are <few>"], 10, page)
    text = page.read_text()
    assert "a &lt;car&gt;" in text and "9 days are &lt;few&gt;" in text and "a <car>" not in text
    head = text[: text.index("<style>")]
    assert "default-src 'none'" in head and "http" not in head.replace("http-equiv", "")
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', text, re.S)[1])  # type: ignore[index]
    assert list(figures) == ["plot-0", "plot-1"]
    assert all(f'id="{name}"' in text for name in figures)
    assert np.isfinite(figures["plot-0"]["layout"]["height"])


@pytest.mark.browser
def test_the_page_draws_in_a_browser(tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    from web.browser import open_browser

    page = tmp_path / "sweep.html"
    write_sweep(LINES, made_up(days=10), ["few days"], 10, page)
    with open_browser() as browser:
        tab = browser.new_page(viewport={"width": 390, "height": 800})
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(page.as_uri())
        tab.wait_for_function("document.body.dataset.drawn")
        assert said == [] and tab.locator(".plot .main-svg").count() >= 2
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
