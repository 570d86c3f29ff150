"""The baseline load, what nobody controls: the usual load of this hour and kind of day, beginning with what is measured now."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from statistics import fmean

import numpy as np

from ..domain.horizon import Horizon
from ..domain.series import Slot

# The measured load fades into the usual one over the first two hours: what runs now seldom runs longer.
_FADE_MINUTES = 120.0
# With fewer days of a kind (working day, weekend) than this, all days are taken together.
_ENOUGH_DAYS = 3


def usual_load(history: Sequence[Slot], zone: tzinfo) -> dict[tuple[int, bool], float]:
    """Mean baseline load in kW by hour of the local day and whether it is a weekend's."""
    by_hour: dict[tuple[int, bool], list[float]] = {}
    days: dict[bool, set[date]] = {False: set(), True: set()}
    for slot in history:
        local = slot.begin.astimezone(zone)
        weekend = local.weekday() >= 5
        by_hour.setdefault((local.hour, weekend), []).append(slot.value)
        days[weekend].add(local.date())
    all_hours = fmean(slot.value for slot in history)
    found = {}
    for hour in range(24):
        kinds = {weekend: by_hour.get((hour, weekend), []) for weekend in (False, True)}
        together = kinds[False] + kinds[True]
        either = fmean(together) if together else all_hours
        for weekend, values in kinds.items():
            found[hour, weekend] = fmean(values) if values and len(days[weekend]) >= _ENOUGH_DAYS else either
    return found


def forecast_load(
    history: Sequence[Slot], measured_kw: float | None, horizon: Horizon, zone: tzinfo
) -> list[float] | None:
    """Baseline load of each step in kW, shape (N,), never negative; None where neither history nor a measurement is known."""
    if not history:
        return None if measured_kw is None else [max(measured_kw, 0.0)] * horizon.steps
    usual = usual_load(history, zone)
    middles = [horizon.time(k) + (horizon.time(k + 1) - horizon.time(k)) / 2 for k in range(horizon.steps)]
    expected = np.array([_usual_at(usual, middle.astimezone(zone)) for middle in middles])
    if measured_kw is not None:
        minutes = np.array(horizon.posts_minutes[:-1])
        share = np.clip(1 - minutes / _FADE_MINUTES, 0, 1)
        expected = share * measured_kw + (1 - share) * expected
    return [float(kw) for kw in np.maximum(expected, 0.0)]


def _usual_at(usual: Mapping[tuple[int, bool], float], local: datetime) -> float:
    return usual[local.hour, local.weekday() >= 5]
