"""What a forecast service would have said of the PV at any time of a series."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise

import numpy as np

from ..domain.series import Slot
from ..planner.local_days import local_time
from ..simulation.randomness import dice
from .series import Series, Values

# Services issue anew a few times a day; in between their sensors stand still.
_ISSUE_HOURS = (6, 12, 18)
_DAYS_AHEAD = 2
_SLOT_MINUTES = 30
# Standard deviation of a day's total by days ahead, the last for all beyond: rooftop forecasts miss by 10-25 %.
_ERRORS = (0.08, 0.18, 0.25)
_MOST_DEVIATIONS = 2.0
# Days before and after that tell what a plant can give at a time of day.
_SEASON_DAYS = 7
_AROUND_MINUTES = 90
_MOST_OF_PEAK = 1.05


@dataclass(frozen=True)
class _Plant:
    """One plant by step of the series, kW, shape (N,): the truth, the most of the days around, the hours around smoothed."""

    truth: Values
    usual_most: Values
    smoothed: Values


@dataclass(frozen=True)
class _Issue:
    """One forecast, and how long it stands."""

    begin: datetime
    until: datetime
    slots: tuple[Slot, ...]


class PvOutlook:
    """The forecast in force at any time of a series: the one that was kept, else one that is wrong like a real one."""

    def __init__(self, series: Series, zone: tzinfo, seed: int) -> None:
        self._series = series
        self._zone = zone
        self._seed = seed
        self._plants: dict[str, _Plant] = {}
        self._issues: dict[str, _Issue] = {}

    def slots(self, now: datetime, plant: str) -> tuple[Slot, ...]:
        """Half hours (kW) from local midnight through the day after tomorrow, as far as the series reaches.

        The same object until the next issue (06:00, 12:00, 18:00 local): what was issued at 18:00 begins a day earlier
        once midnight is past, and reaches far enough for it. Raises KeyError for a plant the series does not know.
        """
        issue = self._issues.get(plant)
        if issue is None or not issue.begin <= now < issue.until:
            issue = self._issues[plant] = self._issue(now, plant)
        return issue.slots

    def _issue(self, now: datetime, plant: str) -> _Issue:
        today = now.astimezone(self._zone).date()
        moments = [
            local_time(today + timedelta(days=days), time(hour), self._zone)
            for days in (-1, 0, 1)
            for hour in _ISSUE_HOURS
        ]
        begin = max(moment for moment in moments if moment <= now)
        until = min(moment for moment in moments if moment > now)
        first = begin.astimezone(self._zone).date()
        last = (until - timedelta(seconds=1)).astimezone(self._zone).date()
        days = (last - first).days + _DAYS_AHEAD + 1
        slots = [slot for ahead in range(days) for slot in self._day(plant, first + timedelta(days=ahead), ahead)]
        return _Issue(begin, until, tuple(slots))

    def _day(self, plant: str, day: date, days_ahead: int) -> list[Slot]:
        """One local day (23, 24 or 25 hours), less what lies outside the series."""
        series = self._series
        midnight = self._step(local_time(day, time(), self._zone))
        end = min(self._step(local_time(day + timedelta(days=1), time(), self._zone)), series.steps)
        begin = max(midnight, 0)
        if begin >= end:
            return []
        kept = series.pv_forecast_kw.get(plant)
        values = kept[begin:end] if kept is not None else self._estimate(plant, day, days_ahead, begin, end)
        per_slot = max(1, round(_SLOT_MINUTES / series.step_minutes))
        # The first slot is shorter where the series begins within a half hour.
        posts = [begin, *range(begin + per_slot - (begin - midnight) % per_slot, end, per_slot), end]
        return [
            Slot(series.time(low), series.time(high), float(values[low - begin : high - begin].mean()))
            for low, high in pairwise(posts)
        ]

    def _estimate(self, plant: str, day: date, days_ahead: int, begin: int, end: int) -> Values:
        """The truth of a day as it was expected: smoother, and all of it too high or too low by one factor."""
        if plant not in self._plants:
            self._plants[plant] = _plant(self._series, plant)
        known = self._plants[plant]
        most = known.usual_most[begin:end]
        light = known.truth[begin:end].sum() / most.sum() if most.any() else 0.0
        surprise = dice(self._seed, "pv outlook", day).gauss(0.0, 1.0)
        bounded = max(-_MOST_DEVIATIONS, min(_MOST_DEVIATIONS, surprise))
        factor = 1.0 + _ERRORS[min(days_ahead, len(_ERRORS) - 1)] * bounded
        estimate = (0.5 * known.smoothed[begin:end] + 0.5 * light * most) * factor
        return np.clip(estimate, 0.0, _MOST_OF_PEAK * most.max())

    def _step(self, moment: datetime) -> int:
        return round((moment - self._series.start) / timedelta(minutes=self._series.step_minutes))


def _plant(series: Series, name: str) -> _Plant:
    truth = series.pv_kw[name]
    # By the time of UTC: the sun knows no summer time.
    a_day = round(1440 / series.step_minutes)
    padded = np.concatenate((np.zeros(_SEASON_DAYS * a_day), truth, np.zeros(_SEASON_DAYS * a_day)))
    most = truth.copy()
    for days in range(2 * _SEASON_DAYS + 1):
        np.maximum(most, padded[days * a_day : days * a_day + len(truth)], out=most)
    beside = round(_AROUND_MINUTES / series.step_minutes)
    given, possible = (_moving_sum(values, beside) for values in (truth, most))
    # What passed of the light, not the power itself, is smoothed: none falls into the night.
    share = np.divide(given, possible, out=np.zeros_like(given), where=possible > 1e-9)
    return _Plant(truth, most, share * most)


def _moving_sum(values: Values, beside: int) -> Values:
    """The sum of each step and of ``beside`` steps on either side; shape (N,)."""
    total = np.concatenate(([0.0], np.cumsum(np.pad(values, beside))))
    window = 2 * beside + 1
    sums: Values = total[window:] - total[:-window]
    return sums
