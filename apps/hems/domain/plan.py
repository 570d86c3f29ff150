"""The plan: all that the optimizer answers (``hems.plan/1``).

Powers are mean kW of each step, shape (N,), never negative; ``soc`` and ``temperature_c`` stand at fence-posts, shape
(N+1,). Money is in ``currency``.
"""

from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from .horizon import Horizon
from .quantity import Frozen, Time

Series = tuple[float, ...]
Status = Literal["optimal", "feasible", "fallback"]


class Costs(Frozen):
    """The bill of the horizon; ``net`` is the sum of the others."""

    import_: float = Field(alias="import")
    export: float
    wear: float
    capacity: float
    starts: float
    carbon: float
    net: float


class GridPlan(Frozen):
    """What crosses the meter."""

    import_kw: Series
    export_kw: Series


class PvPlan(Frozen):
    """``used + curtailed = forecast``."""

    used_kw: Series
    curtailed_kw: Series


class StorePlan(Frozen):
    """A battery or a car."""

    charge_kw: Series
    discharge_kw: Series
    soc: Series


class LoadPlan(Frozen):
    """A controlled load; heat stores have their temperature too."""

    power_kw: Series
    temperature_c: Series | None = None


class Shortfall(Frozen):
    """A wish that cannot be met, by how much it falls short, and why."""

    device: str
    wish: str
    short_by: float
    unit: str
    reason: str


class Solver(Frozen):
    """How the plan was found. ``gap`` is relative; ``bound`` is the best objective still possible; None: unknown."""

    name: str
    seconds: float
    build_seconds: float
    gap: float | None
    bound: float | None
    steps: int


class Plan(Frozen):
    """What every device does in every step, what it costs, and what could not be met.

    ``baseline_terminal_value``: worth of what the unplanned home has stored at the end, as ``terminal_value`` is the plan's.
    """

    schema_: Literal["hems.plan/1"] = Field(default="hems.plan/1", alias="schema")
    status: Status
    start: Time
    step_minutes: Series
    time_zone: str
    currency: str
    costs: Costs
    terminal_value: float
    baseline_net: float
    baseline_terminal_value: float = 0.0
    grid: GridPlan
    pv: dict[str, PvPlan]
    batteries: dict[str, StorePlan]
    evs: dict[str, StorePlan]
    loads: dict[str, LoadPlan]
    shortfalls: tuple[Shortfall, ...] = ()
    energy_value: Series = ()
    reasons: dict[str, tuple[str, ...]] = {}
    solver: Solver

    @property
    def saving(self) -> float:
        """What planning saves, with what either home has stored at the end reckoned in."""
        return self.baseline_net - self.baseline_terminal_value - self.costs.net + self.terminal_value

    @cached_property
    def horizon(self) -> Horizon:
        """The time axis."""
        return Horizon(self.start, self.step_minutes)


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """The contract's document of a plan, ready for ``json.dumps``."""
    return dict(plan.model_dump(mode="json", by_alias=True, exclude_none=False)) | {"loads": _loads(plan)}


def _loads(plan: Plan) -> dict[str, Any]:
    return {name: load.model_dump(mode="json", exclude_none=True) for name, load in plan.loads.items()}
