"""The last plan carried onto a new problem, for when the solver has nothing better; without a solver.

What the last plan meant is kept: the sun that it stored, the energy that it bought or sold, the starts of its programs.
What it reckoned with is not: load, PV and every state are those of the new problem, and the physics is followed from
there. Beyond its end, and for devices that it did not know, the rules of ``rule_plan`` decide.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, pairwise

from ..domain.battery import Battery
from ..domain.ev import Ev
from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad, ShiftableLoad, ThermalLoad
from ..domain.plan import Plan, StorePlan
from ..domain.problem import Problem, per_step
from ..domain.schedule import Schedule, Series, Store
from .follow import INFINITE, NOISE, Meter, Switch, car_room_kw, finished, may_feed_kw, surplus_taken
from .rule_plan import Trade, charged, heat_power, program_power, quota_power
from .terminal_value import terminal_values

# Less power than this in a plan is none.
_NONE_KW = 1e-3
# So near to its bounds a battery is inside them.
_NONE_KWH = 1e-6
# A step is known where the last plan covers at least this share of it, and a load is on where it was for as much.
_HALF = 0.5


def shifted_schedule(problem: Problem, last: Plan) -> Schedule | None:
    """The last plan on the new problem's steps, kept lawful; shapes as in Schedule.

    None where the last plan has nothing to say: it covers no step of the problem by half or more, or it knows none of
    the problem's batteries, cars and loads. A device that one of the two does not have is no reason: what is gone is left
    out, what is new is planned by rules.
    """
    carried = _Carried(problem.horizon, last.horizon)
    kinds = ((problem.batteries, last.batteries), (problem.evs, last.evs), (_loads(problem), last.loads))
    if not any(carried.known) or not any(one.name in known for devices, known in kinds for one in devices):
        return None
    meter, loads = Meter(problem), {}
    for program in problem.shiftable_loads:
        loads[program.name] = program_power(problem, program, meter, _start_minutes(problem, program, last), True)
    for load in problem.interruptible_loads:
        loads[load.name] = quota_power(problem, load, meter, _on(problem, load, meter, last, carried))
    for thermal in problem.thermal_loads:
        power, allowed_k = (
            _heating(problem, thermal, meter, last, carried),
            _meant_outside(problem, thermal, last, carried),
        )
        unknown = carried.unknown(thermal.name in last.loads)
        loads[thermal.name] = heat_power(problem, thermal, meter, power, unknown, allowed_k)
    evs: dict[str, Store] = {}
    for ev in sorted(problem.evs, key=lambda ev: not ev.surplus_only):
        evs[ev.name] = charged(problem, ev, meter, evs, *_car(problem, ev, meter, evs, last, carried))
    values, batteries = terminal_values(problem), {}
    for b in problem.batteries:
        trade = Trade(problem, b, meter, evs, *_Battery(problem, b, meter, evs, last, carried).powers())
        trade.wishes()
        trade.by_price(values[b.name], carried.unknown(b.name in last.batteries))
        batteries[b.name] = trade.store()
    return finished(problem, meter, batteries, evs, loads)


def _loads(problem: Problem) -> tuple[ShiftableLoad | InterruptibleLoad | ThermalLoad, ...]:
    return (*problem.shiftable_loads, *problem.interruptible_loads, *problem.thermal_loads)


class _Carried:
    """From the steps of one horizon to those of another, by time. ``known``: the steps that the old one covers."""

    def __init__(self, new: Horizon, old: Horizon) -> None:
        offset = old.minutes_at(new.start)
        self._old = old
        self._edges = [offset + minutes for minutes in new.posts_minutes]
        self._covered = self._differences(self._integral([1.0] * old.steps))
        parts = zip(self._covered, new.step_minutes, strict=True)
        self.known = [covered >= _HALF * minutes for covered, minutes in parts]

    def unknown(self, knew_device: bool) -> list[bool]:
        """The steps that are left to the rules, shape (N,): all, for a device that the old plan did not know."""
        return [not (known and knew_device) for known in self.known]

    def mean(self, series: Sequence[float]) -> list[float]:
        """The mean of a series of powers over the part of each step that is covered, shape (N,); 0 where it is not known."""
        sums = self._differences(self._integral(series))
        steps = zip(sums, self._covered, self.known, strict=True)
        return [max(0.0, kw / minutes) if known else 0.0 for kw, minutes, known in steps]

    def at_end(self, states: Sequence[float]) -> list[float]:
        """A state at fence-posts, read at the end of each new step, shape (N,); the last one beyond the end."""
        return self._read(states)[1:]

    def _integral(self, series: Sequence[float]) -> list[float]:
        return [0.0, *accumulate(x * minutes for x, minutes in zip(series, self._old.step_minutes, strict=True))]

    def _read(self, at_posts: Sequence[float]) -> list[float]:
        """A quantity at the old fence-posts, interpolated at the new ones."""
        posts, found, k = self._old.posts_minutes, [], 0
        for edge in self._edges:
            while k < len(posts) - 2 and posts[k + 1] <= edge:
                k += 1
            share = min(1.0, max(0.0, (edge - posts[k]) / (posts[k + 1] - posts[k])))
            found.append(at_posts[k] + share * (at_posts[k + 1] - at_posts[k]))
        return found

    def _differences(self, at_posts: Sequence[float]) -> list[float]:
        values = self._read(at_posts)
        return [after - before for before, after in pairwise(values)]


def _start_minutes(problem: Problem, load: ShiftableLoad, last: Plan) -> float | None:
    """When the last plan started the program, in minutes from now; None: it did not, or that has passed and it did not run."""
    if load.name not in last.loads or not any(load.profile_kw):
        return None
    first = next((k for k, kw in enumerate(last.loads[load.name].power_kw) if kw > _NONE_KW), None)
    if first is None:
        return None
    silent = next(i for i, kw in enumerate(load.profile_kw) if kw > 0) * load.profile_step_minutes
    begin = problem.horizon.minutes_at(last.horizon.time(first) - timedelta(minutes=silent))
    return begin if begin > -last.step_minutes[first] else None


def _on(problem: Problem, load: InterruptibleLoad, meter: Meter, last: Plan, carried: _Carried) -> list[bool]:
    """Where the last plan was on, made lawful; not where the import limit leaves no room for its shortest run."""
    horizon, switch = problem.horizon, Switch(load, problem.horizon)
    wished = [False] * problem.steps
    if load.name in last.loads:
        running = [float(kw > _NONE_KW) for kw in last.loads[load.name].power_kw]
        wished = [share >= _HALF for share in carried.mean(running)]
    room = [meter.room_kw(k) >= load.power_kw - NOISE for k in range(problem.steps)]
    found: list[bool] = []
    on = load.on_now
    for k, wanted in enumerate(wished):
        shortest = horizon.posts_minutes[k] + (0.0 if on else load.min_on_minutes)
        fits = all(room[j] for j in range(k, problem.steps) if j == k or horizon.posts_minutes[j] < shortest)
        on = switch.step(k, wanted and fits)
        found.append(on)
    return found


def _heating(problem: Problem, load: ThermalLoad, meter: Meter, last: Plan, carried: _Carried) -> list[float]:
    """The last plan's power by its steps, left out where it would go beyond the band or the import limit."""
    n, hours = problem.steps, problem.horizon.hours
    if load.name not in last.loads:
        return [0.0] * n
    wished = carried.mean(last.loads[load.name].power_kw)
    capacity, loss, cop = (per_step(x, n) for x in (load.capacity_kwh_per_k, load.loss_kw_per_k, load.cop))
    ambient, draw = per_step(load.ambient_c, n), per_step(load.draw_kw, n)
    low, high = per_step(load.min_c, n), per_step(load.max_c, n)
    sign, reached, power = (1.0 if load.mode == "heat" else -1.0), load.temperature_c, []
    for k, h in enumerate(hours):
        idle = reached - h / capacity[k] * (loss[k] * (reached - ambient[k]) + draw[k])
        per_kw = sign * cop[k] * h / capacity[k]
        least = load.power_kw if load.min_power_kw is None else load.min_power_kw
        kw = min(wished[k], load.power_kw) if load.min_power_kw is not None else load.power_kw
        kw = 0.0 if wished[k] < _HALF * least or wished[k] <= _NONE_KW else max(kw, least)
        beyond = idle + kw * per_kw > high[k] if sign > 0 else idle + kw * per_kw < low[k]
        inside = idle >= low[k] if sign > 0 else idle <= high[k]
        if kw > meter.room_kw(k) + NOISE or (beyond and inside):
            kw = 0.0
        power.append(kw)
        reached = idle + kw * per_kw
    return power


def _meant_outside(problem: Problem, load: ThermalLoad, last: Plan, carried: _Carried) -> list[float]:
    """Kelvin outside the band (below it; above, for cooling) that the last plan accepted at each fence-post k+1."""
    found = last.loads.get(load.name)
    if found is None or found.temperature_c is None:
        return [0.0] * problem.steps
    low, high = per_step(load.min_c, problem.steps), per_step(load.max_c, problem.steps)
    meant = zip(carried.at_end(found.temperature_c), low, high, carried.known, strict=True)
    if load.mode == "heat":
        return [max(0.0, least - t) if known else 0.0 for t, least, _, known in meant]
    return [max(0.0, t - most) if known else 0.0 for t, _, most, known in meant]


def _car(
    problem: Problem, ev: Ev, meter: Meter, evs: dict[str, Store], last: Plan, carried: _Carried
) -> tuple[list[float], list[float]]:
    """Charging and discharging as in the last plan, while connected, and up to the state of charge that it meant."""
    n, hours = problem.steps, problem.horizon.hours
    charge, discharge = [0.0] * n, [0.0] * n
    if ev.name not in last.evs or ev.battery_kwh <= 0:
        return charge, discharge
    store, most = last.evs[ev.name], ev.soc_max * ev.battery_kwh
    wished, given, meant = carried.mean(store.charge_kw), carried.mean(store.discharge_kw), carried.at_end(store.soc)
    sold, reached = carried.mean(last.grid.export_kw), ev.soc * ev.battery_kwh
    for k, h in enumerate(hours):
        if not ev.connected[k]:
            continue
        if wished[k] >= given[k]:
            room = car_room_kw(problem, ev, meter, evs, k)
            goal = max(0.0, min(most, meant[k] * ev.battery_kwh) - reached)
            kw = max(wished[k], ev.min_kw) if wished[k] >= max(_HALF * ev.min_kw, _NONE_KW) else 0.0
            kw = min(kw, ev.max_kw, room, goal / (h * ev.charge_efficiency))
            charge[k] = max(kw, ev.min_kw) if kw >= max(ev.min_kw - _NONE_KW, _NONE_KW) else 0.0
        else:
            most_out = meter.need_kw(k) if sold[k] <= _NONE_KW else meter.room_out_kw(k)
            discharge[k] = min(given[k], ev.discharge_limit_kw, most_out, reached * ev.discharge_efficiency / h)
        reached += h * (charge[k] * ev.charge_efficiency - discharge[k] / ev.discharge_efficiency)
    return charge, discharge


class _Battery:
    """A home battery as the last plan meant it, on the new problem's surplus and need."""

    def __init__(
        self, problem: Problem, b: Battery, meter: Meter, evs: dict[str, Store], last: Plan, carried: _Carried
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
                goal = high if self._bought[k] <= _NONE_KW else min(high, max(low, self._meant[k] * b.capacity_kwh))
                into = min(into, b.charge_limit_kw, max(0.0, goal - reached) / (h * b.charge_efficiency))
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
            room = meter.room_kw(k) if from_grid else meter.surplus_kw(k)
            return min(room, below_kwh / (h * b.charge_efficiency)), 0.0
        if above_kwh > _NONE_KWH:
            allowed = may_feed_kw(self._problem, meter, self._evs, k)
            most = meter.room_out_kw(k) if b.grid_export and allowed == INFINITE else meter.need_kw(k)
            return 0.0, min(most, allowed, above_kwh * b.discharge_efficiency / h)
        return 0.0, 0.0

    def _wished(self, k: int) -> tuple[float, float]:
        """Bought and sold as planned; from the sun and for the house as these are now, all of it where the plan took all."""
        charge, discharge = self._charge[k], self._discharge[k]
        if not self._known[k] or self._b.capacity_kwh <= 0 or max(charge, discharge) <= _NONE_KW:
            return 0.0, 0.0
        if charge > discharge:
            surplus = self._meter.surplus_kw(k)
            if self._bought[k] > _NONE_KW and self._b.grid_charging and not surplus_taken(self._problem, self._evs, k):
                return min(max(charge, 0.0), self._meter.room_kw(k)), 0.0
            return (surplus if self._sold[k] <= _NONE_KW else min(charge, surplus)), 0.0
        # What serves the house while PV is curtailed is given for the room that it leaves in the battery.
        need = discharge if self._curtailed[k] > _NONE_KW else self._meter.need_kw(k)
        need = min(
            need, max(0.0, self._meter.demand_kw[k]), may := may_feed_kw(self._problem, self._meter, self._evs, k)
        )
        if self._sold[k] > _NONE_KW and self._b.grid_export and may == INFINITE:
            return 0.0, min(discharge, self._meter.room_out_kw(k))
        return 0.0, (need if self._bought[k] <= _NONE_KW else min(discharge, need))
