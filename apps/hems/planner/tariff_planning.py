"""Prices that are planned with, where the family wants other ones than are paid. All are settled at the true prices.

The order: saving sessions add their reward to both prices; export boost raises the export price, within its cap; chip mode
then takes it away where export does not earn enough in truth.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..config.site import Site
from ..config.tariff_modes import ChipMode, ExportBoost
from ..config.tariff_when import When
from ..domain.group import Group
from ..domain.horizon import Horizon
from ..domain.problem import Problem
from .tariff_calendar import Calendar
from .tariff_prices import Series, StepPrices

# A boosted price stays so far below the price at which it would pay to buy what is sold.
_BELOW = 0.001
# In chip mode export is worth next to nothing: PV is sold rather than curtailed, and nothing is discharged for it.
_NEXT_TO_NOTHING = 0.001
# No home's devices take so much: no limit.
_NO_LIMIT_KW = 1000.0
SPIKE_GROUP = "spike_protection"

Shares = Callable[[When], Series]


@dataclass(frozen=True)
class Planning:
    """Prices per kWh that are planned with, and whether batteries may be charged from the grid, by step, shape (N,)."""

    import_price: Series
    export_price: Series
    grid_charging: tuple[bool, ...]


def planning(site: Site, true: StepPrices, horizon: Horizon, calendar: Calendar) -> Planning:
    """What the site's modes make of the true prices."""
    prices, n = site.prices, horizon.steps
    reward = [0.0] * n
    for one in true.rewards:
        shares = horizon.overlap(one.begin, one.end)
        reward = [paid + share * one.per_kwh for paid, share in zip(reward, shares, strict=True)]
    bought = _plus(true.import_price, reward)
    earned = _plus(true.export_price, reward)

    def shares_of(when: When) -> Series:
        return tuple(calendar.share(when, horizon.time(k), horizon.time(k + 1)) for k in range(n))

    sold = earned
    if prices.export_boost is not None:
        cycles = [
            (battery.charge_efficiency * battery.discharge_efficiency, battery.wear_cost_per_kwh)
            for battery in site.batteries.values()
        ]
        sold = boosted(prices.export_boost, earned, true.export_price, bought, cycles, shares_of(prices.export_boost))
    if prices.chip_mode is not None:
        sold = chipped(prices.chip_mode, sold, earned, shares_of(prices.chip_mode))
    limit = prices.spike_protection.threshold_per_kwh if prices.spike_protection is not None else float("inf")
    return Planning(bought, sold, tuple(price < limit for price in true.import_price))


def boosted(
    boost: ExportBoost,
    earned: Series,
    true_export: Series,
    bought: Series,
    cycles: Sequence[tuple[float, float]],
    shares: Series,
) -> Series:
    """Export prices with the boost.

        planned[k] = max(earned[k], min(max(earned[k] + offset, minimum), least of loss_prices(earned[k]) - a little))

    ``cycles``: round-trip efficiency and wear of each battery. Steps whose true price is below the threshold stay.
    """
    found = []
    for price, true, share in zip(earned, true_export, shares, strict=True):
        if share == 0 or (boost.threshold_per_kwh is not None and true < boost.threshold_per_kwh):
            found.append(price)
            continue
        wished = max(
            price + boost.offset_per_kwh, boost.minimum_per_kwh if boost.minimum_per_kwh is not None else price
        )
        cap = min(loss_prices(price, bought, cycles), default=float("inf")) - _BELOW
        found.append(round(price + share * (max(price, min(wished, cap)) - price), 6))
    return tuple(found)


def loss_prices(earned: float, bought: Series, cycles: Sequence[tuple[float, float]]) -> Iterator[float]:
    """Export prices from which on it would pay to buy what is sold, though it earns less than it costs.

    A kWh that is sold and missed later (or earlier) is bought at ``q``, an import price; one that is bought for the battery
    first costs ``q / efficiency + wear``. Where ``earned`` already exceeds that, the trade is a good one in truth.
    """
    for q in set(bought):
        costs = [q, *(q / efficiency + wear for efficiency, wear in cycles)]
        yield from (cost for cost in costs if cost > earned)


def chipped(chip: ChipMode, planned: Series, earned: Series, shares: Series) -> Series:
    """Export prices with chip mode: next to nothing while it holds, unless export earns the threshold in truth."""
    return tuple(
        price if true >= chip.threshold_per_kwh else round(price + share * (min(price, _NEXT_TO_NOTHING) - price), 6)
        for price, true, share in zip(planned, earned, shares, strict=True)
    )


def with_spike_protection(problem: Problem, grid_charging: Sequence[bool]) -> Problem:
    """The problem in which batteries take no more than PV gives while a spike lasts.

    A group of all batteries and plants, which may take nothing then. So a battery still takes surplus, and still
    discharges; what it holds is for the spike, which the prices see to.
    """
    if all(grid_charging) or not problem.batteries:
        return problem
    members = (*(battery.name for battery in problem.batteries), *(plant.name for plant in problem.pv))
    limit = tuple(_NO_LIMIT_KW if allowed else 0.0 for allowed in grid_charging)
    group = Group(name=SPIKE_GROUP, devices=members, import_limit_kw=limit)
    return problem.model_copy(update={"groups": (*problem.groups, group)})


def at_true_prices(problem: Problem, true: StepPrices) -> Problem:
    """The problem as it is paid and shown; the same one where it was planned so. ``problem`` is what is dispatched by."""
    grid = problem.grid
    groups = tuple(group for group in problem.groups if group.name != SPIKE_GROUP)
    same = grid.import_price == true.import_price and grid.export_price == true.export_price
    if same and len(groups) == len(problem.groups):
        return problem
    prices = {"import_price": true.import_price, "export_price": true.export_price}
    return problem.model_copy(update={"grid": grid.model_copy(update=prices), "groups": groups})


def _plus(series: Series, more: Sequence[float]) -> Series:
    return tuple(round(one + other, 6) for one, other in zip(series, more, strict=True))
