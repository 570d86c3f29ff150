"""JSON Schema of the two documents, generated from their models."""

from typing import Any

from pydantic import BaseModel

from .plan import Plan
from .problem import Problem

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(document: str) -> dict[str, Any]:
    """The schema of ``problem`` or ``plan``. Lengths of series and rules between keys are beyond it: ``parse.py`` has them.

    Raises KeyError for another name.
    """
    models: dict[str, type[BaseModel]] = {"problem": Problem, "plan": Plan}
    schema = models[document].model_json_schema(by_alias=True)
    name = {"const": f"hems.{document}/1"}
    properties = {"schema": name | {"type": "string"}} | {
        key: value for key, value in schema["properties"].items() if key != "schema"
    }
    required = ["schema", *(key for key in schema["required"] if key != "schema")]
    return {"$schema": _DIALECT, **schema, "properties": properties, "required": required}
