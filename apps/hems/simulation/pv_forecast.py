"""The PV forecast: like the truth, and wrong like a real one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .clouds import Clouds
from .local_day import slots
from .pv import PvPlant
from .randomness import dice
from .settings import HomeSettings

_PERIOD = timedelta(minutes=30)
# Standard deviation of the error of a day's total, today's and tomorrow's: rooftop forecasts miss by 10-25 %.
_ERROR_TODAY = 0.08
_ERROR_TOMORROW = 0.18


@dataclass(frozen=True)
class PvPeriod:
    """Mean power of one half hour: estimate and its tenth and ninetieth percentile."""

    start: datetime
    estimate_kw: float
    estimate10_kw: float
    estimate90_kw: float


class PvForecast:
    """Forecast of one local day, as seen `days_ahead` of it."""

    def __init__(self, settings: HomeSettings, clouds: Clouds, plant: PvPlant) -> None:
        self._settings = settings
        self._clouds = clouds
        self._plant = plant

    def day(self, day: date, days_ahead: int) -> list[PvPeriod]:
        """46, 48 or 50 half hours. The nearer day errs in the same direction, but by less."""
        surprise = dice(self._settings.seed, "pv forecast", day).gauss(0.0, 1.0)
        error = 1.0 + (_ERROR_TODAY if days_ahead <= 0 else _ERROR_TOMORROW) * max(-2.0, min(2.0, surprise))
        light = self._clouds.mean_light(day)
        # The tenth percentile falls furthest on days of broken cloud; clear and overcast days are surer.
        doubt = 0.15 + 1.2 * light * (1.0 - light) + (0.1 if days_ahead > 0 else 0.0)
        return [
            self._period(start, light, error, min(0.8, doubt)) for start in slots(day, self._settings.zone, minutes=30)
        ]

    def _period(self, start: datetime, day_light: float, error: float, doubt: float) -> PvPeriod:
        middle = start + _PERIOD / 2
        clear = sum(self._plant.clear_kw(start + _PERIOD * share) for share in (1 / 6, 3 / 6, 5 / 6)) / 3
        # A forecast knows the day better than the passing cloud: the hours around, mixed with the day's mean.
        hours = (-1.5, -0.75, 0.0, 0.75, 1.5)
        around = sum(self._clouds.light(middle + timedelta(hours=h)) for h in hours) / len(hours)
        estimate = min(clear, clear * (0.5 * around + 0.5 * day_light) * error)
        low, high = estimate * (1.0 - doubt), min(clear, estimate * (1.0 + doubt))
        return PvPeriod(start, round(estimate, 4), round(low, 4), round(max(estimate, high), 4))
