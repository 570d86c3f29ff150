"""``python -m hems backtest``: what this suite would have saved the user's own home, from its own past."""

import argparse
import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from ..domain.faults import Refused
from .backtest_study import Backtest, backtest_of
from .backtest_words import device_words
from .modes import MODES
from .progress import Progress
from .report_csv import write_csv
from .report_html import write_html
from .report_json import results_to_dict
from .report_text import WIDTH, results_table
from .results import Results
from .sweep import Swept, results_of_all, sweep_table, sweep_to_list
from .sweep_plot import write_sweep
from .sweep_variants import FORMS
from .terminal import put, say
from .trust import Trust, trust_of, trust_to_dict, trust_words

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SCHEMA = "hems.backtest/1"
INTERRUPTED = 130
_CONTROLLERS = "self_consumption,rules,hems,bound"


def add_backtest(commands: "Commands") -> None:
    """The subcommand and its options."""
    command = commands.add_parser(
        "backtest",
        help="what this suite would have saved your own home, from Home Assistant's statistics",
        description="Runs controllers on your own home's past, and what would be with another battery, a car or another "
        "tariff. Nothing is controlled, and nothing is written to Home Assistant. See docs/backtest.md.",
    )
    add = command.add_argument
    add("--home", metavar="APPS_YAML", required=True, help="the planner's block of this file is the home")
    add("--days", type=int, default=90, help="the last so many whole days (default 90)")
    add("--url", default=os.environ.get("HA_URL", ""), help="Home Assistant's address (default: the variable HA_URL)")
    add("--token", help="a long-lived access token (default: the variable HA_TOKEN, where nobody else sees it)")
    add("--series", metavar="FILE", help="load, PV and prices, CSV or .csv.gz, in place of Home Assistant")
    add("--prices", metavar="FILE", help="spot prices, where Home Assistant has no statistics of them")
    add(
        "--time-zone", default="Europe/Berlin", help="of --series (default Europe/Berlin); Home Assistant knows its own"
    )
    add("--controllers", default=_CONTROLLERS, help=f"with commas (default {_CONTROLLERS})")
    add("--sweep", action="append", metavar="WHAT", help=f"what if; may be given more than once: {FORMS}")
    modes = "; ".join(f"{name}: {mode.words}" for name, mode in MODES.items())
    add("--mode", default="mpc", help=f"how HEMS plans: {modes}")
    add("--replan-minutes", type=int, help="how often HEMS plans anew (default: as the home does, 30)")
    add("--seed", type=int, default=1, help="of the family and of made-up forecasts (default 1)")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time (default: one a processor)")
    add("--out", metavar="FOLDER", default="backtest", help="for reports and kept runs (default ./backtest)")
    add("--json", metavar="FILE", help="write the results there too; - prints them instead of the table")
    add("--quiet", action="store_true", help="neither progress nor where the files are")


def backtest(chosen: argparse.Namespace, now: datetime | None = None) -> int:
    """The exit status: 0 done, 130 interrupted. ``now``: aware, for tests. Raises Refused with every fault."""
    folder, runs = Path(chosen.out), Path(chosen.out) / "runs"
    # Not as the option's default, so that no help and no fault can show it.
    chosen.token = chosen.token or os.environ.get("HA_TOKEN", "")
    try:
        runs.mkdir(parents=True, exist_ok=True)
        asked = backtest_of(chosen, folder, now or datetime.now(timezone.utc))
        results, lines = _run(asked, runs, chosen)
        trust = trust_of(results, asked.study.series.gaps, chosen.seed)
        words = [*trust_words(trust, results), *device_words(asked.measured, results)]
        document = _json(results, trust, lines)
        files = _written(results, lines, words, document, chosen)
    except KeyboardInterrupt:
        say(f"hems: interrupted; the same command goes on from here today (kept in {runs})")
        return INTERRUPTED
    except OSError as error:
        raise Refused([f"{error.filename or folder}: cannot be written ({error.strerror})"]) from None
    put(document if chosen.json == "-" else _text(results, lines, words, trust.days))
    if not chosen.quiet:
        say("hems: written: " + ", ".join(map(str, files)))
    return 0


def _run(asked: Backtest, runs: Path, chosen: argparse.Namespace) -> tuple[Results, list[Swept]]:
    variants = list(asked.variants)
    if chosen.quiet:
        return results_of_all(asked.study, variants, runs, chosen.jobs, lambda shares: None)
    progress = Progress(sys.stderr)
    try:
        return results_of_all(asked.study, variants, runs, chosen.jobs, progress)
    finally:
        progress.close()


def _text(results: Results, lines: list[Swept], words: list[str], days: int) -> str:
    trusted = [part for one in words for part in wrap(one, WIDTH, initial_indent="- ", subsequent_indent="  ")]
    parts = [results_table(results), "\nHow far this can be trusted:\n", "\n".join(trusted), "\n"]
    return "".join(parts) + sweep_table(lines, results.currency, days)


def _written(
    results: Results, lines: list[Swept], words: list[str], document: str, chosen: argparse.Namespace
) -> list[Path]:
    """The reports' files. Raises OSError."""
    folder = Path(chosen.out)
    page, steps, kept = folder / "report.html", folder / "steps.csv", folder / "results.json"
    write_html(replace(results, notes=(*words, *results.notes)), page)
    write_csv(results, steps)
    files = [page, steps, kept, *([Path(chosen.json)] if chosen.json not in (None, "-") else [])]
    for file in files[2:]:
        file.write_text(document, encoding="utf-8")
    if lines:
        what_if = folder / "sweep.html"
        write_sweep(lines, results, words, _days(results), what_if)
        files.insert(1, what_if)
    return files


def _days(results: Results) -> int:
    begin, end = results.period
    return (end.date() - begin.date()).days


def _json(results: Results, trust: Trust, lines: list[Swept]) -> str:
    document = {
        **results_to_dict(results),
        "schema": SCHEMA,
        "trust": trust_to_dict(trust),
        "trust_words": trust_words(trust, results),
        "sweep": sweep_to_list(lines, trust.days),
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"
