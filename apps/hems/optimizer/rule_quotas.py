"""Quotas by rules: their energy in the cheapest steps that minimum times, starts and limits allow."""

from itertools import accumulate

from ..domain.loads import InterruptibleLoad
from ..domain.problem import Problem
from ..domain.schedule import Series
from .least_power import least_on_kw
from .meter import INFINITE, NOISE, Meter

# Energies nearer than this are the same, kWh.
_SAME_KWH = 1e-7


def quota_power(problem: Problem, load: InterruptibleLoad, meter: Meter, on: list[bool]) -> Series:
    """The quotas in their cheapest lawful steps, beside those that are ``on`` already (which must be lawful).

    Many short runs and one long run for each quota are both tried. kW, shape (N,).
    """
    hours = problem.horizon.hours
    money = [h * meter.more(k, load.name, load.power_kw) for k, h in enumerate(hours)]
    shares = [problem.horizon.overlap(quota.begin, quota.until) for quota in load.quotas]
    found: list[tuple[float, float, list[bool]]] = []
    for whole in (False, True):
        runs = _Runs(problem, load, meter, money, on)
        short = 0.0
        for quota, share in sorted(zip(load.quotas, shares, strict=True), key=lambda one: one[0].until):
            useful = [load.power_kw * h * part for h, part in zip(hours, share, strict=True)]
            short += max(0.0, runs.serve(quota.kwh, useful, whole))
        paid = sum(price for price, now in zip(money, runs.on, strict=True) if now)
        found.append((round(short, 3), paid + load.start_cost * _starts(load, runs.on), runs.on))
    running = min(found, key=lambda one: one[:2])[2]
    most = [_running_kw(load, meter.shared.take_kw(k, load.name)) for k in range(problem.steps)]
    power = [kw if now else 0.0 for kw, now in zip(most, running, strict=True)]
    trimmed = _trimmed(load, power, problem, shares, money)
    meter.add(load.name, trimmed)
    return trimmed


def _running_kw(load: InterruptibleLoad, room_kw: float) -> float:
    """What it takes where it runs: less than all only where it must run, can modulate, and a limit leaves no more."""
    return load.power_kw if load.min_power_kw is None else min(load.power_kw, max(least_on_kw(load), room_kw))


def _starts(load: InterruptibleLoad, on: list[bool]) -> int:
    return sum(now and not before for before, now in zip([load.on_now, *on], on, strict=False))


class _Runs:
    """The steps in which a load is ``on``, shape (N,), and the runs that may be added to them."""

    def __init__(
        self, problem: Problem, load: InterruptibleLoad, meter: Meter, money: list[float], on: list[bool]
    ) -> None:
        self._load, self._posts, self.on = load, problem.horizon.posts_minutes, list(on)
        self._paid = [0.0, *accumulate(money)]
        blocked = [load.power_kw > meter.room_kw(k, load.name) + NOISE for k in range(problem.steps)]
        self._walls = [0, *accumulate(blocked)]

    def serve(self, kwh: float, useful: list[float], whole: bool) -> float:
        """Adds runs until a quota is met; ``useful``: kWh that a step gives it, shape (N,). Returns what stays missing.

        ``whole``: all that is missing in one run, instead of the shortest run that is lawful.
        """
        missing = kwh - sum(part for part, now in zip(useful, self.on, strict=True) if now)
        while missing > _SAME_KWH:
            best = self._cheapest(useful, missing, whole)
            if best is None:
                break
            for k in range(*best):
                self.on[k], missing = True, missing - useful[k]
        return missing

    def _cheapest(self, useful: list[float], missing: float, whole: bool) -> tuple[int, int] | None:
        """The steps (first, one past the last) whose running lawfully adds energy to a quota at the least price."""
        load, posts, n = self._load, self._posts, len(self.on)
        gained = [0.0, *accumulate(useful)]
        begun = _starts(load, self.on)
        following = [n + 1] * (n + 1)  # the first step from k on that is on
        for k in reversed(range(n)):
            following[k] = k if self.on[k] else following[k + 1]
        end_before = 0.0 if load.on_now else -INFINITE
        best, found = INFINITE, None
        for k in range(n):
            if self.on[k]:
                end_before = posts[k + 1]
                continue
            joins = end_before == posts[k]
            if not joins and posts[k] - end_before < load.min_off_minutes - NOISE:
                continue
            end = self._end(k, following[k], joins, gained, missing if whole else 0.0)
            starts = 1 - joins - (following[k] == end)
            if self._walls[end] > self._walls[k] or (load.max_starts is not None and begun + starts > load.max_starts):
                continue
            energy = min(gained[end] - gained[k], missing)
            if energy > (missing - 2 * _SAME_KWH if whole else _SAME_KWH):
                price = (self._paid[end] - self._paid[k] + starts * load.start_cost) / energy
                if price < best - NOISE:
                    best, found = price, (k, end)
        return found

    def _end(self, k: int, after: int, joins: bool, gained: list[float], wanted_kwh: float) -> int:
        """One past the last step of the shortest lawful run from k on that gains so much; ``after`` it the load is on."""
        load, posts, n = self._load, self._posts, len(self.on)
        end = k + 1
        while not joins and end < min(n, after) and posts[end] - posts[k] < load.min_on_minutes - NOISE:
            end += 1
        while end < min(n, after) and gained[end] - gained[k] < wanted_kwh - _SAME_KWH:
            end += 1
        if after <= n and posts[after] - posts[end] < load.min_off_minutes - NOISE:
            end = after
        return end


def _trimmed(
    load: InterruptibleLoad, power: list[float], problem: Problem, shares: list[Series], money: list[float]
) -> Series:
    """A load that modulates gives back what exceeds its quotas, in the dearest steps first."""
    if load.min_power_kw is None:
        return tuple(power)
    least, hours = least_on_kw(load), problem.horizon.hours
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
