"""The hot-water tank: an electric heater, losses, showers, and a safety thermostat of its own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .by_day import ByDay
from .local_day import local_date, local_moment
from .pulses import Pulse, mean_kw
from .randomness import dice

# Heat capacity of water: 1.163 Wh per litre and kelvin; 200 l store 0.2326 kWh per kelvin.
KWH_PER_LITRE_K = 0.001163
SAFETY_C = 75.0
# After a safety stop the heater stays off until the water has cooled this far.
SAFETY_RESET_C = 72.0
COLD_WATER_C = 12.0


class HotWaterUse:
    """Heat that the family takes: showers in the morning and in the evening, a little between."""

    def __init__(self, seed: int, zone: ZoneInfo) -> None:
        self._seed = seed
        self._zone = zone
        self._days = ByDay(self._draw)

    def draw_kw(self, start: datetime, end: datetime) -> float:
        """Mean heat drawn within an interval."""
        return mean_kw(self._days(local_date(start, self._zone)), start, end)

    def _draw(self, day: date) -> tuple[Pulse, ...]:
        chance = dice(self._seed, "hot water", day)
        morning, evening = chance.uniform(6.6, 7.3), chance.uniform(20.0, 21.5)
        # (hour, minutes, kWh): a shower of 35 l at 38 C takes about 1.1 kWh.
        draws = [
            (morning, 8, chance.uniform(0.8, 1.3)),
            (morning + 0.25, 8, chance.uniform(0.6, 1.2)),
            (chance.uniform(11.5, 16.0), 3, chance.uniform(0.1, 0.3)),
            (chance.uniform(18.0, 19.2), 4, chance.uniform(0.2, 0.5)),
            (evening, 8, chance.uniform(0.7, 1.4)),
        ]
        pulses = []
        for hour, minutes, energy_kwh in draws:
            start = local_moment(day, hour, self._zone)
            pulses.append(Pulse(start, start + timedelta(minutes=minutes), energy_kwh * 60 / minutes))
        return tuple(pulses)


@dataclass(frozen=True)
class TankFlow:
    """One step of the tank: electric power in, heat drawn and heat lost, in kW."""

    heater_kw: float
    draw_kw: float
    loss_kw: float


@dataclass
class HotWaterTank:
    """Well-mixed water at one temperature."""

    litres: float
    heater_rated_kw: float
    temperature_c: float
    loss_kw_per_k: float = 0.002
    ambient_c: float = 20.0
    tripped: bool = False

    @property
    def capacity_kwh_per_k(self) -> float:
        """Heat that one kelvin stores."""
        return self.litres * KWH_PER_LITRE_K

    def step(self, switched_on: bool, draw_kw: float, hours: float) -> TankFlow:
        """T[k+1] = T[k] + h/C * (heater - loss - draw); no draw below cold water, no heating above 75 C."""
        capacity = self.capacity_kwh_per_k
        loss = self.loss_kw_per_k * (self.temperature_c - self.ambient_c)
        heat_left = max(0.0, (self.temperature_c - COLD_WATER_C) * capacity / hours - loss)
        drawn = min(draw_kw, heat_left)
        self.tripped = self.tripped and self.temperature_c > SAFETY_RESET_C
        heater = 0.0
        if switched_on and not self.tripped:
            until_safety = max(0.0, (SAFETY_C - self.temperature_c) * capacity / hours + loss + drawn)
            heater = min(self.heater_rated_kw, until_safety)
            self.tripped = heater < self.heater_rated_kw
        self.temperature_c += hours / capacity * (heater - loss - drawn)
        return TankFlow(heater, drawn, loss)
