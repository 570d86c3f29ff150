"""A list that may be prices, and what names and units say of whether it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from .entries import Readings
from .envelope import Listed
from .price_scale import Scaled
from .price_unit import Unit, energy_of, unit_of
from .price_words import is_export, is_forecast, is_gas, probable, says_price, stem
from .times import local_day

# How likely a list is the prices: from SURE on its name is one of prices; the others are kinds of their own.
SURE, INDEXED, HOURS, CURRENT = 70, 10, 90, 5


@dataclass(frozen=True)
class Moment:
    """The instant and the home's zone that times of day are read with, and the unit that the user stated."""

    now: datetime
    zone: tzinfo
    given: Unit | None = None

    def day(self, days_on: int) -> date:
        """The local day of now, or one so many days on."""
        return local_day(self.now, self.zone, days_on)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A list that may be the prices. ``readings`` are in the list's own numbers; ``scale.unit`` tells what they are."""

    listed: Listed
    rank: int
    key: str
    readings: Readings
    scale: Scaled
    export: bool
    words: tuple[str, ...] = ()

    @property
    def group(self) -> tuple[bool, tuple[str, ...], str]:
        """Lists with the same group are parts of one series: of today and of tomorrow, of several answers."""
        return self.export, tuple(stem(part) for part in self.listed.path), self.key

    @property
    def forecast(self) -> bool:
        """Whether its name says that it is an estimate."""
        return any(is_forecast(part) for part in self.listed.path)

    @property
    def current(self) -> bool:
        """Whether it is the present price alone."""
        return self.rank == CURRENT

    @property
    def lesser(self) -> bool:
        """Whether it is the present price, or numbers without times: said again of what lists tell better."""
        return self.rank in (CURRENT, INDEXED)

    @property
    def gas(self) -> bool:
        """Whether a name says that it is of gas."""
        return is_gas(self.listed.place.entity_id, *self.listed.path)


def holds_prices(listed: Listed, rows: Sequence[Any], scale: Scaled) -> bool:
    """Whether bare values are prices: their unit is money per energy, or a name says so and no unit says otherwise."""
    if probable(rows):
        return False
    named = any(says_price(part) for part in listed.path)
    other = listed.place.unit
    if other is not None and (energy_of(other) is not None or unit_of(other) is None):
        return named  # kWh, kW, °C
    money = scale.unit.currency is not None or scale.unit.minor is not None
    return named or (money and scale.unit.per_kwh is not None) or says_price(listed.place.entity_id or "")


def is_fed_in(listed: Listed) -> bool:
    """Whether the prices are of energy fed into the grid, by the names around them."""
    channel = listed.place.content.get("channel_type")
    return is_export(listed.place.entity_id, *listed.path, channel if isinstance(channel, str) else None)
