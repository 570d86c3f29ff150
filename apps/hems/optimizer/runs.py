"""The whole numbers of an answer as runs: when a device is on, and the same answer with other runs."""

from collections.abc import Callable
from dataclasses import dataclass

from .model import Model


@dataclass(frozen=True)
class Fixed:
    """An answer with whole numbers fixed: column values, the least money, and what a kWh is worth in each step."""

    values: list[float]
    objective: float
    energy_value: tuple[float, ...]


# The best plan with the whole numbers of the given values; None where there is none, or only a dearer one than the most.
Solve = Callable[[list[float], float], Fixed | None]


def switches(model: Model, values: list[float]) -> int:
    """How often devices go from off to on in the horizon; what goes on from the step before has not."""
    runs = {name: runs_of(bits_of(model, values, name)) for name in model.node.running}
    going_on = [name for name in on_before(model) if runs.get(name) and runs[name][0][0] == 0]
    return sum(len(one) for one in runs.values()) - len(going_on)


def on_before(model: Model) -> set[str]:
    """Loads that are on in the step before the first."""
    return {load.name for load in model.problem.switched_loads if load.on_now}


def bits_of(model: Model, values: list[float], name: str) -> list[bool | None]:
    """Whether a device is on, by step; None where it cannot be."""
    running = model.node.running[name]
    return [round(values[running[k]]) == 1 if k in running else None for k in range(model.node.steps)]


def runs_of(bits: list[bool | None]) -> list[tuple[int, int]]:
    """(first, last + 1) of each run."""
    runs: list[tuple[int, int]] = []
    for k, on in enumerate(bits):
        if on and runs and runs[-1][1] == k:
            runs[-1] = (runs[-1][0], k + 1)
        elif on:
            runs.append((k, k + 1))
    return runs


def with_bits(model: Model, values: list[float], name: str, bits: list[bool | None]) -> list[float]:
    """The values with a device's runs changed; its running count follows."""
    changed = list(values)
    for k, index in model.node.running[name].items():
        changed[index] = float(bool(bits[k]))
    for k, index in enumerate(model.node.counts.get(name, [])):
        changed[index] = float(sum(bool(on) for on in bits[: k + 1]))
    return changed
