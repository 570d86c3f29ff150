"""Why a home battery charges, discharges or rests."""

from ..domain.battery import Battery
from .reason_scene import NOISE_KW, NOISE_KWH, SAME_PRICE, Scene
from .reason_store import (
    StoreFacts,
    best_later,
    best_uses,
    charge_words,
    cheapest_refills,
    discharge_words,
    open_targets,
    target_words,
)

# So little energy is said to be none.
_NEXT_TO_NOTHING_KWH = 0.05


class BatteryReasons:
    """Sentences of one battery; ``value_per_kwh`` is the worth of a kWh that it holds at the end."""

    def __init__(self, scene: Scene, battery: Battery, value_per_kwh: float) -> None:
        self._scene, self._battery = scene, battery
        self._facts = facts = StoreFacts(
            store=scene.schedule.batteries[battery.name],
            low_kwh=battery.soc_min * battery.capacity_kwh,
            high_kwh=battery.soc_max * battery.capacity_kwh,
            into=battery.charge_efficiency,
            out=battery.discharge_efficiency,
            wear_per_kwh=battery.wear_cost_per_kwh,
            end_value=value_per_kwh,
        )
        self._uses = best_uses(scene, facts)
        self._refills = cheapest_refills(scene, facts)
        self._targets = open_targets(scene, facts.store, battery.capacity_kwh, battery.soc_targets)
        # What a kWh charged now could bring at most at any later time, used or not.
        worths = [(worth - facts.wear_per_kwh) * facts.out * facts.into for worth in scene.saved]
        self._best_later = best_later(worths, value_per_kwh * facts.into)

    def sentence(self, k: int) -> str:
        """Why it does what it does in step k."""
        store = self._facts.store
        if store.charge_kw[k] > NOISE_KW:
            why = self._why_charge(k)
            return f"charges at {self._scene.stored[k]}" + (f": {why}" if why else "")
        if store.discharge_kw[k] > NOISE_KW:
            return discharge_words(self._scene, self._facts, self._uses[k], self._refills[k], k)
        if self._battery.capacity_kwh == 0:
            return "has no capacity"
        if store.energy_kwh[k + 1] <= self._facts.low_kwh + _NEXT_TO_NOTHING_KWH:
            return self._empty(k)
        return self._rests(k)

    def _why_charge(self, k: int) -> str | None:
        words = charge_words(self._scene, self._facts, self._uses[k], k)
        if words is not None:
            return words
        if self._facts.store.energy_kwh[k] < self._facts.low_kwh - NOISE_KWH:
            return f"back to its minimum of {100 * self._battery.soc_min:.3g} %"
        target = self._targets[k]
        if target is not None:
            return f"{target_words(self._scene, target, k)} wanted"
        own_use_first = self._scene.problem.objective.cost_function == "self_consumption"
        return "own use of PV comes first" if own_use_first and not self._scene.imports(k) else None

    def _empty(self, k: int) -> str:
        refill, now = self._refills[k], self._scene.worth[k]
        if refill is not None:
            price = self._scene.stored[refill].per_kwh
            words = f"empty; charges {self._scene.at(refill, k)} at {price:.3f}"
            return words + (f", now {now:.3f}" if now >= price - SAME_PRICE else "")
        if 0 < self._best_later[k] <= now + SAME_PRICE:
            return f"empty; {now:.3f} now would bring {self._best_later[k]:.3f} later at most{self._losses()}"
        return "empty"

    def _rests(self, k: int) -> str:
        scene, facts, use = self._scene, self._facts, self._uses[k]
        full = facts.store.energy_kwh[k + 1] >= facts.high_kwh - NOISE_KWH
        word = "full: " if full else ""
        if use is None:
            return "full" if full else "rests"
        kept = f"{word}keeps {facts.store.energy_kwh[k + 1] - facts.low_kwh:.1f} kWh"
        if use.step == scene.steps:
            return (
                f"{kept} to the end, worth {use.per_stored_kwh:.3f} each" if use.per_stored_kwh > 0 else f"{word}rests"
            )
        later = scene.saved[use.step]
        if scene.exports(k) and not full and scene.stored[k].per_kwh > 0:
            stored, earned = use.per_stored_kwh * facts.into, scene.stored[k].per_kwh
            if stored <= earned + SAME_PRICE:
                return f"rests: export earns {earned:.3f}, stored it brings {stored:.3f} at {scene.at(use.step, k)}"
        now = f", now {scene.worth[k]:.3f}" if scene.worth[k] <= later + SAME_PRICE else ""
        return f"{kept} for {scene.at(use.step, k)} at {later:.3f}{now}"

    def _losses(self) -> str:
        return self._facts.reckoned("after")
