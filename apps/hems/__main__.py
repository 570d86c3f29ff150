"""``python -m hems``: plan a problem, explain a plan, simulate a home, check a configuration, show a source."""

import argparse
import contextlib
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

from pydantic import ValidationError

from .closed_loop.backtest import add_backtest, backtest
from .closed_loop.command import add_simulate, simulate
from .config.check import check_file
from .config.ha_package import add_ha_package, ha_package_text
from .config.template_text import listing, template_text
from .domain.faults import Refused, faults_of
from .domain.json_schema import json_schema
from .domain.parse import parse_problem
from .domain.plan import Plan, plan_to_dict
from .domain.problem import Problem
from .ha.ledger_command import add_ledger, ledger_text
from .optimizer.client import Optimizer
from .optimizer.explain import explain
from .optimizer.explanation import explanation_text
from .sources.command import add_source, source_text

REFUSED = 2


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 done, 2 refused (one line a fault on standard error), 130 interrupted."""
    parser = argparse.ArgumentParser(
        prog="hems", description="Home energy management: plan, explain and check without Home Assistant."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    plan = commands.add_parser("plan", help="solve a problem document and print its plan as JSON")
    why = commands.add_parser("explain", help="say why a device does what it does, and what other choices would cost")
    for command in (plan, why):
        command.add_argument("file", help="a hems.problem/1 document, - for standard input")
        command.add_argument(
            "--seconds", type=_seconds, default=20.0, help="solve for so long at most, 0.1 to 3600 (default 20)"
        )
    plan.add_argument("--last", help="the plan in force, a hems.plan/1 document: the new one starts from it")
    why.add_argument("--device", required=True, help="the device's name in the document")
    why.add_argument("--at", help="a local time such as 18:00, or an ISO time (default: the first step)")
    why.add_argument("--json", action="store_true", help="print the explanation as JSON")
    schema = commands.add_parser("schema", help="print the JSON Schema of a document")
    schema.add_argument("document", choices=("problem", "plan"))
    check = commands.add_parser("check", help="check an apps.yaml")
    check.add_argument("file", help="the apps.yaml to check")
    templates = commands.add_parser("templates", help="list the templates of devices, or show what one stands for")
    templates.add_argument("name", nargs="?", help="a template: huawei_solar")
    add_simulate(commands)
    add_backtest(commands)
    add_source(commands)
    add_ledger(commands)
    add_ha_package(commands)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "schema":
            print(json.dumps(json_schema(chosen.document), indent=2))
            return 0
        if chosen.command == "explain":
            return explain_step(chosen.file, chosen.device, chosen.at, chosen.seconds, chosen.json)
        if chosen.command == "plan":
            return plan_file(chosen.file, chosen.seconds, chosen.last)
        if chosen.command == "simulate":
            return simulate(chosen)
        if chosen.command == "backtest":
            return backtest(chosen)
        if chosen.command == "source":
            return show_source(chosen)
        if chosen.command == "ledger":
            return show_ledger(chosen)
        if chosen.command == "ha-package":
            return show_package(chosen)
        if chosen.command == "templates":
            return show_templates(chosen.name)
        return check_yaml(chosen.file)
    except Refused as refused:
        for fault in refused.faults:
            _say(fault)
        return REFUSED


def _say(words: str) -> None:
    print(words.encode("ascii", "backslashreplace").decode(), file=sys.stderr, flush=True)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not within 0.1..3600")
    return seconds


def plan_file(path: str, seconds: float, last: str | None = None) -> int:
    """Prints the plan of the problem in ``path``, ``last`` being the file of the plan in force. Raises Refused."""
    problem, known = read_problem(path), read_plan(last) if last is not None else None
    optimizer = Optimizer()
    try:
        plan = optimizer.solve(problem, seconds, known)
    finally:
        optimizer.close()
    with contextlib.suppress(BrokenPipeError):  # whoever asked reads no further
        print(json.dumps(plan_to_dict(plan), allow_nan=False), flush=True)
    if optimizer.last_error:
        print(f"hems: plan without the solver, by {plan.solver.name}; {optimizer.last_error}", file=sys.stderr)
    return 0


def explain_step(path: str, device: str, at: str | None, seconds: float, as_json: bool) -> int:
    """Prints what a device does at a time, why, and what else it could do. Each solve has ``seconds``. Raises Refused."""
    explained = explain(read_problem(path), device, at, seconds, lambda words: _say(f"hems: {words}"))
    text = json.dumps(explained.model_dump(mode="json"), allow_nan=False) if as_json else explanation_text(explained)
    encoding = sys.stdout.encoding or "utf-8"
    with contextlib.suppress(BrokenPipeError):
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    return 0


def show_source(chosen: argparse.Namespace) -> int:
    """Prints what a saved source is read as. Raises Refused."""
    content = sys.stdin.buffer.read() if chosen.file == "-" else read(chosen.file)
    with contextlib.suppress(BrokenPipeError):
        print(source_text(chosen, content, datetime.now(timezone.utc)), flush=True)
    return 0


def show_ledger(chosen: argparse.Namespace) -> int:
    """Prints the ledger, or writes it as CSV. Raises Refused."""
    with contextlib.suppress(BrokenPipeError):
        print(ledger_text(chosen, datetime.now(timezone.utc)), flush=True)
    return 0


def check_yaml(path: str) -> int:
    """Says whether an apps.yaml is good. Raises Refused."""
    for line in check_file(path, read(path)):
        print(line)
    return 0


def show_templates(name: str | None) -> int:
    """Prints the list of templates, or one of them. Raises Refused."""
    text = "\n".join(listing()) if name is None else template_text(name)
    encoding = sys.stdout.encoding or "utf-8"
    with contextlib.suppress(BrokenPipeError):
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    return 0


def show_package(chosen: argparse.Namespace) -> int:
    """Prints Home Assistant's side of a home, or writes it into --out. Raises Refused."""
    text = ha_package_text(chosen, read(chosen.file))
    try:
        if chosen.out is None:
            print(text, end="", flush=True)
        else:
            Path(chosen.out).write_text(text, "ascii")
    except BrokenPipeError:  # whoever asked reads no further
        return 0
    except OSError as error:
        raise Refused([f"{chosen.out}: cannot be written ({error.strerror})"]) from None
    return 0


def read_problem(path: str) -> Problem:
    """The problem in a file, or on standard input. Raises Refused."""
    return parse_problem(sys.stdin.buffer.read() if path == "-" else read(path))


def read_plan(path: str) -> Plan:
    """The plan in a file. Raises Refused."""
    try:
        return Plan.model_validate_json(read(path))
    except ValidationError as error:
        raise Refused(faults_of(error, Plan, f"{path}: ")) from None


def read(path: str) -> bytes:
    """A file's bytes. Raises Refused where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Refused([f"{path}: cannot be read ({error.strerror})"]) from None


if __name__ == "__main__":
    sys.exit(main())
