"""What batteries and PV do beside what the loads and cars take, by rules."""

from collections.abc import Iterator, Sequence

from ..config.site import Site
from ..control.setpoint import Setpoint
from ..planner.readings import Readings
from .battery_rule import BatteryNow, BatteryRule
from .price_list import PriceList
from .quarters import PER_DAY
from .say import say

# Less surplus than this is none, and so much of the import limit is left to what cannot be foreseen, in kW.
SURPLUS_KW, _MARGIN_KW = 0.3, 0.5
# A battery with less room than this is full, in kWh.
_ROOM_KWH = 0.05


class Supply:
    """Batteries by ``BatteryRule``; PV is released, and kept from feeding in where that costs money."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rules = {name: BatteryRule(config) for name, config in site.batteries.items()}

    def decided(
        self, readings: Readings, quarter: int, prices: PriceList, usual_kw: list[float], consumers: Sequence[Setpoint]
    ) -> list[Setpoint]:
        """Setpoints of all batteries and PV plants, after those of loads and cars."""
        now_kw = net_kw(readings)
        if now_kw is None:
            now_kw = usual_kw[quarter % PER_DAY]
        taken_kw = now_kw + sum(setpoint.power_kw for setpoint in consumers)
        apart = any(self._apart(setpoint) for setpoint in consumers)
        found: list[Setpoint] = []
        for name in self._rules:
            found.append(self._battery(name, readings, quarter, prices, usual_kw, taken_kw, apart))
            taken_kw += found[-1].power_kw
        return [*found, *self._pv(readings, quarter, prices, (*consumers, *found))]

    def _apart(self, setpoint: Setpoint) -> bool:
        """Whether a car charges that the home's battery must not feed."""
        return setpoint.action == "charge" and not self._site.evs[setpoint.device].from_home_battery

    def _battery(
        self,
        name: str,
        readings: Readings,
        quarter: int,
        prices: PriceList,
        usual_kw: list[float],
        taken_kw: float,
        apart: bool,
    ) -> Setpoint:
        config, reading = self._site.batteries[name], readings.batteries.get(name)
        if reading is None or reading.soc is None or reading.capacity_kwh is None:
            return say(name, "battery", "self_use", "Runs in self-use: its state of charge is not known.")
        now = BatteryNow(
            stored_kwh=max(0.0, (reading.soc - config.soc_min) * reading.capacity_kwh),
            room_kwh=max(0.0, (config.soc_max - reading.soc) * reading.capacity_kwh),
            taken_kw=taken_kw,
            spare_kw=self._most_import_kw(readings) - max(taken_kw, 0.0) - _MARGIN_KW,
        )
        action, power_kw = self._rules[name].decide(quarter, prices, usual_kw, now)
        if action == "charge":
            return say(name, "battery", "charge", "Charges for dearer hours.", power_kw, config.soc_max)
        if config.actions.hold is not None and taken_kw > -SURPLUS_KW and (action == "hold" or apart):
            return say(name, "battery", "hold", "Keeps its energy for dearer hours.")
        return say(name, "battery", "self_use", "Serves the home.")

    def spare_kw(self, readings: Readings, taken_kw: float) -> float:
        """What the import limit leaves beside the load of now and ``taken_kw``, kW; the sun may go in at any moment."""
        return self._most_import_kw(readings) - (readings.baseline_kw or 0.0) - taken_kw - _MARGIN_KW

    def _most_import_kw(self, readings: Readings) -> float:
        limits = (readings.import_limit_kw, self._site.grid.fuse_kw)
        return min((kw for kw in limits if kw is not None), default=float("inf"))

    def _pv(
        self, readings: Readings, quarter: int, prices: PriceList, others: Sequence[Setpoint]
    ) -> Iterator[Setpoint]:
        plants = [(name, pv.limit_kw) for name, pv in self._site.pv.items() if pv.actions and pv.limit_kw is not None]
        place = quarter - prices.first
        own_use_kw = self._own_use_kw(readings, others) if prices.bought[place] >= 0 else 0.0
        for name, peak_kw in plants:
            if prices.sold[place] < 0 and own_use_kw is not None and own_use_kw < peak_kw:
                yield say(name, "pv", "limit", "Feeding in would cost money.", own_use_kw)
                own_use_kw = 0.0
            else:
                yield say(name, "pv", "release", "Gives all that it can.")

    def _own_use_kw(self, readings: Readings, others: Sequence[Setpoint]) -> float | None:
        """What the home can use itself now: its load, what runs, and what the batteries still take in."""
        if readings.baseline_kw is None:
            return None
        kw = readings.baseline_kw + sum(setpoint.power_kw for setpoint in others)
        for setpoint in others:
            reading = readings.batteries.get(setpoint.device)
            if setpoint.action == "self_use" and reading is not None and reading.soc is not None:
                config = self._site.batteries[setpoint.device]
                room_kwh = (config.soc_max - reading.soc) * (reading.capacity_kwh or 0.0)
                kw += config.charge_limit_kw if room_kwh > _ROOM_KWH else 0.0
        return kw


def net_kw(readings: Readings) -> float | None:
    """Baseline load less PV, kW; None where either is not known."""
    if readings.baseline_kw is None or None in readings.pv_kw.values():
        return None
    return readings.baseline_kw - sum(kw for kw in readings.pv_kw.values() if kw is not None)
