"""Why a car charges, waits or feeds the house."""

from bisect import bisect_left

from ..domain.battery import SocTarget
from ..domain.ev import Ev
from .reason_scene import NOISE_KW, NOISE_KWH, SAME_PRICE, Cheapest, Scene, free_words, next_steps
from .reason_store import (
    StoreFacts,
    best_uses,
    charge_words,
    cheapest_refills,
    discharge_words,
    open_targets,
    target_words,
)


class EvReasons:
    """Sentences of one car; ``value_per_kwh`` is the worth of a kWh that it holds at the end."""

    def __init__(self, scene: Scene, ev: Ev, value_per_kwh: float) -> None:
        self._scene, self._ev = scene, ev
        self._store = store = scene.schedule.evs[ev.name]
        self._facts = StoreFacts(
            store=store,
            low_kwh=0.0,
            high_kwh=ev.soc_max * ev.battery_kwh,
            into=ev.charge_efficiency,
            out=ev.discharge_efficiency,
            wear_per_kwh=0.0,
            end_value=value_per_kwh,
        )
        self._uses = best_uses(scene, self._facts)
        self._refills = cheapest_refills(scene, self._facts)
        self._targets = open_targets(scene, store, ev.battery_kwh, ev.targets)
        charging = [kw > NOISE_KW for kw in store.charge_kw]
        self._next_charge, self._next_home = next_steps(charging), next_steps(ev.connected)
        free = zip(ev.connected, charging, scene.worth, strict=True)
        self._free = Cheapest([worth if on and not busy else None for on, busy, worth in free])

    def sentence(self, k: int) -> str:
        """Why it does what it does in step k."""
        if not self._ev.connected[k]:
            back = self._next_home[k]
            return f"is away until {self._scene.at(back, k)}" if back is not None else "is away"
        if self._store.charge_kw[k] > NOISE_KW:
            return self._charges(k)
        if self._store.discharge_kw[k] > NOISE_KW:
            return discharge_words(self._scene, self._facts, self._uses[k], self._refills[k], k)
        return self._waits(k)

    def _charges(self, k: int) -> str:
        price, target = self._scene.stored[k], self._targets[k]
        words = f"charges at {price}"
        if target is not None:
            first, end = k + 1, self._end_before(target)
            words = f"{words} for {target_words(self._scene, target, k)}"
            if end > first and self._free.within(first, end) is None:
                return f"{words}; every hour left is needed"
            return words + free_words(self._free, first, end, price)
        why = charge_words(self._scene, self._facts, self._uses[k], k)
        return f"{words}: {why}" if why else words

    def _end_before(self, target: SocTarget) -> int:
        """The end of the steps that lie before a target as a whole or in part."""
        horizon = self._scene.problem.horizon
        return min(bisect_left(horizon.posts_minutes, horizon.minutes_at(target.at)), self._scene.steps)

    def _waits(self, k: int) -> str:
        scene, later, target = self._scene, self._next_charge[k], self._targets[k]
        goal = f" for {target_words(scene, target, k)}" if target is not None else ""
        if later is not None:
            price = scene.stored[later].per_kwh
            now = f", now {scene.worth[k]:.3f}" if scene.worth[k] >= price - SAME_PRICE else ""
            return f"waits for {scene.at(later, k)} at {price:.3f}{now}" + (goal and f";{goal[4:]} wanted")
        if target is not None:
            return f"stays short of {target_words(scene, target, k)}"
        if self._store.energy_kwh[k] >= self._facts.high_kwh - NOISE_KWH:
            return "is full"
        met = [one for one in self._ev.targets if scene.problem.horizon.first_post_from(one.at) > k]
        if met:
            return f"has what is wanted: {target_words(scene, min(met, key=lambda one: one.at), k)}"
        use = self._uses[k]
        if use is not None and use.step < scene.steps:
            return f"keeps what it has for {scene.at(use.step, k)} at {scene.saved[use.step]:.3f}"
        return "nothing more is wanted of it"
