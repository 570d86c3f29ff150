"""The PV forecast on real plants, rolling: the source's word as it is, corrected by this suite, and what needs no source.

    python benchmarks/pv_forecast.py [--every 9]

Forecasts are issued every nine hours in half-hours, 36 h ahead, and judged by daylight. Prints Markdown tables of MAE and RMSE: a
French house with the forecast that was kept there; six plants of SimBench with the forecasts that ``PvOutlook`` makes; the same with a
source that believes the roof to face another way; and the first days of a plant that has no source. Exit status: 0 where the
corrected forecast is ahead of the source in the French house at every range, 1 where not, 2 without data.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

import numpy as np
from closed_loop_homes import ROOF, ZONE, simbench_home
from numpy.typing import NDArray
from real_series import HOUSE, NoData, data_folder

from hems.closed_loop.pv_outlook import PvOutlook
from hems.closed_loop.series_gaps import Grid, without_nights
from hems.domain.horizon import Horizon
from hems.domain.series import Slot
from hems.forecast.pv import forecast_pv
from hems.forecast.sun import Roof

Values = NDArray[np.float64]
Slots = tuple[Slot, ...]
HALF_HOUR, DAY, AHEAD = timedelta(minutes=30), 48, 72
RANGES = {"0-3 h": slice(0, 6), "3-12 h": slice(6, 24), "12-36 h": slice(24, 72)}
HISTORY_DAYS = 21
FIRST_DAY = 25
# By daylight: where the days around gave more than this share of the plant's best.
DARK = 0.02
SEED = 1
# A source that takes the roof to face west of where it does, and to be too large.
LATE_HALF_HOURS, TOO_MUCH = 3, 1.25
SIMBENCH_ROOF, SIMBENCH_PEAKS = Roof(51.3, 9.5), (2.6, 3.4, 4.0, 4.8, 5.2, 5.8)
FRENCH_ROOF, FRENCH_PEAK = Roof(45.8, 6.0), 4.5


@dataclass(frozen=True)
class Plant:
    """Half-hours from ``start`` (aware UTC), kW, NaN a gap; ``said``: the slots in force at each; ``roof`` with its peak."""

    start: datetime
    kw: Values
    said: Sequence[Slots]
    roof: Roof

    def time(self, k: int) -> datetime:
        """The begin of half-hour k."""
        return self.start + k * HALF_HOUR

    def source(self, k: int) -> Values:
        """What the source says at half-hour k of the steps ahead, shape (AHEAD,), NaN where nothing."""
        found = np.full(AHEAD, np.nan)
        for slot in self.said[k]:
            at = (slot.begin - self.time(k)) // HALF_HOUR
            if 0 <= at < AHEAD:
                found[at] = slot.value
        return found


def french_plant() -> Plant:
    """The French house and its own forecast: one value for each half-hour, taken to have stood since two days before."""
    with (data_folder() / HOUSE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    start = datetime.fromisoformat(rows[0]["time_utc"]).astimezone(timezone.utc)
    kw, said = (np.array([float(row[key] or "nan") for row in rows]) / 1000 for key in ("pv_w", "pv_forecast_w"))
    kw = without_nights(np.maximum(kw, 0.0), Grid(start, 30.0, ZONE))
    said = np.where(np.isnan(said) & (kw <= DARK * np.nanmax(kw)), 0.0, np.maximum(said, 0.0))
    slots = _slots(start, said)
    standing = [_between(slots, start + k * HALF_HOUR) for k in range(len(kw))]
    return Plant(start, kw, standing, replace(FRENCH_ROOF, peak_kw=FRENCH_PEAK))


def made_plant(number: int, late: int = 0, factor: float = 1.0) -> Plant:
    """A plant of SimBench with made forecasts, so many half-hours late and too high by a factor."""
    series = simbench_home(number)
    kw = np.asarray(series.pv_kw[ROOF]).reshape(-1, 2).mean(axis=1)
    outlook, start = PvOutlook(series, ZONE, SEED), series.start
    turned: dict[int, tuple[Slots, Slots]] = {}
    standing = []
    for k in range(len(kw)):
        slots = outlook.slots(start + k * HALF_HOUR, ROOF)
        if id(slots) not in turned:
            shift = late * HALF_HOUR
            turned = {id(slots): (slots, tuple(Slot(s.begin + shift, s.end + shift, factor * s.value) for s in slots))}
        standing.append(turned[id(slots)][1])
    return Plant(start, kw, standing, replace(SIMBENCH_ROOF, peak_kw=SIMBENCH_PEAKS[number - 1]))


def _slots(start: datetime, kw: Values) -> list[Slot | None]:
    begins = [start + k * HALF_HOUR for k in range(len(kw))]
    return [
        Slot(t, t + HALF_HOUR, float(value)) if np.isfinite(value) else None
        for t, value in zip(begins, kw, strict=True)
    ]


def _between(slots: list[Slot | None], now: datetime) -> Slots:
    """From midnight until the day after tomorrow, as such services publish."""
    first = next((slot.begin for slot in slots if slot is not None), now)
    known = next(k for k, slot in enumerate(slots) if slot is not None)
    zero = known - (first - now) // HALF_HOUR
    begin = max(0, zero - (now.hour * 60 + now.minute) // 30)
    return tuple(slot for slot in slots[begin : zero + 3 * DAY] if slot is not None)


class Issuer:
    """This suite's forecast of a plant at any half-hour."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        count = len(plant.kw) // 2 * 2
        means = plant.kw[:count].reshape(-1, 2).mean(axis=1)
        self._hours = [
            Slot(plant.time(2 * k), plant.time(2 * k + 2), float(kw)) if np.isfinite(kw) else None
            for k, kw in enumerate(means)
        ]
        self._stood = [
            next((slot for slot in said if slot.begin == plant.time(k)), None) for k, said in enumerate(plant.said)
        ]

    def given(self, k: int, days: int = HISTORY_DAYS, source: bool = True, stored: bool = True) -> dict[str, Any]:
        """What the planner would hand over."""
        plant = self._plant
        hours = self._hours[max(0, k // 2 - 24 * days) : k // 2]
        stood = self._stood[max(0, k - DAY * days) : k] if source and stored else ()
        return {
            "slots": plant.said[k] if source else (),
            "history": [slot for slot in hours if slot is not None],
            "horizon": Horizon(plant.time(k), (30.0,) * AHEAD),
            "issued": [slot for slot in stood if slot is not None],
            "measured_kw": float(plant.kw[k - 1]) if days and np.isfinite(plant.kw[k - 1]) else None,
        }


Method = Callable[[Plant, Issuer, int], Values]


def ours(
    days: int = HISTORY_DAYS, source: bool = True, stored: bool = True, now: bool = True, roof: str = ""
) -> Method:
    """A way to use this suite. ``roof``: "" not known, "roof" without its peak, "peak" with it."""

    def issue(plant: Plant, issuer: Issuer, k: int) -> Values:
        given = issuer.given(k, days, source, stored)
        if not now:
            given["measured_kw"] = None
        known = None if not roof else plant.roof if roof == "peak" else replace(plant.roof, peak_kw=None)
        return np.array(forecast_pv(**given, roof=known).mean_kw)

    return issue


def yesterday(plant: Plant, issuer: Issuer, k: int) -> Values:
    """The same half-hour of the newest day that is known."""
    last = plant.kw[k - DAY : k]
    return np.concatenate((last, last[: AHEAD - DAY]))


def three_days(plant: Plant, issuer: Issuer, k: int) -> Values:
    """The mean of the last three days at this half-hour."""
    mean = np.nan_to_num(plant.kw[k - 3 * DAY : k]).reshape(3, DAY).mean(axis=0)
    return np.concatenate((mean, mean[: AHEAD - DAY]))


def persistence(plant: Plant, issuer: Issuer, k: int) -> Values:
    """The last hour's light goes on: its share of the most that the last weeks gave at that time."""
    days = np.nan_to_num(plant.kw[k - HISTORY_DAYS * DAY : k]).reshape(-1, DAY)
    most = days.max(axis=0)
    low = most[-2:].sum() <= DARK * most.sum() / 2
    share = days.sum() / (most.sum() * len(days)) if low else days[-1, -2:].sum() / most[-2:].sum()
    return share * np.concatenate((most, most[: AHEAD - DAY]))


METHODS: dict[str, Method] = {
    "the source as it is": lambda plant, issuer, k: plant.source(k),
    "**corrected**": ours(),
    "corrected, no power sensor now": ours(now=False),
    "corrected, no store of past forecasts": ours(stored=False),
    "**without a source**": ours(source=False),
    "yesterday": yesterday,
    "mean of three days": three_days,
    "persistence of the light": persistence,
}
COLD = {"nothing else": "", "roof": "roof", "roof and peak": "peak"}


def errors(plant: Plant, methods: dict[str, Method], every_hours: int) -> dict[str, list[tuple[float, float, float]]]:
    """By method and range MAE, RMSE and bias in kW, over the daylight that the source covers."""
    issuer = Issuer(plant)
    issues = range(FIRST_DAY * DAY, len(plant.kw) - AHEAD, 2 * every_hours)
    came = np.array([plant.kw[k : k + AHEAD] for k in issues])
    light = _daylight(plant.kw)
    judged = np.array([light[k : k + AHEAD] for k in issues]) & np.isfinite(came)
    judged &= np.isfinite(np.array([plant.source(k) for k in issues]))
    found = {}
    for label, method in methods.items():
        missed = np.nan_to_num(np.array([method(plant, issuer, k) for k in issues])) - came
        parts = [missed[:, part][judged[:, part]] for part in RANGES.values()]
        found[label] = [(float(np.abs(e).mean()), float(np.sqrt((e**2).mean())), float(e.mean())) for e in parts]
    return found


def _daylight(kw: Values) -> NDArray[np.bool_]:
    known = np.nan_to_num(kw)
    most = np.max([np.roll(known, DAY * days) for days in range(-7, 8)], axis=0)
    return most > DARK * known.max()


def print_errors(title: str, plants: Sequence[Plant], methods: dict[str, Method], every: int) -> dict[str, Values]:
    """One row a method: MAE / RMSE (bias) in W by range, the mean over plants. Returns those by method, shape (3, 3)."""
    many = [errors(plant, methods, every) for plant in plants]
    print(f"\n## {title}\n\n| forecast | {' | '.join(RANGES)} |\n|---|{'--:|' * len(RANGES)}")
    found = {label: np.mean([one[label] for one in many], axis=0) * 1000 for label in methods}
    for label, parts in found.items():
        print(f"| {label} | {' | '.join(f'{mae:.0f} / {rmse:.0f} ({bias:+.0f})' for mae, rmse, bias in parts)} |")
    return found


def print_bands(plant: Plant, every_hours: int) -> None:
    """The share of half-hours that came below each quantile, with the source and without."""
    issuer, light = Issuer(plant), _daylight(plant.kw)
    issues = range(FIRST_DAY * DAY, len(plant.kw) - AHEAD, 2 * every_hours)
    came = np.array([plant.kw[k : k + AHEAD] for k in issues])
    judged = np.array([light[k : k + AHEAD] for k in issues]) & np.isfinite(came)
    judged &= np.isfinite(np.array([plant.source(k) for k in issues]))
    print(f"\n## The bands in the French house: came below p10, p50, p90\n\n| forecast | {' | '.join(RANGES)} |")
    print(f"|---|{'--:|' * len(RANGES)}")
    for label, source in (("corrected", True), ("without a source", False)):
        found = [forecast_pv(**issuer.given(k, source=source)) for k in issues]
        cells = []
        for part in RANGES.values():
            here = judged[:, part]
            shares = [
                float((came[:, part] < np.array([getattr(one, key) for one in found])[:, part])[here].mean())
                for key in ("p10_kw", "p50_kw", "p90_kw")
            ]
            cells.append(", ".join(f"{100 * share:.0f} %" for share in shares))
        print(f"| {label} | {' | '.join(cells)} |")


def main(arguments: Sequence[str]) -> int:
    """Prints the tables. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=9, help="hours between forecasts")
    every = parser.parse_args(arguments).every
    try:
        french = french_plant()
        made = [made_plant(number) for number in range(1, 7)]
        wrong = [made_plant(number, LATE_HALF_HOURS, TOO_MUCH) for number in range(1, 7)]
    except NoData as error:
        print(error, file=sys.stderr)
        return 2
    found = print_errors("The French house, its own forecast", [french], METHODS, every)
    print_bands(french, every)
    print_errors("Six German plants, made forecasts", made, METHODS, every)
    few = {label: METHODS[label] for label in list(METHODS)[:4]}
    print_errors("The same, from a source that is 1.5 h late and 25 % too high", wrong, few, every)
    cold = {
        f"{days} days, {label}": ours(days, source=False, roof=roof)
        for days in (0, 1, 3, 21)
        for label, roof in COLD.items()
    }
    print_errors("The first days without a source: all seven plants", [french, *made], cold, 3 * every)
    raw, mine = (found[label] for label in list(METHODS)[:2])
    return 0 if bool((mine[:, :2] < raw[:, :2]).all()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
