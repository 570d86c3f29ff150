"""``python -m hems``: plan a problem, check a configuration."""

import argparse
import contextlib
import json
import sys
from pathlib import Path

from .config.check import check_file
from .domain.faults import Refused
from .domain.parse import parse_problem
from .domain.plan import plan_to_dict
from .optimizer.client import Optimizer

REFUSED = 2


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 done, 2 refused (one line a fault on standard error)."""
    parser = argparse.ArgumentParser(
        prog="hems", description="Home energy management: plan and check without Home Assistant."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    plan = commands.add_parser("plan", help="solve a problem document and print its plan as JSON")
    plan.add_argument("file", help="a hems.problem/1 document, - for standard input")
    plan.add_argument(
        "--seconds", type=_seconds, default=20.0, help="solve for so long at most, 0.1 to 3600 (default 20)"
    )
    check = commands.add_parser("check", help="check an apps.yaml")
    check.add_argument("file", help="the apps.yaml to check")
    chosen = parser.parse_args(arguments)
    try:
        return plan_file(chosen.file, chosen.seconds) if chosen.command == "plan" else check_yaml(chosen.file)
    except Refused as refused:
        for fault in refused.faults:
            print(fault.encode("ascii", "backslashreplace").decode(), file=sys.stderr)
        return REFUSED


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not within 0.1..3600")
    return seconds


def plan_file(path: str, seconds: float) -> int:
    """Prints the plan of the problem in ``path``. Raises Refused."""
    problem = parse_problem(sys.stdin.buffer.read() if path == "-" else read(path))
    optimizer = Optimizer()
    try:
        plan = optimizer.solve(problem, seconds)
    finally:
        optimizer.close()
    with contextlib.suppress(BrokenPipeError):  # whoever asked reads no further
        print(json.dumps(plan_to_dict(plan), allow_nan=False), flush=True)
    if optimizer.last_error:
        print(f"hems: rule-based plan; {optimizer.last_error}", file=sys.stderr)
    return 0


def check_yaml(path: str) -> int:
    """Says whether an apps.yaml is good. Raises Refused."""
    for line in check_file(path, read(path)):
        print(line)
    return 0


def read(path: str) -> bytes:
    """A file's bytes. Raises Refused where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Refused([f"{path}: cannot be read ({error.strerror})"]) from None


if __name__ == "__main__":
    sys.exit(main())
