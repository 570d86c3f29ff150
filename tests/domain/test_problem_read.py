"""What a problem document means when keys are left out, and that reading loses nothing."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders.problem_document import Path, changed, full_document, paths_in, smallest_document, text_of
from hems.domain.faults import Refused
from hems.domain.parse import parse_problem, problem_to_dict

_DEFAULTS: dict[Path, Any] = {
    ("currency",): "EUR",
    ("objective", "cost_function"): "profit",
    ("objective", "carbon_price_per_kg"): None,
    ("grid", "import_limit_kw"): None,
    ("grid", "export_limit_kw"): None,
    ("grid", "carbon_kg_per_kwh"): None,
    ("grid", "capacity_charge"): None,
    ("pv", 0, "curtailable"): True,
    ("batteries", 0, "soc_min"): 0.0,
    ("batteries", 0, "soc_max"): 1.0,
    ("batteries", 0, "charge_efficiency"): 1.0,
    ("batteries", 0, "discharge_efficiency"): 1.0,
    ("batteries", 0, "standing_loss_kw"): 0.0,
    ("batteries", 0, "wear_cost_per_kwh"): 0.0,
    ("batteries", 0, "grid_charging"): True,
    ("batteries", 0, "grid_export"): True,
    ("batteries", 0, "soc_targets"): [],
    ("batteries", 0, "terminal_value_per_kwh"): None,
    ("evs", 0, "soc_max"): 1.0,
    ("evs", 0, "min_kw"): 0.0,
    ("evs", 0, "charge_efficiency"): 1.0,
    ("evs", 0, "discharge_limit_kw"): 0.0,
    ("evs", 0, "discharge_efficiency"): 1.0,
    ("evs", 0, "targets"): [],
    ("evs", 0, "from_home_battery"): True,
    ("evs", 0, "surplus_only"): False,
    ("evs", 0, "terminal_value_per_kwh"): 0.0,
    ("shiftable_loads", 0, "running_since"): None,
    ("interruptible_loads", 0, "min_power_kw"): None,
    ("interruptible_loads", 0, "min_on_minutes"): 0.0,
    ("interruptible_loads", 0, "min_off_minutes"): 0.0,
    ("interruptible_loads", 0, "max_starts"): None,
    ("interruptible_loads", 0, "on_now"): False,
    ("interruptible_loads", 0, "on_for_minutes"): 0.0,
    ("interruptible_loads", 0, "start_cost"): 0.0,
    ("thermal_loads", 0, "min_power_kw"): None,
    ("thermal_loads", 0, "min_on_minutes"): 0.0,
    ("thermal_loads", 0, "min_off_minutes"): 0.0,
    ("thermal_loads", 0, "on_now"): False,
    ("thermal_loads", 0, "on_for_minutes"): 0.0,
    ("thermal_loads", 0, "cop"): 1.0,
    ("thermal_loads", 0, "draw_kw"): 0.0,
    ("thermal_loads", 0, "comfort_penalty_per_k_hour"): 0.0,
    ("thermal_loads", 0, "terminal_value_per_kwh"): None,
    ("thermal_loads", 0, "mode"): "heat",
}

_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10))
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_tempting = st.sampled_from(
    [1e-300, 1e300, -0.0, 10**400, "2026-03-28T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59",
     "２０２６-03-28T12:00:00Z", "\ud800", "", "../UTC", {"from": 1}, [[]], [True, True, False]]
)  # fmt: skip


def at(document: Any, path: Path) -> Any:
    for key in path:
        document = document[key]
    return document


def test_keys_left_out_take_the_defaults_of_the_contract() -> None:
    document = problem_to_dict(parse_problem(text_of(smallest_document())))
    assert {path: at(document, path) for path in _DEFAULTS} == _DEFAULTS


def test_lists_of_devices_may_be_left_out() -> None:
    document = smallest_document()
    for kind in ("pv", "batteries", "evs", "shiftable_loads", "interruptible_loads", "thermal_loads"):
        del document[kind]
    assert list(parse_problem(text_of(document)).devices()) == []


def test_a_document_survives_reading_and_writing() -> None:
    assert problem_to_dict(parse_problem(text_of(full_document()))) == full_document()


def test_what_is_written_is_read_as_the_same_problem() -> None:
    for document in (full_document(), smallest_document()):
        problem = parse_problem(text_of(document))
        assert parse_problem(json.dumps(problem_to_dict(problem)).encode()) == problem


def test_times_are_kept_in_utc() -> None:
    problem = parse_problem(text_of(changed(full_document(), ("start",), "2026-03-28T13:00:00+01:00")))
    assert problem_to_dict(problem)["start"] == "2026-03-28T12:00:00+00:00"


@settings(max_examples=300)
@given(path=st.sampled_from(paths_in(full_document())), value=_json | _tempting)
@example(path=("interruptible_loads", 0), value={"\n": None})
def test_any_value_anywhere_is_read_or_refused(path: Path, value: Any) -> None:
    try:
        problem = parse_problem(text_of(changed(full_document(), path, value)))
    except Refused as refused:
        assert refused.faults
        assert all("\n" not in fault and ": " in fault for fault in refused.faults), refused.faults
    else:
        assert parse_problem(text_of(problem_to_dict(problem))) == problem


@settings(max_examples=150)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_refused_and_never_crash(data: bytes) -> None:
    try:
        parse_problem(data)
    except Refused as refused:
        assert refused.faults
    else:
        raise AssertionError("sixty bytes hold no problem")
