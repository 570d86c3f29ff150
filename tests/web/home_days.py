"""Two days of a plausible home as contract documents, made by simple rules, balanced in every step."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

N = 192
STEP_HOURS = 0.25
NOON = datetime.fromisoformat("2026-03-28T12:00:00+00:00")
NASTY = "<script>window.stolen=1</script>"


def build_home(
    start: datetime = NOON,
    zone: str = "Europe/Amsterdam",
    dishwasher: str = "dishwasher",
    status: str = "optimal",
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(problem, plan) of 192 quarters: battery, car, dishwasher, pool pump, hot-water tank, PV."""
    times = [start + timedelta(hours=STEP_HOURS * k) for k in range(N)]
    clock = [_hour_of_day(at, ZoneInfo(zone)) for at in times]
    day = [(at.astimezone(ZoneInfo(zone)).date() - start.astimezone(ZoneInfo(zone)).date()).days for at in times]
    import_price = [
        round(0.24 + 0.09 * math.sin((h - 13) / 24 * 4 * math.pi) - (0.08 if 1 <= h < 5 else 0), 4) for h in clock
    ]
    forecast = [max(0.0, 5.2 * math.sin((h - 6.5) / 12.5 * math.pi)) if 6.5 < h < 19 else 0.0 for h in clock]
    load = [0.35 + (0.5 if 7 <= h < 9 else 0) + (1.1 if 17.5 <= h < 21 else 0) for h in clock]
    dish = [_dish(k, _first(clock, 22.25)) for k in range(N)]
    pool = [1.1 if 11 <= h < 15 else 0.0 for h in clock]
    tank = [2.0 if 13 <= h < 14 or 3 <= h < 3.75 else 0.0 for h in clock]
    car = [7.36 if d == 1 and 1 <= h < 4.5 else 0.0 for d, h in zip(day, clock, strict=True)]
    uses = [sum(kw) for kw in zip(load, dish, pool, tank, car, strict=True)]
    charge, discharge, soc = _battery(clock, uses, forecast)
    curtailed = [min(f, 1.5) if d == 1 and 13 <= h < 14 else 0.0 for d, h, f in zip(day, clock, forecast, strict=True)]
    used = [f - c for f, c in zip(forecast, curtailed, strict=True)]
    net = [u + c - d - p for u, c, d, p in zip(uses, charge, discharge, used, strict=True)]
    bought, sold = [max(0.0, x) for x in net], [max(0.0, -x) for x in net]
    export_price = [round(p - 0.14, 4) for p in import_price]
    cost = sum(b * p * STEP_HOURS for b, p in zip(bought, import_price, strict=True))
    revenue = sum(s * p * STEP_HOURS for s, p in zip(sold, export_price, strict=True))
    ready = _next_local(start, zone, 7)
    problem = {
        "schema": "hems.problem/1",
        "start": start.isoformat(),
        "step_minutes": [15] * N,
        "time_zone": zone,
        "currency": "EUR",
        "objective": {"cost_function": "profit"},
        "grid": {"import_price": import_price, "export_price": export_price, "import_limit_kw": 17.25},
        "load_kw": load,
        "pv": [{"name": "roof", "forecast_kw": forecast, "curtailable": True}],
        "batteries": [
            {
                "name": "battery",
                "capacity_kwh": 10.0,
                "soc": 0.55,
                "charge_limit_kw": 5.0,
                "discharge_limit_kw": 5.0,
            }
        ],
        "evs": [
            {
                "name": "car",
                "battery_kwh": 60.0,
                "soc": 0.4,
                "connected": [True] * N,
                "max_kw": 7.36,
                "targets": [{"at": ready.isoformat(), "soc": 0.8}],
            }
        ],
        "shiftable_loads": [
            {
                "name": dishwasher,
                "profile_kw": [2.0, 0.1, 1.8],
                "profile_step_minutes": 30,
                "earliest_start": start.isoformat(),
                "latest_finish": ready.isoformat(),
            }
        ],
        "interruptible_loads": [
            {
                "name": "pool_pump",
                "power_kw": 1.1,
                "quotas": [{"from": start.isoformat(), "until": _next_local(start, zone, 24).isoformat(), "kwh": 4.4}],
            }
        ],
        "thermal_loads": [
            {
                "name": "tank",
                "power_kw": 2.0,
                "capacity_kwh_per_k": 0.23,
                "loss_kw_per_k": 0.002,
                "ambient_c": 20.0,
                "temperature_c": 52.0,
                "min_c": 45.0,
                "max_c": 65.0,
            }
        ],
    }
    plan = {
        "schema": "hems.plan/1",
        "status": status,
        "start": start.isoformat(),
        "step_minutes": [15] * N,
        "time_zone": zone,
        "currency": "EUR",
        "costs": {
            "import": cost,
            "export": -revenue,
            "wear": 0.21,
            "capacity": 0.0,
            "starts": 0.0,
            "carbon": 0.0,
            "net": cost - revenue + 0.21,
        },
        "terminal_value": 0.42,
        "baseline_terminal_value": 0.12,
        "baseline_net": cost - revenue + 0.21 + 2.35,
        "grid": {"import_kw": bought, "export_kw": sold},
        "pv": {"roof": {"used_kw": used, "curtailed_kw": curtailed}},
        "batteries": {"battery": {"charge_kw": charge, "discharge_kw": discharge, "soc": soc}},
        "evs": {"car": {"charge_kw": car, "discharge_kw": [0.0] * N, "soc": _car_soc(car)}},
        "loads": {
            dishwasher: {"power_kw": dish},
            "pool_pump": {"power_kw": pool},
            "tank": {"power_kw": tank, "temperature_c": _temperature(tank)},
        },
        "shortfalls": [
            {
                "device": "car",
                "wish": "soc 0.80 by 2026-03-29 07:00",
                "short_by": 2.3,
                "unit": "kWh",
                "reason": "connected for 3.0 h at 7.4 kW at most",
            }
        ],
        "energy_value": [p * 0.93 for p in import_price],
        "reasons": {"battery": ["charges: import is cheap until 05:00" if c > 0 else "" for c in charge]},
        "solver": {
            "name": "CBC",
            "seconds": 0.21,
            "build_seconds": 0.02,
            "gap": 0.004,
            "bound": 1.0,
            "steps": N,
        },
    }
    return problem, plan


def _hour_of_day(at: datetime, zone: ZoneInfo) -> float:
    local = at.astimezone(zone)
    return local.hour + local.minute / 60


def _first(clock: list[float], hour: float) -> int:
    return next(k for k, h in enumerate(clock) if h == hour)


def _dish(k: int, begin: int) -> float:
    profile = [2.0, 2.0, 0.1, 0.1, 1.8, 1.8]
    return profile[k - begin] if 0 <= k - begin < len(profile) else 0.0


def _next_local(start: datetime, zone: str, hour: int) -> datetime:
    local = start.astimezone(ZoneInfo(zone))
    tomorrow = local.replace(hour=0, minute=0) + timedelta(days=1)
    return tomorrow if hour == 24 else tomorrow.replace(hour=hour)


def _battery(clock: list[float], uses: list[float], pv: list[float]) -> tuple[list[float], list[float], list[float]]:
    energy, charge, discharge, soc = 5.5, [], [], [0.55]
    for h, use, sun in zip(clock, uses, pv, strict=True):
        into = min(2.0 if 2 <= h < 4 else min(5.0, max(0.0, sun - use)), (10.0 - energy) / STEP_HOURS / 0.95)
        out = min(max(0.0, use - sun), 5.0, (energy - 1.0) / STEP_HOURS * 0.95) if 17 <= h < 24 else 0.0
        into = 0.0 if out > 0 else max(0.0, into)
        energy += STEP_HOURS * (into * 0.95 - out / 0.95)
        charge.append(into)
        discharge.append(max(0.0, out))
        soc.append(energy / 10.0)
    return charge, discharge, soc


def _car_soc(power: list[float]) -> list[float]:
    soc = [0.4]
    for kw in power:
        soc.append(soc[-1] + kw * 0.92 * STEP_HOURS / 60)
    return soc


def _temperature(power: list[float]) -> list[float]:
    temperature = [52.0]
    for kw in power:
        now = temperature[-1]
        temperature.append(now + STEP_HOURS / 0.23 * (kw - 0.002 * (now - 20) - 0.055))
    return temperature
