"""What a simulation found, as values that are written as JSON, CSV and HTML."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

ControllerName = Literal["uncontrolled", "self_consumption", "rules", "hems", "hems_perfect", "bound"]
CONTROLLERS: tuple[ControllerName, ...] = (
    "uncontrolled",
    "self_consumption",
    "rules",
    "hems",
    "hems_perfect",
    "bound",
)


@dataclass(frozen=True)
class Unmet:
    """A wish of the family that was not met: by how much (``unit``), and whether the devices could have met it."""

    device: str
    wish: str
    at: datetime
    short_by: float
    unit: str
    could_be_met: bool


@dataclass(frozen=True)
class SolverSeconds:
    """Wall seconds of all solves of a run."""

    solves: int
    median: float
    p99: float
    most: float


@dataclass(frozen=True)
class Day:
    """One local day: ``date`` as 2020-03-29; bill in currency, energy in kWh."""

    date: str
    bill: float
    import_kwh: float
    export_kwh: float


@dataclass(frozen=True)
class Outcome:
    """What one controller made of the period.

    ``bill``: import cost less export revenue, less what is stored more at the end than at the begin (``stored_value``).
    ``wear``: the battery's wear, where it is priced. ``cycles``: of the home battery, energy discharged by its capacity.
    ``switches``: how often each device was switched on, or a battery's mode was changed. The bound has no switches.
    """

    bill: float
    import_kwh: float
    export_kwh: float
    cycles: float
    wear: float = 0.0
    stored_value: float = 0.0
    curtailed_kwh: float = 0.0
    switches: dict[str, int] = field(default_factory=dict)
    unmet: tuple[Unmet, ...] = ()
    solver: SolverSeconds | None = None
    fallbacks: int = 0
    days: tuple[Day, ...] = ()

    @property
    def cost(self) -> float:
        """Bill and wear: what controllers are compared by."""
        return self.bill + self.wear


@dataclass(frozen=True)
class Trace:
    """Series of one controller for the plots, shape (N,) each, in the steps of the run; ``soc`` by battery and car."""

    import_kw: tuple[float, ...]
    export_kw: tuple[float, ...]
    soc: dict[str, tuple[float, ...]] = field(default_factory=dict)
    load_kw: dict[str, tuple[float, ...]] = field(default_factory=dict)
    temperature_c: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def first(self, steps: int) -> "Trace":
        """The first ``steps`` of it."""

        def cut(series: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
            return {name: values[:steps] for name, values in series.items()}

        states = cut(self.soc), cut(self.load_kw), cut(self.temperature_c)
        return Trace(self.import_kw[:steps], self.export_kw[:steps], *states)


@dataclass(frozen=True)
class Results:
    """A whole simulation. ``period``: begin and end (aware); ``notes``: gaps and whatever else must be said.

    ``traces`` hold the period in steps of ``step_minutes``; ``import_price`` and ``export_price`` of each of them.
    """

    title: str
    period: tuple[datetime, datetime]
    time_zone: str
    currency: str
    mode: str
    outcomes: dict[ControllerName, Outcome]
    step_minutes: float = 15.0
    import_price: tuple[float, ...] = ()
    export_price: tuple[float, ...] = ()
    pv_kw: tuple[float, ...] = ()
    load_kw: tuple[float, ...] = ()
    traces: dict[ControllerName, Trace] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def gain_share(self, name: ControllerName) -> float | None:
        """((2) - controller) / ((2) - bound): the share of the possible gain that was reached; None where it is not known."""
        known = self.outcomes
        if name not in known or "self_consumption" not in known or "bound" not in known:
            return None
        possible = known["self_consumption"].cost - known["bound"].cost
        return (known["self_consumption"].cost - known[name].cost) / possible if possible > 0.01 else None
