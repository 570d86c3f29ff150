"""``python -m hems source``: a saved state object or action response as the suite reads it, one JSON document."""

import argparse
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from ..domain.faults import Refused, shown
from ..domain.series import Slot
from .load import parse_load
from .parsed import Parsed
from .price_days import has_hours
from .prices import parse_prices
from .pv import parse_pv
from .temperature import parse_temperature
from .times import read_stamp

KINDS = ("prices", "pv", "temperature", "load")
# Spain's hours have no offset and no date; every other source that needs a zone is given one.
_PENINSULA = "Europe/Madrid"
_OFFSET = re.compile(r"T?\d\d:\d\d.*([+-])(\d\d):?(\d\d)?$")


def add_source(commands: Any) -> None:
    """Adds the subcommand ``source``."""
    source = commands.add_parser("source", help="show what a saved state object or action response is read as")
    source.add_argument("kind", choices=KINDS, help="what is looked for in it")
    source.add_argument(
        "file", help="a state object, a list of them or an action's response, JSON or YAML; - for standard input"
    )
    source.add_argument("--now", help="the instant to read it at, an ISO time with an offset (default: the clock's)")
    source.add_argument(
        "--zone", help="the zone of times without an offset, such as Europe/Madrid (default: --now's offset)"
    )
    source.add_argument("--unit", help="the unit of the values, such as EUR/MWh, where the source is silent or wrong")
    source.add_argument("--only", help="prices: the list, area, home or entity to read where there are several")


def source_text(chosen: argparse.Namespace, content: bytes, clock: datetime) -> str:
    """The JSON document of a saved source. ``clock``: the present, aware, where --now is not given. Raises Refused."""
    document = _read(chosen.file, content)
    stated = _zone(chosen.zone) if chosen.zone is not None else None
    now = _now(chosen.now, stated, clock)
    try:
        parsed = _parsed(chosen, document, now, stated)
    except RecursionError:
        raise Refused([f"{chosen.file}: is nested too deeply"]) from None
    except Refused as refused:
        raise Refused([f"{chosen.file}: {fault}" for fault in refused.faults]) from None
    return json.dumps(source_document(chosen.kind, parsed), indent=1, allow_nan=False)


def _parsed(chosen: argparse.Namespace, document: Any, now: datetime, stated: tzinfo | None) -> Parsed:
    zone = stated or _offset(chosen.now)
    if chosen.kind == "prices":
        if stated is None and has_hours(document):
            zone = ZoneInfo(_PENINSULA)
        return parse_prices(document, now=now, zone=zone, unit=chosen.unit, only=chosen.only)
    if chosen.only is not None:
        raise Refused(["--only: is for prices"])
    parse = {"pv": parse_pv, "temperature": parse_temperature, "load": parse_load}[chosen.kind]
    return parse(document, now=now, zone=zone, unit=chosen.unit)


def source_document(kind: str, parsed: Parsed) -> dict[str, Any]:
    """``{"kind", "unit", "slots": [{"start", "end", "value"}], "problems"}``, with "low" and "high" where they are known."""
    bands = {name: _slots(slots) for name, slots in (("low", parsed.low), ("high", parsed.high)) if slots}
    return {
        "kind": kind,
        "unit": parsed.unit,
        "slots": _slots(parsed.slots),
        **bands,
        "problems": list(parsed.problems),
    }


def _slots(slots: Sequence[Slot]) -> list[dict[str, Any]]:
    return [{"start": _utc(slot.begin), "end": _utc(slot.end), "value": round(slot.value, 9) + 0.0} for slot in slots]


def _utc(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat()


class _Loader(yaml.SafeLoader):
    """YAML as Home Assistant's developer tools show it, its times left as they are written."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read(path: str, content: bytes) -> Any:
    """JSON, or YAML as the developer tools show an answer. Raises Refused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused([f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})"]) from None
    try:
        return json.loads(text)
    except RecursionError:
        raise Refused([f"{path}: is nested too deeply"]) from None
    except ValueError as error:
        fault = f"{path}: is not JSON ({error})"
    try:
        document = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Refused([fault]) from None
    if not isinstance(document, dict | list):
        raise Refused([fault])
    return document


def _now(text: str | None, zone: tzinfo | None, clock: datetime) -> datetime:
    """The instant in UTC; a time without an offset is of the given zone, and of UTC where none is given."""
    if text is None:
        return clock
    stamp = read_stamp(text, zone or timezone.utc)
    if stamp is None:
        raise Refused([f"--now: {shown(text)} is not a time; write it like 2026-03-28T12:00:00+01:00"])
    return stamp.at


def _offset(text: str | None) -> tzinfo:
    """The offset that --now is written with; UTC where it has none."""
    found = _OFFSET.search(text.strip()) if text is not None else None
    if found is None:
        return timezone.utc
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-ahead if found[1] == "-" else ahead)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Refused([f"--zone: {shown(name)} is no zone that is known here; write it like Europe/Madrid"]) from None
