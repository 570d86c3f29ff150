"""A past for the tests' home: hourly long-term statistics, as Home Assistant's recorder keeps them for years.

They are given to Home Assistant through its own websocket command, so that nothing here knows its database.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from .client import Client, wait_for
from .feeds import ZONE

DAYS = 8
NIGHT_KW, DAY_KW, EVENING_KW = 0.25, 0.6, 1.5


def house_kw(moment: datetime) -> float:
    """What nobody controls [kW]: little at night, much from 17 to 22 h local time; every day the same."""
    hour = moment.astimezone(ZONE).hour
    if 17 <= hour < 22:
        return EVENING_KW
    return DAY_KW if 7 <= hour < 22 else NIGHT_KW


def pv_kw(moment: datetime) -> float:
    """What the roof gives [kW]: a parabola from 8 to 16 h UTC with its top of 1.5 kW at noon."""
    moment = moment.astimezone(timezone.utc)
    from_noon_h = moment.hour + moment.minute / 60 - 12
    return max(0.0, 1.5 * (1 - (from_noon_h / 4) ** 2))


def charger_kw(moment: datetime) -> float:
    """What the car took [kW]: two hours in each night."""
    return 3.68 if 1 <= moment.astimezone(ZONE).hour < 3 else 0.0


def grid_kw(moment: datetime) -> float:
    """What the meter saw [kW], positive for import."""
    return house_kw(moment) + charger_kw(moment) - pv_kw(moment)


METERS: dict[str, Callable[[datetime], float]] = {
    "sensor.grid_power": grid_kw,
    "sensor.pv_power": pv_kw,
    "sensor.charger_power": charger_kw,
    "sensor.battery_power": lambda _: 0.0,
}


def seed(client: Client, now: datetime) -> None:
    """Give Home Assistant the statistics of the last days and wait until it answers with all of them."""
    hour = now.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)
    hours = [hour - timedelta(hours=back) for back in range(DAYS * 24, 0, -1)]
    client.ask(*(imported(entity, _watts(power_kw), hours) for entity, power_kw in METERS.items()))

    def complete() -> bool:
        rows = statistics(client, hours[0], list(METERS))
        return all(len(rows.get(entity, [])) >= len(hours) for entity in METERS)

    wait_for("the recorder to take the statistics", complete, 30)


def statistics(client: Client, start: datetime, entities: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Hourly means by entity, as the action recorder.get_statistics answers over the websocket."""
    action = {
        "type": "call_service",
        "domain": "recorder",
        "service": "get_statistics",
        "return_response": True,
        "service_data": {
            "start_time": start.isoformat(),
            "statistic_ids": entities,
            "period": "hour",
            "types": ["mean"],
        },
    }
    answer: dict[str, list[dict[str, Any]]] = client.ask(action)[0]["response"]["statistics"]
    return answer


def imported(
    entity: str, value: Callable[[datetime], float], hours: list[datetime], unit: str = "W", unit_class: str = "power"
) -> dict[str, Any]:
    """The websocket command that gives Home Assistant an entity's hourly means, values to a tenth."""

    def row(start: datetime) -> dict[str, Any]:
        mean = round(value(start), 1)
        return {"start": start.isoformat(), "mean": mean, "min": mean, "max": mean}

    return {
        "type": "recorder/import_statistics",
        "metadata": {
            "statistic_id": entity,
            "source": "recorder",
            "name": None,
            "unit_of_measurement": unit,
            "unit_class": unit_class,
            "mean_type": 1,
            "has_sum": False,
        },
        "stats": [row(start) for start in hours],
    }


def _watts(power_kw: Callable[[datetime], float]) -> Callable[[datetime], float]:
    return lambda moment: power_kw(moment) * 1000
