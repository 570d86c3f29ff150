"""What the plan is made against: the forecast, the forecast with other ways in which it may come, or a cautious one.

Quantiles of single half-hours do not add up: a day in which every half-hour comes at its p90 is far rarer than one in ten.
So the ways stand halfway between the mean and the quantiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..config.site import Site
from ..domain.scenario import Scenario
from ..forecast.power_forecast import PowerForecast

# How far from the mean towards p10 and p90 the scenarios are, and how likely each of the two.
_APART, _PROBABILITY = 0.5, 0.25
# How far a cautious plan's load and PV are.
_CAUTION = 0.3


@dataclass(frozen=True)
class Expected:
    """Load and PV of each step in kW, shape (N,), that are planned with, and the scenarios beside them."""

    load_kw: tuple[float, ...]
    pv_kw: Mapping[str, tuple[float, ...]]
    scenarios: tuple[Scenario, ...] = ()


def expected(site: Site, load: PowerForecast, plants: Mapping[str, PowerForecast]) -> Expected:
    """As ``uncertainty`` of the site says."""
    means = {name: plant.mean_kw for name, plant in plants.items()}
    if site.uncertainty == "forecast":
        return Expected(_rounded(load.mean_kw), {name: _rounded(kw) for name, kw in means.items()})
    if site.uncertainty == "cautious":
        less = {name: _towards(plant.mean_kw, plant.p10_kw, _CAUTION) for name, plant in plants.items()}
        return Expected(_towards(load.mean_kw, load.p90_kw, _CAUTION), less)
    scarce = Scenario(
        probability=_PROBABILITY,
        load_kw=_towards(load.mean_kw, load.p90_kw, _APART),
        pv_kw={name: _towards(plant.mean_kw, plant.p10_kw, _APART) for name, plant in plants.items()},
    )
    plenty = Scenario(
        probability=_PROBABILITY,
        load_kw=_towards(load.mean_kw, load.p10_kw, _APART),
        pv_kw={name: _towards(plant.mean_kw, plant.p90_kw, _APART) for name, plant in plants.items()},
    )
    return Expected(_rounded(load.mean_kw), {name: _rounded(kw) for name, kw in means.items()}, (scarce, plenty))


def _towards(mean_kw: tuple[float, ...], quantile_kw: tuple[float, ...], share: float) -> tuple[float, ...]:
    """From the mean towards a quantile. The mean of a peaky load may lie beyond it; then it stays the mean."""
    upward = sum(quantile_kw) > sum(mean_kw)
    pairs = zip(mean_kw, quantile_kw, strict=True)
    return _rounded(tuple(m + share * (max(q - m, 0.0) if upward else min(q - m, 0.0)) for m, q in pairs))


def _rounded(kw: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(round(max(0.0, one), 4) for one in kw)
