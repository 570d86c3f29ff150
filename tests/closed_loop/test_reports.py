"""The reports say what the results say, on every calendar, whichever controllers ran, and need no net."""

from __future__ import annotations

import csv
import itertools
import json
import re
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from closed_loop.made_up import made_up
from hems.closed_loop.report_csv import write_csv
from hems.closed_loop.report_html import write_html
from hems.closed_loop.report_json import results_to_dict
from hems.closed_loop.report_style import DARK, LIGHT
from hems.closed_loop.report_text import results_table
from hems.closed_loop.report_weeks import chosen_weeks, week_plot
from hems.closed_loop.report_words import headline
from hems.closed_loop.results import CONTROLLERS, Results

SPRING, AUTUMN = date(2020, 3, 29), date(2020, 10, 25)


class Page(HTMLParser):
    """What a browser finds in the page: addresses, texts by element, the figures."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.rows: dict[str, list[str]] = {}
        self.table = self.element = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.element = tag
        self.addresses += [value or "" for key, value in attrs if key in ("src", "href", "srcset", "action", "data")]
        if tag == "table":
            self.table = dict(attrs)["id"] or ""
        if tag == "tr":
            self.rows.setdefault(self.table, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self.element = ""
        if tag == "table":
            self.table = ""

    def handle_data(self, data: str) -> None:
        if self.element == "script":
            self.scripts.append(data)
        elif self.element != "style":
            self.text += data + "\n"
            if self.table and self.rows.get(self.table):
                self.rows[self.table][-1] += data + "|"

    @property
    def figures(self) -> dict[str, dict]:
        return json.loads(self.scripts[0])


def page_of(results: Results, tmp_path: Path) -> Page:
    write_html(results, tmp_path / "page.html")
    return Page(tmp_path / "page.html")


def rows_of(results: Results, tmp_path: Path) -> list[dict[str, str]]:
    write_csv(results, tmp_path / "steps.csv")
    with (tmp_path / "steps.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table_row(results: Results, title: str) -> str:
    return next(line for line in results_table(results).splitlines() if line.startswith(f"{title}  "))


# ------------------------------------------------------------------------------------------------------------ JSON
def test_json_holds_the_documents_keys() -> None:
    document = results_to_dict(made_up(unmet=1, notes=["A hole."]))
    assert list(document) == [
        "schema", "title", "period", "time_zone", "currency", "mode", "controllers", "gain_share", "notes",
    ]  # fmt: skip
    assert document["schema"] == "hems.simulation/1"
    assert document["period"] == ["2021-06-07T00:00:00+02:00", "2021-06-21T00:00:00+02:00"]
    assert document["notes"] == ["A hole."]
    controllers = json.loads(json.dumps(document, allow_nan=False))["controllers"]
    assert list(controllers) == list(CONTROLLERS)
    assert set(controllers["hems"]) == {
        "bill", "import_kwh", "export_kwh", "cycles", "switches", "unmet", "cost", "wear", "stored_value",
        "curtailed_kwh", "solver", "fallbacks", "days",
    }  # fmt: skip
    assert controllers["hems"]["solver"] == {"solves": 1500, "median": 0.214, "p99": 1.1, "most": 4.9}
    assert controllers["bound"]["solver"] is None
    assert controllers["hems"]["days"][7] == {"date": "2021-06-14", "bill": 1.8, "import_kwh": 10.0, "export_kwh": 4.0}
    assert controllers["hems"]["unmet"] == [
        {
            "device": "car",
            "wish": "80 % by 7:00 <0>",
            "at": "2021-06-07T09:00:00+02:00",
            "short_by": 1.25,
            "unit": "kWh",
            "could_be_met": True,
        }
    ]


def test_json_gives_the_share_of_the_possible_gain() -> None:
    assert results_to_dict(made_up())["gain_share"] == {"rules": 0.5, "hems": 0.75, "hems_perfect": 0.875}
    assert results_to_dict(made_up(only=("hems", "bound")))["gain_share"] == {"hems": None}


def test_json_and_figures_know_no_nan(tmp_path: Path) -> None:
    results = made_up(only=("self_consumption", "hems", "bound"))
    broken = replace(
        results.outcomes["hems"], bill=float("nan"), cycles=float("inf"), import_kwh=1.23456, wear=-0.00001
    )
    document = results_to_dict(replace(results, outcomes={**results.outcomes, "hems": broken}))
    hems = json.loads(json.dumps(document, allow_nan=False))["controllers"]["hems"]
    assert (hems["bill"], hems["cost"], hems["cycles"], hems["import_kwh"]) == (None, None, None, 1.235)
    assert str(hems["wear"]) == "0.0"
    assert document["gain_share"] == {"hems": None}
    write_html(replace(results, outcomes={**results.outcomes, "hems": broken}), tmp_path / "page.html")
    assert "NaN" not in Page(tmp_path / "page.html").scripts[0]


# ------------------------------------------------------------------------------------------------------------- CSV
def test_csv_has_a_column_for_each_series_of_each_trace(tmp_path: Path) -> None:
    rows = rows_of(made_up(days=1, only=("uncontrolled", "hems", "bound")), tmp_path)
    assert list(rows[0]) == [
        "time", "import_price", "export_price", "load_kw", "pv_kw",
        "uncontrolled_import_kw", "uncontrolled_export_kw", "uncontrolled_heater_kw", "uncontrolled_heater_c",
        "hems_import_kw", "hems_export_kw", "hems_battery_soc", "hems_car_soc", "hems_heater_kw", "hems_heater_c",
    ]  # fmt: skip
    assert len(rows) == 96
    noon = next(row for row in rows if row["time"] == "2021-06-07T12:00:00+02:00")
    assert (noon["pv_kw"], noon["hems_heater_kw"], noon["hems_heater_c"]) == ("5.0", "2.0", "53.0")


@pytest.mark.parametrize(
    ("day", "steps", "clocks"),
    [
        (SPRING, 92, ["01:45:00+01:00", "03:00:00+02:00"]),
        (AUTUMN, 100, ["02:45:00+02:00", "02:00:00+01:00"]),
        (date(2020, 2, 29), 96, ["23:30:00+01:00", "23:45:00+01:00"]),
    ],
)
def test_csv_keeps_the_homes_clock(day: date, steps: int, clocks: list[str], tmp_path: Path) -> None:
    times = [row["time"] for row in rows_of(made_up(day, 1), tmp_path)]
    assert len(times) == len(set(times)) == steps
    at = times.index(f"{day}T{clocks[0]}")
    assert times[at + 1] == f"{day}T{clocks[1]}"
    moments = [datetime.fromisoformat(time) for time in times]
    assert {(b - a).total_seconds() for a, b in itertools.pairwise(moments)} == {900.0}


def test_csv_leaves_empty_what_is_not_known(tmp_path: Path) -> None:
    results = made_up(days=1)
    rows = rows_of(replace(results, pv_kw=(), load_kw=(float("nan"), *results.load_kw[1:90])), tmp_path)
    assert [rows[0]["pv_kw"], rows[0]["load_kw"], rows[1]["load_kw"], rows[95]["load_kw"]] == ["", "", "0.5", ""]


# ------------------------------------------------------------------------------------------------------------ text
def test_table_shows_each_controller_in_words() -> None:
    row = re.split(r"\s{2,}", table_row(made_up(unmet=4), "HEMS"))
    assert row == ["HEMS", "21.00", "75.0 %", "140", "56", "12.6", "44", "4 (2)", "0.21/1.10/4.90"]
    bound = re.split(r"\s{2,}", table_row(made_up(), "Perfect-foresight bound"))
    assert bound == ["Perfect-foresight bound", "14.00", "100.0 %", "140", "56", "12.6", "-", "0", "-"]


def test_table_fits_the_terminal_with_long_names_and_large_numbers() -> None:
    results = made_up(days=366, wear=12345.67, unmet=1234, notes=["A hole in the prices. " * 20])
    large = {
        name: replace(found, bill=found.bill * 1e4, import_kwh=123456789.0) for name, found in results.outcomes.items()
    }
    lines = results_table(replace(results, title="A home with a name " * 12, outcomes=large)).splitlines()
    assert max(len(line) for line in lines) <= 120
    assert any("5,490,000.00" in line for line in lines)
    assert any("Wear" in line for line in lines)


def test_table_of_what_ran() -> None:
    text = results_table(made_up(only=("rules", "hems")))
    assert "Nothing controlled" not in text
    assert "No saving can be stated: Self-consumption did not run." in text
    assert re.split(r"\s{2,}", table_row(made_up(only=("rules", "hems")), "Good rules"))[2] == "-"


def test_fallbacks_stand_in_the_notes() -> None:
    results = made_up()
    outcomes = {**results.outcomes, "hems": replace(results.outcomes["hems"], fallbacks=3)}
    assert "- HEMS: 3 plans came from the fallback" in results_table(replace(results, outcomes=outcomes))
    assert "fallback" not in results_table(results)


# -------------------------------------------------------------------------------------------------------- headline
def with_cost(hems: float, bound: float | None) -> Results:
    results = made_up(days=1)
    outcomes = {
        name: replace(found, bill=3.0) for name, found in results.outcomes.items() if name == "self_consumption"
    }
    outcomes["hems"] = replace(results.outcomes["hems"], bill=hems)
    if bound is not None:
        outcomes["bound"] = replace(results.outcomes["bound"], bill=bound)
    return replace(results, outcomes=outcomes)


@pytest.mark.parametrize(
    ("hems", "bound", "said"),
    [
        (1.5, 1.0, "HEMS saved 1.50 EUR (50.0 %) against self-consumption: 75.0 % of the 2.00 EUR that"),
        (1.5, None, "HEMS saved 1.50 EUR (50.0 %) against self-consumption."),
        (
            3.3,
            1.0,
            "HEMS cost 0.30 EUR (10.0 %) more than self-consumption; perfect foresight could have saved 2.00 EUR.",
        ),
        (3.0, 3.0, "HEMS cost the same as self-consumption; even perfect foresight could not have saved anything."),
        (-1.0, -2.0, "HEMS saved 4.00 EUR (133.3 %) against self-consumption: 80.0 % of the 5.00 EUR"),
    ],
)
def test_headline(hems: float, bound: float | None, said: str) -> None:
    assert headline(with_cost(hems, bound)).startswith(said)


def test_without_a_possible_gain_the_share_is_a_dash(tmp_path: Path) -> None:
    results = with_cost(3.0, 3.0)
    assert results_to_dict(results)["gain_share"] == {"hems": None}
    assert re.split(r"\s{2,}", table_row(results, "HEMS"))[2] == "-"
    row = next(row for row in page_of(results, tmp_path).rows["controllers"] if row.startswith("HEMS|"))
    assert row.split("|")[:3] == ["HEMS", "3.00", "–"]


# ------------------------------------------------------------------------------------------------------------ HTML
def test_page_loads_nothing_and_holds_the_library_once(tmp_path: Path) -> None:
    page = page_of(made_up(), tmp_path)
    assert page.addresses and not [address for address in page.addresses if not address.startswith(("#", "data:"))]
    source = (tmp_path / "page.html").read_text("utf-8")
    assert "default-src 'none'" in source
    assert sum("plotly.js v" in script for script in page.scripts) == 1
    assert "http" not in re.sub(r"<script.*?</script>", "", source, flags=re.S).replace("http-equiv", "")


def test_page_shows_finding_table_and_notes(tmp_path: Path) -> None:
    page = page_of(made_up(notes=["PV is missing on 2021-06-09 <all day>."]), tmp_path)
    assert "HEMS saved 21.00 EUR (50.0 %) against self-consumption: 75.0 %" in page.text
    assert "PV is missing on 2021-06-09 <all day>." in page.text
    assert "Every wish was met by every controller." in page.text
    rows = {row.split("|")[0]: row.split("|")[1:-1] for row in page.rows["controllers"]}
    assert rows["Good rules"] == ["28.00", "50.0 %", "140", "56", "0", "12.6", "44", "0", "–"]
    assert len(page.rows["bills"]) == 1 + 14
    assert page.rows["bills"][8] == "2021-06-14|5.00|3.00|2.00|1.80|1.25|0.70|"


def test_bills_of_a_year_are_listed_by_month(tmp_path: Path) -> None:
    page = page_of(made_up(date(2020, 1, 1), 366), tmp_path)
    assert len(page.rows["bills"]) == 1 + 12
    assert page.rows["bills"][2].startswith("2020-02|145.00|87.00|")
    assert (tmp_path / "page.html").stat().st_size < 6_000_000


def test_every_unmet_wish_is_counted_and_fifty_are_listed(tmp_path: Path) -> None:
    page = page_of(made_up(unmet=120), tmp_path)
    assert "HEMS: 120 wishes not met, 40 of them avoidable" in page.text
    assert "and 70 more" in page.text
    rows = page.rows["unmet-hems"][1:]
    assert len(rows) == 50
    assert [row.endswith("|yes|") for row in rows] == [True] * 40 + [False] * 10
    assert rows[0] == "Mon 7 Jun 2021 09:00|car|80 % by 7:00 <0>|1.25 kWh|yes|"
    few = page_of(made_up(unmet=1), tmp_path)
    assert "HEMS: 1 wish not met" in few.text
    assert not re.search(r"and \d+ more", few.text)


def test_a_controller_has_one_colour_in_every_plot(tmp_path: Path) -> None:
    page = page_of(made_up(), tmp_path)
    colours: dict[str, set[str]] = {}
    for figure in page.figures.values():
        for trace in figure["data"]:
            if trace["type"] == "bar":
                pairs = zip(trace["y"], trace["marker"]["color"], strict=True)
            else:
                pairs = iter([(trace["name"], trace["line"]["color"])])
            for name, colour in pairs:
                colours.setdefault(name, set()).add(colour)
    assert colours.pop("Import price") == colours.pop("Export price") == {"--price"}
    assert len(colours) == 6 and all(len(found) == 1 for found in colours.values())
    assert len(set.union(*colours.values())) == 6
    assert all(f"{next(iter(found))}:" in scheme for found in colours.values() for scheme in (LIGHT, DARK))


def test_bars_mark_the_bound_and_stack_the_wear(tmp_path: Path) -> None:
    figure = page_of(made_up(wear=2.0), tmp_path).figures["plot-0"]
    bills, wear = figure["data"]
    assert bills["x"] == [70.0, 42.0, 28.0, 21.0, 17.5, 14.0]
    assert wear["x"] == [0.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert figure["layout"]["shapes"][0]["x0"] == figure["layout"]["shapes"][0]["x1"] == 16.0
    earned = replace(made_up(wear=2.0).outcomes["hems"], bill=-9.0)
    layout = page_of(replace(made_up(), outcomes={"hems": earned}), tmp_path).figures["plot-0"]["layout"]
    assert layout["xaxis"]["range"] == [-9.0, 2.0]
    assert [(note["x"], note["text"]) for note in layout["annotations"]] == [(2.0, "<b>-7.00</b>")]
    without = page_of(made_up(only=("uncontrolled", "hems")), tmp_path).figures["plot-0"]
    assert "shapes" not in without["layout"] and len(without["data"]) == 1


def test_bills_add_up_day_by_day(tmp_path: Path) -> None:
    figure = page_of(made_up(), tmp_path).figures["plot-1"]
    bills = {trace["name"]: trace["y"] for trace in figure["data"] if trace["yaxis"] == "y"}
    saved = {trace["name"]: trace["y"] for trace in figure["data"] if trace["yaxis"] == "y2"}
    assert bills["HEMS"][6:8] == [10.5, 12.3]
    assert saved["HEMS"][6:8] == [10.5, 11.7]
    assert set(saved) == {"Good rules", "HEMS", "HEMS, perfect forecasts", "Perfect-foresight bound"}


def test_the_weeks_that_teach_most_are_shown() -> None:
    results = made_up(days=17)
    furthest, best = chosen_weeks(results)
    assert (furthest.dates[0], len(furthest.dates)) == ("2021-06-14", 7)
    assert furthest.why == "the week furthest from the bound: HEMS paid 7.70 EUR more"
    assert best.dates[0] == "2021-06-07"
    assert best.why == "the week of the largest saving: HEMS paid 10.50 EUR less than self-consumption"
    assert [len(week.dates) for week in chosen_weeks(made_up(days=3))] == [3]
    assert [week.why for week in chosen_weeks(made_up(only=("hems",)))] == ["the first week"]
    assert chosen_weeks(made_up(only=("uncontrolled", "bound"))) == []


@pytest.mark.parametrize(("day", "steps"), [(SPRING, 4 * 167), (AUTUMN, 4 * 169)])
def test_the_week_of_a_clock_change_has_its_true_length(day: date, steps: int) -> None:
    results = made_up(day, 7)
    figure = week_plot(results, chosen_weeks(results)[0])
    assert figure is not None
    data, layout = figure.data, figure.layout
    assert {trace["name"] for trace in data} == {"Import price", "Export price", "Self-consumption", "HEMS"}
    assert all(len(set(trace["x"])) == len(trace["y"]) == steps for trace in data)
    assert len(layout["xaxis"]["tickvals"]) == 7
    assert set(layout["xaxis"]["tickvals"]) <= set(data[0]["x"])
    assert data[0]["x"].index(layout["xaxis"]["tickvals"][1]) == steps - 4 * 144


def test_the_mean_day_is_by_the_homes_clock(tmp_path: Path) -> None:
    figures = page_of(made_up(SPRING, 7), tmp_path).figures
    hems = next(trace for trace in figures["plot-2"]["data"] if trace["name"] == "HEMS")
    assert len(figures) == 4
    mean = next(trace for trace in figures["plot-3"]["data"] if trace["name"] == "HEMS")
    assert len(hems["y"]) == 4 * 167
    assert [mean["y"][hour] for hour in (2, 10, 18, 24)] == [1.9, 0.4, 1.7, 0.4]


def test_names_are_no_markup(tmp_path: Path) -> None:
    results = made_up(days=7)
    evil = "</script><img src=http://x onerror=alert(1)>"
    trace = replace(results.traces["hems"], soc={evil: results.traces["hems"].soc["battery"]})
    page = page_of(replace(results, title=evil, mode=evil, currency="<b>", traces={"hems": trace}), tmp_path)
    assert page.addresses and not any("http" in address for address in page.addresses)
    assert evil in page.text
    assert len(page.scripts) == 3
    assert "<img" not in page.scripts[0]
    assert not any(
        "<img" in note["text"] for figure in page.figures.values() for note in figure["layout"]["annotations"]
    )


def test_page_of_few_or_no_controllers(tmp_path: Path) -> None:
    page = page_of(made_up(only=("uncontrolled",)), tmp_path)
    assert "No saving can be stated: HEMS and Self-consumption did not run." in page.text
    assert len(page.rows["controllers"]) == 2
    empty = page_of(replace(made_up(only=()), traces={}), tmp_path)
    assert empty.figures == {} and "controllers" not in empty.rows
    bare = replace(made_up(), traces={}, import_price=(), export_price=(), pv_kw=(), load_kw=())
    assert len(page_of(bare, tmp_path).figures) == 2
    assert rows_of(bare, tmp_path) == []


# --------------------------------------------------------------------------------------------------------- colours
# Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency (2009), severity 1.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a linear sRGB colour under D65."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stay_apart_for_the_colour_blind(scheme: str) -> None:
    values = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", scheme))
    colours = [linear(values[name.replace("_", "-")]) for name in CONTROLLERS]
    weights = np.array([0.2126, 0.7152, 0.0722])
    for colour in colours:
        light, dark = sorted([float(weights @ colour), float(weights @ linear(values["card"]))], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 2.99
    for vision, matrix in VISIONS.items():
        for one, other in itertools.combinations(colours, 2):
            assert np.linalg.norm(lab(matrix @ one) - lab(matrix @ other)) > 25, vision


# --------------------------------------------------------------------------------------------------------- browser
@pytest.mark.browser
def test_page_is_drawn_without_the_net_in_both_schemes(tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    from web.browser import open_browser

    write_html(made_up(unmet=3, wear=1.0), tmp_path / "page.html")
    asked, faults = [], []
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_selector("body[data-drawn=light]", timeout=30_000)
        assert page.locator(".plot svg.main-svg").count() > page.locator(".plot").count() == 5
        stroke = "() => document.querySelector('#plot-1 .trace path.js-line').style.stroke"
        light = page.evaluate(stroke)
        page.emulate_media(color_scheme="dark")
        page.wait_for_selector("body[data-drawn=dark]", timeout=30_000)
        assert page.evaluate(stroke) != light
        page.set_viewport_size({"width": 390, "height": 800})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [url for url in asked if not url.startswith("file:")] == [] and faults == []
