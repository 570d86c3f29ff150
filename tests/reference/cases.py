"""Seeded random problems, plausible and nasty, small enough for the exact solver; hypothesis strategies."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from .case_devices import battery, ev, interruptible, shiftable, thermal
from .case_shared import add_shared

KINDS = ("spot", "negative", "two_level", "flat", "inverted", "winter", "shared")
ZONE = ZoneInfo("Europe/Amsterdam")
# An ordinary day and the two on which the clocks change.
_DAYS = (datetime(2026, 6, 10), datetime(2026, 3, 28), datetime(2026, 10, 24))


class Scene:
    """What the devices of one problem share: the dice, the steps and their local times."""

    def __init__(self, dice: random.Random, kind: str, start: datetime, step_minutes: list[float]) -> None:
        self.dice, self.kind, self.start, self.step_minutes = dice, kind, start, step_minutes
        self.n = len(step_minutes)
        self.posts = [0.0]
        for minutes in step_minutes:
            self.posts.append(self.posts[-1] + minutes / 60.0)
        self.hours = self.posts[-1]

    def at(self, hours: float) -> str:
        """An instant so many hours after the start, in the site's zone or in UTC."""
        moment = self.start + timedelta(seconds=round(hours * 3600))
        return (moment.astimezone(ZONE) if self.dice.random() < 0.7 else moment).isoformat()

    def hour_of_day(self, k: int) -> float:
        local = (self.start + timedelta(hours=self.posts[k])).astimezone(ZONE)
        return local.hour + local.minute / 60.0

    def some(self, low: float, high: float, digits: int = 3) -> float:
        return round(self.dice.uniform(low, high), digits)

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def bell(self, deviation: float) -> float:
        """Roughly normal around 0, but bounded, whoever throws the dice."""
        return sum(self.dice.uniform(-deviation, deviation) for _ in range(3))

    def one_of(self, *values: Any) -> Any:
        return self.dice.choice(values)


def _steps(dice: random.Random, kind: str) -> list[float]:
    n = dice.choice((4, 5, 6, 8, 8, 12, 12, 16, 16, 24, 24, 32, 48, 96))
    if kind == "shared":
        n = min(n, 24)  # curves and orders have many binaries
    size = dice.choice((15, 15, 30, 60, 60))
    steps: list[float] = [float(size)] * n
    if dice.random() < 0.3:
        # Fine steps first, coarse ones later.
        cut = dice.randrange(1, n)
        steps = [15.0] * cut + [60.0] * (n - cut)
    if dice.random() < 0.5:
        steps[0] = float(dice.choice((1, 2, 5, 7.5, 11, 14)))
    return steps


def _prices(s: Scene) -> tuple[list[float], list[float]]:
    if s.kind == "flat":
        return [s.some(0.2, 0.4)] * s.n, [s.some(0.0, 0.15)] * s.n
    if s.kind == "two_level":
        low, high = s.some(0.1, 0.2), s.some(0.25, 0.4)
        bought = [high if 7 <= s.hour_of_day(k) < 23 else low for k in range(s.n)]
        return bought, [s.some(0.0, 0.1)] * s.n
    level = {"negative": -0.05, "winter": 0.2}.get(s.kind, 0.08)
    swing = {"negative": 0.12, "winter": 0.12}.get(s.kind, 0.07)
    spot, noise = [], 0.0
    for k in range(s.n):
        noise = 0.7 * noise + s.bell(0.02)
        spot.append(level + swing * math.sin((s.hour_of_day(k) - 13.0) / 24.0 * 4.0 * math.pi) + noise)
    tax, cut = s.one_of(0.0, 0.02, 0.12), s.one_of(0.0, 0.01, 0.05)
    if s.kind == "inverted":
        # A feed-in tariff above the price of import, in all or some steps.
        bonus = s.some(0.05, 0.3)
        export = [round(p + tax + (bonus if s.chance(0.7) else -0.02), 4) for p in spot]
        return [round(p + tax, 4) for p in spot], export
    return [round(p + tax, 4) for p in spot], [round(p - cut, 4) for p in spot]


def _grid(s: Scene, load: list[float]) -> dict[str, Any]:
    bought, sold = _prices(s)
    grid: dict[str, Any] = {"import_price": bought, "export_price": sold}
    if s.chance(0.5):
        grid["import_limit_kw"] = s.one_of(17.25, 8.0, s.some(1.5, 6.0))
    elif s.chance(0.2):
        grid["import_limit_kw"] = [s.some(2.0, 9.0) for _ in range(s.n)]
    elif s.chance(0.15):
        grid["import_limit_kw"] = round(max(load) * s.some(0.3, 0.9), 3)
    if s.chance(0.3):
        grid["export_limit_kw"] = s.one_of(0.0, 5.0, s.some(0.2, 4.0))
    if s.chance(0.15):
        grid["carbon_kg_per_kwh"] = [s.some(0.05, 0.6) for _ in range(s.n)]
    if s.chance(0.15):
        grid["capacity_charge"] = {"price_per_kw": s.some(0.1, 4.0), "peak_so_far_kw": s.some(0.0, 4.0)}
    return grid


def _pv(s: Scene, name: str) -> dict[str, Any]:
    peak = s.some(0.5, 3.0 if s.kind == "winter" else 8.0)
    forecast = [
        round(max(0.0, peak * math.sin((s.hour_of_day(k) - 6.0) / 14.0 * math.pi)) * s.dice.uniform(0.4, 1.0), 3)
        if 6.0 <= s.hour_of_day(k) <= 20.0
        else 0.0
        for k in range(s.n)
    ]
    return {"name": name, "forecast_kw": forecast, "curtailable": s.chance(0.75)}


def build(dice: random.Random, kind: str, null_terminal_values: bool = False) -> dict[str, Any]:
    """A problem document drawn from the dice; terminal values are numbers unless asked for null."""
    steps = _steps(dice, kind)
    day, hour = dice.choice(_DAYS), dice.choice((0, 6, 7, 12, 15, 18, 22, 23))
    start = (day + timedelta(hours=hour)).replace(tzinfo=ZONE).astimezone(ZoneInfo("UTC"))
    s = Scene(dice, kind, start, steps)
    load = [round(abs(0.5 + s.bell(0.4)) + (2.5 if dice.random() < 0.08 else 0.0), 3) for _ in range(s.n)]
    problem: dict[str, Any] = {
        "schema": "hems.problem/1",
        "start": s.at(0.0),
        "step_minutes": steps,
        "time_zone": "Europe/Amsterdam",
        "currency": "EUR",
        "objective": {"cost_function": s.one_of("profit", "profit", "profit", "cost", "self_consumption")},
        "grid": _grid(s, load),
        "load_kw": load,
    }
    if problem["grid"].get("carbon_kg_per_kwh"):
        problem["objective"]["carbon_price_per_kg"] = s.some(0.02, 0.3)
    # Long horizons get fewer devices: the exact solver must prove its optimum.
    few = s.n > 32
    counts = {
        "pv": s.one_of(0, 1, 1, 2), "batteries": s.one_of(0, 1, 1, 1) if few else s.one_of(0, 1, 1, 2),
        "evs": s.one_of(0, 0, 1) if few else s.one_of(0, 1, 1, 2), "shiftable_loads": s.one_of(0, 0, 1, 2),
        "interruptible_loads": s.one_of(0, 0, 1) if few else s.one_of(0, 1, 1, 2),
        "thermal_loads": 0 if s.n > 48 else s.one_of(0, 0, 0, 1),
    }  # fmt: skip
    if kind == "shared":
        counts["shiftable_loads"] = s.one_of(0, 1, 2, 2, 3)
    makers = {
        "pv": _pv, "batteries": battery, "evs": ev, "shiftable_loads": shiftable,
        "interruptible_loads": interruptible, "thermal_loads": thermal,
    }  # fmt: skip
    for key, count in counts.items():
        made = [makers[key](s, f"{key}_{number + 1}") for number in range(count)]
        if made or s.chance(0.5):
            problem[key] = made
    if kind == "shared":
        add_shared(s, problem)
    if null_terminal_values:
        for key in ("batteries", "evs", "thermal_loads"):
            for one in problem.get(key, []):
                one["terminal_value_per_kwh"] = None
    return problem


def random_problem(seed: int, kind: str = "spot", null_terminal_values: bool = False) -> dict[str, Any]:
    """The same problem for the same seed and kind, always."""
    return build(random.Random(f"{kind}-{seed}"), kind, null_terminal_values)


def problems(kinds: tuple[str, ...] = KINDS, null_terminal_values: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Problem documents whose dice hypothesis throws (and shrinks)."""
    dice = st.randoms(use_true_random=False)
    return st.builds(build, dice, st.sampled_from(kinds), st.just(null_terminal_values))


def seeded_problems(kinds: tuple[str, ...] = KINDS) -> st.SearchStrategy[dict[str, Any]]:
    """Problem documents by seed: faster to draw, and the seed reproduces them outside hypothesis."""
    return st.builds(random_problem, st.integers(0, 10**6), st.sampled_from(kinds))
