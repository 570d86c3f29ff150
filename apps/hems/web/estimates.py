"""Which prices of a plan are estimates: from when on, which steps, and between what they are likely to lie."""

from __future__ import annotations

from typing import Any

from ..planner.tariff_prices import StepPrices
from .local_time import instant_words
from .steps import Steps


def price_estimates(prices: StepPrices | None, steps: Steps) -> dict[str, Any] | None:
    """The estimates of a plan's prices; None where every price is known, or nothing is said of them.

    `steps`: indices of the steps whose import or export price is an estimate; `import_low` and the other three: the 10th
    and 90th percentile per kWh by step, shape (N,), the price itself where it is known.
    """
    if prices is None or len(prices.import_price) != len(steps.hours):
        return None
    estimated = [k for k in range(len(steps.hours)) if is_estimated(prices, k)]
    if not estimated:
        return None
    begin = steps.bounds[estimated[0]]
    if prices.estimated_from is not None and prices.estimated_from > begin:
        begin = prices.estimated_from  # the known prices end within the step
    begin_words = instant_words(begin, steps.zone)
    every = begin <= steps.start
    return {
        "steps": estimated,
        "from": begin.isoformat(),
        "from_words": begin_words,
        "words": "All prices are estimates." if every else f"Prices from {begin_words} on are estimates.",
        "import_low": list(prices.import_low),
        "import_high": list(prices.import_high),
        "export_low": list(prices.export_low),
        "export_high": list(prices.export_high),
    }


def is_estimated(prices: StepPrices, k: int) -> bool:
    """Whether the import or the export price of a step is an estimate: a known price has no spread."""
    return prices.import_low[k] != prices.import_high[k] or prices.export_low[k] != prices.export_high[k]
