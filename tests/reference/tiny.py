"""Tiny homes whose optimum can be worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from .milp import Reference, solve
from .verify import verify


def home(prices: list[float], export: list[float] | float = 0.0, **other: Any) -> dict[str, Any]:
    """Hourly steps from midnight UTC, no load unless given."""
    n = len(prices)
    grid = {"import_price": prices, "export_price": [export] * n if isinstance(export, float) else export}
    problem = {
        "schema": "hems.problem/1", "start": "2026-01-10T00:00:00+00:00", "step_minutes": [60.0] * n,
        "time_zone": "UTC", "grid": {**grid, **other.pop("grid", {})},
        "load_kw": other.pop("load_kw", [0.0] * n),
    }  # fmt: skip
    return {**problem, **other}


def near(value: float) -> Any:
    """An earlier tier may give up 1e-5 kWh."""
    return pytest.approx(value, abs=5e-5)


def at(hour: int, minute: int = 0) -> str:
    return f"2026-01-10T{hour:02}:{minute:02}:00+00:00"


def battery(**other: Any) -> dict[str, Any]:
    basic = {
        "name": "battery", "capacity_kwh": 10.0, "soc": 0.0, "charge_limit_kw": 5.0,
        "discharge_limit_kw": 5.0, "terminal_value_per_kwh": 0.0,
    }  # fmt: skip
    return {**basic, **other}


def car(n: int, **other: Any) -> dict[str, Any]:
    basic = {
        "name": "car", "battery_kwh": 10.0, "soc": 0.0, "connected": [True] * n, "max_kw": 4.0,
        "terminal_value_per_kwh": 0.0,
    }  # fmt: skip
    return {**basic, **other}


def pump(kwh: float, until: int, **other: Any) -> dict[str, Any]:
    quotas = [{"from": at(0), "until": at(until), "kwh": kwh}]
    return {"name": "pump", "power_kw": 1.0, "quotas": quotas, **other}


def solved(problem: dict[str, Any]) -> Reference:
    """The reference's answer, which must itself pass the verifier."""
    answer = solve(problem)
    assert answer.proven
    assert verify(problem, answer.plan) == []
    return answer
