"""What a family draws from its hot-water tank, learned from the tank itself: how much, when, and how much at most.

The heat balance between two looks says what was drawn: ``draw = C * (T[before] - T[now]) + heat - loss * h``. It is kept by
half-hour of the local day for four weeks. What is to be expected, and what there may be at most, comes from the days that
were like today in the last three hours: who has had the evening's shower has no second one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.devices import Heat

Values = NDArray[np.float64]

# Heat in a litre of water: 4186 J/(kg K) and 3.6e6 J/kWh.
KWH_PER_LITRE_K = 4186 / 3.6e6
_SLOT_MINUTES, _SLOTS = 30, 48
_DAYS_KEPT = 28
# A day counts that was seen for so long; before so many of them what is configured is taken.
_HOURS_SEEN, _DAYS_NEEDED = 20.0, 4
# The last three hours tell what is still to come in the next three; days are alike within so many kWh.
_LOOK_BACK, _AHEAD, _ALIKE_KWH = 6, 6, 0.3
# Every day counts a little, so that there is always one that is like today; for the most those do that count so much.
_LEAST_WEIGHT, _COUNTS = 0.02, 0.1


@dataclass(frozen=True)
class Draws:
    """``days``: (local date, hours seen, kWh of each half-hour), the last one under way; the last look's temperature."""

    days: tuple[tuple[str, float, tuple[float, ...]], ...] = ()
    temperature_c: float | None = None


@dataclass(frozen=True)
class ExpectedDraws:
    """By half-hour from the present one on: the mean in kWh and the most, shape (96,) each."""

    mean_kwh: Values
    most_kwh: Values


def observe_draw(
    before: Draws, tank: Heat, temperature_c: float | None, ambient_c: float | None, used_kwh: float,
    now: datetime, elapsed: timedelta, zone: tzinfo,
) -> Draws:  # fmt: skip
    """What was drawn since the last look joins the half-hour of now; ``used_kwh``: electricity that the tank took since."""
    if temperature_c is None or before.temperature_c is None or not elapsed:
        return replace(before, temperature_c=temperature_c)
    hours = elapsed.total_seconds() / 3600
    middle = (temperature_c + before.temperature_c) / 2
    lost = tank.loss_kw_per_k * (middle - (ambient_c if ambient_c is not None else 20.0)) * hours
    fallen = tank.volume_l * KWH_PER_LITRE_K * (before.temperature_c - temperature_c)
    kwh = fallen + used_kwh * tank.cop - lost
    local = (now - elapsed / 2).astimezone(zone)
    day, slot = local.date().isoformat(), (local.hour * 60 + local.minute) // _SLOT_MINUTES
    days = before.days
    if not days or days[-1][0] != day:
        days = (*days[-_DAYS_KEPT:], (day, 0.0, (0.0,) * _SLOTS))
    _, seen, values = days[-1]
    values = (*values[:slot], round(values[slot] + kwh, 5), *values[slot + 1 :])
    return Draws((*days[:-1], (day, round(seen + hours, 5), values)), temperature_c)


def expected_draws(draws: Draws, now: datetime, zone: tzinfo) -> ExpectedDraws | None:
    """What is likely to be drawn in the next 48 h; None before enough days are known."""
    local = now.astimezone(zone)
    today, slot = local.date().isoformat(), (local.hour * 60 + local.minute) // _SLOT_MINUTES
    past = [values for day, seen, values in draws.days if day != today and seen >= _HOURS_SEEN]
    if len(past) < _DAYS_NEEDED:
        return None
    known = np.maximum(np.array(past), 0.0)
    current = next((values for day, _, values in draws.days if day == today), (0.0,) * _SLOTS)
    mean, most = known.mean(axis=0), known.max(axis=0)
    found_mean, found_most = (np.tile(np.roll(one, -slot), 2) for one in (mean, most))
    first = max(0, slot - _LOOK_BACK)
    drawn = max(0.0, float(sum(current[first:slot])))
    apart = known[:, first:slot].sum(axis=1) - drawn
    weights = np.exp(-((apart / _ALIKE_KWH) ** 2)) + _LEAST_WEIGHT
    for ahead in range(min(_AHEAD, _SLOTS - slot)):
        values = known[:, slot + ahead]
        found_mean[ahead] = float(weights @ values / weights.sum())
        found_most[ahead] = float(values[weights >= _COUNTS].max(initial=0.0))
    # Of the half-hour that is under way what has come has come.
    came = max(0.0, float(current[slot]))
    found_mean[0], found_most[0] = max(0.0, found_mean[0] - came), max(0.0, found_most[0] - came)
    return ExpectedDraws(found_mean, found_most)


def draws_to_dict(draws: Draws) -> dict[str, Any]:
    """As JSON values."""
    days = [{"day": day, "hours": hours, "kwh": list(values)} for day, hours, values in draws.days]
    return {"days": days, "temperature_c": draws.temperature_c}


def draws_from_dict(document: Any) -> Draws:
    """From JSON values. Raises KeyError, TypeError or ValueError for what is none."""
    days = tuple(
        (str(one["day"]), float(one["hours"]), tuple(float(value) for value in one["kwh"])) for one in document["days"]
    )
    if any(len(values) != _SLOTS for _, _, values in days):
        raise ValueError("a day has 48 half-hours")
    temperature = document["temperature_c"]
    return Draws(days, float(temperature) if temperature is not None else None)
