"""A problem document with every default of the contract filled in and all times in hours from its start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

_BATTERY = {
    "soc_min": 0.0, "soc_max": 1.0, "charge_efficiency": 1.0, "discharge_efficiency": 1.0,
    "standing_loss_kw": 0.0, "wear_cost_per_kwh": 0.0, "grid_charging": True, "grid_export": True,
    "charge_curve": [], "soc_targets": [], "terminal_value_per_kwh": None, "phase": None,
}  # fmt: skip
_EV = {
    "soc_max": 1.0, "min_kw": 0.0, "charge_efficiency": 1.0, "discharge_limit_kw": 0.0,
    "discharge_efficiency": 1.0, "charge_curve": [], "targets": [], "from_home_battery": True, "surplus_only": False,
    "terminal_value_per_kwh": None, "phase": None,
}  # fmt: skip
_SHIFTABLE = {"running_since": None, "after": None, "phase": None}
_INTERRUPTIBLE = {
    "min_power_kw": None, "min_on_minutes": 0.0, "min_off_minutes": 0.0, "max_starts": None,
    "on_now": False, "on_for_minutes": 0.0, "start_cost": 0.0, "phase": None,
}  # fmt: skip
_THERMAL = {
    "min_power_kw": None, "min_on_minutes": 0.0, "min_off_minutes": 0.0, "on_now": False, "on_for_minutes": 0.0,
    "cop": 1.0, "draw_kw": 0.0, "comfort_penalty_per_k_hour": 0.0, "terminal_value_per_kwh": None, "mode": "heat", "phase": None,
}  # fmt: skip
_GRID = {
    "import_limit_kw": None, "export_limit_kw": None, "carbon_kg_per_kwh": None, "capacity_charge": None,
    "phase_limit_a": None, "phase_voltage_v": 230.0, "load_phase_shares": [1 / 3, 1 / 3, 1 / 3], "energy_blocks": [],
}  # fmt: skip


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Given:
    """Arrays have one entry a step; `posts` are the N+1 fence-posts in hours after the start."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.start = instant(problem["start"])
        self.hours = np.array(problem["step_minutes"], dtype=float) / 60.0
        self.n = len(self.hours)
        self.posts = np.concatenate([[0.0], np.cumsum(self.hours)])
        objective = problem.get("objective") or {}
        self.cost_function: str = objective.get("cost_function", "profit")
        self.carbon_price = float(objective.get("carbon_price_per_kg") or 0.0)
        grid = {**_GRID, **problem["grid"]}
        self.import_price = self.series(grid["import_price"])
        self.export_price = self.series(grid["export_price"])
        self.import_limit = None if grid["import_limit_kw"] is None else self.series(grid["import_limit_kw"])
        self.export_limit = None if grid["export_limit_kw"] is None else self.series(grid["export_limit_kw"])
        per_ampere = grid["phase_voltage_v"] / 1000.0
        self.phase_limit = None if grid["phase_limit_a"] is None else self.series(grid["phase_limit_a"]) * per_ampere
        self.load_phase_shares = [float(share) for share in grid["load_phase_shares"]]
        self.blocks = [{"used_kwh": 0.0, **one} for one in grid["energy_blocks"]]
        self.carbon = self.series(grid["carbon_kg_per_kwh"] or 0.0)
        self.capacity_charge = grid["capacity_charge"]
        self.load = self.series(problem["load_kw"])
        self.pv = [{"curtailable": True, "phase": None, **one} for one in problem.get("pv", [])]
        self.batteries = [{**_BATTERY, **one} for one in problem.get("batteries", [])]
        self.evs = [{**_EV, **one} for one in problem.get("evs", [])]
        self.shiftables = [{**_SHIFTABLE, **one} for one in problem.get("shiftable_loads", [])]
        self.interruptibles = [{**_INTERRUPTIBLE, **one} for one in problem.get("interruptible_loads", [])]
        self.thermals = [{**_THERMAL, **one} for one in problem.get("thermal_loads", [])]
        self.groups = [{"import_limit_kw": None, "export_limit_kw": None, **one} for one in problem.get("groups", [])]

    def series(self, value: Any) -> np.ndarray:
        """A number or a list of N as an array of N."""
        return np.full(self.n, float(value)) if np.isscalar(value) else np.array(value, dtype=float)

    def after(self, text: str) -> float:
        """Hours from the start to an instant."""
        return (instant(text) - self.start).total_seconds() / 3600.0

    def overlap(self, begin: float, end: float) -> np.ndarray:
        """Hours of each step that lie within begin..end (hours from the start)."""
        return np.clip(np.minimum(self.posts[1:], end) - np.maximum(self.posts[:-1], begin), 0.0, None)

    def program(self, load: dict[str, Any], begin: float) -> np.ndarray:
        """Mean power (kW) in each step of a program that begins at `begin`, hours from the start."""
        part = load["profile_step_minutes"] / 60.0
        energy = np.zeros(self.n)
        for number, power in enumerate(load["profile_kw"]):
            energy += power * self.overlap(begin + number * part, begin + (number + 1) * part)
        return energy / self.hours

    def duration(self, load: dict[str, Any]) -> float:
        return len(load["profile_kw"]) * load["profile_step_minutes"] / 60.0

    def starts(self, load: dict[str, Any]) -> list[int]:
        """The steps at whose beginning a program may start at all: none if it comes after the horizon.

        Not before the program that it waits for can have ended.
        """
        earliest = self.after(load["earliest_start"])
        other = self.awaited(load)
        if other is not None:
            earliest = max(earliest, self.earliest_end(other))
        return [k for k in range(self.n) if self.posts[k] >= earliest - 1e-9]

    def awaited(self, load: dict[str, Any]) -> dict[str, Any] | None:
        """The program that must have ended before this one starts."""
        named = [one for one in self.shiftables if one["name"] == load["after"]]
        return named[0] if named else None

    def earliest_end(self, load: dict[str, Any]) -> float:
        """When a program can have ended, in hours from the start; infinity if it does not run in this horizon."""
        if load["running_since"] is not None:
            return self.after(load["running_since"]) + self.duration(load)
        steps = self.starts(load)
        return float(self.posts[steps[0]]) + self.duration(load) if steps else float("inf")

    def late_minutes(self, load: dict[str, Any], step: int | None) -> float:
        """How long after its window, or the horizon, a program ends; None: it does not run, worst of all."""
        latest = min(self.after(load["latest_finish"]), self.posts[-1])
        if step is None:
            return 60.0 * (self.posts[-1] - min(latest, 0.0) + self.duration(load)) if self.starts(load) else 0.0
        return max(0.0, 60.0 * (self.posts[step] + self.duration(load) - latest - 1e-9))

    def start_of(
        self, load: dict[str, Any], power: np.ndarray, tolerance: float = 1e-4, not_before: float = -1e9
    ) -> int | None:
        """The step at which a program starts, read off its power; the least late one if several would fit."""
        fits = [
            (self.late_minutes(load, k), k)
            for k in self.starts(load)
            if self.posts[k] >= not_before - 1e-9
            and np.max(np.abs(self.program(load, float(self.posts[k])) - power)) <= tolerance
        ]
        return min(fits)[1] if fits else None

    def forced_on(self, load: dict[str, Any]) -> np.ndarray:
        """The steps that begin before a running load has been on for its minimum time."""
        left = (load["min_on_minutes"] - load["on_for_minutes"]) / 60.0 if load["on_now"] else 0.0
        return self.posts[:-1] < left - 1e-9

    def kept_running(self) -> dict[str, np.ndarray]:
        """Power (kW) in each step of what runs now and may not be stopped, by the load's name."""
        power = {}
        for load in self.shiftables:
            if load["running_since"] is not None:
                power[load["name"]] = self.program(load, self.after(load["running_since"]))
        for load in self.interruptibles + self.thermals:
            least = load["power_kw"] if load["min_power_kw"] is None else load["min_power_kw"]
            power[load["name"]] = least * self.forced_on(load)
        return power

    def running(self) -> np.ndarray:
        """The sum of `kept_running`."""
        return sum(self.kept_running().values(), np.zeros(self.n))

    def curve_kw(self, store: dict[str, Any], soc: np.ndarray) -> np.ndarray:
        """The charging power (kW) that the curve of a battery or car allows at a SoC; infinite without one."""
        points = store["charge_curve"]
        if not points:
            return np.full(np.shape(soc), np.inf)
        return np.interp(soc, [point["soc"] for point in points], [point["kw"] for point in points])

    def interpolate(self, hours: float) -> list[tuple[int, float]]:
        """The fence-posts and their weights that give a state at an instant inside the horizon."""
        step = int(np.clip(np.searchsorted(self.posts, hours, side="right") - 1, 0, self.n - 1))
        share = (hours - self.posts[step]) / self.hours[step]
        return [(step, 1.0 - share), (step + 1, share)]

    def targets(self, wishes: list[dict[str, Any]]) -> list[tuple[float, float]]:
        """(hours, SoC) of the targets inside the horizon."""
        found = [(self.after(wish["at"]), float(wish["soc"])) for wish in wishes]
        return [(hours, soc) for hours, soc in found if -1e-9 <= hours <= self.posts[-1] + 1e-9]
