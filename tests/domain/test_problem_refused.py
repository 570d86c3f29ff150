"""What a problem document may not say, and the sentence that answers it: the path first, then what to write."""

import math
from typing import Any

import pytest

from builders.problem_document import Path, changed, full_document, smallest_document, text_of, without
from hems.domain.faults import Refused
from hems.domain.parse import parse_problem

BATTERY: Path = ("batteries", 0)
CAR: Path = ("evs", 0)
POOL: Path = ("interruptible_loads", 0)
TANK: Path = ("thermal_loads", 0)
DISHWASHER: Path = ("shiftable_loads", 0)


def faults(document: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        parse_problem(document if isinstance(document, str | bytes) else text_of(document))
    return refused.value.faults


def fault(path: Path, value: Any) -> str:
    """The one sentence that the full document earns with this value at this path."""
    found = faults(changed(full_document(), path, value))
    assert len(found) == 1, found
    return found[0]


def test_the_full_document_is_good() -> None:
    parse_problem(text_of(full_document()))


@pytest.mark.parametrize(
    "path",
    [
        ("schema",), ("start",), ("step_minutes",), ("time_zone",), ("grid", "import_price"), ("grid", "export_price"),
        ("load_kw",), ("pv", 0, "name"), ("pv", 0, "forecast_kw"), (*BATTERY, "name"), (*BATTERY, "capacity_kwh"),
        (*BATTERY, "soc"), (*BATTERY, "charge_limit_kw"), (*BATTERY, "discharge_limit_kw"), (*CAR, "battery_kwh"),
        (*CAR, "soc"), (*CAR, "connected"), (*CAR, "max_kw"), (*DISHWASHER, "profile_kw"),
        (*DISHWASHER, "profile_step_minutes"), (*DISHWASHER, "earliest_start"), (*DISHWASHER, "latest_finish"),
        (*POOL, "power_kw"), (*POOL, "quotas"), (*TANK, "power_kw"), (*TANK, "capacity_kwh_per_k"),
        (*TANK, "loss_kw_per_k"), (*TANK, "ambient_c"), (*TANK, "temperature_c"), (*TANK, "min_c"), (*TANK, "max_c"),
    ],
)  # fmt: skip
def test_required_key_that_is_missing_is_named(path: Path) -> None:
    dotted = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
    assert faults(without(smallest_document(), path)) == [f"{dotted}: is missing"]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ((*BATTERY, "capacity_kwhh"), "batteries[0].capacity_kwhh: unknown key; did you mean capacity_kwh?"),
        (("grid", "import_prices"), "grid.import_prices: unknown key; did you mean import_price?"),
        (("baterries",), "baterries: unknown key; did you mean batteries?"),
        ((*POOL, "quotas", 0, "untill"), "interruptible_loads[0].quotas[0].untill: unknown key; did you mean until?"),
        ((*TANK, "zzz"), "thermal_loads[0].zzz: unknown key"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_one(path: Path, sentence: str) -> None:
    assert fault(path, 1) == sentence


@pytest.mark.parametrize(
    "path",
    [
        ("load_kw",), ("grid", "import_price"), ("grid", "export_price"), ("grid", "export_limit_kw"),
        ("grid", "carbon_kg_per_kwh"), ("pv", 0, "forecast_kw"), (*TANK, "cop"), (*TANK, "ambient_c"),
        (*TANK, "draw_kw"), (*TANK, "max_c"), (*TANK, "min_c"), (*TANK, "loss_kw_per_k"),
        (*TANK, "capacity_kwh_per_k"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [0, 2, 4])
def test_series_of_another_length_is_refused(path: Path, length: int) -> None:
    found = fault(path, [46.0] * length)
    assert found.endswith(f": {length} values for 3 steps; give one value a step"), found
    assert found.startswith(str(path[0]))


def test_connected_of_another_length_is_refused() -> None:
    assert fault((*CAR, "connected"), [True]) == "evs[0].connected: 1 values for 3 steps; give one value a step"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("path", [("load_kw", 1), (*BATTERY, "capacity_kwh"), ("step_minutes", 0), (*TANK, "min_c")])
def test_number_that_is_not_finite_is_refused(path: Path, value: float) -> None:
    assert "is not a finite number" in fault(path, value)


@pytest.mark.parametrize("value", [True, False, "1.5", "", [], {}, None])
@pytest.mark.parametrize(
    "path", [("load_kw", 1), (*BATTERY, "charge_limit_kw"), (*BATTERY, "soc"), ("step_minutes", 2)]
)
def test_what_is_not_a_number_is_refused(path: Path, value: Any) -> None:
    found = fault(path, value)
    assert found.endswith("is not a number"), found


@pytest.mark.parametrize("value", [True, "5", {}])
def test_limit_that_may_be_a_list_takes_no_other_kind(value: Any) -> None:
    assert fault(("grid", "import_limit_kw"), value) == f"grid.import_limit_kw: {value!r} is not a number"


@pytest.mark.parametrize("value", [1, 0, "true", None])
def test_flag_is_true_or_false_and_nothing_else(value: Any) -> None:
    assert fault((*CAR, "connected", 0), value) == f"evs[0].connected[0]: {value!r} is neither true nor false"


@pytest.mark.parametrize(
    "path",
    [("start",), (*BATTERY, "soc_targets", 0, "at"), (*POOL, "quotas", 0, "from"), (*DISHWASHER, "latest_finish")],
)
def test_time_without_offset_is_refused(path: Path) -> None:
    found = fault(path, "2026-03-28T12:00:00")
    assert "2026-03-28T12:00:00 has no offset; write it like 2026-03-28T12:00:00+01:00" in found
    assert found.startswith(str(path[0]))


@pytest.mark.parametrize("value", ["", "noon", "2026-02-30T12:00:00Z", "2026-03-28T25:00:00Z", 1774699200, None, []])
def test_what_is_no_time_is_refused(value: Any) -> None:
    assert fault(("start",), value).startswith("start: ")


@pytest.mark.parametrize("text", ["2026-03-28T13:00:00+01:00", "2026-03-28T12:00:00Z", "2026-03-28 12:00:00.000+00:00"])
def test_every_way_to_write_the_same_instant_is_taken(text: str) -> None:
    problem = parse_problem(text_of(changed(full_document(), ("start",), text)))
    assert problem.start.isoformat() == "2026-03-28T12:00:00+00:00"


def test_no_steps_are_refused() -> None:
    assert "step_minutes: is empty; give at least one step" in faults(changed(full_document(), ("step_minutes",), []))


@pytest.mark.parametrize("minutes", [0, -15])
def test_step_that_is_not_positive_is_refused(minutes: float) -> None:
    assert fault(("step_minutes", 1), minutes) == f"step_minutes[1]: {minutes} is not above 0"


@pytest.mark.parametrize("path", [(*TANK, "capacity_kwh_per_k"), (*TANK, "capacity_kwh_per_k", 1)])
@pytest.mark.parametrize("value", [0, -0.2])
def test_heat_capacity_that_is_not_positive_is_refused(path: Path, value: float) -> None:
    assert fault(path, value).endswith(f"{value} is not above 0")


def test_more_than_3000_steps_are_refused() -> None:
    found = faults(changed(full_document(), ("step_minutes",), [1] * 3001))
    assert found == ["step_minutes: 3001 steps; 3000 is the most"]


def test_3000_steps_are_taken() -> None:
    document = smallest_document() | {"step_minutes": [1] * 3000, "load_kw": [0.5] * 3000, "pv": [], "evs": []}
    document["grid"] = {"import_price": [0.2] * 3000, "export_price": [0.1] * 3000}
    assert parse_problem(text_of(document)).steps == 3000


@pytest.mark.parametrize(
    "path",
    [("grid", "import_price", 0), ("load_kw", 0), (*BATTERY, "capacity_kwh"), ("step_minutes", 0), (*TANK, "max_c", 0)],
)
def test_magnitude_above_a_million_is_refused(path: Path) -> None:
    assert "is beyond 1e+06" in fault(path, 1_000_001)


def test_price_below_minus_a_million_is_refused() -> None:
    assert "is beyond -1e+06" in fault(("grid", "export_price", 1), -1e7)


@pytest.mark.parametrize(
    "path",
    [
        ("load_kw", 0), ("grid", "import_limit_kw"), ("grid", "export_limit_kw", 2), ("pv", 0, "forecast_kw", 1),
        (*BATTERY, "capacity_kwh"), (*BATTERY, "charge_limit_kw"), (*BATTERY, "discharge_limit_kw"),
        (*BATTERY, "standing_loss_kw"), (*CAR, "battery_kwh"), (*CAR, "max_kw"), (*CAR, "min_kw"),
        (*CAR, "discharge_limit_kw"), (*DISHWASHER, "profile_kw", 0), (*POOL, "power_kw"), (*POOL, "min_power_kw"),
        (*POOL, "quotas", 0, "kwh"), (*TANK, "power_kw"), (*TANK, "draw_kw", 0), (*TANK, "cop", 0),
    ],
)  # fmt: skip
def test_negative_power_or_capacity_is_refused(path: Path) -> None:
    assert fault(path, -0.5).endswith("-0.5 is negative")


@pytest.mark.parametrize("key", ["soc", "soc_min", "soc_max"])
@pytest.mark.parametrize("value", [-0.1, 1.4])
def test_state_of_charge_outside_0_to_1_is_refused(key: str, value: float) -> None:
    found = faults(changed(full_document(), (*BATTERY, key), value))
    assert f"batteries[0].{key}: {value} is not within 0..1" in found


def test_state_of_charge_in_percent_is_told_its_fraction() -> None:
    assert fault((*CAR, "soc"), 80) == "evs[0].soc: 80 is not within 0..1; write 0.8 for 80 %"


@pytest.mark.parametrize("key", ["charge_efficiency", "discharge_efficiency"])
@pytest.mark.parametrize("value", [0, -1, 1.01])
@pytest.mark.parametrize("device", [BATTERY, CAR])
def test_efficiency_is_above_0_and_at_most_1(device: Path, key: str, value: float) -> None:
    found = fault((*device, key), value)
    assert found == f"{device[0]}[0].{key}: {value} is not within 0..1 (above 0)"


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ((*BATTERY, "soc_min"), 0.95, "batteries[0].soc_min: 0.95 is above soc_max 0.9"),
        ((*CAR, "min_kw"), 8, "evs[0].min_kw: 8 is above max_kw 7.36"),
        ((*POOL, "min_power_kw"), 1.2, "interruptible_loads[0].min_power_kw: 1.2 is above power_kw 1.1"),
        ((*TANK, "min_power_kw"), 3, "thermal_loads[0].min_power_kw: 3 is above power_kw 2"),
        ((*TANK, "min_c"), 62, "thermal_loads[0].min_c: is above max_c"),
        (
            (*POOL, "quotas", 0, "until"), "2026-03-27T00:00:00Z",
            "interruptible_loads[0].quotas[0].from: is after until",
        ),
        (
            (*DISHWASHER, "latest_finish"), "2026-03-28T17:00:00Z",
            "shiftable_loads[0].earliest_start: is after latest_finish",
        ),
    ],
)  # fmt: skip
def test_crossed_bounds_are_refused(path: Path, value: Any, sentence: str) -> None:
    assert fault(path, value) == sentence


def test_two_devices_of_one_name_are_refused_whatever_their_kinds() -> None:
    found = fault((*TANK, "name"), "battery")
    assert found == "thermal_loads[0].name: 'battery' is the name of batteries[0] too; give each device its own"


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("groups", 0, "devices", 1), "batery", "groups[0].devices[1]: there is no device 'batery'; did you mean battery?"),
        (("groups", 0, "devices", 1), "roof", "groups[0].devices[1]: 'roof' is named twice"),
        (("groups", 0, "name"), "car", "groups[0].name: 'car' is the name of evs[0] too; give each device its own"),
        (("groups", 1, "import_limit_kw"), None, "groups[1].import_limit_kw: give this, export_limit_kw, or both"),
        (("groups", 1, "import_limit_kw"), [7.4], "groups[1].import_limit_kw: 1 values for 3 steps; give one value a step"),
        (("groups", 1, "import_limit_kw"), -1.0, "groups[1].import_limit_kw: -1.0 is negative"),
        (
            (*DISHWASHER, "after"), "car",
            "shiftable_loads[0].after: there is no shiftable load 'car'",
        ),
        ((*DISHWASHER, "after"), "dishwasher", "shiftable_loads[0].after: 'dishwasher' would wait for itself"),
        (("grid", "phase_limit_a"), [25.0], "grid.phase_limit_a: 1 values for 3 steps; give one value a step"),
        (("scenarios", 0, "probability"), 1, "scenarios[0].probability: 1 is not below 1"),
        (("grid", "phase_voltage_v"), 0, "grid.phase_voltage_v: 0 is not above 0"),
        (
            ("grid", "load_phase_shares"), [0.5, 0.5, 0.5],
            "grid.load_phase_shares: add up to 1.5; they must add up to 1",
        ),
        ((*CAR, "phase"), 4, "evs[0].phase: 4 is not 1, 2 or 3"),
        ((*CAR, "phase"), True, "evs[0].phase: True is not 1, 2 or 3"),
        ((*CAR, "charge_curve", 1, "soc"), 0.7, "evs[0].charge_curve: soc 0.7 follows 0.7; give the points with rising soc"),
        (("grid", "energy_blocks", 0, "until"), "2026-03-27T00:00:00Z", "grid.energy_blocks[0].from: is after until"),
    ],
)  # fmt: skip
def test_what_devices_share_must_make_sense(path: Path, value: Any, sentence: str) -> None:
    assert fault(path, value) == sentence


def test_programs_that_wait_for_each_other_are_refused() -> None:
    document = changed(full_document(), ("shiftable_loads", 1, "after"), "dishwasher")
    assert faults(document) == [
        "shiftable_loads[0].after: 'dishwasher' would wait for itself",
        "shiftable_loads[1].after: 'washer' would wait for itself",
    ]


@pytest.mark.parametrize("value", ["", 7, None, "x" * 201])
def test_name_is_a_short_text(value: Any) -> None:
    assert fault((*BATTERY, "name"), value).endswith("is not a text of 1 to 200 characters")


def test_unknown_time_zone_is_refused() -> None:
    assert fault(("time_zone",), "Europe/Amsterdm").startswith("time_zone: 'Europe/Amsterdm' is not a time zone")


def test_another_schema_is_refused() -> None:
    assert fault(("schema",), "hems.problem/2") == (
        "schema: 'hems.problem/2' is not 'hems.problem/1'; did you mean hems.problem/1?"
    )


def test_unknown_cost_function_is_refused_with_the_known_ones() -> None:
    found = fault(("objective", "cost_function"), "profits")
    assert found.startswith("objective.cost_function: 'profits' is not 'profit', 'cost' or 'self_consumption'")
    assert found.endswith("did you mean profit?")


def test_program_that_began_after_now_is_refused() -> None:
    found = fault((*DISHWASHER, "running_since"), "2026-03-28T12:30:00Z")
    assert found.startswith("shiftable_loads[0].running_since: lies after start")


def test_every_fault_is_named_at_once() -> None:
    document = changed(changed(full_document(), (*BATTERY, "soc"), 1.4), ("load_kw", 0), "0.4")
    found = faults(without(document, ("grid", "import_price")))
    assert {line.split(":")[0] for line in found} == {"batteries[0].soc", "load_kw[0]", "grid.import_price"}


def test_bytes_that_are_not_utf8_are_refused() -> None:
    assert faults(b'{"schema": "\xff"}') == ["document: is not UTF-8 (byte 12)"]


@pytest.mark.parametrize("text", ["", "{", '{"schema": }', "{'schema': 1}", "[1] 2", b"\x00"])
def test_what_is_not_json_is_refused_with_its_place(text: str | bytes) -> None:
    assert faults(text)[0].startswith("document: is not JSON: ")


@pytest.mark.parametrize("text", ["[]", "1", "null", '"hems"', "true"])
def test_json_that_is_no_object_is_refused(text: str) -> None:
    assert faults(text) == ["document: is not a JSON object with keys"]


def test_key_given_twice_is_refused() -> None:
    text = text_of(full_document()).replace('"load_kw"', '"load_kw": [9], "load_kw"', 1)
    assert faults(text) == ["document: the key 'load_kw' is given twice in one object"]


@pytest.mark.parametrize("depth", [50, 150, 300, 700, 900, 980, 5_000, 200_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    assert faults(text_of(full_document()).replace("[15, 15, 30]", nested, 1))
    assert faults(nested)


@pytest.mark.parametrize("digits", [100, 400, 5000])
def test_number_of_many_digits_is_refused(digits: int) -> None:
    assert faults(text_of(full_document()).replace("17.25", "1" * digits, 1))


def test_half_a_surrogate_pair_is_refused() -> None:
    assert faults(text_of(full_document()).replace('"roof"', r'"\ud800"', 1))
