"""What surrounds a plan: estimated prices, the dispatcher's words, and a ledger's document."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from home_days import NOON, STEP_HOURS, N

from hems.planner.tariff_prices import StepPrices

# 44 quarters after 13:00 of the home the known prices end, at midnight.
KNOWN_STEPS = 44


def build_prices(problem: dict[str, Any], known: int = KNOWN_STEPS, spread: float = 0.04) -> StepPrices:
    """The problem's prices; from step `known` on they are estimates, the more uncertain the later."""
    bought, sold = tuple(problem["grid"]["import_price"]), tuple(problem["grid"]["export_price"])
    more = [0.0 if k < known else spread * (0.5 + (k - known) / N) for k in range(N)]

    def moved(series: tuple[float, ...], sign: int) -> tuple[float, ...]:
        return tuple(price + sign * by for price, by in zip(series, more, strict=True))

    begin = NOON + timedelta(hours=STEP_HOURS * known) if known < N else None
    return StepPrices(
        bought, sold, moved(bought, -1), moved(bought, 1), moved(sold, -1), moved(sold, 1), estimated_from=begin
    )


def build_doing() -> dict[str, dict[str, Any]]:
    """A battery on boost, a car in other hands, a pump with a fault, a plant without most fields."""
    return {
        "battery": {
            "action": "charge",
            "power_kw": 5.0,
            "source": "boost",
            "text": "Boost: charges at 5.0 kW.",
            "until": "2026-03-28T14:30:00+00:00",
            "ok": True,
            "fault": None,
            "waiting": None,
            "writes_today": 12,
            "writes_limit": 40,
            "dry_run": False,
        },
        "car": {
            "action": "leave",
            "power_kw": 0.0,
            "source": "hand",
            "text": "switch.charger was set to off by another hand at 12:40; HEMS leaves car alone until 2026-03-29 01:40",
            "until": "2026-03-28T23:40:00+00:00",
            "ok": None,
            "fault": None,
        },
        "pool_pump": {
            "action": "on",
            "power_kw": 1.1,
            "source": "plan",
            "text": "Runs at 1.1 kW, as planned.",
            "until": None,
            "ok": False,
            "fault": "switch.pool_pump still shows off after 3 tries; it is tried again at 13:30",
            "writes_today": 1,
            "writes_limit": None,
        },
        "roof": {"action": "limit", "power_kw": 2.0, "source": "guard", "text": "Curtailed to 2.0 kW: export limit."},
    }


FAULTS = (
    "since 2026-03-28 12:03: sensor.battery_soc is unavailable; its last value is used for 30 minutes",
    "since 2026-03-28 11:00: the prices of tomorrow are late; estimates stand in",
)


def build_ledger() -> dict[str, Any]:
    """A ledger since the first of the month: one day with holes, one of which nothing is known, one that earned."""
    days = [_day(k) for k in range(28)]
    month = {"days": 28, "coverage": 0.954, "compared": 0.9, "cost": 71.2, "saving": 18.4, "partial": True}
    return {
        "currency": "EUR",
        "day": "2026-03-28",
        "today": {"days": 1, "coverage": 1.0, "compared": 1.0, "cost": 0.84, "saving": 0.31, "partial": False},
        "yesterday": {"days": 1, "coverage": 0.62, "compared": 0.62, "cost": -1.2, "saving": None, "partial": True},
        "month": month,
        "year": month,
        "days": days,
        "quarters": [],
        "notes": ["2026-03-28: the house without planning is not known for 01:00"],
    }


def _day(k: int) -> dict[str, Any]:
    day = (date(2026, 3, 1) + timedelta(days=k)).isoformat()
    if k == 9:
        return {"day": day, "cost": None, "saving": None, "partial": True}
    return {"day": day, "cost": 2.9 - 0.15 * (k * 7 % 27), "saving": 0.4 + 0.09 * (k * 5 % 11), "partial": k == 26}
