"""What energy left at the end of the horizon is worth, where the problem does not say.

The day after the horizon is taken to be like the horizon's last day. A stored kWh will then be worth what it saves
there (``use``), but never more than what it costs to store it again before (``refill``):

    value = max(0, min(use * discharge_efficiency - wear * discharge_efficiency, refill))

``use`` is the import price of the least valuable hour that a full battery would serve, hours taken in the order of
their price; ``refill`` is the price of the last kWh that fills it, from surplus (its export price) or from the grid.
"""

from ..domain.battery import Battery
from ..domain.ev import Ev
from ..domain.loads import ThermalLoad
from ..domain.problem import Problem, per_step
from .grid import objective_prices

_LAST_DAY_MINUTES = 24 * 60


def terminal_values(problem: Problem) -> dict[str, float]:
    """Currency per stored kWh (per kWh of heat) at the end, by device."""
    values: dict[str, float] = {}
    devices: tuple[Battery | Ev | ThermalLoad, ...] = (*problem.batteries, *problem.evs, *problem.thermal_loads)
    for device in devices:
        given = device.terminal_value_per_kwh
        values[device.name] = given if given is not None else _chosen(problem, device)
    return values


def _chosen(problem: Problem, device: Battery | Ev | ThermalLoad) -> float:
    if isinstance(device, Battery):
        return battery_value(problem, device)
    if isinstance(device, Ev):
        return refill_price(problem, device.battery_kwh * device.soc_max, device.charge_efficiency, True)
    return heat_value(problem, device)


def last_day(problem: Problem) -> range:
    """The steps of the horizon's last 24 hours."""
    posts = problem.horizon.posts_minutes
    return range(next(k for k in range(problem.steps) if posts[k + 1] > posts[-1] - _LAST_DAY_MINUTES), problem.steps)


def battery_value(problem: Problem, battery: Battery) -> float:
    """The formula above for a home battery."""
    usable = battery.capacity_kwh * (battery.soc_max - battery.soc_min)
    use = use_price(problem, usable * battery.discharge_efficiency, battery.discharge_limit_kw)
    use = (use - battery.wear_cost_per_kwh) * battery.discharge_efficiency
    return max(0.0, min(use, refill_price(problem, usable, battery.charge_efficiency, battery.grid_charging)))


def net_load_kw(problem: Problem, k: int) -> float:
    """Load less PV in step k, kW; negative is surplus."""
    return problem.load_kw[k] - sum(pv.forecast_kw[k] for pv in problem.pv)


def use_price(problem: Problem, energy_kwh: float, limit_kw: float) -> float:
    """The import price of the last kWh when ``energy_kwh`` serves the dearest hours' net load first."""
    bought, _ = objective_prices(problem)
    needs = sorted(
        (
            (bought[k], problem.horizon.hours[k] * min(max(net_load_kw(problem, k), 0.0), limit_kw))
            for k in last_day(problem)
        ),
        reverse=True,
    )
    return _marginal([(price, kwh) for price, kwh in needs if kwh > 0], energy_kwh)


def refill_price(problem: Problem, energy_kwh: float, charge_efficiency: float, from_grid: bool) -> float:
    """The price of the last kWh when ``energy_kwh`` is stored as cheaply as the last day allows."""
    bought, sold = objective_prices(problem)
    offers: list[tuple[float, float]] = []
    for k in last_day(problem):
        surplus = max(-net_load_kw(problem, k), 0.0)
        hours = problem.horizon.hours[k]
        offers.append((sold[k] / charge_efficiency, surplus * hours * charge_efficiency))
        if from_grid:
            offers.append((bought[k] / charge_efficiency, INTO_STORE_KW * hours * charge_efficiency))
    offers = sorted((price, kwh) for price, kwh in offers if kwh > 0)
    return max(0.0, _marginal(offers, energy_kwh)) if offers else 0.0


# What a grid connection commonly spares for charging: the order of the offers matters, not their exact size.
INTO_STORE_KW = 3.0


def heat_value(problem: Problem, load: ThermalLoad) -> float:
    """Electricity for a kWh of heat: the price of the last kWh that fills the band as cheaply as the last day allows.

    Never more than the last step's discomfort costs, ``comfort_penalty * h / C``: else it would pay to end the horizon
    outside the band.
    """
    bought, sold = objective_prices(problem)
    n, capacity = problem.steps, load.last_capacity_kwh_per_k
    cop = per_step(load.cop, n)
    band = per_step(load.max_c, n)[-1] - per_step(load.min_c, n)[-1]
    offers = []
    for k in last_day(problem):
        price = sold[k] if -net_load_kw(problem, k) >= load.power_kw else bought[k]
        heat = load.power_kw * cop[k] * problem.horizon.hours[k]
        if heat > 0:
            offers.append((price / cop[k], heat))
    dearest = load.comfort_penalty_per_k_hour * problem.horizon.hours[-1] / capacity
    return max(0.0, min(_marginal(sorted(offers), band * capacity), dearest))


def _marginal(sorted_offers: list[tuple[float, float]], energy_kwh: float) -> float:
    """The price at which the running sum of the offers reaches ``energy_kwh``; the last price where it does not."""
    sum_kwh, last = 0.0, 0.0
    for price, kwh in sorted_offers:
        sum_kwh, last = sum_kwh + kwh, price
        if sum_kwh >= energy_kwh:
            break
    return last
