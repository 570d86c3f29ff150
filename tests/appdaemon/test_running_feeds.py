"""The suite in the real AppDaemon: prices from an action that answers, and faults that come and go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.appdaemon_process import Suite, copy_demo, wait_for

pytestmark = pytest.mark.appdaemon

_PRICES = "import: {source: nordpool, entity: sensor.nordpool, add_per_kwh: 0.13, vat: 0.21}"
_ACTION = "import: {source: nordpool_core, config_entry: 01J, area: NL, add_per_kwh: 0.13, vat: 0.21}"
_APP = '''
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appdaemon.adapi import ADAPI

ZONE = ZoneInfo("Europe/Amsterdam")


class Extras(ADAPI):
    """An action that gives prices, a sensor whose state the test sets."""

    def initialize(self):
        self.set_namespace("home")
        self.set_state("sensor.limit", state="9000", attributes={"unit_of_measurement": "W"}, check_existence=False)
        self.register_service("nordpool/get_prices_for_date", self.on_call, namespace="home")
        self.register_service("extras/set", self.on_set, namespace="home")

    def on_call(self, namespace, domain, service, data):
        if data["date"] > datetime.now(ZONE).date().isoformat():
            return {"success": False, "ad_status": "OK", "error": {"message": "no prices for this day"}}
        begin = datetime.fromisoformat(data["date"]).replace(tzinfo=ZONE)
        times = [(begin + timedelta(hours=k)).isoformat() for k in range(25)]
        rows = [{"start": a, "end": b, "price": 40.0} for a, b in zip(times, times[1:])]
        return {"success": True, "ad_status": "OK", "result": {"response": {data["areas"]: rows}}}

    def on_set(self, namespace, domain, service, data):
        attributes = {"unit_of_measurement": "W"}
        self.set_state("sensor.limit", state=data["state"], attributes=attributes, namespace="home")
        return {"success": True, "ad_status": "OK", "result": {"response": None}}
'''


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The demo with prices from an action and an import limit from a sensor."""

    def change(text: str) -> str:
        assert _PRICES in text and "import_limit_kw: 17.25" in text
        extras = "extras: {module: extras, class: Extras, priority: 20}\n\n"
        changed = text.replace(_PRICES, _ACTION).replace("import_limit_kw: 17.25", "import_limit_kw: sensor.limit")
        return extras + changed

    folder = copy_demo(tmp_path_factory.mktemp("feeds") / "config", change)
    Path(folder / "apps/extras.py").write_text(_APP)
    running = Suite(folder)
    try:
        wait_for(running.plan, 30, "the first plan")
        yield running
    finally:
        running.close()


def health(suite: Suite) -> tuple[str, list[str]]:
    found = suite.entity("sensor.hems_health") or {"state": "none", "attributes": {}}
    return found["state"], found["attributes"].get("faults", [])


def test_plan_is_made_with_the_prices_of_the_action(suite: Suite) -> None:
    prices = suite.ask("/app/hems_problem")[1]["grid"]["import_price"]
    assert prices[0] == pytest.approx((0.04 + 0.13) * 1.21)


def test_fault_is_published_and_said_once_when_it_comes_and_once_when_it_goes(suite: Suite) -> None:
    fault = "sensor.limit is unavailable"
    wait_for(lambda: not any("sensor.limit" in one for one in health(suite)[1]), 15, "no fault of the limit")
    suite.call("extras/set", state="unavailable")
    wait_for(lambda: any(fault in one for one in health(suite)[1]), 15, "the fault in sensor.hems_health")
    assert health(suite)[0] == "degraded"
    suite.fire("hems_replan")
    suite.call("extras/set", state="8000")
    wait_for(lambda: not any(fault in one for one in health(suite)[1]), 15, "the fault gone from sensor.hems_health")
    said = [line for line in suite.text().splitlines() if fault in line]
    assert len(said) == 2, said
    assert f"{fault}; its last value is used until " in said[0]
    assert f"{fault}: over, after " in said[1]
    assert "Traceback" not in suite.text()
