"""The simulated home as others use it: let time pass, look at its states, call its services."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .by_day import ByDay
from .devices import Devices
from .home_states import States, device_states, forecast_state, price_attributes
from .local_day import local_date
from .nature import Nature, seeded_nature
from .past import live_past
from .prices import DayAhead
from .services import apply_service
from .settings import HomeSettings
from .statistics_service import get_statistics

# Physics in steps of at most a minute, cut at whole minutes: no step spans two quarters or two hours.
_STEP_SECONDS = 60
_SOC_AFTER_A_LONG_TRIP = 0.35


class House:
    """A home at a moment. The same seed, start, steps and commands give the same states."""

    def __init__(self, settings: HomeSettings, now: datetime, nature: Nature | None = None) -> None:
        """`now` (aware) is the home's first moment; four weeks of past are generated before it."""
        self.settings = settings
        self.now = _utc(now)
        self._zone = settings.zone
        self._nature = nature or seeded_nature(settings)
        self._day_ahead = DayAhead(self._nature.prices, self._zone)
        self._forecasts_today = ByDay(lambda day: self._forecast(day, 0), keep=2)
        self._forecasts_tomorrow = ByDay(lambda day: self._forecast(day, 1), keep=2)
        self._prices: tuple[object, dict[str, Any]] = (None, {})
        self.devices = Devices(settings, self._nature)
        live_past(self.devices, self.now, self._zone)
        if settings.car_just_home:
            self.devices.diary.stay_home(local_date(self.now, self._zone))
            self.devices.car.energy_kwh = _SOC_AFTER_A_LONG_TRIP * settings.car_kwh
            self.devices.car_plugged = True

    def step(self, start: datetime, end: datetime) -> None:
        """Let time pass. `start` is where the home stands; a gap or time that runs back raises ValueError."""
        moment, end = _utc(start), _utc(end)
        if moment != self.now:
            raise ValueError(f"the home stands at {self.now.isoformat()}, not at {moment.isoformat()}")
        if end < moment:
            raise ValueError(f"time does not run back: {moment.isoformat()} to {end.isoformat()}")
        while moment < end:
            into_minute = moment.timestamp() % _STEP_SECONDS
            until = min(end, moment + timedelta(seconds=_STEP_SECONDS - into_minute))
            self.devices.advance(moment, until)
            moment = until
        self.now = end

    def states(self) -> States:
        """All entities: {entity_id: (state, attributes)}. Attributes are shared: read, do not change them."""
        found = device_states(self.devices) | self.devices.controls.states()
        found["sensor.nordpool"] = (
            str(self._day_ahead.current(self.now).value_per_kwh),
            self._price_attributes(),
        )
        today = local_date(self.now, self._zone)
        prefix = "sensor.solcast_pv_forecast_forecast"
        found[f"{prefix}_today"] = self._forecasts_today(today)
        found[f"{prefix}_tomorrow"] = self._forecasts_tomorrow(today + timedelta(days=1))
        return found

    def call(self, domain: str, service: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a service; answers its response, {} for one that only changes something.

        Raises ServiceError (a ValueError) with a sentence for people; nothing is changed then.
        """
        if (domain, service) == ("recorder", "get_statistics"):
            return get_statistics(self.devices.statistics, data, self._zone)
        apply_service(self.devices.controls, domain, service, data, self.devices.dishwasher.running)
        return {}

    def _price_attributes(self) -> dict[str, Any]:
        """Made anew only when the lists change: at local midnight and when tomorrow is published."""
        key = (local_date(self.now, self._zone), bool(self._day_ahead.tomorrow(self.now)))
        if self._prices[0] != key:
            self._prices = (key, price_attributes(self._day_ahead, self.now, self._zone))
        return self._prices[1]

    def _forecast(self, day: date, days_ahead: int) -> tuple[str, dict[str, Any]]:
        periods = self._nature.pv_forecast(day, days_ahead)
        name = "PV forecast today" if days_ahead == 0 else "PV forecast tomorrow"
        return forecast_state(name, day, periods, self._zone)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(timezone.utc)
