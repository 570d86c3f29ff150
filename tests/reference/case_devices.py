"""Random devices for the random problems: every kind and flag, wishes that can and cannot be met."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import Scene


def _sparse(s: Scene, device: dict[str, Any], optional: dict[str, Any], likely: float = 0.5) -> dict[str, Any]:
    """Adds each optional key with some probability, so that the defaults are tried too."""
    return {**device, **{key: value for key, value in optional.items() if s.chance(likely)}}


def _targets(s: Scene, most: int, reach: float) -> list[dict[str, Any]]:
    """Wishes at any instant, at fence-posts, and a few beyond the horizon."""
    found = []
    for _ in range(s.dice.randint(0, most)):
        hours = s.dice.uniform(0.0, s.hours * 1.2) if s.chance(0.6) else s.dice.choice(s.posts)
        found.append({"at": s.at(hours), "soc": round(s.dice.uniform(0.1, reach), 3)})
    return found


def battery(s: Scene, name: str) -> dict[str, Any]:
    capacity = s.one_of(2.0, 5.0, 10.0, 13.5)
    low, high = s.one_of(0.0, 0.1, 0.2), s.one_of(0.9, 1.0)
    soc = s.some(low, high)
    if s.chance(0.12):
        soc = s.some(0.0, low)
    elif s.chance(0.12):
        soc = s.some(high, 1.0)
    device = {
        "name": name, "capacity_kwh": capacity, "soc": soc, "soc_min": low, "soc_max": high,
        "charge_limit_kw": s.one_of(0.8, 2.5, 5.0), "discharge_limit_kw": s.one_of(0.0, 0.8, 2.5, 5.0, 5.0),
        "terminal_value_per_kwh": s.one_of(0.0, s.some(0.0, 0.3)),
    }  # fmt: skip
    optional = {
        "charge_efficiency": s.some(0.85, 1.0),
        "discharge_efficiency": s.some(0.85, 1.0),
        "wear_cost_per_kwh": s.one_of(0.0, s.some(0.0, 0.1)),
        "soc_targets": _targets(s, 2, 1.0),
    }
    device = _sparse(s, device, optional, 0.7)
    rare = {"standing_loss_kw": s.some(0.0, 0.05), "grid_charging": False, "grid_export": False}
    return _sparse(s, device, rare, 0.2)


def ev(s: Scene, name: str) -> dict[str, Any]:
    away = range(s.n, s.n)
    if s.chance(0.5):
        begin = s.dice.randrange(s.n)
        away = range(begin, min(s.n, begin + s.dice.randint(1, s.n)))
    device = {
        "name": name, "battery_kwh": s.one_of(8.0, 24.0, 60.0), "soc": s.some(0.1, 0.9),
        "connected": [k not in away for k in range(s.n)], "max_kw": s.one_of(2.3, 3.68, 7.36, 11.0),
        "terminal_value_per_kwh": s.one_of(0.0, 0.0, s.some(0.0, 0.3)),
    }  # fmt: skip
    optional = {
        "soc_max": s.one_of(0.8, 0.9, 1.0),
        "min_kw": s.one_of(0.0, 1.38, 1.38, 2.07),
        "charge_efficiency": s.some(0.85, 1.0),
        "discharge_efficiency": s.some(0.85, 1.0),
        "targets": _targets(s, 2, 1.0),
    }
    device = _sparse(s, device, optional, 0.8)
    rare = {
        "discharge_limit_kw": s.one_of(2.0, 5.0, 7.36),
        "from_home_battery": False,
        "surplus_only": True,
    }
    return _sparse(s, device, rare, 0.25)


def shiftable(s: Scene, name: str) -> dict[str, Any]:
    parts = s.dice.randint(1, 4)
    minutes = s.one_of(10, 15, 15, 20, 30)
    duration = parts * minutes / 60.0
    earliest = s.dice.uniform(-2.0, 0.8 * s.hours) if s.chance(0.7) else s.dice.choice(s.posts[:-1])
    latest = earliest + duration + s.dice.uniform(0.0, s.hours)
    if s.chance(0.1):
        latest = earliest + s.dice.uniform(0.1, 1.0) * duration
    profile = [s.one_of(0.0, 0.1, 0.8, 1.8, 2.0) for _ in range(parts)]
    device = {
        "name": name, "profile_kw": profile if any(profile) else [0.8] * parts,
        "profile_step_minutes": minutes, "earliest_start": s.at(earliest), "latest_finish": s.at(latest),
    }  # fmt: skip
    if s.chance(0.2):
        device["running_since"] = s.at(-s.dice.uniform(0.0, 1.2 * duration))
    return device


def interruptible(s: Scene, name: str) -> dict[str, Any]:
    power = s.one_of(0.5, 1.1, 2.0, 3.0)
    quotas = []
    for _ in range(s.one_of(0, 1, 1, 2)):
        begin = s.dice.uniform(-0.3, 0.8) * s.hours
        end = begin + s.dice.uniform(0.1, 1.0) * s.hours
        kwh = power * (min(end, s.hours) - max(begin, 0.0)) * s.dice.uniform(0.1, 1.2)
        quotas.append({"from": s.at(begin), "until": s.at(end), "kwh": round(max(0.0, kwh), 3)})
    device = {"name": name, "power_kw": power, "quotas": quotas}
    optional = {
        "min_power_kw": s.one_of(None, round(power * 0.3, 3)),
        "min_on_minutes": s.one_of(0, 15, 30, 60, 45),
        "min_off_minutes": s.one_of(0, 15, 30, 60),
        "max_starts": s.one_of(None, 0, 1, 2, 3),
        "start_cost": s.one_of(0.0, 0.01, 0.1),
    }
    device = _sparse(s, device, optional, 0.4)
    if s.chance(0.3):
        device["on_now"] = True
        device["on_for_minutes"] = s.one_of(0, 10, 40)
    return device


def thermal(s: Scene, name: str) -> dict[str, Any]:
    def maybe_list(value: float, spread: float) -> Any:
        return value if s.chance(0.6) else [round(value + s.dice.uniform(0.0, spread), 3) for _ in range(s.n)]

    cooling = s.chance(0.25)
    house = cooling or s.chance(0.4)
    middle = s.some(19.0, 23.0) if house else s.some(46.0, 58.0)
    band = 1.0 if house else 6.0
    device = {
        "name": name, "power_kw": s.one_of(1.0, 2.0), "cop": maybe_list(s.one_of(1.0, 3.0), 0.5),
        "capacity_kwh_per_k": s.one_of(1.5, 3.0) if house else 0.23,
        "loss_kw_per_k": s.some(0.05, 0.15) if house else s.some(0.001, 0.004),
        "ambient_c": maybe_list(s.some(27.0, 33.0) if cooling else s.some(2.0, 15.0), 3.0),
        "temperature_c": round(middle + s.dice.uniform(-1.6, 1.6) * band, 2),
        "min_c": maybe_list(round(middle - band, 2), 0.4), "max_c": maybe_list(round(middle + band, 2), 0.4),
        "terminal_value_per_kwh": s.one_of(0.0, s.some(0.0, 0.2)),
        "comfort_penalty_per_k_hour": s.one_of(0.05, 0.5, 2.0),
    }  # fmt: skip
    if cooling:
        device["mode"] = "cool"
    if s.chance(0.5):
        device["min_power_kw"] = round(device["power_kw"] * s.one_of(0.2, 0.4), 3)
    if not house and s.chance(0.7):
        device["draw_kw"] = [s.one_of(0.0, 0.0, 0.0, s.some(0.2, 3.0)) for _ in range(s.n)]
    return device | _run_times(device)


def _run_times(device: dict[str, Any]) -> dict[str, Any]:
    """Least times for half of the heat stores, from dice of their own: all else is drawn as without them."""
    dice = random.Random(repr(device))
    if dice.random() < 0.5:
        return {}
    found: dict[str, Any] = {
        "min_on_minutes": dice.choice((0, 10, 30, 60, 45)),
        "min_off_minutes": dice.choice((0, 10, 30)),
    }
    if dice.random() < 0.4:
        found |= {"on_now": True, "on_for_minutes": dice.choice((0, 5, 40))}
    return found
