"""What import and export really cost in each step of the horizon, which of it is an estimate, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from ..config.tariff import Prices
from ..domain.faults import Refused
from ..domain.horizon import Horizon
from ..domain.kept import Kept
from ..domain.series import SlotTable
from ..forecast.price import Outlook, outlook
from .readings import Readings
from .tariff import Direction, Tariff
from .tariff_sessions import Reward, free_windows, rewards

Series = tuple[float, ...]
# A price list reaches so far beyond the horizon that it was made for.
_BEYOND = timedelta(hours=12)


@dataclass(frozen=True)
class StepPrices:
    """True prices per kWh by step, shape (N,) each; ``low`` and ``high``: the 10th and 90th percentile, the price itself
    where it is known.

    ``estimated_from``: from this instant on (aware UTC) at least one of the two is an estimate; None: all are known.
    ``rewards``: the saving sessions, which are not in the prices.
    """

    import_price: Series
    export_price: Series
    import_low: Series
    import_high: Series
    export_low: Series
    export_high: Series
    estimated_from: datetime | None = None
    from_history: bool = False
    rewards: tuple[Reward, ...] = ()


def step_prices(
    prices: Prices, readings: Readings, horizon: Horizon, zone: tzinfo, kept: Kept | None = None
) -> StepPrices:
    """The tariff of every step. Raises Refused where a price of now is not known.

    ``kept``: the price list of the last call, which serves again while no other prices are published.
    """
    made_of = (prices, zone, readings.spot, readings.price_history, readings.export_spot)
    listed = (kept or Kept()).get(
        "prices", made_of, lambda: _PriceList(prices, readings, horizon, zone), lambda known: known.reaches(horizon)
    )
    bought, sold = listed.side("import", horizon), listed.side("export", horizon)
    begins = [one.estimated_from for one in (bought, sold) if one.estimated_from is not None]
    free = free_windows(prices.free_sessions, readings.free_sessions)
    price = prices.free_sessions.per_kwh if prices.free_sessions is not None else 0.0
    mid, low, high = (_free(series, free, price, horizon) for series in (bought.mid, bought.low, bought.high))
    return StepPrices(
        mid,
        sold.mid,
        low,
        high,
        sold.low,
        sold.high,
        min(begins, default=None),
        bought.from_history or sold.from_history,
        tuple(
            one
            for one in rewards(prices.saving_sessions, readings.saving_sessions)
            if one.end > horizon.start and one.begin < horizon.end
        ),
    )


@dataclass(frozen=True)
class _Side:
    mid: Series
    low: Series
    high: Series
    estimated_from: datetime | None = None
    from_history: bool = False


@dataclass(frozen=True)
class _Listed:
    """The prices of one direction: mid, low and high, one for all where nothing is estimated."""

    table: SlotTable
    seen: Outlook | None = None


class _PriceList:
    """Prices of both directions from the begin of a horizon to some hours beyond its end, for the plans of these hours."""

    def __init__(self, prices: Prices, readings: Readings, horizon: Horizon, zone: tzinfo) -> None:
        self._prices, self._tariff = prices, Tariff(prices, zone)
        self._begin, self._end = horizon.start, horizon.end + _BEYOND
        seen, span, own = None, (self._begin, self._end, zone, prices.is_holiday), prices.export.given
        if self._tariff.needs_spot("import") or not own:  # estimated once where both directions are made of it
            seen = outlook(readings.spot, readings.price_history, *span)
        self._listed = {"import": self._list("import", seen)}
        self._listed["export"] = self._list("export", outlook(readings.export_spot, (), *span) if own else seen)

    def reaches(self, horizon: Horizon) -> bool:
        """Whether it has the prices of all of a horizon."""
        return self._begin <= horizon.start and horizon.end <= self._end

    def side(self, direction: Direction, horizon: Horizon) -> _Side:
        """One direction's prices. Raises Refused where that of now is not known."""
        listed = self._listed[direction]
        series = _on_steps(listed.table, horizon)
        mid, low, high = series if len(series) > 1 else series * 3
        if listed.seen is None:
            return _Side(mid, low, high)
        holes = [(a, b) for a, b in listed.seen.estimated if b > horizon.start and a < horizon.end]
        if holes and holes[0][0] <= horizon.start:
            raise self._unknown(direction)
        return _Side(mid, low, high, holes[0][0], listed.seen.from_history) if holes else _Side(mid, low, high)

    def _list(self, direction: Direction, seen: Outlook | None) -> _Listed:
        if not self._tariff.needs_spot(direction):
            return _Listed(SlotTable(self._tariff.without_spot(direction, self._begin, self._end)))
        if seen is None:
            raise self._unknown(direction)
        quantiles = (seen.slots, seen.low, seen.high) if seen.estimated else (seen.slots,)
        return _Listed(SlotTable(*(self._tariff.slots(direction, one) for one in quantiles)), seen)

    def _unknown(self, direction: Direction) -> Refused:
        return Refused([f"waiting for prices: {_source(self._prices, direction)} has none for now"])


def _on_steps(table: SlotTable, horizon: Horizon) -> list[Series]:
    """Every step has a price: one without is refused, and never 0."""
    series = table.each_on(horizon)
    if None in series[0]:
        raise Refused([f"prices: none for {horizon.time(series[0].index(None)).isoformat()}"])
    return [tuple(round(price, 6) for price in found if price is not None) for found in series]


def _source(prices: Prices, direction: Direction) -> str:
    side = prices.export if direction == "export" and prices.export.given else prices.import_
    call = side.call
    return ", ".join(side.read_from) or (call.action if call is not None else ", ".join(side.events))


def _free(series: Series, windows: Sequence[tuple[datetime, datetime]], price: float, horizon: Horizon) -> Series:
    """Import prices with what free sessions make of them."""
    for begin, end in windows:
        shares = horizon.overlap(begin, end)
        series = tuple(round(one + share * (price - one), 6) for one, share in zip(series, shares, strict=True))
    return series
