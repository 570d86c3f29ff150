"""The page in Chromium, against the page's own routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlparse

import pytest
from browser import open_browser
from home_days import NASTY, build_home
from more_days import FAULTS, build_doing, build_ledger, build_prices
from page_server import FixtureSource, PageServer

from hems.web.status import Live, Made

pytestmark = pytest.mark.browser

START = datetime.fromisoformat("2026-03-28T12:00:00+00:00")
# Two polls of the page and a little.
SOON_MS = 14_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[PageServer]:
    source = FixtureSource(START + timedelta(minutes=7))
    source.made = Made(*build_home(), START, "new prices", 1)
    running = PageServer(source)
    running.start()
    yield running
    running.stop()


class Visit:
    """One page with everything it complained about and asked for."""

    def __init__(self, browser: Any, url: str, width: int = 1280, height: int = 900, **options: Any) -> None:
        # A zone far from the home's: the page must show the home's time all the same.
        options = {"timezone_id": "America/Los_Angeles", **options}
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.hosts: set[str | None] = set()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)
        self.page.goto(url)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _note(self, request: Any) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.hosts.add(urlparse(request.url).hostname)

    def wait_for_chart(self) -> None:
        self.page.wait_for_selector("#chart[data-drawn]", timeout=20_000)

    def banners(self) -> list[str]:
        return [b.get_attribute("data-kind") for b in self.page.query_selector_all(".banner")]


def visit(browser: Any, server: PageServer, **options: Any) -> Visit:
    opened = Visit(browser, server.url, **options)
    opened.wait_for_chart()
    return opened


def test_the_chart_draws_and_the_tables_are_right(browser: Any, server: PageServer) -> None:
    seen = visit(browser, server)
    page = seen.page
    names = page.eval_on_selector_all("#chart .legendtext", "texts => texts.map(t => t.textContent)")
    wanted = {
        "Import price",
        "Export price",
        "PV used",
        "PV curtailed",
        "Grid import",
        "Grid export",
        "Baseline load",
    }
    wanted |= {"Battery charging", "Battery discharging", "Car charging", "Dishwasher", "Pool pump", "Tank"}
    assert wanted | {"Battery state of charge", "Car state of charge", "Tank temperature"} <= set(names)
    assert page.locator("#chart .scatterlayer .trace path").count() > 15
    row = page.locator('tbody[data-device="dishwasher"] tr.run')
    assert row.count() == 1
    text = row.inner_text()
    assert "Sat 22:15\N{EN DASH}23:45" in text and re.search(r"(1\.9|2\.0) kWh", text)  # 1.95
    assert "40 → 68 % by Sun 07:00" in page.locator('tbody[data-device="car"] tr.device').inner_text()
    assert "€2.65" in page.locator("#headline").inner_text()
    assert "falls short by 2.3 kWh" in page.locator("#shortfalls").inner_text()
    assert "Sat 28 Mar, 13:07 · Europe/Amsterdam" in page.locator("#clock").inner_text()
    assert seen.complaints == []
    assert seen.hosts == {"127.0.0.1"}


def test_every_step_stands_in_the_collapsible_table(browser: Any, server: PageServer) -> None:
    page = visit(browser, server).page
    assert page.locator("#steps tbody tr").count() == 0
    page.locator("#steps-section summary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#steps tbody tr")
    assert page.locator("#steps tbody tr").count() == 192
    headings = page.locator("#steps thead").inner_text()
    assert "Import price, EUR/kWh" in headings and "Worth of 1 kWh" in headings and "Why" in headings
    first = page.locator("#steps tbody tr").first
    assert first.locator("th").inner_text() == "Sat 28 Mar 13:00\N{EN DASH}13:15"
    assert "current" in (first.get_attribute("class") or "")


def test_names_with_markup_stay_text(browser: Any, server: PageServer) -> None:
    name = NASTY + '<b onclick="x">%{x}</b>'
    server.source.made = Made(*build_home(dishwasher=name), START, "<img src=x onerror=window.stolen=2>", 1)
    seen = visit(browser, server)
    seen.page.locator("#steps-section summary").click()
    seen.page.wait_for_selector("#steps tbody tr")
    assert seen.page.evaluate("window.stolen") is None
    assert name in seen.page.locator("#devices").inner_text()
    legend = seen.page.eval_on_selector_all("#chart .legendtext", "texts => texts.map(t => t.textContent)")
    assert name in legend
    assert seen.page.locator("main script, main img").count() == 0
    assert seen.complaints == []


def test_the_day_the_clocks_change(browser: Any, server: PageServer) -> None:
    page = visit(browser, server).page
    page.locator('#ranges button[data-hours="24"]').click()
    page.wait_for_selector('#ranges button[data-hours="24"][aria-pressed="true"]')
    page.locator('#ranges button[data-hours="12"]').click()
    texts = "[...document.querySelectorAll('#chart .xtick text')]"
    page.wait_for_function(texts + ".some(t => t.textContent === '23:00')")
    labels = page.eval_on_selector_all("#chart .xtick text", "texts => texts.map(t => t.textContent)")
    # Twelve hours from 13:00; midnight carries the day's name.
    assert labels == [f"{hour}:00" for hour in range(13, 24)] + ["00:00Sun 29 Mar", "01:00"]
    page.locator("#steps-section summary").click()
    page.wait_for_selector("#steps tbody tr")
    times = page.eval_on_selector_all("#steps tbody th", "cells => cells.map(c => c.textContent)")
    assert "Sun 29 Mar 01:45\N{EN DASH}03:00" in times[51] and times[52] == "Sun 29 Mar 03:00\N{EN DASH}03:15 (GMT+2)"


def test_hover_names_step_values_and_units(browser: Any, server: PageServer) -> None:
    page = visit(browser, server).page
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator("#chart .nsewdrag").nth(1).bounding_box()
    # Night step 56 (02:00 UTC = 04:00 summer time) of 192: the car charges, the sun does not shine.
    page.mouse.move(box["x"] + box["width"] * 56.5 / 192, box["y"] + box["height"] / 2 - 4)
    page.wait_for_timeout(150)
    page.mouse.move(box["x"] + box["width"] * 56.5 / 192, box["y"] + box["height"] / 2)
    page.wait_for_selector("#chart .hoverlayer .legend")
    said = page.eval_on_selector_all("#chart .hoverlayer text", "texts => texts.map(t => t.textContent)")
    assert "Sun 29 Mar 04:00\N{EN DASH}04:15 (GMT+2)" in said
    assert "Car charging: 7.36 kW" in said
    assert any(re.fullmatch(r"Import price: 0\.\d{3} EUR/kWh", line) for line in said)
    assert any(line.startswith("Battery state of charge:") and line.endswith("%") for line in said)
    assert not [line for line in said if line.startswith("PV used")]


def test_a_new_plan_appears_and_keeps_zoom_and_legend(browser: Any, server: PageServer) -> None:
    seen = visit(browser, server)
    page = seen.page
    page.locator('#ranges button[data-hours="12"]').click()
    page.locator("#chart .legend .traces", has_text="Import price").locator(".legendtoggle").click()
    price = "document.getElementById('chart')._fullData.find(t => t.name === 'Import price')"
    hidden = price + ".visible === 'legendonly'"
    page.wait_for_function(hidden)
    polls = len(server.requests)
    problem, plan = build_home(start=START + timedelta(minutes=15), dishwasher="washing_machine")
    server.source.made = Made(problem, plan, START + timedelta(minutes=15), "the car was plugged in", 2)
    page.wait_for_selector('tbody[data-device="washing_machine"]', timeout=SOON_MS)
    assert "the car was plugged in" in page.locator("#headline").inner_text()
    axis = page.evaluate("document.getElementById('chart')._fullLayout.xaxis.range")
    assert axis[1] - axis[0] == pytest.approx(12 * 3_600_000)
    assert axis[0] == (START + timedelta(minutes=15)).timestamp() * 1000
    assert page.evaluate(hidden)
    page.wait_for_timeout(6000)
    later = [status for route, status in server.requests[polls:] if route == "hems_plan"]
    assert later.count(200) == 1 and 304 in later
    assert seen.complaints == []


def test_a_drawn_zoom_outlives_a_new_plan(browser: Any, server: PageServer) -> None:
    page = visit(browser, server).page
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator("#chart .nsewdrag").nth(1).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    page.mouse.up()
    page.wait_for_function("document.querySelectorAll('#ranges [aria-pressed=true]').length === 0")
    before = page.evaluate("document.getElementById('chart')._fullLayout.xaxis.range")
    assert (before[1] - before[0]) / 3_600_000 == pytest.approx(12, abs=0.5)
    server.source.made = Made(*build_home(start=START + timedelta(minutes=15)), START, "again", 2)
    said = "document.getElementById('headline').textContent.includes('again')"
    page.wait_for_function(said, timeout=SOON_MS)
    page.wait_for_timeout(300)
    assert page.evaluate("document.getElementById('chart')._fullLayout.xaxis.range") == before


def test_a_lost_server_is_told_and_forgotten_when_it_is_back(browser: Any, server: PageServer) -> None:
    seen = visit(browser, server)
    assert seen.banners() == []
    server.stop()
    seen.page.wait_for_selector('.banner[data-kind="lost"]', timeout=SOON_MS)
    assert "Connection to HEMS lost" in seen.page.locator(".banner").inner_text()
    assert seen.page.locator("#devices tr.run").count() > 5
    server.start()
    seen.page.wait_for_selector('.banner[data-kind="lost"]', state="detached", timeout=SOON_MS)


def test_no_plan_yet_then_the_first_one(browser: Any, server: PageServer) -> None:
    first, server.source.made = server.source.made, None
    server.source.live = Live(control="off")
    seen = Visit(browser, server.url)
    seen.page.wait_for_selector('.banner[data-kind="waiting"]')
    assert seen.banners() == ["waiting", "control"]
    assert not seen.page.locator("#chart-section").is_visible()
    assert seen.complaints == []
    server.source.made = first
    seen.wait_for_chart()
    assert seen.banners() == ["control"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_horizontal_scroll_and_readable_contrast(browser: Any, server: PageServer, width: int, scheme: str) -> None:
    server.source.live = Live(control=None, doing=build_doing(), faults=FAULTS, ledger=build_ledger())
    server.source.made = with_estimates(recalled=True)
    seen = visit(browser, server, width=width, height=844, color_scheme=scheme)
    page = seen.page
    page.locator("#steps-section summary").click()
    page.wait_for_selector("#steps tbody tr")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (
        ".card .sub",
        ".card.lead .sub",
        ".tile .does",
        ".banner",
        ".runs .note",
        ".quiet",
        ".saves",
        ".tile .more",
        ".tile .trouble",
        ".banner.warning",
        ".tag.override",
        ".periods h3",
        ".periods .sub",
    ):
        assert contrast(page, selector) >= 4.5, selector


def test_landmarks_and_table_headers(browser: Any, server: PageServer) -> None:
    page = visit(browser, server).page
    assert page.locator("header").count() == page.locator("main").count() == page.locator("footer").count() == 1
    assert page.locator("#banners").get_attribute("aria-live") == "polite"
    assert page.locator("h1").count() == 1
    assert page.locator("#devices thead th[scope=col]").count() == 4
    assert page.locator("#devices tr.run:not(:has(th[scope=row])):not(:has(.idle))").count() == 0


def with_estimates(recalled: bool = False) -> Made:
    problem, plan = build_home()
    return Made(problem, plan, START, "new prices", 1, build_prices(problem), recalled)


def test_estimated_prices_are_shaded_and_named(browser: Any, server: PageServer) -> None:
    known = visit(browser, server).page
    assert "estimated" not in known.eval_on_selector_all("#chart .legendtext", "texts => texts.map(t => t.textContent)")
    assert "estimates" not in known.locator("#chart-note").inner_text()
    server.source.made = with_estimates()
    seen = visit(browser, server)
    page = seen.page
    assert "estimated" in page.eval_on_selector_all("#chart .legendtext", "texts => texts.map(t => t.textContent)")
    (shade,) = page.evaluate("document.getElementById('chart').layout.shapes.filter(s => s.type === 'rect')")
    assert shade["x0"] == (START + timedelta(hours=11)).timestamp() * 1000
    assert shade["x1"] == (START + timedelta(hours=48)).timestamp() * 1000
    assert "Prices from Sun 00:00 on are estimates." in page.locator("#chart-note").inner_text()
    assert page.locator("#days .tag").count() == 2
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator("#chart .nsewdrag").nth(0).bounding_box()
    for k, wanted in ((20, False), (100, True)):
        for by in (4, 0):  # a movement, not a jump
            page.mouse.move(box["x"] + box["width"] * (k + 0.5) / 192, box["y"] + box["height"] / 2 - by)
            page.wait_for_timeout(150)
        page.wait_for_selector("#chart .hoverlayer .legend")
        said = page.eval_on_selector_all("#chart .hoverlayer text", "texts => texts.map(t => t.textContent)")
        (price,) = [line for line in said if line.startswith("Import price")]
        assert bool(re.search(r"kWh, estimated: 0\.\d{3} to 0\.\d{3}$", price)) is wanted, price
    page.locator("#steps-section summary").click()
    page.wait_for_selector("#steps tbody tr")
    cells = page.eval_on_selector_all("#steps tbody tr td:nth-child(2)", "cells => cells.map(c => c.textContent)")
    assert not cells[43].endswith("est.") and cells[44].endswith(" est.")
    assert seen.complaints == []


def test_a_plan_of_before_the_restart_is_marked(browser: Any, server: PageServer) -> None:
    assert "before the restart" not in visit(browser, server).page.locator("#headline").inner_text()
    server.source.made = with_estimates(recalled=True)
    assert "Plan made before the restart" in visit(browser, server).page.locator("#headline").inner_text()


def test_faults_open_to_a_list_and_stay_open(browser: Any, server: PageServer) -> None:
    server.source.live = Live(control="on", faults=FAULTS)
    page = visit(browser, server).page
    banner = page.locator('details.banner[data-kind="health"]')
    assert not banner.locator("li").first.is_visible()
    banner.locator("summary").click()
    assert banner.locator("li").all_inner_texts() == list(FAULTS)
    server.source.live = Live(control="on", faults=(*FAULTS, NASTY))
    page.wait_for_selector(".banner li:nth-child(3)", timeout=SOON_MS)
    assert page.locator(".banner li").nth(2).inner_text() == NASTY
    server.source.live = Live(control="on")
    page.wait_for_selector(".banner", state="detached", timeout=SOON_MS)


def test_who_is_in_charge_of_each_device(browser: Any, server: PageServer) -> None:
    server.source.live = Live(control="on", doing=build_doing(), readings={"soc": {"battery": 0.55}})
    seen = visit(browser, server)
    said = "\n".join(seen.page.locator("#now .tile").all_inner_texts()).replace("\N{NO-BREAK SPACE}", " ")
    assert "boost until 15:30" in said and "12 of 40 writes today" in said and "55 %" in said
    assert "by hand until Sun 00:40" in said and "40 % as planned" in said
    assert "By plan · 1 write today" in said and "still shows off after 3 tries" in said
    assert "Roof" in said and "guard" in said
    assert "undefined" not in said and "null" not in said
    assert seen.page.locator("#now .trouble").count() == 1
    assert seen.complaints == []


def test_the_ledgers_card(browser: Any, server: PageServer) -> None:
    assert not visit(browser, server).page.locator("#ledger-section").is_visible()
    server.source.live = Live(control="on", ledger=build_ledger())
    seen = visit(browser, server)
    seen.page.wait_for_selector("#ledger-chart svg.main-svg .bars path", state="attached")
    periods = seen.page.locator("#ledger li")
    today, yesterday = periods.nth(0).inner_text(), periods.nth(1).inner_text()
    assert "€0.84" in today and "saved €0.31" in today and "partial" not in today
    assert "€1.20 earned" in yesterday and "saving unknown" in yesterday and "partial" in yesterday
    assert "28 days, 95 % measured" in periods.nth(2).inner_text() and periods.count() == 4
    seen.page.locator("#ledger-days-section summary").click()
    rows = seen.page.locator("#ledger-days tbody tr").all_inner_texts()
    assert len(rows) == 28 and rows[18].split("\t") == ["Tue 10 Marpartial", "unknown", "unknown"]
    assert seen.complaints == []


def test_a_ledger_without_figures_says_unknown(browser: Any, server: PageServer) -> None:
    server.source.live = Live(control="on", ledger={})
    page = visit(browser, server).page
    said = page.locator("#ledger-section").inner_text()
    assert said.count("unknown") == 8 and "0.00" not in said and "No figures yet." in said
    assert not page.locator("#ledger-chart").is_visible()


def contrast(page: Any, selector: str) -> float:
    """WCAG contrast of the first such element's text on the first opaque ground behind it."""
    ink, ground = page.eval_on_selector(
        selector,
        """node => { const ink = getComputedStyle(node).color; let at = node;
        while (at && /, 0\\)$|transparent/.test(getComputedStyle(at).backgroundColor)) at = at.parentElement;
        return [ink, getComputedStyle(at || document.body).backgroundColor]; }""",
    )
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
