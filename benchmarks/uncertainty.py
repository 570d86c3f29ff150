"""Planning against the forecast, against scenarios, or with caution: the bills of one home in closed loop.

    python benchmarks/uncertainty.py [--home fr|1..6] [--days 14 | --year] [--replan 60] [--jobs 2]

The studies of closed_loop.py with each of the choices of ``uncertainty`` in apps.yaml. Interrupted, the same command goes on
where it was.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from real_series import NoData

from closed_loop import HOMES, KEEP, NEITHER, Period, periods, printed, study_of
from hems.closed_loop.progress import Progress
from hems.closed_loop.results import ControllerName, Outcome
from hems.closed_loop.study import results_of
from hems.closed_loop.study_asked import Study
from hems.config.site import Site

CHOICES: tuple[str, ...] = get_args(Site.model_fields["uncertainty"].annotation)
ENDS: tuple[ControllerName, ...] = ("self_consumption", "bound")


def study_with(home: str, period: Period, seed: int, replan: int, choice: str) -> Study:
    """The study in which only HEMS drives, planning as ``choice`` says."""
    study = study_of(home, period, seed)
    site = study.site.model_copy(update={"uncertainty": choice})
    return replace(study, site=site, replan_minutes=replan, controllers=("hems",), title=f"{study.title}, {choice}")


def outcomes(chosen: argparse.Namespace, period: Period) -> dict[str, Outcome]:
    """By choice, and the two ends between which they lie."""
    ends = replace(study_of(chosen.home, period, chosen.seed), replan_minutes=chosen.replan, controllers=ENDS)
    studies = {"": ends}
    for choice in CHOICES:
        studies[choice] = study_with(chosen.home, period, chosen.seed, chosen.replan, choice)
    found: dict[str, Outcome] = {}
    for choice, study in studies.items():
        progress = Progress(sys.stderr)
        try:
            results = results_of(study, chosen.keep, chosen.jobs, progress)
        finally:
            progress.close()
        found |= {(choice or name): one for name, one in results.outcomes.items()}
    return found


def table(found: dict[str, Outcome]) -> list[list[str]]:
    """Bill, share of the possible gain, switches, avoidable unmet wishes and solver seconds of each."""
    most, least = (found[name].cost for name in ENDS)
    rows = [["planned against", "bill", "share", "battery modes", "switches", "avoidable unmet", "solver s"]]
    for name, one in found.items():
        solver = one.solver
        rows.append([
            name, f"{one.bill:.2f}",
            f"{100 * (most - one.cost) / (most - least):.1f} %",
            str(one.switches.get("battery", 0)), str(sum(one.switches.values())),
            str(sum(wish.could_be_met for wish in one.unmet)),
            f"{solver.median:.2f}/{solver.p99:.2f}/{solver.most:.2f}" if solver is not None else NEITHER,
        ])  # fmt: skip
    return rows


def main() -> int:
    """The exit status: 0 done, 2 without the data, 130 interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", choices=HOMES, default="fr")
    parser.add_argument("--days", type=int, default=14, help="half of them in winter, half in summer (default 14)")
    parser.add_argument("--year", action="store_true", help="2020-01-06 to 2020-09-28: about an hour")
    parser.add_argument("--replan", type=int, default=60, help="minutes between two plans (default 60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=KEEP, help="where the runs are kept")
    chosen = parser.parse_args()
    if not 1 <= chosen.days <= 100:
        parser.error("--days: write 1 to 100, or --year")
    try:
        for period in periods(None if chosen.year else chosen.days):
            print(f"{chosen.home}, {period[0]} to {period[1]}")
            print(printed(table(outcomes(chosen, period))), flush=True)
    except NoData as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; the same command goes on from here (kept in {chosen.keep})", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
