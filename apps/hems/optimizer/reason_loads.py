"""Why programs start when they do, and why loads that go on and off run or wait."""

from bisect import bisect_left, bisect_right
from itertools import accumulate

from ..domain.loads import InterruptibleLoad, Quota, ShiftableLoad
from .reason_scene import NOISE_KW, NOISE_KWH, Cheapest, Scene, free_words, next_steps, wait_words

# Extra costs of a start are said from a tenth of a cent on.
_LEAST_SAID = 1e-3


class ProgramReasons:
    """Sentences of a program that runs once. Its cost at a start is its energy by step times ``worth``."""

    def __init__(self, scene: Scene, load: ShiftableLoad) -> None:
        self._scene, self._load = scene, load
        horizon, power = scene.problem.horizon, scene.schedule.loads_kw[load.name]
        self._posts = horizon.posts_minutes
        self._kwh = [0.0, *accumulate(kw * load.profile_step_minutes / 60 for kw in load.profile_kw)]
        self._first = horizon.first_post_from(load.earliest_start)
        self._start = self._found_start(next((k for k, kw in enumerate(power) if kw > NOISE_KW), None))
        self._deadline = horizon.minutes_at(load.latest_finish)
        if self._start is not None:
            self._cost = self._cost_from(self._start)
            inside = self._energy_until(self._posts[-1] - self._posts[self._start])
            self._per_kwh = self._cost / inside if inside > 0 else 0.0

    def sentence(self, k: int) -> str:
        """Why it runs or waits in step k."""
        scene, load, start = self._scene, self._load, self._start
        if load.running_since is not None:
            over = scene.problem.horizon.minutes_at(load.running_since) + load.duration_minutes <= self._posts[k]
            return "is done" if over else f"runs since {scene.time(load.running_since, k)} and cannot be moved"
        if start is None:
            return self._never(k)
        if self._posts[k] >= self._posts[start] + load.duration_minutes:
            return "is done"
        by = f" for {scene.time(load.latest_finish, k)}"
        if k >= start:
            return (
                f"runs since {scene.at(start, k)} at {self._per_kwh:.3f} per kWh{by}" if k > start else self._starts(k)
            )
        words = f"starts {scene.at(start, k)} at {self._per_kwh:.3f} per kWh"
        if k < self._first:
            return f"{words}; not before {scene.time(load.earliest_start, k)}"
        extra = self._cost_from(k) - self._cost
        return words + (f", now it would cost {extra:.3f} more" if extra >= _LEAST_SAID else "")

    def _starts(self, k: int) -> str:
        by = f" for {self._scene.time(self._load.latest_finish, k)}"
        words = f"starts at {self._per_kwh:.3f} per kWh{by}"
        latest = self._deadline - self._load.duration_minutes
        # The next boundary at which it could start; a finer look at every later start would be quadratic.
        if k + 1 >= self._scene.steps or self._posts[k + 1] > latest + 1e-6:
            return f"{words}; it is the last start in time" if self._posts[k] <= latest + 1e-6 else words
        extra = self._cost_from(k + 1) - self._cost
        later = self._scene.at(k + 1, k)
        return words + (f"; from {later} it would cost {extra:.3f} more" if extra >= _LEAST_SAID else "")

    def _never(self, k: int) -> str:
        scene, load = self._scene, self._load
        if load.energy_kwh == 0:
            return "takes no energy"
        if self._first >= scene.steps:
            return f"may start from {scene.time(load.earliest_start, k)}, after the horizon"
        return "does not run: the import limit leaves no room"

    def _found_start(self, seen: int | None) -> int | None:
        """The start whose first power falls into step ``seen``, the first step with power."""
        if seen is None:
            return None
        idle = next(i for i, kw in enumerate(self._load.profile_kw) if kw > 0) * self._load.profile_step_minutes
        first = bisect_left(self._posts, self._posts[seen] - idle - 1e-6)
        starts = range(first, bisect_right(self._posts, self._posts[seen + 1] - idle - 1e-6))
        power = self._scene.schedule.loads_kw[self._load.name][seen] * self._scene.hours[seen]
        gaps = {k: abs(self._energy_until(self._posts[seen + 1] - self._posts[k]) - power) for k in starts}
        return min(gaps, key=lambda k: gaps[k]) if gaps else seen

    def _energy_until(self, minutes: float) -> float:
        """Energy that the program has taken so long after its start, kWh."""
        periods = min(max(minutes / self._load.profile_step_minutes, 0.0), float(len(self._load.profile_kw)))
        whole = min(int(periods), len(self._load.profile_kw) - 1)
        return self._kwh[whole] + (periods - whole) * (self._kwh[whole + 1] - self._kwh[whole])

    def _cost_from(self, start: int) -> float:
        """Cost of the program's part inside the horizon from a start on, in currency."""
        begin, cost, before, k = self._posts[start], 0.0, 0.0, start
        while k < self._scene.steps and self._posts[k] < begin + self._load.duration_minutes:
            taken = self._energy_until(self._posts[k + 1] - begin)
            cost, before, k = cost + (taken - before) * self._scene.worth[k], taken, k + 1
        return cost


class InterruptibleReasons:
    """Sentences of a load that goes on and off."""

    def __init__(self, scene: Scene, load: InterruptibleLoad) -> None:
        self._scene, self._load = scene, load
        self._power = scene.schedule.loads_kw[load.name]
        running = [kw > NOISE_KW for kw in self._power]
        self._next = next_steps(running)
        self._free = Cheapest([None if on else worth for on, worth in zip(running, scene.worth, strict=True)])
        self._quotas = [self._with_energy(quota) for quota in sorted(load.quotas, key=lambda quota: quota.until)]

    def _with_energy(self, quota: Quota) -> tuple[Quota, float, float, list[float]]:
        """A quota, its window in minutes, and what it has got at each fence-post, kWh."""
        horizon = self._scene.problem.horizon
        shares = horizon.overlap(quota.begin, quota.until)
        energy = (h * share * kw for h, share, kw in zip(horizon.hours, shares, self._power, strict=True))
        return quota, horizon.minutes_at(quota.begin), horizon.minutes_at(quota.until), [0.0, *accumulate(energy)]

    def _quota(self, k: int) -> tuple[Quota, float, list[float]] | None:
        """The quota whose window holds step k, the one that ends first: itself, its end in minutes, its energies."""
        posts = self._scene.problem.horizon.posts_minutes
        for quota, begin, until, got in self._quotas:
            if begin < posts[k + 1] and until > posts[k] and quota.kwh - got[k] > NOISE_KWH:
                return quota, until, got
        return None

    def sentence(self, k: int) -> str:
        """Why it runs or waits in step k."""
        scene, load, quota = self._scene, self._load, self._quota(k)
        if self._power[k] > NOISE_KW:
            return self._runs(k, quota)
        later = self._next[k]
        wanted = f"{quota[0].kwh:g} kWh by {scene.time(quota[0].until, k)}" if quota is not None else ""
        if quota is not None and quota[0].kwh - quota[2][-1] > NOISE_KWH and quota[2][-1] - quota[2][k] < NOISE_KWH:
            return f"stays short of {wanted}"
        if later is not None:
            words = wait_words(scene, "waits for" if quota is not None else "next runs", later, k)
            return f"{words}; {wanted} wanted" if wanted else words
        done = [one for one, begin, until, _ in self._quotas if until > scene.problem.horizon.posts_minutes[k]]
        if done:
            return f"has its {done[0].kwh:g} kWh for {scene.time(done[0].until, k)}"
        return "no more is wanted of it" if load.quotas else "has no quota"

    def _runs(self, k: int, quota: tuple[Quota, float, list[float]] | None) -> str:
        scene, price = self._scene, self._scene.taken[k]
        posts = scene.problem.horizon.posts_minutes
        words = f"runs at {price}"
        if posts[k] + 1e-6 < self._load.held_minutes:
            return f"{words}: at least {self._load.min_on_minutes:g} minutes once on"
        if quota is None:
            return words + (": it is paid for it" if price.per_kwh < 0 else "")
        words = f"{words} for {quota[0].kwh:g} kWh by {scene.time(quota[0].until, k)}"
        end = min(bisect_left(posts, quota[1]), scene.steps)
        if end > k + 1 and self._free.within(k + 1, end) is None:
            return f"{words}; every hour left is needed"
        return words + free_words(self._free, k + 1, end, price)
