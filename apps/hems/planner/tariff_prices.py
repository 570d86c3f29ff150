"""What import and export really cost in each step of the horizon, which of it is an estimate, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..config.tariff import Prices
from ..domain.faults import Refused
from ..domain.horizon import Horizon
from ..domain.series import Slot, on_horizon
from ..forecast.price import Outlook, outlook
from .readings import Readings
from .tariff import Direction, Tariff
from .tariff_sessions import Reward, free_windows, rewards

Series = tuple[float, ...]


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


def step_prices(prices: Prices, readings: Readings, horizon: Horizon, zone: tzinfo) -> StepPrices:
    """The tariff of every step. Raises Refused where a price of now is not known."""
    tariff, holiday = Tariff(prices, zone), prices.is_holiday
    seen, span = None, (horizon.start, horizon.end, zone, holiday)
    own = prices.export.given
    if tariff.needs_spot("import") or not own:  # estimated once where both directions are made of it
        seen = outlook(readings.spot, readings.price_history, *span)
    bought = _side(tariff, "import", seen, horizon)
    sold = _side(tariff, "export", outlook(readings.export_spot, (), *span) if own else seen, horizon)
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
    estimated_from: datetime | None
    from_history: bool


def _side(tariff: Tariff, direction: Direction, seen: Outlook | None, horizon: Horizon) -> _Side:
    if not tariff.needs_spot(direction):
        series = _on_steps(tariff.without_spot(direction, horizon.start, horizon.end), horizon)
        return _Side(series, series, series, None, False)
    if seen is None:
        raise Refused([f"waiting for prices: {_source(tariff.prices, direction)} has none for now"])
    mid, low, high = (_on_steps(tariff.slots(direction, one), horizon) for one in (seen.slots, seen.low, seen.high))
    return _Side(mid, low, high, seen.estimated_from, seen.from_history)


def _on_steps(slots: Sequence[Slot], horizon: Horizon) -> Series:
    """Every step has a price: one without is refused, and never 0."""
    found = on_horizon(slots, horizon)
    if any(price is None for price in found):
        raise Refused([f"prices: none for {horizon.time(found.index(None)).isoformat()}"])
    return tuple(round(price, 6) for price in found if price is not None)


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
