"""docs/model.md and docs/problem-and-plan.md say what the code says: names, keys, defaults, and an example that parses."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from hems.domain.faults import Refused
from hems.domain.parse import parse_problem
from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.domain.quantity import Frozen
from hems.optimizer import solve
from hems.optimizer.check import faults_in
from hems.optimizer.plan import make_plan
from hems.optimizer.program import Tier

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "apps" / "hems"
MODEL = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
CONTRACT = (ROOT / "docs" / "problem-and-plan.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py): (\w+)`", MODEL)))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Functions, methods and classes of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node


def writes_rules(function: ast.FunctionDef | ast.ClassDef) -> bool:
    """A public function whose first parameter is the program writes columns or rows into it."""
    if not isinstance(function, ast.FunctionDef) or function.name.startswith("_") or not function.args.args:
        return False
    kind = function.args.args[0].annotation
    return isinstance(kind, ast.Name) and kind.id == "Program"


def constraint_functions() -> list[tuple[str, str]]:
    """Every public function of optimizer/*.py that writes into the program, as (file, name)."""
    return [
        (f"optimizer/{path.name}", function.name)
        for path in sorted((PACKAGE / "optimizer").glob("*.py"))
        for function in functions(path)
        if writes_rules(function)
    ]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_the_model_page_names_exists(file: str, name: str) -> None:
    assert name in {function.name for function in functions(PACKAGE / file)}


@pytest.mark.parametrize(("file", "name"), constraint_functions())
def test_every_constraint_is_on_the_model_page(file: str, name: str) -> None:
    assert (file, name) in NAMED


def test_constraints_are_found_at_all() -> None:
    assert ("optimizer/battery.py", "at_least_soc_min") in constraint_functions()
    assert len(constraint_functions()) >= 20


def test_the_tiers_are_in_their_order_on_the_model_page() -> None:
    assert re.findall(r"^\| `([A-Z]+)` \|", MODEL, re.MULTILINE) == [tier.name for tier in Tier]


def test_the_tolerances_on_the_model_page_are_those_of_the_solver() -> None:
    found = {name: float(value) for name, value in re.findall(r"`([A-Z_]+)` = ([\d.]+\d)", MODEL)}
    assert found == {
        name: getattr(solve, name) for name in ("MONEY_GAP", "MONEY_RELATIVE_GAP", "TIER_GAP", "PREFERENCE_BUDGET")
    }


def inner_model(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The model within an annotation, and what a document puts behind the key to reach it: ``[]`` or ``.NAME``."""
    if get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    for inner in get_args(annotation):
        model, behind = inner_model(inner)
        if model is not None:
            origin = getattr(annotation, "__origin__", None)
            return model, {tuple: "[]", dict: ".NAME"}.get(origin, "") + behind  # type: ignore[arg-type]
    return None, ""


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any, bool]]:
    """(path, field, whether it only holds others) of every key that a document of this model may have."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        inner, behind = inner_model(field.annotation)
        yield path, field, inner is not None
        if inner is not None:
            yield from keys(inner, f"{path}{behind}.")


def reached(model: type[BaseModel]) -> set[type[BaseModel]]:
    """A model and every model within its fields."""
    found = {model}
    for field in model.model_fields.values():
        inner, _ = inner_model(field.annotation)
        found |= reached(inner) if inner is not None else set()
    return found


def leaves(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model, or in its place those that are made of it."""
    made = model.__subclasses__()
    for one in made:
        yield from leaves(one)
    if not made:
        yield model


def test_problem_and_plan_reach_every_model_of_the_domain() -> None:
    models = {kind for kind in leaves(Frozen) if kind.__module__.startswith("hems.domain.")}
    assert models == reached(Problem) | reached(Plan)


def rows(text: str) -> dict[str, list[str]]:
    """The tables' rows by their first cell, a key in backquotes; the other cells."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if re.fullmatch(r"\| `[\w.\[\]]+` \|.*", line):
            assert cells[0].strip("`") not in found, f"{cells[0]} stands twice in one section"
            found[cells[0].strip("`")] = cells[1:]
    return found


def documented_problem() -> dict[str, list[str]]:
    """Rows of the problem's sections by the full path; the section of ``batteries`` holds the keys of ``batteries[]``."""
    part = CONTRACT.split("## Problem\n")[1].split("\n## Plan\n")[0]
    found: dict[str, list[str]] = {}
    for section in part.split("\n### ")[1:]:
        title = section.splitlines()[0]
        of = re.fullmatch(r"`(\w+)`", title)
        prefix = ""
        if of:
            prefix = of[1] + ("." if of[1] in ("grid", "objective") else "[].")
        found |= {prefix + key: cells for key, cells in rows(section).items()}
    return found


def problem_keys() -> list[tuple[str, Any]]:
    """Every key of a problem that a row must explain; ``grid`` and the lists of devices are sections."""
    sections = {
        "objective",
        "grid",
        "pv",
        "batteries",
        "evs",
        "shiftable_loads",
        "interruptible_loads",
        "thermal_loads",
        "groups",
    }
    return [(path, field) for path, field, _ in keys(Problem) if path not in sections]


@pytest.mark.parametrize(("path", "field"), problem_keys(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_key_of_a_problem_is_explained_with_its_default(path: str, field: Any) -> None:
    default = documented_problem()[path][1]
    if field.is_required():
        assert default == "required"
        return
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    assert default == f"`{json.dumps(value)}`"


@pytest.mark.parametrize(("path", "field"), problem_keys(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_may_be_a_list_is_said_to_be_one(path: str, field: Any) -> None:
    kind = documented_problem()[path][0]
    assert ("tuple" in str(field.annotation)) == ("N" in kind or "list" in kind)


def test_no_key_of_a_problem_is_invented() -> None:
    assert set(documented_problem()) == {path for path, _ in problem_keys()}


def test_every_key_of_a_plan_is_explained_and_none_invented() -> None:
    part = CONTRACT.split("\n## Plan\n")[1].split("\n## ")[0]
    whole = {"costs", "grid", "pv", "batteries", "evs", "loads", "solver"}
    assert set(rows(part)) == {path for path, _, _ in keys(Plan)} - whole


def example() -> str:
    """The page's example."""
    found = re.search(r"```json\n(.*?)```", CONTRACT, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_is_planned_and_all_its_wishes_are_met() -> None:
    problem = parse_problem(example())
    plan = make_plan(problem, 10.0)
    assert plan.status == "optimal"
    assert faults_in(problem, plan) == []
    assert plan.shortfalls == ()
    assert all(
        getattr(problem, kind)
        for kind in ("pv", "batteries", "evs", "shiftable_loads", "interruptible_loads", "thermal_loads")
    )


def test_the_example_of_a_fault_is_what_is_said() -> None:
    document = json.loads(example())
    document["batteries"][0]["soc"] = 1.4
    with pytest.raises(Refused) as refused:
        parse_problem(json.dumps(document))
    assert f"`{refused.value.faults[0]}`" in CONTRACT
