"""The schemas in docs/schema are those of the models, and real documents keep to them."""

import json
from pathlib import Path as File
from typing import Any

import jsonschema
import pytest

from builders.problem_document import Path, changed, full_document, smallest_document, text_of, without
from hems.domain.json_schema import json_schema
from hems.domain.parse import parse_problem
from hems.domain.plan import plan_to_dict
from hems.optimizer.fallback import fallback_plan

SCHEMAS = File(__file__).resolve().parents[2] / "docs" / "schema"


def valid(document: Any, name: str) -> bool:
    return bool(jsonschema.Draft202012Validator(json_schema(name)).is_valid(document))


@pytest.mark.parametrize("name", ["problem", "plan"])
def test_the_file_is_what_the_models_say(name: str) -> None:
    """Written by ``python -m hems schema NAME > docs/schema/NAME.schema.json``."""
    assert json.loads((SCHEMAS / f"{name}.schema.json").read_text()) == json_schema(name)


@pytest.mark.parametrize("document", [full_document(), smallest_document()])
def test_good_problems_are_valid(document: Any) -> None:
    assert valid(document, "problem")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "hems.problem/2"), (("batteries", 0, "soc"), 1.4), (("grid", "import_price"), "cheap"),
        (("batteries", 0, "colour"), "red"), (("evs", 0, "phase"), 4), (("load_kw", 0), None),
    ],
)  # fmt: skip
def test_bad_problems_are_not(path: Path, value: Any) -> None:
    assert not valid(changed(full_document(), path, value), "problem")


def test_a_key_that_is_required_is_missed() -> None:
    assert not valid(without(full_document(), ("batteries", 0, "capacity_kwh")), "problem")


def test_plans_are_valid() -> None:
    plan = plan_to_dict(fallback_plan(parse_problem(text_of(smallest_document())), 0.0))
    document = json.loads(json.dumps(plan))
    assert valid(document, "plan")
    assert not valid(without(document, ("costs",)), "plan")
