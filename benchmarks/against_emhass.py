"""Plans eight cases with the optimizer and with EMHASS, in turns, and prints a Markdown table of seconds and bills.

    python benchmarks/against_emhass.py [--repeat 5] [--quick] [--only TEXT] [--pool-from-0]

EMHASS is installed on demand into an environment of its own (``.emhass`` in the repository, or what ``HEMS_EMHASS`` or
``--venv`` names). Exit status: 0 done, 1 the two did not plan the same problem, 2 no data, or no EMHASS.
See emhass/README.md for how the problems are made equal.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "emhass"))

from dots import draw
from duel import Result, duel
from environment import NoEmhass, emhass_python
from equal_cases import CASES, Case
from real_series import NoData, data_folder
from table import HEAD, means, row

ROOT = Path(__file__).resolve().parents[1]
QUICK = (CASES[1], CASES[2], CASES[6])


def chosen_cases(quick: bool, only: str, pool_from_0: bool = False) -> tuple[Case, ...]:
    """The cases whose name holds ``only``, on request with a pool pump that needs no least power."""
    cases = tuple(case for case in (QUICK if quick else CASES) if only in case.name)
    return tuple(replace(case, pool_least_kw=0.0) for case in cases) if pool_from_0 else cases


def arguments(given: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="The optimizer and EMHASS on the same problems: seconds and bills.")
    parser.add_argument("--repeat", type=int, default=5, help="plan each case so often (default 5)")
    parser.add_argument("--quick", action="store_true", help="three cases, a minute or so")
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases whose name holds this, such as 'car'")
    parser.add_argument(
        "--pool-from-0", action="store_true", help="the pool pump may run at any power: easier to solve"
    )
    parser.add_argument("--optimum-seconds", type=float, default=60.0, help="limit for EMHASS's optimum (default 60)")
    parser.add_argument("--venv", type=Path, default=Path(os.environ.get("HEMS_EMHASS") or ROOT / ".emhass"))
    parser.add_argument("--python", default=sys.executable, help="the Python 3.11 or newer that makes it")
    parser.add_argument("--plot", type=Path, default=ROOT / "benchmarks" / "out" / "against_emhass.svg")
    options = parser.parse_args(given)
    if options.repeat < 1:
        parser.error("--repeat: must be 1 or more")
    if not chosen_cases(options.quick, options.only):
        parser.error(f"--only: no case is called {options.only!r}; there are {', '.join(c.name for c in CASES)}")
    return options


def main(given: list[str] | None = None) -> int:
    """The exit status."""
    options = arguments(given)
    results: list[Result] = []
    try:
        folder, python = data_folder(), emhass_python(options.venv, options.python)
        print(HEAD, flush=True)
        for case in chosen_cases(options.quick, options.only, options.pool_from_0):
            results.append(duel(case, folder, python, options.repeat, options.optimum_seconds))
            print(row(results[-1]), flush=True)
    except (NoData, NoEmhass) as absent:
        print(absent, file=sys.stderr)
        return 2
    print(means(results))
    if undrawn := draw(results, options.plot):
        print(undrawn, file=sys.stderr)
    for result in results:
        for fault in result.faults:
            print(f"{result.case.name}: {fault}", file=sys.stderr)
    return int(any(result.faults for result in results))


if __name__ == "__main__":
    sys.exit(main())
