"""The home's electrical node: what every device supplies and takes in each step, as linear expressions.

Devices register themselves here; the balance and the rules between devices (``rules.py``) are written from it.
"""

from dataclasses import dataclass, field

from .program import Linear, column, total


@dataclass(frozen=True)
class StoreColumns:
    """Columns of a battery or a car: powers, shape (N,); energy at fence-posts 1..N (post 0 is measured)."""

    charge: list[int]
    discharge: list[int]
    energy: list[int]
    charge_limit_kw: tuple[float, ...]
    discharge_limit_kw: tuple[float, ...]


@dataclass
class Node:
    """Everything at the meter. ``loads`` are controlled loads as power per step; ``largest_kw`` bounds them."""

    steps: int
    imports: list[int] = field(default_factory=list)
    exports: list[int] = field(default_factory=list)
    pv_used: dict[str, list[Linear]] = field(default_factory=dict)
    batteries: dict[str, StoreColumns] = field(default_factory=dict)
    evs: dict[str, StoreColumns] = field(default_factory=dict)
    loads: dict[str, list[Linear]] = field(default_factory=dict)
    largest_kw: dict[str, tuple[float, ...]] = field(default_factory=dict)
    # What runs now and cannot be stopped, by load, shape (N,): it may push a limit.
    unstoppable_kw: dict[str, tuple[float, ...]] = field(default_factory=dict)
    # Starts of programs by name: the step and its column.
    begins: dict[str, dict[int, int]] = field(default_factory=dict)
    # Binaries "is on" by device and step, of cars and loads; and running counts of them, whole numbers too.
    running: dict[str, dict[int, int]] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    temperatures: dict[str, list[int]] = field(default_factory=dict)
    balance_rows: list[int | None] = field(default_factory=list)

    def stores(self) -> dict[str, StoreColumns]:
        """Batteries and cars."""
        return self.batteries | self.evs

    def pv(self, k: int) -> Linear:
        """PV used in step k, kW."""
        return total([used[k] for used in self.pv_used.values()])

    def taken(self, name: str, k: int) -> Linear:
        """What a device takes less what it gives in step k, kW."""
        if name in self.loads:
            return self.loads[name][k]
        if name in self.pv_used:
            return self.pv_used[name][k] * -1.0
        store = self.stores()[name]
        return column(store.charge[k]) + column(store.discharge[k], -1.0)

    def controlled(self, k: int) -> Linear:
        """Power of all controlled loads in step k, kW."""
        return total([load[k] for load in self.loads.values()])
