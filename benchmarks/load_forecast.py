"""The load forecast on real homes, rolling through 2020-02 to 2020-09, against what others use.

    python benchmarks/load_forecast.py [--home fr 1 ... 6] [--every 9] [--emhass FOLDER]

Forecasts are issued every nine hours, so at every third hour of the day within three days; ``--every 3`` takes three times
as long. Prints Markdown tables: errors over the first 24 h and all 48 h of half-hours, home by home against the best rival,
and the first weeks of a house that nothing is known of. ``--emhass`` names EMHASS's own environment (as benchmarks/emhass
installs it) and adds its ML forecaster. Exit status: 0 ahead of every rival in every home at 24 h, 1 not, 2 no data, or no
EMHASS. What is compared is told in load_rivals.py.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "emhass"))

import numpy as np
from closed_loop_homes import ZONE, french_home, simbench_home
from environment import NoEmhass
from load_rivals import AHEAD, History, Issued, Rival, ml_forecaster, rivals
from numpy.typing import NDArray
from real_series import NoData

from hems.domain.horizon import Horizon
from hems.domain.series import Slot
from hems.forecast.load_model import LoadModel
from hems.forecast.power_forecast import PowerForecast

Values = NDArray[np.float64]
HOMES = ("fr", "1", "2", "3", "4", "5", "6")
FIRST = datetime(2020, 2, 1, tzinfo=ZONE)
HISTORY = timedelta(days=28)
HALF_HOUR = timedelta(minutes=30)
QUANTILES = (0.1, 0.5, 0.9)
DAY = 48
OURS, OURS_HOURS = "this suite", "this suite, from hourly means"
HORIZON_MINUTES = (30.0,) * AHEAD
# Days since the first measurement, and when houses are taken to begin.
COLD_DAYS = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 14), (15, 27))
COLD_STARTS = tuple(datetime(2020, month, 3, 6, tzinfo=ZONE) for month in range(2, 9))


@dataclass(frozen=True)
class Errors:
    """Errors in kW over some steps: of the p50 (absolute), of the mean (root of squares, and bias), pinball by quantile."""

    mae: float
    rmse: float
    bias: float
    pinball: tuple[float, float, float]


def home_of(name: str) -> History:
    """A home's half-hours."""
    series = french_home() if name == "fr" else simbench_home(int(name))
    return History.of(series, ZONE)


def slots_of(history: History, per_slot: int) -> list[Slot]:
    """The whole past as slots of so many half-hours."""
    whole = len(history.kw) // per_slot * per_slot
    means = history.kw[:whole].reshape(-1, per_slot).mean(axis=1).tolist()
    length = per_slot * HALF_HOUR
    return [Slot(history.start + k * length, history.start + (k + 1) * length, kw) for k, kw in enumerate(means)]


def ours(history: History, per_slot: int, begins: datetime | None = None) -> Callable[[int], Issued]:
    """This suite's forecast at half-hour ``k``, from slots of so many half-hours of the last 28 days, none before ``begins``."""
    slots = slots_of(history, per_slot)
    most = HISTORY // HALF_HOUR // per_slot
    first = 0 if begins is None else -(-(begins - history.start) // HALF_HOUR // per_slot)

    def issue(k: int) -> Issued:
        end = k // per_slot
        past = slots[max(0, first, end - most) : end]
        found = LoadModel(past, ZONE).forecast(history.now_kw(k), Horizon(history.time(k), HORIZON_MINUTES))
        return issued(found)

    return issue


def issued(found: PowerForecast) -> Issued:
    """As arrays."""
    mean, low, middle, high = (np.array(kw) for kw in (found.mean_kw, found.p10_kw, found.p50_kw, found.p90_kw))
    return Issued(mean, (low, middle, high))


def errors(forecasts: Sequence[Issued], actual: Values, steps: slice) -> Errors:
    """``actual``: shape (issues, AHEAD)."""
    came = actual[:, steps]
    missed = np.array([one.mean_kw[steps] for one in forecasts]) - came
    losses = []
    for place, quantile in enumerate(QUANTILES):
        over = came - np.array([one.quantiles_kw[place][steps] for one in forecasts])
        losses.append(float(np.mean(np.maximum(quantile * over, (quantile - 1) * over))))
    low, middle, high = losses
    return Errors(2 * middle, float(np.sqrt(np.mean(missed**2))), float(missed.mean()), (low, middle, high))


def scores(
    name: str, every_hours: int, emhass: Path | None, french: History
) -> dict[str, tuple[Errors, Errors | None]]:
    """By forecaster: errors over 24 h and 48 h; None for 48 h where it does not see so far."""
    history = home_of(name)
    first = (FIRST - history.start) // HALF_HOUR
    issues = list(range(first, len(history.kw) - AHEAD, 2 * every_hours))
    actual = np.array([history.kw[k : k + AHEAD] for k in issues])
    everyone: dict[str, Rival] = {OURS: Rival(ours(history, 1)), OURS_HOURS: Rival(ours(history, 2))}
    everyone |= rivals(history, french, name == "fr")
    if emhass is not None:
        everyone |= ml_forecaster(history, issues, emhass)
    found = {}
    for label, rival in everyone.items():
        forecasts = [rival.issue(k) for k in issues]
        longer = errors(forecasts, actual, slice(AHEAD)) if rival.ahead >= AHEAD else None
        found[label] = errors(forecasts, actual, slice(DAY)), longer
    return found


def mean_of(many: Sequence[Errors]) -> Errors:
    """Mean over homes."""
    losses = np.mean([one.pinball for one in many], axis=0)
    mae, rmse, bias = (float(np.mean([getattr(one, key) for one in many])) for key in ("mae", "rmse", "bias"))
    return Errors(mae, rmse, bias, (float(losses[0]), float(losses[1]), float(losses[2])))


def print_errors(found: dict[str, dict[str, tuple[Errors, Errors | None]]]) -> None:
    """One row a forecaster, the mean over homes; 24 h and 48 h."""
    for place, hours in ((0, 24), (1, 48)):
        print(f"\n### {hours} h ahead, mean of {len(found)} homes, W\n")
        print(
            "| forecast | MAE of p50 | RMSE of mean | bias of mean | pinball p10 | p50 | p90 |\n|---|--:|--:|--:|--:|--:|--:|"
        )
        for label in next(iter(found.values())):
            many = [one for one in (home[label][place] for home in found.values()) if one is not None]
            if many:
                mean = mean_of(many)
                losses = " | ".join(f"{1000 * loss:.1f}" for loss in mean.pinball)
                print(
                    f"| {label} | {1000 * mean.mae:.1f} | {1000 * mean.rmse:.1f} | {1000 * mean.bias:+.1f} | {losses} |"
                )


def print_homes(found: dict[str, dict[str, tuple[Errors, Errors | None]]]) -> bool:
    """Each home against the best rival of each measure; whether this suite, told what they are, is ahead everywhere."""
    print("\n### Home by home, 24 h ahead, W: this suite (from hourly means) against the best rival\n")
    print("| home | MAE of p50 | best rival | RMSE of mean | best rival | pinball, mean of three | best rival |")
    print("|---|--:|---|--:|---|--:|---|")
    measures: dict[str, Callable[[Errors], float]] = {
        "MAE": lambda one: one.mae,
        "RMSE": lambda one: one.rmse,
        "pinball": lambda one: sum(one.pinball) / 3,
    }
    behind: dict[str, list[str]] = {OURS: [], OURS_HOURS: []}
    for name, home in found.items():
        cells = []
        for title, measure in measures.items():
            values = {label: 1000 * measure(pair[0]) for label, pair in home.items()}
            mine = {label: values.pop(label) for label in (OURS, OURS_HOURS)}
            best = min(values, key=lambda label: values[label])
            for label, value in mine.items():
                if value >= values[best]:
                    behind[label].append(f"{title} in home {name}")
            cells += [f"{mine[OURS]:.1f} ({mine[OURS_HOURS]:.1f})", f"{values[best]:.1f} {best}"]
        print(f"| {name} | {' | '.join(cells)} |")
    print("\nAhead of every rival in every home at 24 h?\n")
    for label, places in behind.items():
        print(f"- {label}: {'yes' if not places else 'not for ' + ', '.join(places)}")
    return not behind[OURS]


def print_cold(names: Sequence[str], french: History) -> None:
    """The first weeks of a house: RMSE of the mean over 24 h, by the day since measuring began."""
    print("\n### The first weeks: RMSE of the mean (MAE of p50), 24 h ahead, W\n")
    columns = [f"day {low + 1}" if low == high else f"days {low + 1}-{high + 1}" for low, high in COLD_DAYS]
    print(f"| forecast | {' | '.join(columns)} |\n|---|{'--:|' * len(columns)}")
    for title, homes in (("fr", ["fr"]), ("all", list(names))):
        cells: dict[str, list[list[Errors]]] = {}
        for name in homes:
            history = french if name == "fr" else home_of(name)
            for low, high in COLD_DAYS:
                for label, one in cold(history, low, high).items():
                    cells.setdefault(label, [[] for _ in COLD_DAYS])[COLD_DAYS.index((low, high))].append(one)
        for label, row in cells.items():
            said = (mean_of(many) if many else None for many in row)
            texts = (f"{1000 * one.rmse:.0f} ({1000 * one.mae:.0f})" if one else "-" for one in said)
            print(f"| {title}: {label} | {' | '.join(texts)} |")


def cold(history: History, low: int, high: int) -> dict[str, Errors]:
    """Forecasts every six hours of the days ``low..high`` of a house whose first measurement is at each of COLD_STARTS."""
    forecasts: dict[str, list[Issued]] = {}
    actual = []
    for begins in COLD_STARTS:
        first = (begins - history.start) // HALF_HOUR
        mine, hourly = ours(history, 1, begins), ours(history, 2, begins)
        others = rivals(history.since(begins), None, False)
        for k in range(first + low * DAY, first + (high + 1) * DAY, 12):
            actual.append(history.kw[k : k + AHEAD])
            forecasts.setdefault(OURS, []).append(mine(k))
            forecasts.setdefault(OURS_HOURS, []).append(hourly(k))
            for label, rival in others.items():
                forecasts.setdefault(label, []).append(rival.issue(k))
    came = np.array(actual)
    judged = {label: errors(many, came, slice(DAY)) for label, many in forecasts.items()}
    return {label: one for label, one in judged.items() if np.isfinite(one.rmse)}


def main(arguments: Sequence[str]) -> int:
    """Prints the tables. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", nargs="+", choices=HOMES, default=list(HOMES))
    parser.add_argument(
        "--every", type=int, default=9, help="hours between forecasts; 9 meet every third hour of the day"
    )
    parser.add_argument("--emhass", type=Path, help="folder of EMHASS's virtual environment")
    chosen = parser.parse_args(arguments)
    try:
        french = home_of("fr")
        found = {name: scores(name, chosen.every, chosen.emhass, french) for name in chosen.home}
    except (NoData, NoEmhass) as error:
        print(error, file=sys.stderr)
        return 2
    print_errors(found)
    ahead = print_homes(found)
    print_cold(chosen.home, french)
    return 0 if ahead else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
