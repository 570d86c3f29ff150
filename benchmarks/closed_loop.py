"""A whole year in closed loop: what HEMS saves on real homes, against simple controllers and against perfect foresight.

    python benchmarks/closed_loop.py [--home fr|1..6|all] [--days 14 | --year] [--jobs 2] [--json FILE]

Six controllers drive the reference home (battery 10 kWh, car 40 kWh, dishwasher, hot water; reference_home.py) with the load
and PV of a French house (fr) or of six German ones (1 to 6), on the German day-ahead prices of 2020. ``--days 14`` is two
weeks, one from 2020-02-03 and one from 2020-06-15 on: half of the days each. ``--year`` is 2020-01-06 to 2020-09-28, as far
as the prices reach. Interrupted, the same command goes on where it was: runs are kept in ``--keep``.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from datetime import date, time, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from closed_loop_homes import HOUSEHOLDS, ZONE, french_home, simbench_home
from real_series import NoData

from hems.closed_loop.fingerprint import fingerprint
from hems.closed_loop.progress import Progress
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.report_json import results_to_dict
from hems.closed_loop.report_text import results_table
from hems.closed_loop.results import ControllerName, Results
from hems.closed_loop.study import results_of
from hems.closed_loop.study_asked import Study
from hems.domain.faults import Refused
from hems.planner.local_days import local_time

KEEP = Path(__file__).resolve().parent / "out" / "closed_loop"
HOMES = ("fr", *(str(number + 1) for number in range(len(HOUSEHOLDS))))
WINTER, SUMMER = date(2020, 2, 3), date(2020, 6, 15)
YEAR = (date(2020, 1, 6), date(2020, 9, 28))
NEITHER = "-"

Period = tuple[date, date]
Found = tuple[str, Results]


def periods(days: int | None) -> list[Period]:
    """First day, and the day after the last, of what is run; None: the year."""
    if days is None:
        return [YEAR]
    parts = [(WINTER, days - days // 2), (SUMMER, days // 2)]
    return [(first, first + timedelta(days=count)) for first, count in parts if count]


def study_of(home: str, period: Period, seed: int) -> Study:
    """Raises NoData without the real series."""
    series = french_home() if home == "fr" else simbench_home(int(home))
    first, last = (series.step_at(local_time(day, time(), ZONE)) for day in period)
    title = "French house" if home == "fr" else f"SimBench household {home}"
    return Study(reference_home(), series, ZONE, first, last, seed=seed, title=title, code=fingerprint())


def run(homes: Iterable[str], chosen: argparse.Namespace) -> list[Found]:
    """Runs and prints one study after another."""
    found = []
    for home in homes:
        for period in periods(None if chosen.year else chosen.days):
            study = study_of(home, period, chosen.seed)
            progress = Progress(sys.stderr)
            try:
                results = results_of(study, chosen.keep, chosen.jobs, progress)
            finally:
                progress.close()
            print(results_table(results), flush=True)
            found.append((home, results))
    return found


def summary(found: list[Found]) -> list[list[str]]:
    """A line a study, and one for all of them: gains added up, wishes counted, the most of the seconds."""
    heads = ["home", "from", "until", "saved", "possible", "hems", "hems_perfect", "avoidable unmet", "solver s"]
    rows = [[home, *(f"{day:%Y-%m-%d}" for day in one.period), *_figures([one])] for home, one in found]
    return [heads, *rows, ["all", NEITHER, NEITHER, *_figures([one for _, one in found])]]


def _figures(results: list[Results]) -> list[str]:
    saved, possible = _gain(results, "hems"), _gain(results, "bound")
    solvers = [solver for one in results if (solver := one.outcomes["hems"].solver) is not None]
    seconds = (
        [max(getattr(solver, name) for solver in solvers) for name in ("median", "p99", "most")] if solvers else []
    )
    unmet = sum(wish.could_be_met for one in results for wish in one.outcomes["hems"].unmet)
    return [
        f"{saved:.2f}",
        f"{possible:.2f}",
        *(_share(_gain(results, name), possible) for name in ("hems", "hems_perfect")),
        str(unmet),
        "/".join(f"{value:.2f}" for value in seconds) or NEITHER,
    ]


def _gain(results: list[Results], name: ControllerName) -> float:
    """What a controller saved against self-consumption, in EUR; of studies without its outcome nothing."""
    return sum(
        one.outcomes["self_consumption"].cost - one.outcomes[name].cost for one in results if name in one.outcomes
    )


def _share(gain: float, possible: float) -> str:
    return f"{100 * gain / possible:.1f} %" if possible > 0.01 else NEITHER


def printed(table: list[list[str]]) -> str:
    """Columns of one width each."""
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table)


def main() -> int:
    """The exit status: 0 done, 2 without the data, 130 interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", choices=(*HOMES, "all"), default="fr")
    parser.add_argument("--days", type=int, default=14, help="half of them in winter, half in summer (default 14)")
    parser.add_argument("--year", action="store_true", help="2020-01-06 to 2020-09-28: about an hour a home")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=KEEP, help="where the runs are kept")
    parser.add_argument("--json", type=Path, help="write all results there")
    chosen = parser.parse_args()
    if not 1 <= chosen.days <= 100:
        parser.error("--days: write 1 to 100, or --year")
    try:
        found = run(HOMES if chosen.home == "all" else (chosen.home,), chosen)
    except (NoData, Refused) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; the same command goes on from here (kept in {chosen.keep})", file=sys.stderr)
        return 130
    print(printed(summary(found)))
    if chosen.json is not None:
        documents = [{"home": home, **results_to_dict(results)} for home, results in found]
        chosen.json.write_text(json.dumps(documents, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
