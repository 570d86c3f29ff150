"""The tariff over time: what makes an import and an export price out of a spot price, at every instant.

A price is ``factor * spot + offset`` in both directions, and factor and offset change at instants of the local clock and
calendar only. So a year of steps is reckoned at once, and a step in which a rate changes gets the time-weighted mean.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..config.tariff import ExportPrices, ImportPrices, Prices
from ..config.tariff_rules import added_at, rate_at, vat_days, vat_on
from ..domain.series import Slot
from .tariff_calendar import Calendar, Local

Values = NDArray[np.float64]
Direction = Literal["import", "export"]


@dataclass(frozen=True)
class Terms:
    """``price = factor * spot + offset``, per kWh."""

    factor: float
    offset: float

    def price(self, spot: float) -> float:
        """The price at a spot price."""
        return self.factor * spot + self.offset


class Tariff:
    """The site's prices in its zone. ``spot`` of export is that of its own source, or of import for ``same_as``."""

    def __init__(self, prices: Prices, zone: tzinfo) -> None:
        self.prices, self.calendar = prices, Calendar(zone, prices.is_holiday)
        sides = (prices.import_, prices.export)
        rules = [rule for side in sides for rule in (*side.adders, *side.time_of_use)]
        self._minutes = frozenset(minute for rule in rules for minute in rule.minutes)
        self._steady = all(rule.always for rule in rules) and not any(vat_days(side.vat) for side in sides)

    def needs_spot(self, direction: Direction) -> bool:
        """Whether a price in that direction cannot be known without a spot price."""
        export = self.prices.export
        if direction == "import" or export.import_plus_per_kwh is not None:
            return self.prices.import_.spot
        return export.spot

    def at(self, direction: Direction, time: datetime) -> Terms:
        """Factor and offset at an instant (aware)."""
        return self._terms(direction, self.calendar.local(time))

    def pieces(self, direction: Direction, begin: datetime, end: datetime) -> list[tuple[datetime, Terms]]:
        """The begin (UTC) of each stretch with the same terms between two instants, in order, the first at ``begin``."""
        edges = [begin.astimezone(timezone.utc)]
        if not self._steady:
            edges = self.calendar.edges(begin, end, self._minutes)
        found: list[tuple[datetime, Terms]] = []
        for edge in edges:
            terms = self.at(direction, edge)
            if not found or found[-1][1] != terms:
                found.append((edge, terms))
        return found

    def slots(self, direction: Direction, spot: Sequence[Slot]) -> tuple[Slot, ...]:
        """Slots of spot prices (in order) as slots of prices, split where the terms change; what is missing stays missing."""
        if not spot:
            return ()
        pieces = self.pieces(direction, spot[0].begin, max(slot.end for slot in spot))
        begins = [begin for begin, _ in pieces]
        found: list[Slot] = []
        for slot in spot:
            k = bisect_right(begins, slot.begin) - 1
            begin = slot.begin
            while begin < slot.end:
                end = min(slot.end, begins[k + 1]) if k + 1 < len(begins) else slot.end
                found.append(Slot(begin, end, pieces[k][1].price(slot.value)))
                begin, k = end, k + 1
        return tuple(found)

    def without_spot(self, direction: Direction, begin: datetime, end: datetime) -> tuple[Slot, ...]:
        """Prices between two instants where no spot price is needed."""
        return self.slots(direction, (Slot(begin, end, 0.0),))

    def series(self, direction: Direction, spot: Values, start: datetime, step_minutes: float) -> Values:
        """The price of every step of a series of spot prices, shape (N,); the mean where terms change inside a step."""
        length = timedelta(minutes=step_minutes)
        pieces = self.pieces(direction, start, start + len(spot) * length)
        if len(pieces) == 1:
            return pieces[0][1].factor * spot + pieces[0][1].offset
        edges = np.array([(begin - start) / length for begin, _ in pieces] + [float(len(spot))])
        posts = np.arange(len(spot) + 1, dtype=float)
        factors = _means(edges, np.array([terms.factor for _, terms in pieces]), posts)
        return factors * spot + _means(edges, np.array([terms.offset for _, terms in pieces]), posts)

    def _terms(self, direction: Direction, local: Local) -> Terms:
        if direction == "import":
            return _with_taxes(self._import_base(local), self.prices.import_, local)
        return _with_taxes(self._export_base(local), self.prices.export, local)

    def _import_base(self, local: Local) -> Terms:
        return _own_base(self.prices.import_, local) or Terms(self.prices.import_.multiplier, 0.0)

    def _export_base(self, local: Local) -> Terms:
        export = self.prices.export
        if export.import_plus_per_kwh is not None:
            bought = self._terms("import", local)
            return Terms(bought.factor, bought.offset + export.import_plus_per_kwh)
        return _own_base(export, local) or Terms(export.multiplier, 0.0)


def _own_base(side: ImportPrices | ExportPrices, local: Local) -> Terms | None:
    """A price that needs no spot price; None where there is none."""
    if side.fixed_per_kwh is not None:
        return Terms(0.0, side.fixed_per_kwh)
    if side.time_of_use:
        return Terms(0.0, rate_at(side.time_of_use, local.day, local.minute, local.holiday))
    return None


def _with_taxes(base: Terms, side: ImportPrices | ExportPrices, local: Local) -> Terms:
    added = side.add_per_kwh + added_at(side.adders, local.day, local.minute, local.holiday)
    gross = 1 + vat_on(side.vat, local.day)
    return Terms(base.factor * gross, (base.offset + added) * gross)


def _means(edges: Values, values: Values, posts: Values) -> Values:
    """The mean between each two posts of what is ``values[i]`` from ``edges[i]`` until ``edges[i + 1]``.

    Where a whole step lies in one piece, its value is taken as it is: sums over a year would blur it.
    """
    first = np.searchsorted(edges, posts[:-1], side="right") - 1
    last = np.searchsorted(edges, posts[1:], side="left") - 1
    means: Values = values[np.minimum(first, len(values) - 1)].astype(float)
    for k in np.flatnonzero(first != last):
        inner = [posts[k], *edges[first[k] + 1 : last[k] + 1], posts[k + 1]]
        means[k] = float(np.dot(np.diff(inner), values[first[k] : last[k] + 1]) / (posts[k + 1] - posts[k]))
    return means
