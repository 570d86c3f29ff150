"""A home battery as the last plan meant it, on the new problem's surplus and need."""

from ..domain.battery import Battery
from ..domain.charge_curve import most_charge_kw
from ..domain.plan import Plan, StorePlan
from ..domain.problem import Problem
from ..domain.schedule import Series, Store
from .follow import may_feed_kw, surplus_taken
from .last_carried import NONE_KW, Carried
from .meter import INFINITE, Meter

# So near to its bounds a battery is inside them.
_NONE_KWH = 1e-6


class BatteryAsPlanned:
    """A home battery as the last plan meant it, on the new problem's surplus and need."""

    def __init__(
        self, problem: Problem, b: Battery, meter: Meter, evs: dict[str, Store], last: Plan, carried: Carried
    ) -> None:
        n = problem.steps
        self._problem, self._b, self._meter, self._evs, self._known = problem, b, meter, evs, carried.known
        self._bought, self._sold = carried.mean(last.grid.import_kw), carried.mean(last.grid.export_kw)
        curtailed = [sum(kw) for kw in zip(*(pv.curtailed_kw for pv in last.pv.values()), strict=True)]
        self._curtailed = carried.mean(curtailed) if curtailed else [0.0] * n
        idle = StorePlan(charge_kw=(0.0,) * last.horizon.steps, discharge_kw=(0.0,) * last.horizon.steps, soc=())
        store = last.batteries.get(b.name, idle)
        self._charge, self._discharge = carried.mean(store.charge_kw), carried.mean(store.discharge_kw)
        self._meant = carried.at_end(store.soc) if store.soc else [b.soc] * n

    def powers(self) -> tuple[Series, Series]:
        """Charge and discharge, kW, shape (N,): within its limits and its state of charge, step by step."""
        b, charge, discharge = self._b, [], []
        low, high = b.soc_min * b.capacity_kwh, b.soc_max * b.capacity_kwh
        reached = b.soc * b.capacity_kwh
        for k, h in enumerate(self._problem.horizon.hours):
            into, out = self._back_inside(k, max(0.0, low - reached), max(0.0, reached - high))
            if into == out == 0:
                into, out = self._wished(k)
            if into > 0:
                goal = high if self._bought[k] <= NONE_KW else min(high, max(low, self._meant[k] * b.capacity_kwh))
                per_kw, leaked = h * b.charge_efficiency, reached - b.standing_loss_kw * h / 2
                into = min(into, b.charge_limit_kw, max(0.0, goal - reached) / per_kw)
                into = most_charge_kw(b.charge_curve, into, b.capacity_kwh, leaked, per_kw)
            stored = max(0.0, reached - b.standing_loss_kw * h - low)
            out = min(out, b.discharge_limit_kw, stored * b.discharge_efficiency / h)
            charge.append(into)
            discharge.append(out)
            reached += h * (into * b.charge_efficiency - out / b.discharge_efficiency - b.standing_loss_kw)
        return tuple(charge), tuple(discharge)

    def _back_inside(self, k: int, below_kwh: float, above_kwh: float) -> tuple[float, float]:
        """What brings a battery outside its bounds back, kW: before anything that was planned."""
        h, b, meter = self._problem.horizon.hours[k], self._b, self._meter
        if below_kwh > _NONE_KWH:
            from_grid = b.grid_charging and not surplus_taken(self._problem, self._evs, k)
            room = meter.room_kw(k, b.name) if from_grid else meter.surplus_kw(k, b.name)
            return min(room, below_kwh / (h * b.charge_efficiency)), 0.0
        if above_kwh > _NONE_KWH:
            allowed = may_feed_kw(self._problem, meter, b, self._evs, k)
            most = meter.room_out_kw(k, b.name) if b.grid_export and allowed == INFINITE else meter.need_kw(k, b.name)
            return 0.0, min(most, allowed, above_kwh * b.discharge_efficiency / h)
        return 0.0, 0.0

    def _wished(self, k: int) -> tuple[float, float]:
        """Bought and sold as planned; from the sun and for the house as these are now, all of it where the plan took all."""
        charge, discharge = self._charge[k], self._discharge[k]
        if not self._known[k] or self._b.capacity_kwh <= 0 or max(charge, discharge) <= NONE_KW:
            return 0.0, 0.0
        if charge > discharge:
            surplus = self._meter.surplus_kw(k, self._b.name)
            if self._bought[k] > NONE_KW and self._b.grid_charging and not surplus_taken(self._problem, self._evs, k):
                return min(max(charge, 0.0), self._meter.room_kw(k, self._b.name)), 0.0
            return (surplus if self._sold[k] <= NONE_KW else min(charge, surplus)), 0.0
        # What serves the house while PV is curtailed is given for the room that it leaves in the battery.
        need = discharge if self._curtailed[k] > NONE_KW else self._meter.need_kw(k, self._b.name)
        may = may_feed_kw(self._problem, self._meter, self._b, self._evs, k)
        given = self._meter.shared.give_kw(k, self._b.name)
        need = min(need, max(0.0, self._meter.demand_kw[k]), may, given)
        if self._sold[k] > NONE_KW and self._b.grid_export and may == INFINITE:
            return 0.0, min(discharge, self._meter.room_out_kw(k, self._b.name))
        return 0.0, (need if self._bought[k] <= NONE_KW else min(discharge, need))
