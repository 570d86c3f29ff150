"""Why a heat store heats (or cools) or coasts: when its temperature would leave the band, and what the hours before cost."""

from ..domain.loads import ThermalLoad
from ..domain.problem import per_step
from .reason_scene import NOISE_KW, SAME_PRICE, Cheapest, Scene, free_words, next_steps, wait_words

# Kelvin within which a temperature is still in the band.
_IN_BAND_K = 0.02
# A step that leaves less than this share of a temperature difference is not reckoned through.
_LEAST_KEPT = 1e-3


class ThermalReasons:
    """Sentences of one heat store; ``value_per_kwh`` is the worth of a kWh of heat (of cold) at the end."""

    def __init__(self, scene: Scene, load: ThermalLoad, value_per_kwh: float) -> None:
        self._scene, self._load, self._value = scene, load, value_per_kwh
        n = scene.steps
        self._power = scene.schedule.loads_kw[load.name]
        self._temperature = scene.schedule.temperatures_c[load.name]
        self._heats = load.mode == "heat"
        self._bound = per_step(load.min_c if self._heats else load.max_c, n)
        self._capacity, self._cop = per_step(load.capacity_kwh_per_k, n), per_step(load.cop, n)
        self._kept: list[float] = [1.0]
        self._leaves = self._leaving()
        running = [kw > NOISE_KW for kw in self._power]
        self._next = next_steps(running)
        self._free = Cheapest([None if on else worth for on, worth in zip(running, scene.worth, strict=True)])

    def _leaving(self) -> list[int | None]:
        """For each step the fence-post at which the temperature leaves the band if nothing runs from that step on.

        Without power ``T[j] = S[j] + (T[k] - S[k]) * P[j] / P[k]``, S being the course from the first step without power
        and P the product of what each step keeps. Running only moves that post on, so one pass finds all; shape (N,).
        """
        load, n = self._load, self._scene.steps
        loss, ambient, draw = per_step(load.loss_kw_per_k, n), per_step(load.ambient_c, n), per_step(load.draw_kw, n)
        course, sign = [load.temperature_c], 1.0 if self._heats else -1.0
        for k, h in enumerate(self._scene.hours):
            per_kw = h / self._capacity[k]
            kept = 1 - per_kw * loss[k]
            course.append(course[-1] * kept + per_kw * (loss[k] * ambient[k] - draw[k]))
            self._kept.append(self._kept[-1] * kept)
            if kept < _LEAST_KEPT or self._kept[-1] < 1e-200:
                self._kept = []
                return [None] * n
        found: list[int | None] = [None] * n
        post = 1
        for k in range(n):
            post, above = max(post, k + 1), self._temperature[k] - course[k]
            while post <= n:
                reached = course[post] + above * self._kept[post] / self._kept[k]
                if sign * (reached - self._bound[post - 1]) < -_IN_BAND_K:
                    break
                post += 1
            found[k] = post if post <= n else None
        return found

    def sentence(self, k: int) -> str:
        """Why it runs or rests in step k."""
        if self._power[k] > NOISE_KW:
            return self._runs(k)
        scene, later, leaves = self._scene, self._next[k], self._leaves[k]
        if leaves == k + 1:
            words = f"is {self._outside(k + 1)}"
        elif leaves is not None:
            words = (
                f"{'below' if self._heats else 'above'} {self._bound[leaves - 1]:g} °C only at {scene.at(leaves, k)}"
            )
        elif self._kept:
            words = "stays in its band to the end"
        else:
            words = ""
        if later is None:
            return words or "rests"
        wait = wait_words(scene, "next heats" if self._heats else "next cools", later, k)
        return f"{wait}; {words}" if words else wait

    def _outside(self, post: int) -> str:
        return f"{'below' if self._heats else 'above'} {self._bound[post - 1]:g} °C"

    def _runs(self, k: int) -> str:
        scene, price, leaves = self._scene, self._scene.taken[k], self._leaves[k]
        words = f"{'heats' if self._heats else 'cools'} at {price}"
        if scene.problem.horizon.posts_minutes[k] + 1e-6 < self._load.held_minutes:
            return f"{words}: at least {self._load.min_on_minutes:g} minutes once on"
        if leaves == k + 1:
            return f"{words}: else {self._outside(leaves)} at {scene.at(leaves, k)}"
        if leaves is not None:
            rest = free_words(self._free, k + 1, leaves, price)
            return f"{words}: else {self._outside(leaves)} at {scene.at(leaves, k)}{rest}"
        if not self._kept:
            return words
        # What is left at the end of the heat of one kWh taken now, in kWh as the problem counts it there.
        lasting = self._kept[-1] / self._kept[k + 1] * self._load.last_capacity_kwh_per_k / self._capacity[k]
        worth = self._cop[k] * lasting * self._value
        return words + (f": worth {worth:.3f} at the end" if worth >= price.per_kwh - SAME_PRICE and worth > 0 else "")
