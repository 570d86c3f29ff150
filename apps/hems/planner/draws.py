"""What a family draws from its hot-water tank, learned from the tank itself: how much, when, and how much beyond the mean.

The heat balance between two looks says what was drawn: ``draw = C * (T[before] - T[now]) + heat - loss * h``. It is kept by
half-hour of the local day for four weeks. What is to be expected, and what may come beyond it, is judged by the days that
were like today in the last three hours: who has had the evening's shower has no second one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.loads import Heat

Values = NDArray[np.float64]

# Heat in a litre of water: 4186 J/(kg K) and 3.6e6 J/kWh.
KWH_PER_LITRE_K = 4186 / 3.6e6
_SLOT_MINUTES, _SLOTS = 30, 48
_DAYS_KEPT = 28
# A day counts that was seen for so long; before so many of them what is configured is taken.
_HOURS_SEEN, _DAYS_NEEDED = 20.0, 4
# The last three hours tell what is still to come in the next three; days are alike within so many kWh.
_LOOK_BACK, _AHEAD, _ALIKE_KWH = 6, 6, 0.3
# Every day counts a little, so that there is always one that is like today.
_LEAST_WEIGHT = 0.02
# The reserve does for so many of a hundred half-hours. In closed loop (French house, three weeks of April; SimBench house 3,
# two of March), shares of the possible gain and kelvin hours below the least temperature: the largest draw of every half-hour
# kept beyond its mean, as before, 75.4 % and 81.1 %, 0 K h; 1.0: a fresh reserve is carried too long (71.7 %); 0.9: 78.1 %
# and 82.2 %, 0 K h; 0.8: 79.1 % and 82.5 %, 0.2 and 0.1 K h; 0.7: 78.9 %, 1.8 K h and one day of cold water. Since then what
# a half-hour draws is planned at once (``loads.py``), which is a reserve, too: with 0.9 the bill is 0.1 EUR a fortnight dearer.
_SERVED = 0.85
# Kelvin hours below the least temperature that a half-hour may bring in the mean of the days: a bath that comes once in a
# fortnight is no part of the quantile. Alone, without it, 0.03 was 78.7 % with two days of cold water, 0.01 76.9 %.
_COLD_K_HOURS = 0.05
# A plan an hour at least, and the heater needs its time: what was drawn within the last hour is not made up for yet.
# Three hours alone, instead of the least from one to three, kept a reserve long after the showers: 75.8 % (April).
_REHEATED = 2
_HALVINGS = 12


@dataclass(frozen=True)
class Draws:
    """``days``: (local date, hours seen, kWh of each half-hour), the last one under way; the last look's temperature."""

    days: tuple[tuple[str, float, tuple[float, ...]], ...] = ()
    temperature_c: float | None = None


@dataclass(frozen=True)
class ExpectedDraws:
    """By half-hour from the present one on, kWh, shape (96,) each: the mean, and the reserve for what may come beyond it."""

    mean_kwh: Values
    beyond_kwh: Values


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


def whole_days(draws: Draws) -> int:
    """How many days were seen for so long that they count."""
    return sum(seen >= _HOURS_SEEN for _, seen, _ in draws.days)


def expected_draws(draws: Draws, tank: Heat, now: datetime, zone: tzinfo) -> ExpectedDraws | None:
    """What is likely to be drawn in the next 48 h; None before enough days are known.

    With ``x[d, s]`` what day ``d`` drew in half-hour ``s`` from now on, and ``mean[s]`` over the days, a day had drawn
    ``beyond[d] = sum(x[d, s] - mean[s], s = j-n+1..j)`` more than planned by the end of half-hour ``j``. The reserve is the
    ``_SERVED`` quantile of that, and more where a rare large draw asks for it (``_for_rare_ones``); the least of it over
    ``n`` from an hour to three, for what lies further back has been made up for by a later plan.
    """
    local = now.astimezone(zone)
    today, slot = local.date().isoformat(), (local.hour * 60 + local.minute) // _SLOT_MINUTES
    past = [values for day, seen, values in draws.days if day != today and seen >= _HOURS_SEEN]
    if len(past) < _DAYS_NEEDED:
        return None
    known = np.maximum(np.array(past), 0.0)
    current = np.array(next((values for day, _, values in draws.days if day == today), (0.0,) * _SLOTS))
    first = max(0, slot - _LOOK_BACK)
    apart = known[:, first:slot].sum(axis=1) - max(0.0, float(current[first:slot].sum()))
    alike = np.exp(-((apart / _ALIKE_KWH) ** 2)) + _LEAST_WEIGHT
    coming = np.tile(np.roll(known, -slot, axis=1), 2)
    # Of the half-hour that is under way what has come has come.
    coming[:, 0] = np.maximum(0.0, coming[:, 0] - max(0.0, float(current[slot])))
    mean, near = coming.mean(axis=0), min(_AHEAD, _SLOTS - slot)
    mean[:near] = alike @ coming[:, :near] / alike.sum()
    counted = np.where(np.arange(len(mean)) < near, alike[:, None], 1.0)
    return ExpectedDraws(mean, _reserve(coming - mean, counted, tank))


def _reserve(apart: Values, weights: Values, tank: Heat) -> Values:
    """By half-hour the reserve in kWh. ``apart``: draws less their mean by day and half-hour; ``weights``: of the days."""
    above, spans, width = (
        np.cumsum(np.pad(apart, ((0, 0), (1, 0))), axis=1),
        range(_REHEATED, _AHEAD + 1),
        apart.shape[1],
    )
    beyond = np.concatenate([above[:, 1:] - _before(above, span) for span in spans], axis=1)
    of_days = np.tile(weights, (1, len(spans)))
    needed = _for_rare_ones(beyond, of_days, tank, _quantile(beyond, of_days))
    kept: Values = np.maximum(0.0, needed.reshape(len(spans), width).min(axis=0))
    return kept


def _before(above: Values, span: int) -> Values:
    """The running sums of so many half-hours earlier, 0 where there is none, by day and half-hour."""
    return np.pad(above[:, 1:-span], ((0, 0), (span, 0)))


def _quantile(values: Values, weights: Values) -> Values:
    """By column the smallest value at or below which ``_SERVED`` of the weight lies."""
    order = np.argsort(values, axis=0)
    ordered, below = (np.take_along_axis(one, order, axis=0) for one in (values, weights))
    below = np.cumsum(below, axis=0)
    found = np.argmax(below >= _SERVED * below[-1] - 1e-9, axis=0)
    quantile: Values = np.take_along_axis(ordered, found[None], axis=0)[0]
    return quantile


def _for_rare_ones(beyond: Values, weights: Values, tank: Heat, usual: Values) -> Values:
    """By column ``usual``, or where that is not enough the least reserve ``r`` with ``_COLD_K_HOURS`` at most in the mean.

    A draw that is ``beyond - r`` kWh too large leaves the water too cold for ``(beyond - r)^2 / (2 * C * power)`` kelvin
    hours, until the heater has made up for it. By bisection, in the few columns that need it.
    """
    allowed_kwh2 = 2 * tank.volume_l * KWH_PER_LITRE_K * tank.power_kw * tank.cop * _COLD_K_HOURS
    shares = weights / weights.sum(axis=0)

    def too_little(columns: NDArray[np.int64] | slice, reserve: Values) -> NDArray[np.bool_]:
        short = np.maximum(0.0, beyond[:, columns] - reserve)
        found: NDArray[np.bool_] = (shares[:, columns] * short**2).sum(axis=0) > allowed_kwh2
        return found

    needed = usual.copy()
    rare = np.flatnonzero(too_little(slice(None), np.maximum(usual, 0.0)))
    low: Values = np.zeros(len(rare))
    high: Values = np.maximum(0.0, beyond[:, rare].max(axis=0, initial=0.0))
    for _ in range(_HALVINGS if len(rare) else 0):
        middle = (low + high) / 2
        short = too_little(rare, middle)
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    needed[rare] = np.maximum(usual[rare], np.where(low > 0.0, high, 0.0))
    return needed


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
