"""Seeded clouds: what share of the clear sky's light comes through."""

from datetime import date, datetime, timedelta, timezone

from .by_day import ByDay
from .randomness import dice

_KNOT_MINUTES = 5
_KNOTS = 24 * 60 // _KNOT_MINUTES
# Kinds of day: how often, mean light, and how much passing clouds move it.
_KINDS = ((0.25, 0.95, 0.03), (0.45, 0.62, 0.28), (0.30, 0.26, 0.09))
# Passing clouds remember themselves for about an hour: 0.92 per five minutes.
_MEMORY = 0.92


class Clouds:
    """The light that comes through, 0.04..1, by moment. Days are solar days: the weather changes at night."""

    def __init__(self, seed: int, longitude: float) -> None:
        self._seed = seed
        self._solar_offset = timedelta(hours=longitude / 15)
        self._days = ByDay(self._draw)

    def light(self, moment: datetime) -> float:
        """Share of the clear sky's light at that moment, linear between knots of five minutes."""
        solar = moment.astimezone(timezone.utc) + self._solar_offset
        position = (solar.hour * 3600 + solar.minute * 60 + solar.second) / (60 * _KNOT_MINUTES)
        knot = int(position)
        knots = self._days(solar.date())
        return knots[knot] + (position - knot) * (knots[knot + 1] - knots[knot])

    def mean_light(self, day: date) -> float:
        """The day's mean between 08:00 and 16:00 solar time: what a weather forecast knows of it."""
        knots = self._days(day)[8 * 12 : 16 * 12]
        return sum(knots) / len(knots)

    def _draw(self, day: date) -> list[float]:
        chance = dice(self._seed, "clouds", day)
        _, mean, swing = chance.choices(_KINDS, weights=[kind[0] for kind in _KINDS])[0]
        mean += chance.uniform(-0.06, 0.06)
        drift, knots = chance.gauss(0.0, 1.0), []
        for _ in range(_KNOTS + 1):
            drift = _MEMORY * drift + (1 - _MEMORY**2) ** 0.5 * chance.gauss(0.0, 1.0)
            knots.append(min(1.0, max(0.04, mean + swing * drift)))
        return knots
