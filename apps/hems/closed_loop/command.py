"""``python -m hems simulate``: six controllers on one home, a table on standard output, reports in a folder."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.faults import Refused
from .command_study import study_of
from .modes import MODES
from .progress import Progress
from .report_csv import write_csv
from .report_html import write_html
from .report_json import results_to_dict
from .report_text import results_table
from .results import CONTROLLERS, Results
from .study import results_of
from .study_asked import Study
from .terminal import put, say

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

INTERRUPTED = 130


def add_simulate(commands: "Commands") -> None:
    """The subcommand and its options."""
    command = commands.add_parser(
        "simulate",
        help="run six controllers on one home in closed loop and compare their bills",
        description="Runs controllers on one simulated home: " + ", ".join(CONTROLLERS) + ". See docs/simulation.md.",
    )
    add = command.add_argument
    add("--home", metavar="APPS_YAML", help="the home: the planner's block of this file (default: the reference home)")
    add("--pool", action="store_true", help="the reference home has a pool pump too")
    add("--series", metavar="FILE", help="load, PV and prices, CSV or .csv.gz (default: a seeded home)")
    add("--prices", metavar="FILE", help="a file of its own for the prices")
    add(
        "--time-zone",
        default="Europe/Berlin",
        help="of the home, and of times without an offset (default Europe/Berlin)",
    )
    add("--from", dest="begin", metavar="DATE", help="the first local day")
    add("--until", metavar="DATE", help="the local day after the last")
    add("--days", type=int, default=7, help="how many days where --from or --until is not given (default the last 7)")
    add("--controllers", default=",".join(CONTROLLERS), help="some of them, with commas (default all six)")
    add(
        "--mode",
        default="mpc",
        help="how HEMS plans: " + "; ".join(f"{name}: {mode.words}" for name, mode in MODES.items()),
    )
    add("--replan-minutes", type=int, help="how often HEMS plans anew (default: as the home does, 30)")
    add("--seed", type=int, default=1, help="of the family, of made-up forecasts and of a seeded home (default 1)")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time (default: one a processor)")
    add(
        "--out",
        metavar="FOLDER",
        default="simulation",
        help="where the reports and the kept runs go (default ./simulation)",
    )
    add("--json", metavar="FILE", help="write the results there too; - prints them instead of the table")
    add("--quiet", action="store_true", help="neither progress nor where the files are")


def simulate(chosen: argparse.Namespace) -> int:
    """The exit status: 0 done, 130 interrupted. Raises Refused with every fault, before anything is run."""
    study, folder = study_of(chosen), Path(chosen.out)
    try:
        (folder / "runs").mkdir(parents=True, exist_ok=True)
        results = _run(study, folder / "runs", chosen)
        files = _written(results, folder, chosen.json)
    except KeyboardInterrupt:
        say(f"hems: interrupted; the same command goes on from here (kept in {folder / 'runs'})")
        return INTERRUPTED
    except OSError as error:
        raise Refused([f"{error.filename or folder}: cannot be written ({error.strerror})"]) from None
    put(_json(results) if chosen.json == "-" else results_table(results))
    if not chosen.quiet:
        say("hems: written: " + ", ".join(map(str, files)))
    return 0


def _run(study: Study, runs: Path, chosen: argparse.Namespace) -> Results:
    if chosen.quiet:
        return results_of(study, runs, chosen.jobs, lambda shares: None)
    progress = Progress(sys.stderr)
    try:
        return results_of(study, runs, chosen.jobs, progress)
    finally:
        progress.close()


def _written(results: Results, folder: Path, json_file: str | None) -> list[Path]:
    """The reports' files. Raises OSError."""
    page, steps, document = folder / "report.html", folder / "steps.csv", folder / "results.json"
    write_html(results, page)
    write_csv(results, steps)
    documents = [document, *([Path(json_file)] if json_file not in (None, "-") else [])]
    for file in documents:
        file.write_text(_json(results), encoding="utf-8")
    return [page, steps, *documents]


def _json(results: Results) -> str:
    return json.dumps(results_to_dict(results), indent=1, allow_nan=False) + "\n"
