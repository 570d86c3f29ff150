"""An electrically heated home in the United States: a month's past in °F and W, a thermometer, and a weather service's forecast.

Below 16 °C it takes 0.15 kW for each K.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from hems.ha.port import Outcome

from .client import Client, wait_for
from .past import house_kw, imported, statistics
from .server import HomeAssistant
from .suite import CONFIGURATION

HOUR = timedelta(hours=1)
METER, THERMOMETER, WEATHER, SERVICE = "sensor.home_power", "sensor.outdoor", "weather.home", "sensor.weather_service"
PAST_DAYS, FORECAST_HOURS = 30, 48
MILD_C, COLD_C, MILD_HOURS = 14.0, -2.0, 12
"""It is mild for so many hours from now on, then cold."""

HEATED_BELOW_C, KW_PER_K = 16.0, 0.15
PACKAGE: dict[str, Any] = {
    "input_number": {"sim_outdoor": {"name": "Simulated outdoor temperature", "min": -40, "max": 120, "mode": "box"}},
    "template": [
        {
            "sensor": [
                {
                    "name": "Outdoor",
                    "unique_id": "outdoor",
                    "state": "{{ states('input_number.sim_outdoor') }}",
                    "unit_of_measurement": "°F",
                    "device_class": "temperature",
                    "state_class": "measurement",
                }
            ]
        },
        {
            "weather": [
                {
                    "name": "Home",
                    "unique_id": "weather_home",
                    "condition": "cloudy",
                    "humidity": 80,
                    "temperature_unit": "°C",
                    "temperature": f"{{{{ states('{SERVICE}') }}}}",
                    "forecast_hourly": f"{{{{ state_attr('{SERVICE}', 'hours') }}}}",
                }
            ]
        },
    ],
}


@dataclass(frozen=True)
class Climate:
    """°C about the hour ``now`` (aware UTC): in the past each day has its own level, whatever the season."""

    now: datetime

    def c(self, moment: datetime) -> float:
        if moment >= self.now:
            return MILD_C if moment < self.now + MILD_HOURS * HOUR else COLD_C
        day = (self.now - moment) // timedelta(days=1)
        level = random.Random(f"day {day}").uniform(-3, 13)
        return level + (2 if 8 <= moment.hour < 18 else -2)

    def f(self, moment: datetime) -> float:
        return self.c(moment) * 9 / 5 + 32

    def load_kw(self, moment: datetime) -> float:
        return house_kw(moment) + KW_PER_K * max(HEATED_BELOW_C - self.c(moment), 0)

    def usual_kw(self, moment: datetime) -> float:
        """The past's mean of that hour of the day, at most a day ahead: what a forecast says that knows no weather."""
        days = range(2, PAST_DAYS)
        return sum(self.load_kw(moment - timedelta(days=day)) for day in days) / len(days)

    def hours(self, first: int, last: int) -> list[datetime]:
        """The hours from the ``first`` after ``now`` on, before the ``last``."""
        return [self.now + hour * HOUR for hour in range(first, last)]


class AmericanHome(HomeAssistant):
    """A Home Assistant in °F with a thermometer and a weather service."""

    def _prepare(self) -> None:
        super()._prepare()
        configuration = self.folder / "configuration.yaml"
        configuration.write_text(configuration.read_text().replace("system: metric", "system: us_customary"))
        (self.folder / "packages/outdoor.yaml").write_text(yaml.safe_dump(PACKAGE, allow_unicode=True))


class Asked:
    """The home as the suite sees it, asked by the tests themselves."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def state(self, entity: str) -> str | None:
        return self._client.state(entity)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        found = self._client.entity(entity)
        return found["attributes"] if found is not None else {}

    def entity_ids(self) -> frozenset[str]:
        return frozenset(one["entity_id"] for one in self._client.states())

    def call(self, service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        domain, action = service.split(".")
        command = {"type": "call_service", "domain": domain, "service": action, "return_response": True}
        return Outcome(True, response=self._client.ask(command | {"service_data": dict(data)})[0]["response"])

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        self._client.publish(entity, state, dict(attributes))


def suites_block() -> dict[str, Any]:
    """A home of which nothing can be controlled: what it takes from the grid is its load."""
    return {
        "module": "hems.planner_app",
        "class": "Planner",
        "home_namespace": "default",
        "prices": {"import": {"fixed_per_kwh": 0.30}, "export": {"fixed_per_kwh": 0.05}},
        "grid": {"power": METER},
        "outdoor": {"weather": WEATHER, "temperature": THERMOMETER},
    }


def configuration(folder: Path) -> Path:
    """The suite's configuration for this home, with a data folder of its own."""
    apps = {
        "hems": suites_block() | {"data_dir": str(folder / "data")},
        "hems_page": {"module": "hems.web_app", "class": "Page", "dependencies": ["hems"]},
    }
    made = folder / "configuration"
    (made / "apps").mkdir(parents=True)
    (made / "appdaemon.yaml").write_text((CONFIGURATION / "appdaemon.yaml").read_text())
    (made / "apps/hems").symlink_to(CONFIGURATION / "apps/hems", target_is_directory=True)
    (made / "apps/apps.yaml").write_text(yaml.safe_dump(apps))
    return made


def seed(client: Client, climate: Climate) -> None:
    """A month's statistics in W and °F, the forecast of two days, and what the sensors say now."""
    hours = climate.hours(-PAST_DAYS * 24, 0)
    client.ask(
        imported(METER, lambda moment: climate.load_kw(moment) * 1000, hours),
        imported(THERMOMETER, climate.f, hours, "°F", "temperature"),
    )
    forecast = [
        {"datetime": one.isoformat(), "condition": "cloudy", "temperature": climate.c(one)}
        for one in climate.hours(0, FORECAST_HOURS)
    ]
    client.publish(SERVICE, str(climate.c(climate.now)), {"hours": forecast})
    client.act("input_number.set_value", "input_number.sim_outdoor", value=round(climate.f(climate.now), 1))
    watts = round(climate.load_kw(climate.now) * 1000)
    client.act("input_number.set_value", "input_number.sim_house_load", value=watts)

    def complete() -> bool:
        rows = statistics(client, hours[0], [METER, THERMOMETER])
        return all(len(rows.get(entity, [])) >= len(hours) for entity in (METER, THERMOMETER))

    wait_for("the recorder to take the statistics", complete, 30)
