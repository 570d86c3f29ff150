"""Problem documents in and out: JSON text to a Problem with every fault named, and back."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from .faults import Refused, faults_of, hint
from .loads import ThermalLoad
from .problem import Problem, per_step


def parse_problem(text: str | bytes) -> Problem:
    """A problem from UTF-8 JSON. Raises Refused with one sentence a fault, the full path first."""
    document = parse_json(text)
    if not isinstance(document, dict):
        raise Refused(["document: is not a JSON object with keys"])
    try:
        problem = Problem.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise Refused(faults_of(error, Problem)) from None
    faults = [
        *_wrong_lengths(problem),
        *_same_names(problem),
        *_unknown_names(problem),
        *_crossed_series(problem),
        *_wrong_scenarios(problem),
        *_beyond_time(problem),
    ]
    if faults:
        raise Refused(faults)
    return problem


def parse_json(text: str | bytes) -> Any:
    """JSON from UTF-8, a key given twice refused. Raises Refused."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=_unique_keys)
    except UnicodeDecodeError as error:
        raise Refused([f"document: is not UTF-8 (byte {error.start})"]) from None
    except json.JSONDecodeError as error:
        raise Refused([f"document: is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"]) from None
    except RecursionError:
        raise Refused(["document: is nested too deeply"]) from None
    except ValueError as error:
        raise Refused([f"document: {str(error).split(';')[0]}"]) from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in pairs:
        if key in keys:
            raise ValueError(f"the key {key!r} is given twice in one object")
        keys[key] = value
    return keys


def problem_to_dict(problem: Problem) -> dict[str, Any]:
    """The contract's document of a problem, ready for ``json.dumps``."""
    return dict(problem.model_dump(mode="json", by_alias=True))


# Series with one value a step, by the kind of thing that carries them.
_SERIES = {
    "pv": ("forecast_kw",),
    "evs": ("connected", "driving_kw"),
    "thermal_loads": ("cop", "capacity_kwh_per_k", "loss_kw_per_k", "ambient_c", "draw_kw", "min_c", "max_c"),
}
_GRID_SERIES = (
    "import_price",
    "export_price",
    "import_limit_kw",
    "export_limit_kw",
    "phase_limit_a",
    "carbon_kg_per_kwh",
)


def _wrong_lengths(problem: Problem) -> Iterator[str]:
    def check(path: str, value: Any) -> Iterator[str]:
        not_known = path.endswith(".driving_kw") and value == ()
        if isinstance(value, tuple) and len(value) != problem.steps and not not_known:
            yield f"{path}: {len(value)} values for {problem.steps} steps; give one value a step"

    yield from check("load_kw", problem.load_kw)
    for key in _GRID_SERIES:
        yield from check(f"grid.{key}", getattr(problem.grid, key))
    for path, device in problem.devices():
        for key in _SERIES.get(path.split("[")[0], ()):
            yield from check(f"{path}.{key}", getattr(device, key))
    for index, group in enumerate(problem.groups):
        yield from check(f"groups[{index}].import_limit_kw", group.import_limit_kw)
        yield from check(f"groups[{index}].export_limit_kw", group.export_limit_kw)


def _same_names(problem: Problem) -> Iterator[str]:
    seen: dict[str, str] = {}
    named = [*problem.devices(), *((f"groups[{i}]", group) for i, group in enumerate(problem.groups))]
    for path, device in named:
        if device.name in seen:
            yield f"{path}.name: {device.name!r} is the name of {seen[device.name]} too; give each device its own"
        seen.setdefault(device.name, path)


def _unknown_names(problem: Problem) -> Iterator[str]:
    names = {device.name for _, device in problem.devices()}
    for index, group in enumerate(problem.groups):
        for number, name in enumerate(group.devices):
            path = f"groups[{index}].devices[{number}]"
            if name not in names:
                yield f"{path}: there is no device {name!r}" + hint(name, names)
            elif name in group.devices[:number]:
                yield f"{path}: {name!r} is named twice"
    programs = {load.name: load.after for load in problem.shiftable_loads}
    for index, load in enumerate(problem.shiftable_loads):
        path = f"shiftable_loads[{index}].after"
        if load.after is not None and load.after not in programs:
            yield f"{path}: there is no shiftable load {load.after!r}" + hint(load.after, programs)
        elif load.after is not None and load.name in _before(programs, load.name):
            yield f"{path}: {load.name!r} would wait for itself"


def _wrong_scenarios(problem: Problem) -> Iterator[str]:
    names = {pv.name for pv in problem.pv}
    for index, scenario in enumerate(problem.scenarios):
        series = {"load_kw": scenario.load_kw} | {f"pv_kw.{name}": kw for name, kw in scenario.pv_kw.items()}
        for key, values in series.items():
            if len(values) != problem.steps:
                yield f"scenarios[{index}].{key}: {len(values)} values for {problem.steps} steps; give one value a step"
        for name in sorted(set(scenario.pv_kw) - names):
            yield f"scenarios[{index}].pv_kw: there is no plant {name!r}" + hint(name, names)
    if sum(scenario.probability for scenario in problem.scenarios) >= 1:
        yield "scenarios: their probabilities add up to 1 or more; leave something for the problem's own series"


def _before(after: dict[str, str | None], name: str) -> set[str]:
    """The programs that must end before ``name`` starts, directly or through others."""
    found: set[str] = set()
    current = after.get(name)
    while current is not None and current not in found:
        found.add(current)
        current = after.get(current)
    return found


def _crossed_series(problem: Problem) -> Iterator[str]:
    for path, device in problem.devices():
        if isinstance(device, ThermalLoad):
            lows, highs = per_step(device.min_c, problem.steps), per_step(device.max_c, problem.steps)
            if any(low > high for low, high in zip(lows, highs, strict=False)):
                yield f"{path}.min_c: is above max_c"


def _beyond_time(problem: Problem) -> Iterator[str]:
    try:
        problem.start + timedelta(minutes=sum(problem.step_minutes))
    except OverflowError:
        yield f"step_minutes: {sum(problem.step_minutes):g} minutes lead beyond the year 9999"
    for path, load in ((p, d) for p, d in problem.devices() if p.startswith("shiftable")):
        if load.running_since is not None and load.running_since > problem.start:
            yield f"{path}.running_since: lies after start; null says that it does not run"
