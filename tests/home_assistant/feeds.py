"""What the integrations for prices and PV forecasts would publish, as sensors for the tests' home.

The forms are those of the custom Nord Pool integration and of Solcast PV Forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from .client import Client

ZONE = ZoneInfo("Europe/Amsterdam")
QUARTER = timedelta(minutes=15)
PRICE = "sensor.nordpool"
PV_TODAY = "sensor.solcast_pv_forecast_forecast_today"
PV_TOMORROW = "sensor.solcast_pv_forecast_forecast_tomorrow"

Series = Callable[[datetime], float]
"""A value for the moment at which a period starts."""


def quarter(moment: datetime) -> datetime:
    """The start of the quarter-hour that `moment` lies in, in UTC."""
    moment = moment.astimezone(timezone.utc)
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def one_window(now: datetime, *, after_hours: float, hours: float, inside: float, outside: float) -> Series:
    """A price [EUR/kWh] that differs in one window, `after_hours` after the start of this quarter-hour."""
    start = quarter(now) + timedelta(hours=after_hours)
    return lambda moment: inside if start <= moment < start + timedelta(hours=hours) else outside


def publish_prices(client: Client, now: datetime, price: Series) -> None:
    """Publish spot prices [EUR/kWh without taxes] for today and tomorrow."""
    today, tomorrow = (
        [{"start": _iso(t), "end": _iso(t + QUARTER), "value": price(t)} for t in _day(now, later, QUARTER)]
        for later in (0, 1)
    )
    attributes = {
        "friendly_name": "Nord Pool",
        "unit_of_measurement": "EUR/kWh",
        "currency": "EUR",
        "tomorrow_valid": True,
        "raw_today": today,
        "raw_tomorrow": tomorrow,
    }
    client.publish(PRICE, str(price(quarter(now))), attributes)


def publish_pv_forecast(client: Client, now: datetime, pv_kw: Series) -> None:
    """Publish the PV forecast [kW] for today and tomorrow, one sensor a day."""
    for later, entity in enumerate((PV_TODAY, PV_TOMORROW)):
        periods: list[dict[str, Any]] = []
        for start in _day(now, later, 2 * QUARTER):
            kw = pv_kw(start)
            spread = {"pv_estimate10": kw / 2, "pv_estimate90": kw * 1.5}
            periods.append({"period_start": _iso(start), "pv_estimate": kw, **spread})
        attributes = {
            "friendly_name": f"Solcast PV Forecast {'today' if later == 0 else 'tomorrow'}",
            "unit_of_measurement": "kWh",
            "device_class": "energy",
            "detailedForecast": periods,
        }
        client.publish(entity, str(round(sum(p["pv_estimate"] for p in periods) / 2, 3)), attributes)


def _day(now: datetime, later: int, step: timedelta) -> Iterator[datetime]:
    """The steps of a local day, in UTC: a day of the clock change has 23 or 25 hours."""
    local = now.astimezone(ZONE).date() + timedelta(days=later)
    start, end = (
        datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(timezone.utc)
        for day in (local, local + timedelta(days=1))
    )
    while start < end:
        yield start
        start += step


def _iso(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()
