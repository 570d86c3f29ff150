"""What the outdoor temperature brings to the load forecast, rolling through the homes of eemeter_homes.py.

    python benchmarks/load_temperature.py [--home uk1 ... us2] [--every 21] [--days 60] [--data FOLDER]

Each forecast is made without temperatures, with the true ones, and with a forecast of them that errs: an error that grows from 0
and holds on (half of it is left after 12 h), 1.5 K (root of mean squares) at 24 h, the same in each run. Prints Markdown tables:
errors over 24 h and 48 h, home by home, against the rivals of load_forecast.py; how many forecasts had an answer to the
temperature at all, and what it costs in milliseconds. Exit status: 0 no home is worse with temperature (erring) than without by
more than two standard errors of the difference; 1 one is; 2 no data.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "emhass"))

import numpy as np
from eemeter_homes import Home, gapless, homes
from load_forecast import DAY, HORIZON_MINUTES, QUANTILES, errors, issued
from load_rivals import AHEAD, History, Issued, rivals
from numpy.typing import NDArray
from real_series import NoData

from hems.domain.horizon import Horizon
from hems.domain.series import Slot
from hems.forecast.load_model import LoadModel

Values = NDArray[np.float64]
NAMES = ("uk1", "uk2", "uk3", "hp3", "us1", "us2")
DATA = Path(__file__).resolve().parent / "out" / "eemeter"
WITHOUT, TRUE, ERRING = "without temperature", "with the true temperature", "with a forecast of it"
HALF_HOUR = timedelta(minutes=30)
# The first forecasts have four weeks behind them.
FIRST = 28 * DAY
ERROR_K, KEPT_PER_HALF_HOUR = 1.5, 0.5 ** (1 / 24)
MEASURES = ("MAE of p50", "RMSE of mean", "pinball, mean of three")
# A worse figure is no accident beyond so many standard errors of the difference.
BEYOND = 2.0


@dataclass(frozen=True)
class Compared:
    """Forecasts by label; what came, shape (issues, AHEAD); share of issues with an answer to the temperature; seconds by label."""

    forecasts: dict[str, list[Issued]]
    came: Values
    answered: float
    seconds: dict[str, float]


def slots_of(history: History, values: Values) -> list[Slot]:
    """Half-hours, with NaN where there is a gap."""
    begin = [history.start + k * HALF_HOUR for k in range(len(values) + 1)]
    return [Slot(begin[k], begin[k + 1], value) for k, value in enumerate(values.tolist())]


def forecast_errors(seed: int) -> Values:
    """Errors in K of a temperature forecast, shape (AHEAD,): nothing at first, ERROR_K at 24 h."""
    left = KEPT_PER_HALF_HOUR
    step = ERROR_K * np.sqrt((1 - left**2) / (1 - left ** (2 * DAY)))
    draws, found = np.random.default_rng(seed).normal(0.0, step, AHEAD), np.zeros(AHEAD)
    for k in range(1, AHEAD):
        found[k] = left * found[k - 1] + draws[k]
    return found


def compare(home: Home, every_hours: int, days: int) -> Compared:
    """All forecasts of a home, issued every so many hours from so many days of past."""
    history = home.history
    load, outdoor = slots_of(history, history.kw), slots_of(history, home.outdoor_c)
    issues = gapless(history, home.outdoor_c, range(FIRST, len(load) - AHEAD, 2 * every_hours), AHEAD)
    found: dict[str, list[Issued]] = {WITHOUT: [], TRUE: [], ERRING: []}
    seconds, answered = {WITHOUT: 0.0, TRUE: 0.0}, 0
    for number, k in enumerate(issues):
        past = slice(max(0, k - days * DAY), k)
        horizon, now_kw = Horizon(history.time(k), HORIZON_MINUTES), history.now_kw(k)
        begun = time.perf_counter()
        found[WITHOUT].append(issued(LoadModel(load[past], history.zone).forecast(now_kw, horizon)))
        between = time.perf_counter()
        model = LoadModel(load[past], history.zone, outdoor_c=outdoor[past])
        found[TRUE].append(issued(model.forecast(now_kw, horizon, outdoor[k : k + AHEAD])))
        seconds[WITHOUT] += (between - begun) / len(issues)
        seconds[TRUE] += (time.perf_counter() - between) / len(issues)
        erring = [
            Slot(one.begin, one.end, one.value + error)
            for one, error in zip(outdoor[k : k + AHEAD], forecast_errors(number), strict=True)
        ]
        found[ERRING].append(issued(model.forecast(now_kw, horizon, erring)))
        answered += model.warmth is not None
    for label, rival in rivals(history, None, False).items():
        found[label] = [rival.issue(k) for k in issues]
    return Compared(found, np.array([history.kw[k : k + AHEAD] for k in issues]), answered / len(issues), seconds)


def each(forecasts: Sequence[Issued], came: Values, steps: slice) -> Values:
    """MAE of p50, mean squared error and pinball loss of every single forecast, shape (3, issues)."""
    over = came[:, None, steps] - np.array([[kw[steps] for kw in one.quantiles_kw] for one in forecasts])
    share = np.array(QUANTILES)[:, None]
    losses = np.maximum(share * over, (share - 1) * over).mean(axis=(1, 2))
    missed = came[:, steps] - np.array([one.mean_kw[steps] for one in forecasts])
    return np.array([np.abs(over[:, 1]).mean(axis=1), (missed**2).mean(axis=1), losses])


def change(found: Compared, label: str, steps: slice, every_hours: int) -> tuple[Values, Values]:
    """Change of the three measures against no temperature, in parts of it, and its standard errors, shape (3,) each.

    Forecasts of neighbouring days share their weather, so means of weeks are compared, not forecasts.
    """
    before, after = (each(found.forecasts[one], found.came, steps) for one in (WITHOUT, label))
    weeks = max(2, before.shape[1] * every_hours // 168)
    apart = np.array([part.mean(axis=1) for part in np.array_split(after - before, weeks, axis=1)])
    base, error = before.mean(axis=1), apart.std(axis=0, ddof=1) / np.sqrt(weeks)
    moved = after.mean(axis=1) / base - 1
    moved[1] = np.sqrt(1 + moved[1]) - 1
    return moved, error / base / np.array([1.0, 2.0, 1.0])


def print_home(name: str, home: Home, found: Compared, every_hours: int) -> bool:
    """A home's tables; whether it is worse with an erring temperature than without."""
    print(f"\n### {name}: {home.title}, {len(found.came)} forecasts, an answer in {found.answered:.0%} of them\n")
    print(f"| forecast, W | {' | '.join(MEASURES)} | 48 h: {' | '.join(MEASURES)} |\n|---|{'--:|' * 6}")
    for label, forecasts in found.forecasts.items():
        cells = []
        for steps in (slice(DAY), slice(AHEAD)):
            known = [k for k, one in enumerate(forecasts) if np.isfinite(one.mean_kw).all()]
            one = errors([forecasts[k] for k in known], found.came[known], steps)
            cells += [one.mae, one.rmse, sum(one.pinball) / 3]
        print(f"| {label} | {' | '.join(f'{1000 * cell:.1f}' for cell in cells)} |")
    worse = False
    print()
    for label in (TRUE, ERRING):
        parts = []
        for steps, hours in ((slice(DAY), 24), (slice(AHEAD), 48)):
            moved, error = change(found, label, steps, every_hours)
            said = ", ".join(f"{100 * a:+.1f} % (± {100 * b:.1f})" for a, b in zip(moved, error, strict=True))
            parts.append(f"{hours} h {said}")
            worse = worse or (label == ERRING and bool((moved > BEYOND * error + 1e-12).any()))
        print(f"- {label}: {'; '.join(parts)}")
    return worse


def main(arguments: Sequence[str]) -> int:
    """Prints the tables. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--every", type=int, default=21, help="hours between forecasts; 21 meet every third hour")
    parser.add_argument("--days", type=int, default=60, help="days of the past")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the package, fetched where it is not there")
    chosen = parser.parse_args(arguments)
    try:
        known = homes(chosen.data)
    except NoData as error:
        print(error, file=sys.stderr)
        return 2
    worse, seconds = [], []
    for name in chosen.home:
        found = compare(known[name], chosen.every, chosen.days)
        worse += [name] if print_home(name, known[name], found, chosen.every) else []
        seconds.append(found.seconds)
    before, after = (1000 * float(np.mean([one[label] for one in seconds])) for label in (WITHOUT, TRUE))
    print(f"\nModel and forecast: {before:.1f} ms without temperature, {after:.1f} ms with it.")
    print(f"\nWorse with temperature by more than chance: {', '.join(worse) or 'no home'}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
