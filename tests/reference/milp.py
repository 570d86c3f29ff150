"""The exact optimum of a problem document: the most literal mixed-integer form, tier after tier, by HiGHS.

Where the contract leaves its meaning open, these readings are taken:

 1. Terminal values must be numbers here (null is "chosen by the optimizer": no optimum is defined by it).
    A missing terminal value counts as null for every kind of storage, cars included.
 2. A binary chooses import or export, and charging or discharging, in every step, whatever the prices.
 3. The grid tier minimises the kWh beyond both limits, summed over all steps. In each step import may
    exceed its limit only by load_kw + what runs now, less the limit; export by PV that cannot be curtailed,
    less the limit. Batteries and cars help, down to their own hard bounds.
 4. What "runs now": programs with running_since, and interruptible and thermal loads on now within their minimum on
    time (at min_power_kw if they can modulate). A program that has not started yet counts as stoppable: it
    starts late, or not at all in this horizon, rather than exceed a grid limit.
 5. A battery inside its bounds never leaves them except by standing loss, not even to keep a grid limit.
    Charging never ends above soc_max, discharging never ends below soc_min. The equation has no floor at 0.
 6. "As soon as possible" is the smallest sum over fence-posts 1..N of the kWh outside the bounds, each
    fence-post equal whatever the step's length. Energy lost by standing loss below soc_min counts, so a
    battery is kept charged, or charged ahead, for it.
 7. Cars have no lower bound but 0; a car above soc_max need not discharge; charging never ends above it.
 8. The wish tier is the sum of stored kWh short of targets and electric kWh short of quotas. Comfort is in
    the money tier (it is priced). The deadlines of programs have a tier of their own before that one: the
    contract gives no rate between minutes and kWh.
 9. A program starts at a boundary from earliest_start so that it ends by latest_finish and inside the
    horizon. If no boundary can (or the grid limit forbids them all), it starts as early as possible after
    that: fewest minutes late, counted from the earlier of latest_finish and the horizon's end, the part
    beyond the horizon cut off. If earliest_start is after the last boundary: it does not run.
10. The targets exactly at the start or the end are inside the horizon. Quotas are not cut to the horizon:
    what lies outside cannot be served here and is short.
11. grid_charging false: the sum of such batteries' charging <= pv_used. grid_export false: export <=
    pv_used + discharging of batteries without that flag and of cars (two such batteries do not lend to
    each other).
12. from_home_battery false: the sum of such cars' charging <= import + pv_used + discharging of all cars.
13. surplus_only: while it charges, charge <= pv_used - load_kw - all controllable loads - charging of all
    batteries and other cars. The discharging of others does not add to the surplus.
14. Minimum on and off times are counted in minutes from step boundaries: a step that begins before the
    time is over must keep the state. max_starts and start costs count the horizon's starts only.
15. The capacity charge is the whole price_per_kw * max(peak_so_far, max import), peak_so_far included.
16. The draw cools a store in both modes, as the equation says. With a list of capacities, the terminal
    value takes the last one.
17. The self-consumption stage minimises kWh exported plus curtailed, before profit.
18. `cost`: import, wear, capacity, starts, carbon, comfort, minus terminal values; no export.
19. The excess of a phase and of a group is in the grid tier, every kWh of equal weight to one beyond the limits
    of the grid itself; so a kWh that exceeds two limits at once counts twice.
20. A phase limits import only. What is "unstoppable" on a phase or in a group is the running loads' part there
    (and load_kw's on a phase); PV that cannot be curtailed lowers the excess but does not lower its bound.
21. A program may be late, or not run, where a limit of import touches it: the grid's, a phase's (whichever phase
    it hangs on), that of a group it is in, or one that touches the program it waits for. Any other program takes
    a start of the least lateness, also where PV that cannot be curtailed exceeds an export limit.
22. Programs that wait: lateness is summed over all programs. One that waits for a program beyond the horizon, or
    that cannot have ended before the last boundary, is left for a later plan too. `after` says nothing about a
    program that runs already.
23. A block begins at its first kWh in the window: used_kwh counts first, and a block that is used up costs
    nothing. Import in the window is the sum of each step's import times its overlap, inside the horizon only.
24. The charge curve holds besides the other limits, with the middle of the step after losses and charging; a
    car's minimum power may so forbid charging. SoCs outside 0..1 take the curve's level ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .given import Given
from .limits import limits_of
from .linear import Linear, Model, Solved, total
from .loads import Load, add_interruptible, add_shiftable, add_thermal, wait_for_each_other
from .series import document
from .storage import Store, add_battery, add_ev
from .ties import add_block, add_limit

#: What an earlier tier may give up (kWh): well above HiGHS' tolerance of 1e-6, or it stumbles over itself.
TIER_SLACK_KWH = 1e-5


@dataclass
class Reference:
    """tiers: kWh by name, in order. money: the objective, bound: its proven lower bound. plan: the series."""

    tiers: dict[str, float]
    money: float
    bound: float
    proven: bool
    seconds: float
    plan: dict[str, Any]


class Home:
    """The whole formulation: devices, balance, flags, limits and the objectives."""

    def __init__(self, g: Given) -> None:
        devices = [*g.batteries, *g.evs, *g.thermals]
        if missing := [d["name"] for d in devices if d["terminal_value_per_kwh"] is None]:
            raise ValueError(f"the reference needs explicit terminal values, none given for {missing}")
        self.g, self.m = g, Model()
        m = self.m
        self.batteries = [add_battery(m, g, one) for one in g.batteries]
        self.evs = [add_ev(m, g, one) for one in g.evs]
        self.loads: list[Load] = [add_shiftable(m, g, one) for one in g.shiftables]
        wait_for_each_other(m, g, self.loads)
        self.loads += [add_interruptible(m, g, one) for one in g.interruptibles]
        self.loads += [add_thermal(m, g, one) for one in g.thermals]
        self.used = [
            [m.variable(0.0 if pv["curtailable"] else f, f) for f in g.series(pv["forecast_kw"])] for pv in g.pv
        ]
        stores = [*self.batteries, *self.evs]
        self.pv_used = [total([one[k] for one in self.used]) for k in range(g.n)]
        self.controlled = [total([load.power[k] for load in self.loads]) for k in range(g.n)]
        self.charged = [total([s.charge[k] for s in stores]) for k in range(g.n)]
        self.discharged = [total([s.discharge[k] for s in stores]) for k in range(g.n)]
        self._balance()
        self._flags()
        taken = self._taken()
        self.excess = total([self._limits(), *(add_limit(m, g, one, taken) for one in limits_of(g))])

    def _balance(self) -> None:
        g, m = self.g, self.m
        pv = sum((g.series(one["forecast_kw"]) for one in g.pv), np.zeros(g.n))
        most_out = pv + sum(s.data["discharge_limit_kw"] for s in [*self.batteries, *self.evs])
        most_in = g.load + sum(b["charge_limit_kw"] for b in g.batteries) + sum(e["max_kw"] for e in g.evs)
        most_in = most_in + sum(max(one["profile_kw"], default=0.0) for one in g.shiftables)
        most_in = most_in + sum(one["power_kw"] for one in [*g.interruptibles, *g.thermals])
        self.imported = [m.variable(0.0, float(x)) for x in most_in]
        self.exported = [m.variable(0.0, float(x)) for x in most_out]
        for k in range(g.n):
            importing = m.binary()
            m.at_most(self.imported[k], importing * float(most_in[k]))
            m.at_most(self.exported[k], (1.0 - importing) * float(most_out[k]))
            needed = g.load[k] + self.charged[k] + self.controlled[k] - self.discharged[k] - self.pv_used[k]
            m.equal(self.imported[k] - self.exported[k], needed)

    def _flags(self) -> None:
        g, m = self.g, self.m
        pv_only = [b for b in self.batteries if not b.data["grid_charging"]]
        kept_home = [b for b in self.batteries if not b.data["grid_export"]]
        not_from_home = [e for e in self.evs if not e.data["from_home_battery"]]
        for k in range(g.n):
            if pv_only:
                m.at_most(total([b.charge[k] for b in pv_only]), self.pv_used[k])
            if kept_home:
                others = self.discharged[k] - total([b.discharge[k] for b in kept_home])
                m.at_most(self.exported[k], self.pv_used[k] + others)
            if not_from_home:
                cars = total([e.discharge[k] for e in self.evs])
                supply = self.imported[k] + self.pv_used[k] + cars
                m.at_most(total([e.charge[k] for e in not_from_home]), supply)
            for car in self.evs:
                if car.data["surplus_only"]:
                    self._surplus(car, k)

    def _surplus(self, car: Store, k: int) -> None:
        g = self.g
        stores = [*g.batteries, *g.evs]
        worst = g.load[k] + sum(d.get("charge_limit_kw", d.get("max_kw", 0.0)) for d in stores)
        worst += sum(max(one["profile_kw"], default=0.0) for one in g.shiftables)
        worst += sum(one["power_kw"] for one in [*g.interruptibles, *g.thermals])
        surplus = self.pv_used[k] - g.load[k] - self.controlled[k] - (self.charged[k] - car.charge[k])
        self.m.at_most(car.charge[k], surplus + (1.0 - car.charging[k]) * float(worst))

    def _limits(self) -> Linear:
        """kWh beyond the grid limits; each step's excess only as far as nobody can stop it."""
        g, m = self.g, self.m
        excess = []
        fixed_pv = sum((g.series(p["forecast_kw"]) for p in g.pv if not p["curtailable"]), np.zeros(g.n))
        running = g.running()
        for k in range(g.n):
            if g.import_limit is not None:
                over = m.variable(0.0, max(0.0, float(g.load[k] + running[k] - g.import_limit[k])))
                m.at_most(self.imported[k] - float(g.import_limit[k]), over)
                excess.append(over * g.hours[k])
            if g.export_limit is not None:
                over = m.variable(0.0, max(0.0, float(fixed_pv[k] - g.export_limit[k])))
                m.at_most(self.exported[k] - float(g.export_limit[k]), over)
                excess.append(over * g.hours[k])
        return total(excess)

    def _taken(self) -> dict[str, list[Linear]]:
        """What each device takes from the grid in each step (kW), by name; negative is what it gives."""
        taken = {pv["name"]: [-one for one in used] for pv, used in zip(self.g.pv, self.used, strict=True)}
        for store in [*self.batteries, *self.evs]:
            both = zip(store.charge, store.discharge, strict=True)
            taken[store.data["name"]] = [charge - discharge for charge, discharge in both]
        return {**taken, **{load.name: load.power for load in self.loads}}

    def money(self) -> Linear:
        g, stores = self.g, [*self.batteries, *self.evs]
        per_kwh = g.import_price + g.carbon * g.carbon_price
        terms = [self.imported[k] * (g.hours[k] * per_kwh[k]) for k in range(g.n)]
        if g.cost_function != "cost":
            terms += [self.exported[k] * (-g.hours[k] * g.export_price[k]) for k in range(g.n)]
        terms += [add_block(self.m, g, block, self.imported) for block in g.blocks]
        for battery in self.batteries:
            wear = battery.data["wear_cost_per_kwh"]
            terms += [battery.discharge[k] * (g.hours[k] * wear) for k in range(g.n)]
        terms += [store.energy[-1] * -store.data["terminal_value_per_kwh"] for store in stores]
        for load in self.loads:
            terms += [load.start_cost, load.comfort, -load.terminal]
        if g.capacity_charge is not None:
            peak = self.m.variable(g.capacity_charge["peak_so_far_kw"], 1e6)
            for k in range(g.n):
                self.m.at_most(self.imported[k], peak)
            terms.append(peak * g.capacity_charge["price_per_kw"])
        return total(terms)

    def tiers(self) -> list[tuple[str, Linear]]:
        g = self.g
        pv = sum((g.series(one["forecast_kw"]) for one in g.pv), np.zeros(g.n))
        found = [
            ("grid_excess_kwh", self.excess),
            ("soc_outside_kwh", total([b.outside_kwh for b in self.batteries])),
            ("programs_late_minutes", total([load.late_minutes for load in self.loads])),
            ("wishes_short_kwh", total([d.short_kwh for d in [*self.batteries, *self.evs, *self.loads]])),
        ]
        if g.cost_function == "self_consumption":
            lost = [(self.exported[k] - self.pv_used[k] + pv[k]) * g.hours[k] for k in range(g.n)]
            found.append(("exported_or_curtailed_kwh", total(lost)))
        return found


def solve(problem: dict[str, Any], seconds: float = 60.0) -> Reference:
    """The exact optimum; `seconds` bounds each tier. A null terminal value is a ValueError."""
    home = Home(Given(problem))
    money = home.money()
    tiers: dict[str, float] = {}
    proven, spent = True, 0.0
    for name, objective in home.tiers():
        can_vary = any(home.m.highs[i] > home.m.lows[i] for i in objective.weights)
        if not can_vary:
            tiers[name] = objective.constant + sum(w * home.m.lows[i] for i, w in objective.weights.items())
            continue
        answer = home.m.minimise(objective, seconds)
        tiers[name] = answer.objective
        proven, spent = proven and answer.proven, spent + answer.seconds
        home.m.require(objective, high=answer.objective + TIER_SLACK_KWH)
    last: Solved = home.m.minimise(money, seconds)
    plan = document(home, last, problem)
    return Reference(tiers, last.objective, last.bound, proven and last.proven, spent + last.seconds, plan)
