"""A car in the cheapest quarter hours before it leaves."""

from datetime import datetime, timedelta, tzinfo

from ..config.devices import Ev
from ..domain.charge_curve import curve_kw
from ..planner.local_days import local_time
from ..planner.readings import EvReading
from .cheapest import cheapest
from .fixed_times import NEARLY_SOC, missing_soc
from .price_list import CostsOf
from .quarters import QUARTER_H, quarter_of

# A car without a time to leave at is charged within a day.
_NO_HURRY = timedelta(hours=24)


class CarRule:
    """One car. It charges at full power, less only in a quarter hour that it does not need to the end."""

    def __init__(self, config: Ev, zone: tzinfo) -> None:
        self._config, self._zone = config, zone
        self._leaves: datetime | None = None
        self._ready_by: object = None

    def power_kw(self, reading: EvReading, now: datetime, costs_of: CostsOf) -> float:
        """Charging power in kW, 0 where it waits or needs nothing."""
        config, missing = self._config, missing_soc(reading, self._config)
        if missing is None or missing <= NEARLY_SOC or reading.soc is None:
            return 0.0
        most_kw = max(min(config.max_kw, curve_kw(config.charge_curve, reading.soc + missing / 2)), config.min_kw)
        needed_kwh = missing * config.battery_kwh / config.charge_efficiency
        quarter, leaves = quarter_of(now), quarter_of(self._departure(reading, now))
        # What is left of this quarter hour is what its share of the energy can be charged in.
        left_h = (quarter + 1) * QUARTER_H - now.timestamp() / 3600
        count = 1 + int(max(0.0, needed_kwh - most_kw * left_h) / (most_kw * QUARTER_H) + 0.999)
        costs = costs_of(config.max_kw)
        first, end = quarter - costs.first, min(leaves, costs.end) - costs.first
        if end - first > count and first not in cheapest(costs.values, first, end, count):
            return 0.0
        # In the dearest of the chosen quarters only the rest is charged.
        return max(config.min_kw, min(most_kw, needed_kwh / left_h))

    def _departure(self, reading: EvReading, now: datetime) -> datetime:
        if reading.ready_by is None:
            return now + _NO_HURRY
        if self._leaves is None or self._leaves <= now or reading.ready_by != self._ready_by:
            self._ready_by = reading.ready_by
            today = now.astimezone(self._zone).date()
            times = (local_time(today + timedelta(days=days), reading.ready_by, self._zone) for days in (0, 1, 2))
            self._leaves = next(leaves for leaves in times if leaves > now)
        return self._leaves
