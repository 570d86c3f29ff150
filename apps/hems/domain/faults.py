"""Faults of a document as sentences: the path, what was found, what to write."""

import difflib
from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError


class Refused(ValueError):
    """A document that cannot be used. ``faults`` holds one sentence a fault, each beginning with the path."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


def path_of(location: Iterable[str | int]) -> str:
    """``("batteries", 0, "soc")`` as ``batteries[0].soc``; tags of alternatives (``~list``) are left out."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part.startswith("~") and part != "[key]":
            name = part if part.isprintable() else repr(part)[1:-1]  # a fault is one line, whatever a key is
            text += f".{name}" if text else name
    return text


def shown(value: Any) -> str:
    """A found value, short enough for one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant, or None."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return found[0] if found else None


def hint(word: str, words: Iterable[str]) -> str:
    """``"; did you mean capacity_kwh?"``, or nothing where no word is near."""
    near = nearest(word, words)
    return f"; did you mean {near}?" if near else ""


def _bounds(context: dict[str, Any], found: Any) -> str:
    low, high = context.get("ge", context.get("gt")), context.get("le")
    if "gt" in context:
        return f"{shown(found)} is not above {low:g}"
    if "lt" in context:
        return f"{shown(found)} is not below {context['lt']:g}"
    if low == 0:
        return f"{shown(found)} is negative"
    limit = low if low is not None else high
    return f"{shown(found)} is beyond {limit:g}"


def sentence(error: Any, keys: Sequence[str]) -> str:
    """One pydantic error as words, without its path. ``keys``: the keys that its place may have."""
    kind, found = error["type"], error.get("input")
    context = error.get("ctx") or {}
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "unknown key" + hint(str(error["loc"][-1]), keys)
    if kind in ("float_type", "int_type", "float_parsing", "int_from_float", "int_parsing"):
        return f"{shown(found)} is not a {'whole number' if kind.startswith('int') else 'number'}"
    if kind == "finite_number":
        return f"{shown(found)} is not a finite number"
    if kind == "bool_type":
        return f"{shown(found)} is neither true nor false"
    if kind in ("string_type", "string_too_short", "string_too_long"):
        return f"{shown(found)} is not a text of 1 to 200 characters"
    if kind == "too_short":
        return "is empty; give at least one"
    if kind in ("tuple_type", "list_type"):
        return f"{shown(found)} is not a list"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"{shown(found)} is not an object with keys"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _kind_words(found)
    if kind == "literal_error":
        near = (
            nearest(found, [word.strip("'\" ") for word in context["expected"].replace(" or ", ",").split(",")])
            if isinstance(found, str)
            else None
        )
        return f"{shown(found)} is not {context['expected']}" + (f"; did you mean {near}?" if near else "")
    if kind.startswith(("greater_than", "less_than")):
        return _bounds(context, found)
    if kind in ("no_steps", "too_many_steps", "no_time", "naive_time", "value_error"):
        return str(error["msg"]).removeprefix("Value error, ")
    if kind == "json_invalid":
        return f"is not JSON: {context.get('error', error['msg'])}"
    return f"{error['msg']} (found {shown(found)})"


def _kind_words(found: Any) -> str:
    kinds = ("program", "quota", "heat")
    kind = found.get("type") if isinstance(found, dict) else None
    if kind is None:
        return f"type: is missing; one of {', '.join(kinds)}"
    return f"type: {shown(kind)} is not one of {', '.join(kinds)}" + (
        hint(kind, kinds) if isinstance(kind, str) else ""
    )


def keys_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys that the document may have at the parent of ``location``; [] where that is not known."""
    current: Any = model
    for part in location[:-1]:
        current = _descend(current, part)
    parent = next((one for one in _members(current) if _is_model(one)), None)
    return [field.alias or name for name, field in parent.model_fields.items()] if parent is not None else []


def _is_model(annotation: Any) -> bool:
    # On Python 3.10 tuple[float, ...] says that it is a type, and issubclass() then refuses it.
    return get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _members(annotation: Any) -> list[Any]:
    """The alternatives of an annotation, its metadata taken off."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [member for one in get_args(annotation) for member in _members(one)]
    return [annotation]


def _descend(annotation: Any, part: str | int) -> Any:
    """The annotation of a key, an index, or the tagged alternative ``part`` of an annotation; None where there is none."""
    if get_origin(annotation) is Annotated and Tag(str(part)) in get_args(annotation)[1:]:
        return get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType, Annotated):
        inner = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
        return next((found for one in inner if (found := _descend(one, part)) is not None), None)
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0] if isinstance(part, int) else None
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    if _is_model(annotation):
        fields = {(field.alias or name): field for name, field in annotation.model_fields.items()}
        return fields[str(part)].annotation if part in fields else None
    return None


def faults_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every fault of a document as ``path: sentence``."""
    lines = []
    errors = error.errors(include_url=False)
    for one in errors:
        location = one["loc"]
        if one["type"] == "too_short" and any(
            len(e["loc"]) > len(location) and e["loc"][: len(location)] == location for e in errors
        ):
            continue  # a list is not too short because its entries are wrong
        path = path_of(location) or "document"
        words = sentence(one, keys_at(model, location))
        if path.rsplit(".", 1)[-1].startswith(("soc", "target_soc")) or "efficiency" in path:
            words = _fraction_words(one, words, "efficiency" in path)
        key, colon, rest = words.partition(": ")
        if one["type"] in ("value_error", "union_tag_invalid", "union_tag_not_found") and colon and key.isidentifier():
            path, words = f"{path}.{key}".removeprefix("document."), rest  # a rule between two keys names the first
        lines.append(f"{prefix}{path}: {words}")
    return lines


def _fraction_words(error: Any, words: str, above_zero: bool) -> str:
    """A fraction's fault names its range, and the fraction that a percentage stands for."""
    if not error["type"].startswith(("greater_than", "less_than")):
        return words
    found = error["input"]
    text = f"{shown(found)} is not within 0..1" + (" (above 0)" if above_zero else "")
    return text + (
        f"; write {found / 100:g} for {found:g} %" if isinstance(found, (int, float)) and 2 < found <= 100 else ""
    )
