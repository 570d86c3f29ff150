"""The statistics of each entity on quarter hours, in kW or in the price of a kWh; what cannot be used, as sentences."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from ..config.site import Site
from ..sources.price_unit import unit_of
from .backtest_home import SeenHome, entity_words
from .series import Values
from .series_gaps import Grid, without_nights
from .statistics_rows import Rows, mean_kw
from .statistics_source import Past, Statistic

QUARTER = timedelta(minutes=15)
_HOUR, _FINE = timedelta(hours=1), timedelta(minutes=5)


class Terms:
    """Statistics as arrays on the quarter hours of the past; collects faults and notes."""

    def __init__(self, site: Site, past: Past) -> None:
        self.past, self.home = past, SeenHome(past.states)
        self.plants = {plant.power for plant in site.pv.values()}
        self.signed = {site.grid.power.entity, *(one.power.entity for one in site.batteries.values() if one.power)}
        self.steps = round((past.end - past.begin) / QUARTER)
        self.faults: list[str] = []
        self.notes: list[str] = []
        self._hours: dict[str, Values] = {}
        self._fine: dict[str, Values] = {}

    def require(self, entities: Sequence[str]) -> None:
        """Lays the entities' powers out; one that cannot be used is a fault."""
        for entity in dict.fromkeys(entities):
            self._lay(entity)
        if self._fine:
            # Hours of one term and minutes of another do not belong together.
            whole = ~np.isnan(list(self._fine.values())).any(axis=0)
            self._fine = {entity: np.where(whole, values, np.nan) for entity, values in self._fine.items()}

    def power(self, entity: str) -> Values:
        """Mean power, kW, shape (N,)."""
        hours, fine = self._hours[entity], self._fine[entity]
        return np.where(np.isnan(fine), hours, fine)

    def optional(self, entity: str) -> Values | None:
        """The same of an entity that is not needed; None where there is nothing of use."""
        if entity not in self._hours:
            faults, notes = list(self.faults), list(self.notes)
            self._lay(entity)
            self.faults, self.notes = faults, notes
        return self.power(entity) if entity in self._hours else None

    def price(self, entity: str) -> Values | None:
        """Spot price per kWh; None, and a fault, where there are no statistics of it."""
        statistic = self.past.statistics.get(entity)
        if statistic is None or not statistic.hours or not statistic.measured:
            self.faults.append(_no_price(entity, self.past))
            return None
        scale = _per_kwh(statistic.unit, self.home.attributes(entity).get("price_in_cents") is True)
        if scale is None:
            self.faults.append(
                f"{entity}: its statistics are in {statistic.unit or 'no unit'}, which is no price of energy"
            )
            return None
        hours, fine = self._laid(statistic.hours, _HOUR), self._laid(statistic.fine, _FINE)
        return scale * np.where(np.isnan(fine), hours, fine)

    def _lay(self, entity: str) -> None:
        statistic = self.past.statistics.get(entity)
        if statistic is None or not statistic.hours:
            self.faults.append(self._no_statistics(entity))
            return
        if entity in self.signed and not statistic.measured:
            self.faults.append(
                f"{entity}: is a counter, which does not tell both directions; a power in W or kW is needed"
            )
            return
        kw = mean_kw(statistic.hours, statistic.unit, statistic.measured, _HOUR)
        fine = mean_kw(statistic.fine, statistic.unit, statistic.measured, _FINE)
        if kw is None or fine is None:
            self.faults.append(f"{entity}: {_unusable(statistic)}")
            return
        if kw[1]:
            kind = (
                "values beyond any home's power"
                if statistic.measured
                else "jumps, as when a counter is reset or replaced"
            )
            self.notes.append(f"{entity}: {kw[1]} h with {kind}; taken as missing.")
        hours = self._laid(kw[0], _HOUR)
        if entity in self.plants:
            hours = without_nights(hours, Grid(self.past.begin, 15.0, self.past.zone))
        self._hours[entity], self._fine[entity] = hours, self._laid(fine[0], _FINE)

    def _no_statistics(self, entity: str) -> str:
        if self.home.state(entity) is None:
            return entity_words(self.home, entity)
        if entity in self.past.statistics:
            begin, end = (moment.astimezone(self.past.zone) for moment in (self.past.begin, self.past.end))
            return f"{entity} has no long-term statistics from {begin:%Y-%m-%d} until {end:%Y-%m-%d}"
        counter = self.home.attributes(entity).get("device_class") == "energy"
        return f"{entity} has no long-term statistics; it needs state_class {'total_increasing' if counter else 'measurement'}"

    def _laid(self, rows: Rows, length: timedelta) -> Values:
        """Rows of an hour, or means of three of five minutes, on the quarter hours; NaN where none holds."""
        values = np.full(self.steps * 3, np.nan)
        width = round(length / _FINE)
        for begin, value in rows:
            at = round((begin - self.past.begin) / _FINE)
            if 0 <= at < len(values):
                values[at : at + width] = value
        laid: Values = values.reshape(-1, 3).mean(axis=1)
        return laid


def _per_kwh(text: str | None, in_cents: bool) -> float | None:
    """The factor from a unit of a price to currency per kWh; None where it is none."""
    unit = unit_of(text or "")
    if unit is None or unit.per_kwh is None or (unit.currency is None and unit.minor is None):
        return None
    return unit.per_kwh * (0.01 if unit.minor or in_cents else 1.0)


def _unusable(statistic: Statistic) -> str:
    found = f"its statistics are in {statistic.unit or 'no unit'}"
    if statistic.measured and statistic.unit.endswith(("Wh", "J")):
        return f"{found} with state_class measurement; a counter needs state_class total_increasing"
    return f"{found}; a power in W or kW is needed, or a counter in kWh"


def _no_price(entity: str, past: Past) -> str:
    what = "there is no such entity" if entity not in past.states else "it needs state_class measurement"
    return (
        f"{entity} has no long-term statistics ({what}); give the spot prices as --prices FILE, with the columns time "
        "and spot_per_kwh"
    )
