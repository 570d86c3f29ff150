"""A plan by the rules that a person would write, for when there is no better one; without a solver.

Programs, quotas, heat, cars and batteries are placed in this order, each in the cheapest lawful hours that the ones before
leave. A battery serves the dearest hours first, each from the cheapest energy that can be stored for it, where that
pays after losses and wear. Each rule starts from what is planned already, so that an older plan can be completed too.
"""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import accumulate

from ..domain.battery import Battery
from ..domain.ev import Ev
from ..domain.loads import InterruptibleLoad, ShiftableLoad, ThermalLoad
from ..domain.problem import Problem, per_step
from ..domain.schedule import Schedule, Series, Store, store_energy, temperatures
from .baseline import baseline_schedule
from .follow import INFINITE, NOISE, Meter, Offer, Switch, car_room_kw, finished, may_feed_kw, surplus_taken
from .rank import rank
from .shiftable import possible_starts
from .terminal_value import terminal_values

# Less gain than this per kWh is not worth moving energy for.
_LEAST_GAIN = 1e-3
# Energies nearer than this are the same, kWh.
_SAME_KWH = 1e-7
# Temperatures nearer than this are the same, K.
_SAME_K = 1e-6
# A load that may idle at nothing is kept at this share of its power, so that its run can be seen.
_LEAST_SHARE_ON = 1e-3
# A store that leaks is refilled for so long at a time.
_LEAK_HOURS = 6.0


def rule_schedule(problem: Problem) -> Schedule:
    """The home by rules; shapes as in Schedule. Never worse by ``rank`` than the home without planning."""
    found = [_by_rules(problem, True)]
    if problem.shiftable_loads and rank(problem, found[0])[0] > 0:
        found.append(_by_rules(problem, False))
    return min((*found, baseline_schedule(problem)), key=lambda schedule: rank(problem, schedule))


def _by_rules(problem: Problem, beyond_limit: bool) -> Schedule:
    """``beyond_limit``: a program that the import limit leaves no room runs all the same; a battery may make room."""
    meter, idle, free = Meter(problem), [0.0] * problem.steps, [True] * problem.steps
    loads: dict[str, Series] = {}
    for program in problem.shiftable_loads:
        loads[program.name] = program_power(problem, program, meter, None, beyond_limit)
    for load in problem.interruptible_loads:
        loads[load.name] = quota_power(problem, load, meter, forced_on(problem, load))
    for thermal in problem.thermal_loads:
        loads[thermal.name] = heat_power(problem, thermal, meter, idle, free, idle)
    evs: dict[str, Store] = {}
    for ev in sorted(problem.evs, key=lambda ev: not ev.surplus_only):
        evs[ev.name] = charged(problem, ev, meter, evs, idle, idle)
    values, batteries = terminal_values(problem), {}
    for b in problem.batteries:
        trade = Trade(problem, b, meter, evs, idle, idle)
        trade.wishes()
        trade.by_price(values[b.name], free)
        batteries[b.name] = trade.store()
    for ev in problem.evs:
        evs[ev.name] = filled(problem, ev, meter, evs, batteries, values[ev.name])
    return finished(problem, meter, batteries, evs, loads)


def program_power(
    problem: Problem, load: ShiftableLoad, meter: Meter, wished_minutes: float | None, beyond_limit: bool
) -> Series:
    """The program at the start nearest to ``wished_minutes`` (None: the cheapest), on time where the import limit lets it.

    ``beyond_limit`` false: it does not run at all where no start has room.
    """
    horizon, length = problem.horizon, load.profile_step_minutes
    if load.running_since is not None:
        power = horizon.averaged(load.profile_kw, length, horizon.minutes_at(load.running_since))
        meter.add(power)
        return power
    starts = possible_starts(load, horizon)
    found: list[tuple[tuple[bool, float, float, float, int], Series]] = []
    regular = starts.on_time or starts.late[:1]
    for k in (*regular, *(late for late in starts.late if late not in regular)):
        power = horizon.averaged(load.profile_kw, length, horizon.posts_minutes[k])
        covered = [(j, kw) for j, kw in enumerate(power) if kw]
        fits = all(kw <= meter.room_kw(j) + NOISE for j, kw in covered)
        if k not in regular and (not fits or any(one[0][0] for one in found)):
            continue  # late only where nothing on time has room
        distance = 0.0 if wished_minutes is None else abs(horizon.posts_minutes[k] - wished_minutes)
        late = 0.0 if k in regular else starts.late_minutes[k]
        money = sum(horizon.hours[j] * meter.more(j, kw) for j, kw in covered)
        found.append(((fits, -late, -distance, -money, -k), power))
    key, power = max(found, key=lambda one: one[0]) if found else ((False,), (0.0,) * problem.steps)
    power = power if key[0] or beyond_limit else (0.0,) * problem.steps
    meter.add(power)
    return power


def forced_on(problem: Problem, load: InterruptibleLoad) -> list[bool]:
    """On only while a run that has begun must go on."""
    switch = Switch(load, problem.horizon)
    return [switch.step(k, False) for k in range(problem.steps)]


def quota_power(problem: Problem, load: InterruptibleLoad, meter: Meter, on: list[bool]) -> Series:
    """The quotas in their cheapest lawful steps, beside those that are ``on`` already (which must be lawful).

    Many short runs and one long run for each quota are both tried.
    """
    horizon = problem.horizon
    step_kwh = [load.power_kw * h for h in horizon.hours]
    money = [h * meter.more(k, load.power_kw) for k, h in enumerate(horizon.hours)]
    blocked = [load.power_kw > meter.room_kw(k) + NOISE for k in range(problem.steps)]
    shares = [horizon.overlap(quota.begin, quota.until) for quota in load.quotas]
    found: list[tuple[float, float, list[bool]]] = []
    for whole in (False, True):
        running, short = list(on), 0.0
        for quota, share in sorted(zip(load.quotas, shares, strict=True), key=lambda one: one[0].until):
            useful = [kwh * part for kwh, part in zip(step_kwh, share, strict=True)]
            missing = quota.kwh - sum(kwh for kwh, now in zip(useful, running, strict=True) if now)
            while missing > _SAME_KWH:
                best = _cheapest_run(problem, load, running, money, blocked, useful, missing, whole)
                if best is None:
                    break
                for k in range(*best):
                    running[k], missing = True, missing - useful[k]
            short += max(0.0, missing)
        paid = sum(price for price, now in zip(money, running, strict=True) if now)
        found.append((round(short, 3), paid + load.start_cost * _starts(load, running), running))
    running = min(found, key=lambda one: one[:2])[2]
    power = _trimmed(load, [load.power_kw if now else 0.0 for now in running], problem, shares, money)
    meter.add(power)
    return power


def _starts(load: InterruptibleLoad, on: list[bool]) -> int:
    return sum(now and not before for before, now in zip([load.on_now, *on], on, strict=False))


def _cheapest_run(
    problem: Problem,
    load: InterruptibleLoad,
    on: list[bool],
    money: list[float],
    blocked: list[bool],
    useful: list[float],
    missing: float,
    whole: bool,
) -> tuple[int, int] | None:
    """The steps (first, one past the last) whose running lawfully adds energy to a quota at the least price.

    ``whole``: all that is missing in one run, instead of the shortest run that is lawful.
    """
    n, posts = problem.steps, problem.horizon.posts_minutes
    paid, gained = [0.0, *accumulate(money)], [0.0, *accumulate(useful)]
    walls = [0, *accumulate(blocked)]
    begun = _starts(load, on)
    following = [n + 1] * (n + 1)  # the first step from k on that is on
    for k in reversed(range(n)):
        following[k] = k if on[k] else following[k + 1]
    end_before = 0.0 if load.on_now else -INFINITE
    best, found = INFINITE, None
    for k in range(n):
        if on[k]:
            end_before = posts[k + 1]
            continue
        joins = end_before == posts[k]
        if not joins and posts[k] - end_before < load.min_off_minutes - NOISE:
            continue
        end, after = k + 1, following[k]
        while not joins and end < min(n, after) and posts[end] - posts[k] < load.min_on_minutes - NOISE:
            end += 1
        while whole and end < min(n, after) and gained[end] - gained[k] < missing - _SAME_KWH:
            end += 1
        if after <= n and posts[after] - posts[end] < load.min_off_minutes - NOISE:
            end = after
        starts = 1 - joins - (after == end)
        if walls[end] > walls[k] or (load.max_starts is not None and begun + starts > load.max_starts):
            continue
        energy = min(gained[end] - gained[k], missing)
        if energy > (missing - 2 * _SAME_KWH if whole else _SAME_KWH):
            price = (paid[end] - paid[k] + starts * load.start_cost) / energy
            if price < best - NOISE:
                best, found = price, (k, end)
    return found


def _trimmed(
    load: InterruptibleLoad, power: list[float], problem: Problem, shares: list[Series], money: list[float]
) -> Series:
    """A load that modulates gives back what exceeds its quotas, in the dearest steps first."""
    if load.min_power_kw is None:
        return tuple(power)
    least, hours = max(load.min_power_kw, _LEAST_SHARE_ON * load.power_kw), problem.horizon.hours
    over = [sum(h * p * s for h, p, s in zip(hours, power, share, strict=True)) for share in shares]
    over = [kwh - quota.kwh for kwh, quota in zip(over, load.quotas, strict=True)]
    for k in sorted(range(problem.steps), key=lambda k: -money[k] / hours[k]):
        if power[k] <= least or money[k] <= 0:
            continue
        spare = [kwh / (hours[k] * share[k]) for kwh, share in zip(over, shares, strict=True) if share[k] > 0]
        less = max(0.0, min([power[k] - least, *spare]))
        power[k] -= less
        over = [kwh - less * hours[k] * share[k] for kwh, share in zip(over, shares, strict=True)]
    return tuple(power)


def heat_power(
    problem: Problem,
    load: ThermalLoad,
    meter: Meter,
    power: Sequence[float],
    free: Sequence[bool],
    allowed_k: Sequence[float],
) -> Series:
    """Keeps the band from the cheapest hours before it would be left; fills it in ``free`` steps where its worth pays.

    ``allowed_k``: kelvin, shape (N,), by which fence-post k+1 may lie outside, since that was meant.
    """
    found = list(power)
    if load.power_kw > 0:
        heat = _Heat(problem, load, meter, found)
        for k in range(problem.steps):
            while heat.missing(k) > allowed_k[k] + _SAME_K and heat.warm(k):
                pass
        heat.fill(terminal_values(problem)[load.name] * load.last_capacity_kwh_per_k, free)
    meter.add(found)
    return tuple(found)


class _Heat:
    """A heat store's temperatures, warm counted upward: for cooling, ``sign`` -1 turns its scale round."""

    def __init__(self, problem: Problem, load: ThermalLoad, meter: Meter, power: list[float]) -> None:
        n, hours = problem.steps, problem.horizon.hours
        capacity, loss, cop = (per_step(x, n) for x in (load.capacity_kwh_per_k, load.loss_kw_per_k, load.cop))
        ambient, draw = per_step(load.ambient_c, n), per_step(load.draw_kw, n)
        low, high = per_step(load.min_c, n), per_step(load.max_c, n)
        self._load, self.power = load, power
        self._sign = sign = 1.0 if load.mode == "heat" else -1.0
        reached = temperatures(load.temperature_c, sign, capacity, hours, tuple(power), cop, loss, ambient, draw)
        self._reached = [sign * t for t in reached[1:]]
        self._low = [sign * t for t in (low if sign > 0 else high)]
        self._high = [sign * t for t in (high if sign > 0 else low)]
        self._rise = [h * c / x for h, c, x in zip(hours, cop, capacity, strict=True)]  # K per kW
        self._kept = [max(0.0, 1 - h * lost / x) for h, lost, x in zip(hours, loss, capacity, strict=True)]
        self._price = [h * meter.more(k, load.power_kw) / load.power_kw for k, h in enumerate(hours)]  # per kW
        self._room = [meter.room_kw(k) - power[k] for k in range(n)]

    def missing(self, k: int) -> float:
        """Kelvin that lack at fence-post k+1."""
        return self._low[k] - self._reached[k]

    def warm(self, k: int) -> bool:
        """More power in the step up to k that warms fence-post k+1 most cheaply and leaves no band; False: there is none."""
        best, found, kept, spare = INFINITE, None, 1.0, INFINITE
        for i in range(k, -1, -1):
            kept = kept if i == k else kept * self._kept[i + 1]
            spare = (
                self._high[i] - self._reached[i]
                if i == k
                else min(self._high[i] - self._reached[i], spare / max(self._kept[i + 1], NOISE))
            )
            gain = self._rise[i] * kept
            if (spare <= 0 and i < k) or kept <= NOISE:
                break
            if gain <= NOISE or self._price[i] / gain >= best:
                continue
            kw = self._level(i, self.missing(k) / gain)
            if kw > NOISE and (i == k or kw * self._rise[i] <= spare):
                best, found = self._price[i] / gain, (i, kw)
        if found is not None:
            self._add(*found)
        return found is not None

    def fill(self, value_per_k: float, free: Sequence[bool]) -> None:
        """More power, the cheapest first, where the warmth left at the end is worth its price."""
        n = len(self.power)
        kept = [1.0] * n
        for k in reversed(range(n - 1)):
            kept[k] = kept[k + 1] * self._kept[k + 1]
        worth = [value_per_k * rise * part for rise, part in zip(self._rise, kept, strict=True)]
        order = [k for k in range(n) if free[k] and worth[k] > self._price[k] + NOISE]
        spare = self._spare()
        for k in sorted(order, key=lambda k: self._price[k] - worth[k]):
            kw = self._level(k, spare[k] / self._rise[k])
            if kw > NOISE and kw * self._rise[k] <= spare[k] + NOISE:
                self._add(k, kw)
                spare = self._spare()

    def _spare(self) -> list[float]:
        """Kelvin that step k may add without leaving the band at any later fence-post."""
        spare = [high - t for high, t in zip(self._high, self._reached, strict=True)]
        for k in reversed(range(len(spare) - 1)):
            spare[k] = min(spare[k], spare[k + 1] / max(self._kept[k + 1], NOISE))
        return spare

    def _level(self, k: int, kw: float) -> float:
        """How much more power is lawful in step k, ``kw`` being wished."""
        load, now = self._load, self.power[k]
        most = min(load.power_kw - now, self._room[k])
        if load.min_power_kw is None:
            return load.power_kw if now == 0 and most >= load.power_kw - NOISE else 0.0
        least = max(0.0, load.min_power_kw - now)
        return min(max(kw, least), most) if most >= least - NOISE else 0.0

    def _add(self, k: int, kw: float) -> None:
        self.power[k] = min(self.power[k] + kw, self._load.power_kw)
        self._room[k] -= kw
        kelvin = kw * self._rise[k]
        for j in range(k, len(self.power)):
            kelvin = kelvin if j == k else kelvin * self._kept[j]
            self._reached[j] += kelvin


def charged(
    problem: Problem,
    ev: Ev,
    meter: Meter,
    others: dict[str, Store],
    charge: Sequence[float],
    discharge: Sequence[float],
) -> Store:
    """A car that charges, beyond what is planned, in the cheapest connected steps before each of its targets."""
    meter.add([c - d for c, d in zip(charge, discharge, strict=True)])
    filling = _Filling(problem, ev, meter, others, charge, discharge)
    inside = [target for target in ev.targets if problem.start <= target.at <= problem.horizon.end]
    for target in sorted(inside, key=lambda target: target.at):
        goal = min(target.soc, ev.soc_max) * ev.battery_kwh
        filling.reach(problem.horizon.minutes_at(target.at), goal, INFINITE)
    return filling.store()


def filled(
    problem: Problem, ev: Ev, meter: Meter, evs: dict[str, Store], batteries: dict[str, Store], value_per_kwh: float
) -> Store:
    """A car that charges further where what is left at the end is worth it, while no home battery gives."""
    store, others = evs[ev.name], {name: one for name, one in evs.items() if name != ev.name}
    filling = _Filling(problem, ev, meter, others, store.charge_kw, store.discharge_kw)
    filling.close(k for k in range(problem.steps) if any(b.discharge_kw[k] > 0 for b in batteries.values()))
    most_price = value_per_kwh * ev.charge_efficiency - _LEAST_GAIN
    filling.reach(problem.horizon.posts_minutes[-1], ev.soc_max * ev.battery_kwh, most_price)
    return filling.store()


class _Filling:
    """A car's energy at the fence-posts, and what more charging costs in each step."""

    def __init__(
        self,
        problem: Problem,
        ev: Ev,
        meter: Meter,
        others: dict[str, Store],
        charge: Sequence[float],
        discharge: Sequence[float],
    ) -> None:
        self._horizon, self._ev, self._meter = problem.horizon, ev, meter
        self._before, self._charge, self._discharge = tuple(charge), list(charge), tuple(discharge)
        self._energy = list(self._followed().energy_kwh)
        self._offers: list[list[Offer]] = []
        for k in range(problem.steps):
            open_kw = car_room_kw(problem, ev, meter, others, k) if discharge[k] <= NOISE else 0.0
            self._offers.append(_car_offers(ev, meter, k, charge[k], open_kw))

    def close(self, steps: Iterable[int]) -> None:
        """No more charging in these steps."""
        for k in steps:
            self._offers[k] = []

    def reach(self, minutes: float, goal_kwh: float, most_price: float) -> None:
        """Charges up to a goal at an instant, the cheapest first, at less than ``most_price`` per kWh."""
        posts, lengths = self._horizon.posts_minutes, self._horizon.step_minutes
        share = [min(1.0, (minutes - posts[k]) / length) for k, length in enumerate(lengths)]
        reached = self._energy[0]
        for k, part in enumerate(share):
            reached += max(0.0, part) * (self._energy[k + 1] - self._energy[k])
        offers = self._offers
        heap = [(offers[k][0][0] / part, k) for k, part in enumerate(share) if part > NOISE and offers[k]]
        heapify(heap)
        while heap and goal_kwh - reached > _SAME_KWH and heap[0][0] < most_price:
            _, k = heappop(heap)
            per_kw = self._horizon.hours[k] * self._ev.charge_efficiency
            kw = self._taken(k, (goal_kwh - reached) / (per_kw * share[k]), per_kw)
            if kw > 0:
                reached += kw * per_kw * share[k]
                if offers[k]:
                    heappush(heap, (offers[k][0][0] / share[k], k))

    def _taken(self, k: int, wished_kw: float, per_kw: float) -> float:
        """Takes from the first offer of step k what is lawful; 0 where that is nothing."""
        (price, size), *others = self._offers[k]
        least = max(0.0, self._ev.min_kw - self._charge[k])
        room = self._ev.soc_max * self._ev.battery_kwh - max(self._energy[k + 1 :])
        kw = min(size, room / per_kw, max(least, wished_kw))
        self._offers[k] = others
        if kw < max(least - NOISE, _SAME_KWH):
            return 0.0
        self._charge[k] += kw
        self._energy[k + 1 :] = [kwh + kw * per_kw for kwh in self._energy[k + 1 :]]
        if size - kw > _SAME_KWH:
            self._offers[k].insert(0, (price, size - kw))
        return kw

    def _followed(self) -> Store:
        ev, charge = self._ev, tuple(self._charge)
        rates = (ev.soc * ev.battery_kwh, 0.0, ev.charge_efficiency, ev.discharge_efficiency, self._horizon.hours)
        return Store(charge, self._discharge, store_energy(*rates, charge, self._discharge))

    def store(self) -> Store:
        """The car as planned; what was added is put on the meter."""
        self._meter.add([a - b for a, b in zip(self._charge, self._before, strict=True)])
        return self._followed()


def _car_offers(ev: Ev, meter: Meter, k: int, charging_kw: float, room_kw: float) -> list[Offer]:
    """What more charging costs in step k; the first offer is as large as the least power of a car that does not charge."""
    most = min(ev.max_kw - charging_kw, room_kw)
    least = ev.min_kw if charging_kw <= NOISE else 0.0
    if most < max(least, NOISE):
        return []
    found = meter.offers(k, most, 1)
    while len(found) > 1 and found[0][1] < least:
        (price, kw), (second, size) = found[:2]
        part = min(size, least - kw)
        rest = [(second, size - part)] if size - part > NOISE else []
        found[:2] = [((price * kw + second * part) / (kw + part), kw + part), *rest]
    return found


class Trade:
    """A home battery's energy at the fence-posts, and what may still be stored and given in each step."""

    def __init__(
        self,
        problem: Problem,
        battery: Battery,
        meter: Meter,
        evs: dict[str, Store],
        charge: Sequence[float],
        discharge: Sequence[float],
    ) -> None:
        """Starts from a lawful ``charge`` and ``discharge``, kW, shape (N,); puts them on the meter."""
        b, n = battery, problem.steps
        self._problem, self._b, self._meter, self._hours = problem, b, meter, problem.horizon.hours
        self._before = [c - d for c, d in zip(charge, discharge, strict=True)]
        meter.add(self._before)
        self._charge, self._discharge = list(charge), list(discharge)
        self._energy = list(self._followed().energy_kwh)
        self._least, self._most = b.soc_min * b.capacity_kwh, b.soc_max * b.capacity_kwh
        self._floor = [self._least] * (n + 1)
        usable = b.capacity_kwh > 0
        self._sources = [self._stored(k, evs) if usable and discharge[k] <= NOISE else [] for k in range(n)]
        self._sinks = [self._given(k, evs) if usable and charge[k] <= NOISE else [] for k in range(n)]

    def _stored(self, k: int, evs: dict[str, Store]) -> list[Offer]:
        """Energy that step k can store: (price per stored kWh, stored kWh)."""
        from_grid = self._b.grid_charging and not surplus_taken(self._problem, evs, k)
        room = self._meter.room_kw(k) if from_grid else self._meter.surplus_kw(k)
        offers = self._meter.offers(k, min(room, self._b.charge_limit_kw - self._charge[k]), 1)
        into = self._b.charge_efficiency
        found = [(price / into, kw * self._hours[k] * into) for price, kw in offers]
        return [offer for offer in found if offer[1] > _SAME_KWH]

    def _given(self, k: int, evs: dict[str, Store]) -> list[Offer]:
        """What stored energy serves in step k: (worth per stored kWh, stored kWh)."""
        allowed = may_feed_kw(self._problem, self._meter, evs, k)
        most = self._meter.need_kw(k)
        if self._b.grid_export and allowed == INFINITE:
            most = max(most, self._meter.room_out_kw(k))
        kw = min(most, allowed, self._b.discharge_limit_kw - self._discharge[k])
        out = self._b.discharge_efficiency
        offers = self._meter.offers(k, kw, -1)
        wear = self._b.wear_cost_per_kwh
        found = [((price - wear) * out, kw * self._hours[k] / out) for price, kw in offers]
        return [offer for offer in found if offer[1] > _SAME_KWH]

    def wishes(self) -> None:
        """Back within its bounds as soon as it can, and there in spite of its standing loss; then its targets."""
        b, horizon, n = self._b, self._problem.horizon, self._problem.steps
        leak = b.standing_loss_kw * min(_LEAK_HOURS, horizon.posts_minutes[-1] / 60)
        for post in range(1, n + 1):
            if self._energy[post] < self._least - _SAME_KWH:
                self._raise(post, self._least - self._energy[post] + leak)
            elif self._energy[post] > self._most + _SAME_KWH:
                self._lower(post, self._energy[post] - self._most)
        for target in sorted(b.soc_targets, key=lambda target: target.at):
            if self._problem.start <= target.at <= horizon.end:
                goal = min(target.soc * b.capacity_kwh, self._most)
                minutes = horizon.minutes_at(target.at)
                below = max(k for k in range(n + 1) if horizon.posts_minutes[k] <= minutes + NOISE)
                posts = (below,) if horizon.posts_minutes[below] >= minutes - NOISE else (below, below + 1)
                for post in posts:
                    self._raise(post, goal - self._energy[post])
                    self._floor[post] = max(self._floor[post], min(goal, self._energy[post]))

    def _raise(self, post: int, kwh: float) -> None:
        """So much more by a fence-post and from there on, from the cheapest steps before it."""
        while kwh > _SAME_KWH:
            i, room = self._source(post, INFINITE, hold=True)
            if i is None:
                return
            kwh -= self._move(i, self._problem.steps, min(kwh, room))

    def _lower(self, post: int, kwh: float) -> None:
        """So much less by a fence-post, where it is worth most."""
        for j in sorted((j for j in range(post) if self._sinks[j]), key=lambda j: -self._sinks[j][0][0]):
            after = [e - low for e, low in zip(self._energy[j + 1 :], self._floor[j + 1 :], strict=True)]
            spare = min(
                (room for room in after if room >= -_SAME_KWH), default=INFINITE
            )  # what leaks later is refilled
            while min(kwh, spare) > _SAME_KWH and self._sinks[j]:
                less = self._move(None, j, min(kwh, spare, self._sinks[j][0][1]))
                kwh, spare = kwh - less, spare - less

    def by_price(self, value_per_kwh: float, free: Sequence[bool]) -> None:
        """Serves the dearest of the free steps first, and the end of the horizon at its worth per stored kWh.

        Energy for them may be stored in any step.
        """
        n = self._problem.steps
        cheapest = min([value_per_kwh, *(offers[0][0] for offers in self._sources if offers)])
        heap = [(-self._sinks[j][0][0], j) for j in range(n) if free[j] and self._sinks[j]]
        heap.append((-value_per_kwh, n))
        heapify(heap)
        while heap and -heap[0][0] > cheapest + _LEAST_GAIN:
            worth, j = heappop(heap)
            left = self._sinks[j][0][1] if j < n and self._sinks[j] else INFINITE if j == n else 0.0
            while left > _SAME_KWH:
                i, room = self._source(j, -worth - _LEAST_GAIN, value_per_kwh=value_per_kwh)
                if i is None:
                    break
                left -= self._move(i, j, min(left, room))
            if j < n and left <= _SAME_KWH and self._sinks[j]:
                heappush(heap, (-self._sinks[j][0][0], j))

    def _source(
        self, j: int, below: float, hold: bool = False, value_per_kwh: float = INFINITE
    ) -> tuple[int | None, float]:
        """The cheapest step whose energy can serve step j, and how much; ``N`` stands for what is stored anyway.

        A step before j stores what is held until then (``hold``: until the end); one after it refills what j takes.
        """
        n, energy, sources = self._problem.steps, self._energy, self._sources
        best, found, most = below, None, 0.0
        room = self._most - max(energy[j:]) if hold else INFINITE
        for i in range(j - 1, -1, -1):
            if i + 1 < j or not hold:
                room = min(room, self._most - energy[i + 1])
            if room <= _SAME_KWH:
                break
            if sources[i] and sources[i][0][0] < best:
                best, found, most = sources[i][0][0], i, min(room, sources[i][0][1])
        if hold or j == n:
            return found, most
        room = INFINITE
        for i in range(j + 1, n + 1):
            room = min(room, energy[i] - self._floor[i])
            if room <= _SAME_KWH:
                break
            price = value_per_kwh if i == n else sources[i][0][0] if sources[i] else INFINITE
            if price < best and (i == n or energy[i + 1] <= self._most + _SAME_KWH):
                best, found, most = price, i, room if i == n else min(room, sources[i][0][1])
        return found, most

    def _move(self, i: int | None, j: int, kwh: float) -> float:
        """Stores ``kwh`` in step i and gives it in step j; a step N or None stands for no step."""
        n, b = self._problem.steps, self._b
        if i is not None and i < n:
            self._charge[i] += kwh / (self._hours[i] * b.charge_efficiency)
            self._energy[i + 1 :] = [e + kwh for e in self._energy[i + 1 :]]
            self._sources[i] = _left(self._sources[i], kwh)
            self._sinks[i] = []
        if j < n:
            self._discharge[j] += kwh * b.discharge_efficiency / self._hours[j]
            self._energy[j + 1 :] = [e - kwh for e in self._energy[j + 1 :]]
            self._sinks[j] = _left(self._sinks[j], kwh)
            self._sources[j] = []
        return kwh

    def _followed(self) -> Store:
        b, charge, discharge = self._b, tuple(self._charge), tuple(self._discharge)
        rates = (b.soc * b.capacity_kwh, b.standing_loss_kw, b.charge_efficiency, b.discharge_efficiency)
        return Store(charge, discharge, store_energy(*rates, self._hours, charge, discharge))

    def store(self) -> Store:
        """The battery as planned; what was added is put on the meter."""
        after = [c - d for c, d in zip(self._charge, self._discharge, strict=True)]
        self._meter.add([a - b for a, b in zip(after, self._before, strict=True)])
        return self._followed()


def _left(offers: list[Offer], kwh: float) -> list[Offer]:
    """What is left of a step's offers when so much of the first is taken."""
    (price, size), *others = offers
    return [(price, size - kwh), *others] if size - kwh > _SAME_KWH else others
