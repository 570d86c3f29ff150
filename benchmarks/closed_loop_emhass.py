"""A week or two of the French home: EMHASS's naive MPC in closed loop beside this suite's controllers.

    python benchmarks/closed_loop_emhass.py [--week 2020-02-03 ...] [--load naive typical] [--step 30] [--end now 0.1+0.9]

EMHASS runs in its own environment (``.emhass`` in the repository, or what ``HEMS_EMHASS`` or ``--venv`` names) and is
installed on demand. Prints a Markdown table a week. Exit status: 0 done, 2 no data, or no EMHASS. See emhass/README.md.
"""

import argparse
import csv
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "emhass"))

from closed_loop_controller import ClosedLoopPeer, Emhass
from closed_loop_homes import ZONE, french_home
from closed_loop_request import Choices
from environment import NoEmhass, emhass_python
from real_series import HOUSE, NoData, data_folder

from hems.closed_loop.family import Family
from hems.closed_loop.home import PhysicalHome
from hems.closed_loop.ledger import Ledger
from hems.closed_loop.look import Look
from hems.closed_loop.loop import Run, live
from hems.closed_loop.prices import Published
from hems.closed_loop.pv_outlook import PvOutlook
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.results import ControllerName, Outcome, Results
from hems.closed_loop.series import Series
from hems.closed_loop.study import results_of
from hems.closed_loop.study_asked import Study
from hems.closed_loop.study_run import outcome_of
from hems.closed_loop.wishes import Wishes
from hems.planner.local_days import local_time

ROOT = Path(__file__).resolve().parents[1]
OURS: tuple[ControllerName, ...] = ("self_consumption", "rules", "hems", "bound")
WEEKS = (date(2020, 2, 3), date(2020, 6, 15))
HEAD = (
    "| controller | bill EUR | share of gain | import kWh | export kWh | cycles | unmet (avoidable) "
    "| no plan | solver s median / p99 / max |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def past_of(series: Series, now: datetime, step_minutes: int, steps: int) -> list[float]:
    """The baseline load in W before ``now`` as means of whole steps, the newest last; fewer where the series begins later."""
    per_step = round(step_minutes / series.step_minutes)
    end = round((now - series.start) / timedelta(minutes=series.step_minutes))
    count = min(steps, end // per_step)
    known = series.load_kw[end - count * per_step : end]
    return [1000 * float(kw) for kw in known.reshape(count, per_step).mean(axis=1)]


def profile_of(folder: Path) -> dict[str, object]:
    """The year of EMHASS's typical load, whose house is the very one that is simulated here."""
    with (folder / HOUSE).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["load_w"]]
    seconds = [datetime.fromisoformat(row["time_utc"]).timestamp() for row in rows]
    load_w = [float(row["load_w"]) for row in rows]
    return {"do": "profile", "time_zone": ZONE.key, "seconds": seconds, "load_w": load_w}


def run_emhass(study: Study, peer: ClosedLoopPeer, choices: Choices) -> tuple[Outcome, Emhass]:
    """EMHASS drives the home over the study's period, as the study runs its own controllers."""
    site, series, zone = study.site, study.series, study.zone
    family = Family(site, zone, study.seed)
    home, ledger = PhysicalHome(site, family), Ledger(series, study.first, study.last - study.first)
    emhass = Emhass(site, zone, peer.ask, lambda now, n: past_of(series, now, choices.step_minutes, n), choices)
    run = Run(home, emhass, ledger, Wishes(site, zone), study.first, home.stored_kwh())
    look = Look(site, series, Published(series, zone), PvOutlook(series, zone, study.seed))

    def tell(position: int) -> None:
        if (position - study.first) % 96 == 0:
            print(f"{series.time(position):%Y-%m-%d}: {len(emhass.seconds)} plans", file=sys.stderr, flush=True)

    live(run, series, look, study.last, tell)
    return outcome_of(study, run, emhass.seconds, emhass.fallbacks), emhass


def row(name: str, outcome: Outcome, results: Results) -> str:
    """One line of the table; the share is that of self-consumption's gap to the bound."""
    least, most = results.outcomes["bound"].cost, results.outcomes["self_consumption"].cost
    share = f"{(most - outcome.cost) / (most - least):.1%}" if most - least > 0.01 else "-"
    avoidable = sum(one.could_be_met for one in outcome.unmet)
    solver = outcome.solver
    seconds = f"{solver.median:.2f} / {solver.p99:.2f} / {solver.most:.2f}" if solver else "-"
    cells = [f"{outcome.bill:.2f}", share, f"{outcome.import_kwh:.0f}", f"{outcome.export_kwh:.0f}"]
    cells += [f"{outcome.cycles:.1f}", f"{len(outcome.unmet)} ({avoidable})", str(outcome.fallbacks), seconds]
    return f"| {name} | {' | '.join(cells)} |"


def study_of(week: date, days: int, series: Series) -> Study:
    """Whole local days of the French home from ``week`` on."""
    begin, end = (local_time(week + timedelta(days=k), time(), ZONE) for k in (0, days))
    first, last = (round((at - series.start) / timedelta(minutes=series.step_minutes)) for at in (begin, end))
    return Study(reference_home(), series, ZONE, first, last, OURS, title=f"French home, {days} days from {week}")


def variants(options: argparse.Namespace) -> list[tuple[str, Choices]]:
    """EMHASS as the command line has it, in all combinations, and their names."""
    found = [("emhass", Choices(step_minutes=options.step, car=options.car, tank_margin_k=options.tank_margin))]
    found = [(f"{name} {how}", replace(c, battery=how)) for name, c in found for how in options.battery]
    found = [(f"{name} {load}", replace(c, load=load)) for name, c in found for load in options.load]
    found = [
        (f"{name} end {text}", replace(c, soc_final=end[0], reward=end[1]))
        for name, c in found
        for text in options.end
        for end in (end_of(text),)
    ]
    return [(name, replace(c, profile_limit_w=options.profile_limit_w)) for name, c in found]


def end_of(text: str) -> tuple[float | None, float]:
    """``soc_final`` and the reward's factor: ``now`` (EMHASS's own default), ``0.1`` or ``0.1+0.9``."""
    soc, _, reward = text.partition("+")
    return None if soc == "now" else float(soc), float(reward or 0.0)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="EMHASS in closed loop beside the suite's controllers.")
    parser.add_argument("--week", type=date.fromisoformat, nargs="+", default=list(WEEKS), help="first days")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--step", type=int, default=30, choices=(15, 30), help="EMHASS's steps and replanning, minutes")
    parser.add_argument("--load", nargs="+", default=["naive"], choices=("naive", "typical"))
    parser.add_argument("--profile-limit-w", type=float, default=9000.0, help="what scales the typical load")
    parser.add_argument("--end", nargs="+", default=["0.1+0.9"], help="soc_final: now, 0.1, or 0.1+0.9 with a reward")
    parser.add_argument("--battery", nargs="+", default=["by_grid"], choices=("forced", "by_grid"))
    parser.add_argument("--car", default="on_off", choices=("range", "on_off"))
    parser.add_argument("--tank-margin", type=float, default=0.0, help="kelvin above the tank's minimum")
    parser.add_argument("--keep", type=Path, help="keeps the other controllers' runs here, to be taken up again")
    parser.add_argument("--venv", type=Path, default=Path(os.environ.get("HEMS_EMHASS") or ROOT / ".emhass"))
    parser.add_argument("--python", default=sys.executable, help="the Python 3.11 or newer that makes it")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """The exit status."""
    options = arguments(given)
    try:
        folder, python, series = data_folder(), emhass_python(options.venv, options.python), french_home()
        for week in options.week:
            study = study_of(week, options.days, series)
            with TemporaryDirectory() as scratch:
                results = results_of(study, options.keep or Path(scratch), 1, lambda shares: None)
            print(f"\n{study.title}\n\n{HEAD}")
            for ours in OURS:
                print(row(ours, results.outcomes[ours], results), flush=True)
            for name, choices in variants(options):
                with ClosedLoopPeer(python) as peer:
                    peer.ask(profile_of(folder))
                    outcome, emhass = run_emhass(study, peer, choices)
                print(row(name, outcome, results), flush=True)
                print(f"{name}: {emhass.statuses}; {[one.device for one in outcome.unmet]}", file=sys.stderr)
    except (NoData, NoEmhass) as absent:
        print(absent, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
