"""What one run used and cost, step by step of the series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from ..simulation.local_day import local_date
from .home import Flow, PhysicalHome
from .prices import Tariff
from .results import Day, Outcome, SolverSeconds, Trace, Unmet
from .series import Series, Values


@dataclass
class Ledger:
    """Energies in kWh by step of the series from step ``first`` on, and states at each step's end. Picklable."""

    series: Series
    first: int
    steps: int

    def __post_init__(self) -> None:
        self.imported, self.exported = np.zeros(self.steps), np.zeros(self.steps)
        self.charged, self.discharged, self.curtailed = np.zeros(self.steps), np.zeros(self.steps), np.zeros(self.steps)
        self.devices: dict[str, Values] = {}
        self.soc: dict[str, Values] = {}
        self.temperature: dict[str, Values] = {}

    def add(self, k: int, flow: Flow, hours: float) -> None:
        """A part of step k of the series."""
        i = k - self.first
        self.imported[i] += flow.import_kw * hours
        self.exported[i] += flow.export_kw * hours
        self.charged[i] += flow.charge_kw * hours
        self.discharged[i] += flow.discharge_kw * hours
        self.curtailed[i] += flow.curtailed_kw * hours
        for name, kw in flow.devices.items():
            if name not in self.devices:
                self.devices[name] = np.zeros(self.steps)
            self.devices[name][i] += kw * hours

    def close(self, k: int, home: PhysicalHome) -> None:
        """States at the end of step k."""
        i = k - self.first
        for name, battery in home.batteries.items():
            self.soc.setdefault(name, np.zeros(self.steps))[i] = battery.store.soc
        for name, car in home.cars.items():
            self.soc.setdefault(name, np.zeros(self.steps))[i] = car.soc
        for name, tank in home.tanks.items():
            self.temperature.setdefault(name, np.zeros(self.steps))[i] = tank.temperature_c

    def outcome(
        self,
        tariff: Tariff,
        zone: ZoneInfo,
        capacity_kwh: float,
        stored_value: float,
        wear_per_kwh: float,
        switches: dict[str, int],
        unmet: tuple[Unmet, ...],
        seconds: Sequence[float],
        fallbacks: int,
    ) -> Outcome:
        """``stored_value``: what the home holds more at the end than at the begin, in currency."""
        part = slice(self.first, self.first + self.steps)
        costs = tariff.import_price[part] * self.imported - tariff.export_price[part] * self.exported
        discharged = float(self.discharged.sum())
        return Outcome(
            bill=float(costs.sum()) - stored_value,
            import_kwh=float(self.imported.sum()),
            export_kwh=float(self.exported.sum()),
            cycles=discharged / capacity_kwh if capacity_kwh > 0 else 0.0,
            wear=wear_per_kwh * discharged,
            stored_value=stored_value,
            curtailed_kwh=float(self.curtailed.sum()),
            switches=dict(switches),
            unmet=unmet,
            solver=solver_seconds(seconds),
            fallbacks=fallbacks,
            days=tuple(self._days(costs, zone)),
        )

    def _days(self, costs: Values, zone: ZoneInfo) -> list[Day]:
        found: dict[str, list[float]] = {}
        for i in range(self.steps):
            day = found.setdefault(local_date(self._time(i), zone).isoformat(), [0.0, 0.0, 0.0])
            day[0] += costs[i]
            day[1] += self.imported[i]
            day[2] += self.exported[i]
        return [Day(date, round(bill, 6), round(imp, 6), round(exp, 6)) for date, (bill, imp, exp) in found.items()]

    def _time(self, i: int) -> datetime:
        return self.series.time(self.first + i)

    def trace(self) -> Trace:
        """Mean powers and states of every step."""
        per_hour = 60 / self.series.step_minutes

        def powers(kwh: Values) -> tuple[float, ...]:
            return tuple(np.round(kwh * per_hour, 4).tolist())

        return Trace(
            import_kw=powers(self.imported),
            export_kw=powers(self.exported),
            soc={name: tuple(np.round(values, 4).tolist()) for name, values in self.soc.items()},
            load_kw={name: powers(values) for name, values in self.devices.items()},
            temperature_c={name: tuple(np.round(values, 2).tolist()) for name, values in self.temperature.items()},
        )


def solver_seconds(seconds: Sequence[float]) -> SolverSeconds | None:
    """Median, 99th percentile and most; None without a solve."""
    if not seconds:
        return None
    ordered = np.sort(np.array(seconds))
    return SolverSeconds(len(seconds), float(np.median(ordered)), float(np.quantile(ordered, 0.99)), float(ordered[-1]))
