"""What each quarter hour's energy costs and earns at true prices. A price that nobody knows is NaN, and so is its cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from ..config.grid import EnergyBlock
from ..config.site import Site
from ..planner.local_days import periods
from ..planner.tariff import Direction, Tariff
from .measured import Measured, Values, unknown


@dataclass(frozen=True)
class TruePrices:
    """Per kWh by quarter hour, shape (N,) each."""

    bought: Values
    sold: Values


def true_prices(site: Site, measured: Measured, zone: tzinfo) -> TruePrices:
    """The tariff on the spot prices that were seen; in a free session import costs what that says."""
    tariff = Tariff(site.prices, zone)
    spot = measured.spot if measured.spot is not None else unknown(measured.count)
    own = measured.export_spot if measured.export_spot is not None else unknown(measured.count)
    bought = _side(tariff, "import", spot, measured)
    sold = _side(tariff, "export", own if site.prices.export.given else spot, measured)
    for begin, end in measured.free:
        shares = overlap(measured, begin, end)
        bought = np.where(shares > 0, bought + shares * (measured.free_per_kwh - bought), bought)
    return TruePrices(bought, sold)


def _side(tariff: Tariff, direction: Direction, spot: Values, measured: Measured) -> Values:
    if not tariff.needs_spot(direction):
        spot = np.zeros(measured.count)
    return tariff.series(direction, spot, measured.start, 15)


def overlap(measured: Measured, begin: datetime, end: datetime) -> Values:
    """The part of each quarter hour that lies between two instants, 0..1, shape (N,)."""
    places = np.arange(measured.count)
    low, high = measured.place(begin), measured.place(end)
    shares: Values = np.clip(np.minimum(places + 1, high) - np.maximum(places, low), 0.0, 1.0)
    return shares


def costs(
    site: Site, prices: TruePrices, import_kwh: Values, export_kwh: Values, measured: Measured, zone: tzinfo
) -> Values:
    """``import * price - export * price`` and what energy blocks make dearer or cheaper, shape (N,); below 0: earned.

    Where nothing crosses the meter in a direction, its price need not be known.
    """
    bought = np.where(import_kwh == 0, 0.0, import_kwh * prices.bought)
    sold = np.where(export_kwh == 0, 0.0, export_kwh * prices.sold)
    blocks = sum((_block(one, import_kwh, measured, zone) for one in site.grid.energy_blocks), np.zeros(measured.count))
    total: Values = bought - sold + blocks
    return total


def _block(block: EnergyBlock, import_kwh: Values, measured: Measured, zone: tzinfo) -> Values:
    """The first kWh of each local day or month at another price. What is imported unseen uses nothing of the block."""
    found, known = np.zeros(measured.count), np.nan_to_num(import_kwh)
    for begin, end in periods(block.period, measured.start, measured.end, zone):
        part = slice(measured.post(begin), measured.post(end))
        used = np.minimum(np.cumsum(known[part]), block.kwh)
        found[part] = block.price_difference_per_kwh * np.diff(used, prepend=0.0)
    return found


def rewards(
    measured: Measured, net_kwh: Values, unplanned_net_kwh: Values, compared: Sequence[bool] | Values
) -> Values:
    """What saving sessions earn, at the quarter hour in which each begins, shape (N,).

    For every kWh less taken from the grid than the house without planning takes, never less than nothing: the supplier
    reckons with a baseline of its own, which nobody else knows. A session that was not measured to its end earns nothing yet.
    """
    found = np.zeros(measured.count)
    less = np.where(compared, unplanned_net_kwh - net_kwh, np.nan)
    for one in measured.rewards:
        shares = overlap(measured, one.begin, one.end)
        inside = shares > 0
        whole = measured.start <= one.begin and one.end <= measured.end
        if whole and inside.any() and not np.isnan(less[inside]).any():
            earned = one.per_kwh * max(0.0, float(shares[inside] @ less[inside]))
            found[np.flatnonzero(inside)[0]] += earned
    return found
