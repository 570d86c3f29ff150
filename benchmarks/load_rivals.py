"""What the load forecast is compared with, all of them from half-hourly means of the whole past.

- yesterday: the load 24 h before, the newest day that is known (EMHASS's ``naive`` is the same).
- last week: the load seven days before.
- eight weekdays: the mean of the last eight days of the same weekday (day-ahead optimizer's); fewer where there are not so many.
- 28 days, mean and median: what this suite did before, by hour of working days and of weekends, and the measured load fading
  into it over two hours.
- EMHASS typical: mean of the days of the same month and weekday in the year of the French house, which EMHASS brings along.
  That includes days to come. For the French house itself the day in question is left out. ``own level`` scales it to the
  home's true mean, which nobody could know.
- EMHASS ML: its MLForecaster with its defaults (KNeighborsRegressor, 48 lags), run by its own code, fitted each day to the
  last 28 days. It sees as many steps ahead as it has lags, so 24 h.

A forecast of one value stands for its p10, p50 and p90 alike, as whoever plans by it takes it so.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np
from environment import NoEmhass
from numpy.typing import NDArray

from hems.closed_loop.series import Series
from hems.forecast.half_hours import HALF_HOUR_S, local_places

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

AHEAD, DAY, WEEK = 96, 48, 336
_WEEKS = 8
_RECENT = 28 * DAY
_ENOUGH_DAYS = 3
# The measured load's share at the middles of the first half-hours, fading over two hours.
_FADE = np.clip(1 - (np.arange(AHEAD) + 0.5) / 4, 0, 1)
_PEER = Path(__file__).resolve().parent / "emhass" / "load_peer.py"
_PEER_SECONDS = 900


@dataclass(frozen=True)
class Issued:
    """A forecast of AHEAD half-hours in kW: the mean, and p10, p50 and p90."""

    mean_kw: Values
    quantiles_kw: tuple[Values, Values, Values]


@dataclass(frozen=True)
class Rival:
    """Forecasts at half-hour k of a history; ``ahead``: half-hours that it sees."""

    issue: Callable[[int], Issued]
    ahead: int = AHEAD


@dataclass(frozen=True)
class History:
    """Half-hours of a home from ``start`` (aware UTC) on, NaN where it was not measured yet; ``quarters_kw``: the same by quarter hours."""

    start: datetime
    kw: Values
    quarters_kw: Values
    days: Counts
    places: Counts
    zone: tzinfo

    @classmethod
    def of(cls, series: Series, zone: tzinfo) -> "History":
        """Whole half-hours of a series of quarter hours."""
        quarters = series.load_kw[: series.steps // 2 * 2]
        kw = quarters.reshape(-1, 2).mean(axis=1)
        days, places = local_places(int(series.start.timestamp()) // HALF_HOUR_S, len(kw), zone)
        return cls(series.start, kw, quarters, days, places, zone)

    @property
    def weekdays(self) -> Counts:
        """0 (Monday) to 6."""
        return (self.days - 1) % 7

    @property
    def months(self) -> Counts:
        """1 to 12."""
        each = {int(day): datetime.fromordinal(int(day)).month for day in np.unique(self.days)}
        return np.array([each[day] for day in self.days.tolist()])

    def time(self, k: int) -> datetime:
        """The begin of half-hour k."""
        return self.start + timedelta(seconds=k * HALF_HOUR_S)

    def now_kw(self, k: int) -> float:
        """What the meter shows at the begin of half-hour k: the quarter hour before."""
        return float(self.quarters_kw[2 * k - 1])

    def since(self, begins: datetime) -> "History":
        """The same home with nothing known before ``begins``."""
        kw = self.kw.copy()
        kw[: round((begins - self.start).total_seconds() / HALF_HOUR_S)] = np.nan
        return History(self.start, kw, self.quarters_kw, self.days, self.places, self.zone)


def rivals(history: History, french: History | None, is_french: bool) -> dict[str, Rival]:
    """All but the ML forecaster; without ``french`` without EMHASS's typical load too."""
    found = {
        "yesterday, EMHASS naive": Rival(lambda k: _point(_before(history, k, DAY)[0])),
        "last week's same day": Rival(lambda k: _point(_before(history, k, WEEK)[0])),
        "eight same weekdays": Rival(lambda k: _point(_mean(_before(history, k, WEEK)))),
        "28 days, hourly mean": Rival(lambda k: _point(_recent(history, k, np.nanmean))),
        "28 days, hourly median": Rival(lambda k: _point(_recent(history, k, np.nanmedian))),
    }
    if french is not None:
        typical = _typical(french, history, is_french)
        level = float(history.kw.mean() / typical.mean())
        found["EMHASS typical"] = Rival(lambda k: _point(typical[k : k + AHEAD]))
        found["EMHASS typical, own level"] = Rival(lambda k: _point(level * typical[k : k + AHEAD]))
    return found


def ml_forecaster(history: History, issues: Sequence[int], environment: Path) -> dict[str, Rival]:
    """EMHASS's ML forecaster, run in its own environment over all issues. Raises NoEmhass where it cannot be."""
    request = {
        "start_s": history.start.timestamp(),
        "time_zone": str(history.zone),
        "load_w": (1000 * history.kw).tolist(),
        "issues": list(issues),
        "history": _RECENT,
    }
    command = [str(environment / "bin" / "python"), "-I", str(_PEER)]
    try:
        done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=_PEER_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoEmhass(f"EMHASS cannot be run: {error}") from None
    if done.returncode:
        raise NoEmhass(f"EMHASS's forecaster ended: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    lines = [np.array(line) / 1000 for line in json.loads(done.stdout.splitlines()[-1])]
    found = {
        k: _point(np.append(line, np.full(AHEAD - len(line), np.nan))) for k, line in zip(issues, lines, strict=True)
    }
    return {"EMHASS ML": Rival(lambda k: found[k], DAY)}


def _point(kw: Values) -> Issued:
    return Issued(kw, (kw, kw, kw))


def _mean(rows: Values) -> Values:
    known = np.isfinite(rows)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.nansum(rows, axis=0) / np.maximum(counts, 1), np.nan)


def _before(history: History, k: int, period: int) -> Values:
    """The last eight known values one, two, ... periods before each half-hour ahead, shape (8, AHEAD), NaN where none."""
    ahead = np.arange(AHEAD)
    newest = k + ahead - period * (ahead // period + 1)
    at = newest[None, :] - period * np.arange(_WEEKS)[:, None]
    return np.where(at >= 0, history.kw[np.maximum(at, 0)], np.nan)


def _recent(history: History, k: int, middle: Callable[..., Values]) -> Values:
    """The mean or median of the last 28 days by local hour and kind of day, from the measured load on."""
    known = np.arange(max(0, k - _RECENT), k)
    known = known[np.isfinite(history.kw[known])]
    if not len(known):
        return np.full(AHEAD, history.now_kw(k))
    days, hours, kinds = history.days[known], history.places[known] // 2, (history.weekdays[known] >= 5).astype(int)
    shape = (int(days[-1] - days[0]) + 1, 24, 2)
    at = np.ravel_multi_index((days - days[0], hours, kinds), shape)
    counts = np.bincount(at, minlength=shape[0] * 48)
    sums = np.bincount(at, weights=history.kw[known], minlength=len(counts))
    table = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).reshape(shape)
    enough = np.isfinite(table).any(axis=1).sum(axis=0) >= _ENOUGH_DAYS
    all_days = np.where(np.isfinite(table[..., 0]), table[..., 0], table[..., 1])
    either = _by_hour(all_days, middle, np.full(24, float(middle(history.kw[known]))))
    usual = np.stack([_by_hour(table[..., kind], middle, either) if enough[kind] else either for kind in (0, 1)])
    ahead = slice(k, k + AHEAD)
    expected: Values = usual[(history.weekdays[ahead] >= 5).astype(int), history.places[ahead] // 2]
    return _FADE * history.now_kw(k) + (1 - _FADE) * expected


def _by_hour(table: Values, middle: Callable[..., Values], instead: Values) -> Values:
    known = np.isfinite(table).any(axis=0)
    found = instead.copy()
    found[known] = middle(table[:, known], axis=0)
    return found


def _typical(french: History, history: History, is_french: bool) -> Values:
    """EMHASS's typical load for every half-hour of a history."""
    keys = (french.months * 7 + french.weekdays) * DAY + french.places
    counts = np.bincount(keys, minlength=13 * 7 * DAY)
    sums = np.bincount(keys, weights=french.kw, minlength=13 * 7 * DAY)
    asked = (history.months * 7 + history.weekdays) * DAY + history.places
    own = history.kw if is_french else np.zeros(len(asked))
    return (sums[asked] - own) / (counts[asked] - is_french)
