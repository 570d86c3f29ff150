"""Heat by rules: the band kept from the cheapest hours before it would be left, and filled where that pays."""

from collections.abc import Sequence
from functools import cached_property

from ..domain.horizon import Horizon
from ..domain.loads import ThermalLoad
from ..domain.problem import Problem, per_step
from ..domain.schedule import Series, temperatures
from .least_power import least_on_kw
from .meter import INFINITE, NOISE, Meter
from .switch import Switch, forced_on
from .terminal_value import terminal_values

# Temperatures nearer than this are the same, K.
_SAME_K = 1e-6
# A step is left out where the temperature is ahead of its course by more than this share of what the step gives.
_AHEAD = 0.5


def heat_power(
    problem: Problem,
    load: ThermalLoad,
    meter: Meter,
    power: Sequence[float],
    free: Sequence[bool],
    allowed_k: Sequence[float],
) -> Series:
    """Keeps the band from the cheapest hours before it would be left; fills it in ``free`` steps where its worth pays.

    ``allowed_k``: kelvin, shape (N,), by which fence-post k+1 may lie outside, since that was meant. A load with minimum
    times follows the course so found as well as they let it.
    """
    forced = forced_on(load, problem.horizon)
    found = [max(kw, least_on_kw(load)) if must else kw for kw, must in zip(power, forced, strict=True)]
    if load.power_kw > 0:
        heat = _Heat(problem, load, meter, found)
        for k in range(problem.steps):
            while heat.missing(k) > allowed_k[k] + _SAME_K and heat.warm(k):
                pass
        if any(free):
            heat.fill(terminal_values(problem)[load.name] * load.last_capacity_kwh_per_k, free)
        if load.timed:
            found = heat.in_lawful_runs(problem.horizon, allowed_k)
    meter.add(load.name, found)
    return tuple(found)


class _Heat:
    """A heat store's temperatures, warm counted upward: for cooling, ``sign`` -1 turns its scale round."""

    def __init__(self, problem: Problem, load: ThermalLoad, meter: Meter, power: list[float]) -> None:
        n, hours = problem.steps, problem.horizon.hours
        capacity, loss, cop = (per_step(x, n) for x in (load.capacity_kwh_per_k, load.loss_kw_per_k, load.cop))
        ambient, draw = per_step(load.ambient_c, n), per_step(load.draw_kw, n)
        low, high = per_step(load.min_c, n), per_step(load.max_c, n)
        self._load, self.power = load, power
        sign = 1.0 if load.mode == "heat" else -1.0
        reached = temperatures(load.temperature_c, sign, capacity, hours, tuple(power), cop, loss, ambient, draw)
        self._reached = [sign * t for t in reached[1:]]
        self._low = [sign * t for t in (low if sign > 0 else high)]
        self._high = [sign * t for t in (high if sign > 0 else low)]
        self._rise = [h * c / x for h, c, x in zip(hours, cop, capacity, strict=True)]  # K per kW
        self._kept = [max(0.0, 1 - h * lost / x) for h, lost, x in zip(hours, loss, capacity, strict=True)]
        self._meter, self._hours = meter, hours
        self._room = [meter.room_kw(k, load.name) - power[k] for k in range(n)]

    @cached_property
    def _price(self) -> list[float]:
        """What a kW more costs in each step; not asked where the band is kept and nothing is to be filled."""
        load = self._load
        return [h * self._meter.more(k, load.name, load.power_kw) / load.power_kw for k, h in enumerate(self._hours)]

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

    def in_lawful_runs(self, horizon: Horizon, allowed_k: Sequence[float]) -> list[float]:
        """The power in runs that keep the minimum times: what one gives too much is left out of the next, kW, shape (N,).

        A run that had to wait for its off-time is made up for where the band would be left.
        """
        load, least, switch = self._load, least_on_kw(self._load), Switch(self._load, horizon)
        room = [max(least, min(load.power_kw, left + kw)) for left, kw in zip(self._room, self.power, strict=True)]
        fits = [left + kw >= least - NOISE for left, kw in zip(self._room, self.power, strict=True)]
        found: list[float] = []
        ahead = 0.0  # of the course, kelvin
        for k, (wished, rise) in enumerate(zip(self.power, self._rise, strict=True)):
            ahead = ahead * self._kept[k] - wished * rise
            wanted = -ahead if wished > 0 and -ahead > _AHEAD * least * rise else 0.0
            wanted = max(wanted, self._low[k] - allowed_k[k] - self._reached[k] - ahead)
            kw = wanted / rise if rise > NOISE and wanted > _SAME_K else 0.0
            on = switch.step(k, kw > 0 and switch.fits(k, fits))
            found.append(min(max(kw, least), room[k]) if on else 0.0)
            ahead += found[k] * rise
        return found

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
