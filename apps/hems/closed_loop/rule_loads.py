"""Loads in cheap hours, by rules: a program at its cheapest start, a quota in the day's cheapest runs, a tank while cheap."""

from datetime import datetime, time, timedelta, tzinfo

from ..config.loads import Heat, Program, Quota
from ..planner.local_days import local_time
from ..planner.readings import LoadReading
from .cheapest import cheapest, cheapest_runs, cheapest_start
from .fixed_times import ON_ABOVE_MIN_K, quota_hours
from .price_list import Costs, CostsOf
from .program_turn import ProgramTurn
from .quarters import PER_DAY, QUARTER_H, quarter_from, quarter_of
from .thermostat import Thermostat

# A tank is heated in the cheapest third of the next twelve hours, to so many kelvin below its maximum.
_HEAT_AHEAD, _CHEAP_SHARE, _BELOW_MAX_K, _HYSTERESIS_K = PER_DAY // 2, 3, 5.0, 2.0


class CheapProgram:
    """A program at the cheapest start that its window still holds."""

    def __init__(self, config: Program, turn: ProgramTurn) -> None:
        self._turn = turn
        self._energy_kwh = energy_by_quarter(config.program_kw, config.program_step_minutes)
        self._mean_kw = sum(config.program_kw) / len(config.program_kw)

    def observe(self, reading: LoadReading, now: datetime) -> bool:
        """Whether it runs now."""
        self._turn.observe(reading, now)
        return self._turn.running

    def starts(self, reading: LoadReading, now: datetime, costs_of: CostsOf) -> bool:
        """Whether now is the time to start it."""
        window = self._turn.window(reading, now)
        if window is None or window[0] > now or self._turn.must_wait():
            return False
        first, last = quarter_of(now), quarter_of(window[1] - self._turn.length)
        costs = costs_of(self._mean_kw)
        first, last = first - costs.first, last - costs.first
        return cheapest_start(costs.values, first, last, self._energy_kwh) == first


class CheapQuota:
    """So many hours a day in the cheapest runs of the local day; decided once a day."""

    def __init__(self, config: Quota, zone: tzinfo) -> None:
        self._config, self._zone = config, zone
        self._closes: datetime | None = None
        self._chosen: set[int] = set()

    def runs(self, reading: LoadReading, now: datetime, costs_of: CostsOf) -> bool | None:
        """Whether it runs in this quarter hour; None where its hours are not known."""
        if self._closes is None or now >= self._closes:
            hours = quota_hours(reading, self._config)
            if hours is None:
                return None
            day = now.astimezone(self._zone).date()
            self._closes = local_time(day + timedelta(days=1), time(), self._zone)
            self._choose(hours, quarter_of(now), quarter_from(self._closes), costs_of(self._config.power_kw))
        return quarter_of(now) in self._chosen

    def _choose(self, hours: float, first: int, end: int, costs: Costs) -> None:
        config, count = self._config, _whole(hours)
        least = _whole(config.min_on_minutes / 60)
        if config.max_starts_per_day is not None:
            least = max(least, -(-count // config.max_starts_per_day))
        begin, end = first - costs.first, min(end, costs.end) - costs.first
        chosen = cheapest_runs(costs.values, begin, end, count, least, _whole(config.min_off_minutes / 60))
        self._chosen = {index + costs.first for index in chosen}


class CheapHeat:
    """A tank that is heated well in cheap hours, and just enough in the others; ``cheap_now`` is set by its owner."""

    def __init__(self, config: Heat) -> None:
        self._config = config
        self.cheap_now = False
        self._cheap, self._needed = Thermostat(), Thermostat()

    def heats(self, temperature_c: float) -> bool:
        """Whether to heat at this temperature."""
        config = self._config
        warm_c = max(config.max_c - _BELOW_MAX_K, config.min_c + 2 * ON_ABOVE_MIN_K)
        needed = self._needed.reads(
            temperature_c, config.min_c + ON_ABOVE_MIN_K, min(config.min_c + 2 * ON_ABOVE_MIN_K, config.max_c)
        )
        well = self._cheap.reads(temperature_c, warm_c - _HYSTERESIS_K, warm_c)
        return needed or (self.cheap_now and well)


def cheap_now(quarter: int, costs: Costs) -> bool:
    """Whether this quarter hour is among the cheapest third of the next twelve hours."""
    first = quarter - costs.first
    end = min(first + _HEAT_AHEAD, len(costs.values))
    return first in cheapest(costs.values, first, end, (end - first) // _CHEAP_SHARE)


def energy_by_quarter(profile_kw: tuple[float, ...], step_minutes: float) -> tuple[float, ...]:
    """kWh of a program in each quarter hour from its start on."""
    minutes = 60 * QUARTER_H
    quarters = -(-len(profile_kw) * step_minutes // minutes)
    energy = [0.0] * int(quarters)
    for k in range(len(energy)):
        for j, kw in enumerate(profile_kw):
            begin, end = max(k * minutes, j * step_minutes), min((k + 1) * minutes, (j + 1) * step_minutes)
            energy[k] += kw * max(0.0, end - begin) / 60
    return tuple(energy)


def _whole(hours: float) -> int:
    """Hours as whole quarters, rounded up."""
    return int(-(-round(hours / QUARTER_H, 6) // 1))
