"""What stored energy is for: the best later use, and the cheapest later refill, of each step. One backward sweep each."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.battery import SocTarget
from ..domain.schedule import Store
from .reason_scene import NOISE_KW, NOISE_KWH, SAME_PRICE, Scene

_SAME_WORTH = 6  # decimals within which two uses are worth the same


@dataclass(frozen=True)
class StoreFacts:
    """A battery or a car as its sentences see it: energies in kWh, ``end_value`` per stored kWh at the horizon's end."""

    store: Store
    low_kwh: float
    high_kwh: float
    into: float
    out: float
    wear_per_kwh: float
    end_value: float

    def reckoned(self, how: str) -> str:
        """``" after losses and wear"`` (``how``: after), as far as there are any."""
        parts = [
            word for word, there in (("losses", self.into * self.out < 1), ("wear", self.wear_per_kwh > 0)) if there
        ]
        return f" {how} {' and '.join(parts)}" if parts else ""


@dataclass(frozen=True)
class Use:
    """A later use of stored energy: the step, or N for what is kept at the end; its worth per stored kWh."""

    step: int
    per_stored_kwh: float


def best_uses(scene: Scene, facts: StoreFacts) -> list[Use | None]:
    """For each step the dearest later use of what it stores, before the store runs empty; None where there is none.

    A discharged kWh is worth ``saved[j] - wear``, times what leaves the store for a stored one.
    """
    store, n = facts.store, scene.steps
    found: list[Use | None] = [None] * n
    best: Use | None = Use(n, facts.end_value)
    for k in reversed(range(n)):
        if store.energy_kwh[k + 1] <= facts.low_kwh + NOISE_KWH:
            best = None
        found[k] = best
        if store.discharge_kw[k] > NOISE_KW:
            use = Use(k, (scene.saved[k] - facts.wear_per_kwh) * facts.out)
            best = use if best is None or _rank(scene, use) >= _rank(scene, best) else best
    return found


def _rank(scene: Scene, use: Use) -> tuple[float, float]:
    return round(use.per_stored_kwh, _SAME_WORTH), scene.bought[use.step] if use.step < scene.steps else -float("inf")


def cheapest_refills(scene: Scene, facts: StoreFacts) -> list[int | None]:
    """For each step the cheapest later step that charges again, up to the one that fills the store; or None."""
    store = facts.store
    found: list[int | None] = [None] * scene.steps
    best: int | None = None
    for k in reversed(range(scene.steps)):
        if store.energy_kwh[k + 1] >= facts.high_kwh - NOISE_KWH:
            best = None
        found[k] = best
        if store.charge_kw[k] > NOISE_KW and (
            best is None or scene.stored[k].per_kwh <= scene.stored[best].per_kwh + SAME_PRICE
        ):
            best = k
    return found


def charge_words(scene: Scene, facts: StoreFacts, use: Use | None, k: int) -> str | None:
    """``"worth 0.268 at 18:00 after losses and wear"`` of a kWh charged in step k; None where that is below its price."""
    if use is None:
        return None
    worth = use.per_stored_kwh * facts.into
    if worth < scene.stored[k].per_kwh - SAME_PRICE:
        return None
    if use.step == scene.steps:
        return f"worth {worth:.3f} in store at the end" if worth > 0 else None
    return f"worth {worth:.3f} at {scene.at(use.step, k)}{facts.reckoned('after')}"


def discharge_words(scene: Scene, facts: StoreFacts, use: Use | None, refill: int | None, k: int) -> str:
    """Why a store gives in step k: what it replaces or earns, and what the energy would cost or bring otherwise."""
    selling = scene.exports(k)
    price = scene.sold[k] if selling else scene.bought[k]
    exports_all = scene.schedule.export_kw[k] >= facts.store.discharge_kw[k] - NOISE_KW
    does = f"serves the house, import costs {price:.3f}{scene.carbon}"
    if selling:
        does = f"{'sells' if exports_all else 'serves the house and sells'} at {price:.3f}"
    if refill is not None:
        again = scene.stored[refill].per_kwh / (facts.into * facts.out) + facts.wear_per_kwh
        if again <= price + SAME_PRICE:
            return f"{does}; refilled at {scene.at(refill, k)} for {again:.3f}{facts.reckoned('with')}"
    if use is not None:
        later = use.per_stored_kwh / facts.out + facts.wear_per_kwh
        if use.step == scene.steps and 0 < later <= price + SAME_PRICE:
            return f"{does}; kept to the end it would save {later:.3f}"
        if use.step < scene.steps and later <= price + SAME_PRICE:
            return f"{does}; later uses bring {later:.3f} at most ({scene.at(use.step, k)})"
    return does


def best_later(values: Sequence[float], last: float) -> list[float]:
    """For each step the largest later value, ``last`` standing after the last step; shape (N,)."""
    found, best = [0.0] * len(values), last
    for k in reversed(range(len(values))):
        found[k] = best
        best = max(best, values[k])
    return found


def open_targets(
    scene: Scene, store: Store, capacity_kwh: float, targets: Sequence[SocTarget]
) -> list[SocTarget | None]:
    """For each step the next target that what is stored when the step begins does not meet yet; or None; shape (N,)."""
    horizon = scene.problem.horizon
    ordered = sorted(targets, key=lambda target: target.at)
    wanted = [(horizon.minutes_at(target.at), target.soc * capacity_kwh - NOISE_KWH, target) for target in ordered]
    wanted = [one for one in wanted if 0 < one[0] <= horizon.posts_minutes[-1] + 1e-6]
    posts, energy = horizon.posts_minutes, store.energy_kwh
    return [
        next((target for minutes, kwh, target in wanted if minutes > posts[k] and kwh > energy[k]), None)
        for k in range(scene.steps)
    ]


def target_words(scene: Scene, target: SocTarget, k: int) -> str:
    """``"80 % by Sun 07:00"``."""
    return f"{100 * target.soc:.3g} % by {scene.time(target.at, k)}"
