"""A good controller without any optimizer: published prices, what the readings say now, and what is usual."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from ..config.loads import Heat, Program, Quota
from ..config.site import Site
from ..control.setpoint import Setpoint
from ..planner.readings import EvReading, LoadReading, Readings
from .car_rule import CarRule
from .fixed_times import NEARLY_SOC, missing_soc
from .price_list import Costs, PriceList
from .program_turn import turns_of
from .quarters import quarter_of
from .rule_loads import CheapHeat, CheapProgram, CheapQuota, cheap_now
from .rule_supply import SURPLUS_KW, Supply, net_kw
from .say import say
from .self_consumption import SelfConsumption
from .usual_day import UsualDay

_NO_LOAD, _NO_CAR = LoadReading(None), EvReading(None, None, None, None, None)


class RuleBased:
    """Every device by a rule of its own: loads and cars first, then batteries and PV, which see what those take.

    Decided anew when a quarter hour begins, when prices are published, and when a plug, a wish or a thermostat changes;
    otherwise the same mapping is the answer. Where no price is known for now it is as ``SelfConsumption``.
    """

    def __init__(self, site: Site, zone: tzinfo) -> None:
        self._site, self._prices, self._usual = site, PriceList(site.prices, zone), UsualDay()
        turns, loads = turns_of(site, zone), site.loads.items()
        self._cars = {name: (config, CarRule(config, zone)) for name, config in site.evs.items()}
        self._programs = {n: (load, CheapProgram(load, turns[n])) for n, load in loads if isinstance(load, Program)}
        self._quotas = {name: (load, CheapQuota(load, zone)) for name, load in loads if isinstance(load, Quota)}
        self._heats = {name: (load, CheapHeat(load)) for name, load in loads if isinstance(load, Heat)}
        self._supply = Supply(site)
        self._without_prices = SelfConsumption(site, zone)
        self._quarter = -1
        self._usual_kw: list[float] = []
        self._known_costs: dict[float, Costs] = {}
        self._state: tuple[object, ...] = ()
        self._answer: Mapping[str, Setpoint] = {}

    def setpoints(self, readings: Readings) -> Mapping[str, Setpoint]:
        """What each device is to do from now on."""
        quarter = quarter_of(readings.now)
        changed = self._prices.update(readings.spot) or quarter != self._quarter
        self._usual.observe(quarter, net_kw(readings))
        if not self._prices.covers(quarter):
            return self._without_prices.setpoints(readings)
        if changed:
            self._quarter, self._usual_kw, self._known_costs = quarter, self._usual.net_kw(net_kw(readings) or 0.0), {}
            for config, heat in self._heats.values():
                heat.cheap_now = cheap_now(quarter, self._costs(config.power_kw))
        state = tuple(self._what_matters(readings))
        if changed or state != self._state:
            self._state, self._answer = state, self._decided(readings)
        return self._answer

    def _costs(self, power_kw: float) -> Costs:
        if power_kw not in self._known_costs:
            self._known_costs[power_kw] = self._prices.costs(self._quarter, power_kw, self._usual_kw)
        return self._known_costs[power_kw]

    def _what_matters(self, readings: Readings) -> Iterator[object]:
        """All that changes a decision within a quarter hour."""
        for name, (config, _) in self._cars.items():
            car = readings.evs.get(name, _NO_CAR)
            yield car.connected, car.target_soc, car.ready_by, (missing_soc(car, config) or 0.0) > NEARLY_SOC
        for name, (_, program) in self._programs.items():
            load = readings.loads.get(name, _NO_LOAD)
            yield program.observe(load, readings.now), load.requested
        for name, (_, heat) in self._heats.items():
            temperature_c = readings.loads.get(name, _NO_LOAD).temperature_c
            yield None if temperature_c is None else heat.heats(temperature_c)
        now_kw = net_kw(readings)
        yield now_kw is not None and now_kw < -SURPLUS_KW
        # What PV is limited to follows the load.
        yield readings.baseline_kw if self._prices.sold[self._quarter - self._prices.first] < 0 else None

    def _decided(self, readings: Readings) -> dict[str, Setpoint]:
        consumers = [*self._of_programs(readings), *self._of_quotas(readings), *self._of_heats(readings)]
        spare_kw = self._supply.spare_kw(readings, sum(setpoint.power_kw for setpoint in consumers))
        consumers += self._of_cars(readings, spare_kw)
        supply = self._supply.decided(readings, self._quarter, self._prices, self._usual_kw, consumers)
        return {setpoint.device: setpoint for setpoint in (*consumers, *supply)}

    def _of_programs(self, readings: Readings) -> Iterator[Setpoint]:
        for name, (config, program) in self._programs.items():
            load, most_kw = readings.loads.get(name, _NO_LOAD), max(config.program_kw)
            if load.on is None:
                continue
            if program.observe(load, readings.now):
                yield say(name, "load", "leave", "The program runs and is not interrupted.", most_kw)
            elif program.starts(load, readings.now, self._costs):
                yield say(name, "load", "on", "Starts: nothing cheaper comes in its window.", most_kw)
            else:
                yield say(name, "load", "off", "Waits for its cheapest start.")

    def _of_quotas(self, readings: Readings) -> Iterator[Setpoint]:
        for name, (config, quota) in self._quotas.items():
            runs = quota.runs(readings.loads.get(name, _NO_LOAD), readings.now, self._costs)
            if runs is not None:
                text = "Runs in the day's cheapest hours." if runs else "Waits for the day's cheapest hours."
                yield say(name, "load", "on" if runs else "off", text, config.power_kw if runs else 0.0)

    def _of_heats(self, readings: Readings) -> Iterator[Setpoint]:
        for name, (config, heat) in self._heats.items():
            temperature_c = readings.loads.get(name, _NO_LOAD).temperature_c
            if temperature_c is not None:
                heats = heat.heats(temperature_c)
                text = "Heats: it is cheap, or cold." if heats else "Is warm enough for now."
                yield say(name, "load", "on" if heats else "off", text, config.power_kw if heats else 0.0)

    def _of_cars(self, readings: Readings, spare_kw: float) -> Iterator[Setpoint]:
        for name, (config, rule) in self._cars.items():
            car = readings.evs.get(name, _NO_CAR)
            if missing_soc(car, config) is None:
                continue
            kw = rule.power_kw(car, readings.now, self._costs)
            kw = min(kw, spare_kw)
            if kw > 0 and kw >= config.min_kw:
                spare_kw -= kw
                yield say(name, "ev", "charge", "Charges in the cheapest hours before it leaves.", kw, config.soc_max)
            else:
                yield say(name, "ev", "stop", "Waits for cheaper hours, or needs nothing.")
