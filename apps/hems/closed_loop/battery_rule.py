"""When a battery charges from the grid, when it keeps its energy, and when it just serves the home, by rules."""

from dataclasses import dataclass
from typing import Literal

from ..config.devices import Battery
from .price_list import PriceList
from .quarters import PER_DAY, QUARTER_H

# A price difference that is worth waiting for, per kWh, and energy worth charging for, in kWh.
_WORTH_PER_KWH, _WORTH_KWH = 0.002, 0.05
# The rules look so far ahead.
_AHEAD = PER_DAY + PER_DAY // 4


@dataclass(frozen=True)
class BatteryNow:
    """What is stored above the minimum, what still fits in, and what the home takes now and could take from the grid."""

    stored_kwh: float
    room_kwh: float
    taken_kw: float
    spare_kw: float


class BatteryRule:
    """The rules of one battery. Nothing is ever sold out of it."""

    def __init__(self, config: Battery) -> None:
        self._config = config
        self._both_ways = config.charge_efficiency * config.discharge_efficiency

    def decide(
        self, quarter: int, prices: PriceList, usual_kw: list[float], now: BatteryNow
    ) -> tuple[Literal["charge", "hold", "self_use"], float]:
        """The mode of this quarter hour, and the AC power in kW where it charges."""
        actions = self._config.actions
        if actions.charge is not None:
            missing = self._missing_kwh(quarter, prices, usual_kw, now)
            power = missing / (QUARTER_H * self._config.charge_efficiency)
            power = min(power, self._config.charge_limit_kw, now.spare_kw)
            if missing > _WORTH_KWH and power > 0:
                return "charge", power
        if actions.hold is not None and self._keeps(quarter, prices, usual_kw, now):
            return "hold", 0.0
        return "self_use", 0.0

    def _missing_kwh(self, quarter: int, prices: PriceList, usual_kw: list[float], now: BatteryNow) -> float:
        """What must be stored in this quarter: what the next dear hours take, less what is there and what can come later
        as cheaply, or from the sun.

        Dear is what pays for the losses both ways and the wear. The next hour after them that is as cheap as this one
        ends the sight: what is needed then can be stored then.
        """
        config, price = self._config, prices.bought[quarter - prices.first]
        if price < 0:
            return now.room_kwh
        dear = price / self._both_ways + config.wear_cost_per_kwh
        needed = later = sun = 0.0
        seen = False
        for t in range(quarter + 1, min(prices.end, quarter + _AHEAD)):
            price_then, net_kw = prices.bought[t - prices.first], usual_kw[t % PER_DAY]
            if price_then > dear:
                seen = True
                needed += QUARTER_H * min(max(net_kw, 0.0), config.discharge_limit_kw)
            elif price_then <= price:
                if seen:
                    break
                later += QUARTER_H * config.charge_limit_kw
            if net_kw < 0 and not seen:
                sun += QUARTER_H * min(-net_kw, config.charge_limit_kw)
        wanted = needed / config.discharge_efficiency - now.stored_kwh
        return min(wanted - (later + sun) * config.charge_efficiency, now.room_kwh)

    def _keeps(self, quarter: int, prices: PriceList, usual_kw: list[float], now: BatteryNow) -> bool:
        """Whether dearer hours will need all that is stored, before it can be replaced cheaply or by the sun."""
        config, price = self._config, prices.bought[quarter - prices.first]
        if now.stored_kwh <= _WORTH_KWH:
            return False
        spent = QUARTER_H * min(max(now.taken_kw, 0.0), config.discharge_limit_kw)
        left = (now.stored_kwh - spent / config.discharge_efficiency) * config.discharge_efficiency
        needed = sun = 0.0
        for t in range(quarter + 1, min(prices.end, quarter + _AHEAD)):
            price_then, net_kw = prices.bought[t - prices.first], usual_kw[t % PER_DAY]
            if config.actions.charge is not None and price_then / self._both_ways + config.wear_cost_per_kwh < price:
                return False
            if net_kw < 0:
                sun += QUARTER_H * min(-net_kw, config.charge_limit_kw) * config.charge_efficiency
                if sun >= now.room_kwh:
                    return False
            elif price_then > price + _WORTH_PER_KWH:
                needed += QUARTER_H * min(net_kw, config.discharge_limit_kw)
                if needed >= left:
                    return True
        return False
