"""The main fuse, phases, groups, precedence, charge curves and energy blocks as apps.yaml says them."""

from pathlib import Path
from typing import Any

import pytest

from builders.site_block import make_site, site_block
from hems.config.check import check_file
from hems.config.loads import Program
from hems.config.site import parse_site
from hems.domain.charge_curve import curve_kw
from hems.domain.faults import Refused

APPS_YAML = Path(__file__).resolve().parents[2] / "apps/apps.yaml"


def faults(**changes: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        make_site(**changes)
    return [line.removeprefix("apps.yaml: hems.") for line in refused.value.faults]


def test_home_without_any_of_it_has_no_limits() -> None:
    site = make_site()
    assert (site.grid.phase_limit_a, site.grid.fuse_kw, site.grid.phase_shares) == (None, None, None)
    assert (site.grid.energy_blocks, site.groups) == ((), {})


@pytest.mark.parametrize("written", ["3x25 A", "3x25A", "3 x 25 A", "3×25 a", "3*25"])
def test_fuse_of_three_phases_limits_each_of_them(written: str) -> None:
    grid = make_site(**{"grid.main_fuse": written}).grid
    assert (grid.phase_limit_a, grid.fuse_kw) == (25, None)


def test_fuse_of_one_phase_is_a_limit_in_kw() -> None:
    grid = make_site(**{"grid.main_fuse": "1x35 A", "grid.phase_voltage_v": 240}).grid
    assert grid.phase_limit_a is None
    assert grid.fuse_kw == pytest.approx(8.4)


@pytest.mark.parametrize("written", [25, "25", "25 A", "2x25 A", "3x0 A", "3x-5 A", "3x25 kW", None, True, ["3x25 A"]])
def test_anything_else_is_no_fuse(written: Any) -> None:
    if written is None:
        assert make_site(**{"grid.main_fuse": None}).grid.main_fuse is None
        return
    assert faults(**{"grid.main_fuse": written}) == [
        f'grid.main_fuse: {written!r} is not a main fuse; write it like "3x25 A" or "1x35 A"'
    ]


def test_shares_of_the_phases_add_up_to_exactly_one() -> None:
    shares = make_site(**{"grid.load_phase_shares": [0.333, 0.333, 0.333]}).grid.phase_shares
    assert shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert make_site(**{"grid.load_phase_shares": [0.5, 0.3, 0.2]}).grid.phase_shares == pytest.approx((0.5, 0.3, 0.2))


@pytest.mark.parametrize(
    ("shares", "fault"),
    [
        ([0.5, 0.5], "grid.load_phase_shares: 2 of three; give one share for each phase, like [0.5, 0.3, 0.2]"),
        ([0.5, 0.5, 0.5], "grid.load_phase_shares: the shares add up to 1.5; they must add up to 1"),
        ([0.5, 0.6, -0.1], "grid.load_phase_shares[2]: -0.1 is negative"),
        (0.5, "grid.load_phase_shares: 0.5 is not a list"),
    ],
)
def test_wrong_shares_are_refused(shares: Any, fault: str) -> None:
    assert faults(**{"grid.load_phase_shares": shares}) == [fault]


DEVICES = ["pv.roof", "batteries.battery", "evs.car", "loads.dishwasher", "loads.pool", "loads.tank"]


@pytest.mark.parametrize("device", DEVICES)
def test_every_device_may_say_its_phase(device: str) -> None:
    kind, name = device.split(".")
    assert getattr(make_site(**{f"{device}.phase": 2}), kind)[name].phase == 2
    assert getattr(make_site(), kind)[name].phase is None
    assert faults(**{f"{device}.phase": 4}) == [f"{device}.phase: 4 is not 1, 2 or 3"]


def test_car_on_three_phases_hangs_on_no_single_one() -> None:
    assert faults(**{"evs.car.phase": 1, "evs.car.phases": 3}) == [
        "evs.car.phase: a car on phase 1 has phases: 1; leave phase out for 3"
    ]


@pytest.mark.parametrize("store", ["batteries.battery", "evs.car"])
def test_charge_curve_is_percent_to_kw_in_any_order(store: str) -> None:
    kind, name = store.split(".")
    curve = getattr(make_site(**{f"{store}.charge_curve": {100: 2.0, 80: 4.0}}), kind)[name].charge_curve
    assert [(point.soc, point.kw) for point in curve] == [(0.8, 4.0), (1.0, 2.0)]
    assert curve_kw(curve, 0.9) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ({0.8: 7.4, 1.0: 2.0}, "1 is a fraction; write 100 for 100 %"),
        ({0.9: 2.0}, "0.9 is a fraction; write 90 for 90 %"),
        ({120: 3.0}, "120 is not a percentage within 0..100; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ({"80 %": 3.0}, "'80 %' is not a percentage within 0..100; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ({float("nan"): 3.0}, "nan is not a percentage within 0..100; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ({True: 3.0}, "True is not a percentage within 0..100; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ({80: "7"}, "'7' at 80 % is not a power in kW; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ({80: -1}, "-1 at 80 % is not a power in kW; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ({80: float("nan")}, "nan at 80 % is not a power in kW; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ({}, "{} is not a charge curve; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
        ([80, 7.4], "[80, 7.4] is not a charge curve; write it like {80: 7.4, 100: 2.0} (percent: kW)"),
    ],
)
def test_wrong_charge_curve_is_refused(curve: Any, words: str) -> None:
    assert faults(**{"batteries.battery.charge_curve": curve}) == [f"batteries.battery.charge_curve: {words}"]


def test_curve_of_a_car_keeps_above_its_least_power() -> None:
    assert faults(**{"evs.car.charge_curve": {80: 7.4, 100: 1.0}}) == [
        "evs.car.charge_curve: 1 kW at 100 % is below min_kw 1.38, so it could not charge there; write 1.38"
    ]
    assert make_site(**{"evs.car.charge_curve": {80: 7.4, 100: 1.38}}).evs["car"].charge_curve


def test_energy_blocks_need_a_meter_that_counts() -> None:
    found = faults(**{"grid.energy_blocks": [{"kwh_per_day": 10, "price_difference_per_kwh": -0.05}]})
    assert found == ["grid.energy_blocks: needs grid.import_energy, the meter's counter of what is imported"]


@pytest.mark.parametrize(("key", "period"), [("kwh_per_day", "day"), ("kwh_per_month", "month")])
def test_energy_block_of_a_day_or_a_month(key: str, period: str) -> None:
    [block] = make_site(
        **{
            "grid.import_energy": "sensor.import_energy",
            "grid.energy_blocks": [{key: 10, "price_difference_per_kwh": -0.05}],
        }
    ).grid.energy_blocks
    assert (block.kwh, block.period, block.price_difference_per_kwh) == (10, period, -0.05)


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ({"kwh_per_day": 10}, "price_difference_per_kwh: is missing"),
        ({"price_difference_per_kwh": 1}, "kwh_per_day: give kwh_per_day or kwh_per_month, and not both"),
        ({"kwh_per_day": 1, "kwh_per_month": 9, "price_difference_per_kwh": 1},
         "kwh_per_day: give kwh_per_day or kwh_per_month, and not both"),
        ({"kwh_per_day": 0, "price_difference_per_kwh": 1}, "kwh_per_day: 0 is not above 0"),
        ({"kwh_per_dy": 1, "kwh_per_month": 9, "price_difference_per_kwh": 1},
         "kwh_per_dy: unknown key; did you mean kwh_per_day?"),
    ],
)  # fmt: skip
def test_wrong_energy_block_is_refused(block: dict[str, Any], fault: str) -> None:
    assert faults(**{"grid.energy_blocks": [block]}) == [f"grid.energy_blocks[0].{fault}"]


def grouped(**group: Any) -> dict[str, Any]:
    return {"groups": {"inverter": {"devices": ["roof", "battery"], "export_limit_kw": 5} | group}}


def test_group_names_its_devices_and_their_limits() -> None:
    group = make_site(**grouped(import_limit_kw=3)).groups["inverter"]
    assert (group.devices, group.import_limit_kw, group.export_limit_kw) == (("roof", "battery"), 3, 5)


@pytest.mark.parametrize(
    ("group", "fault"),
    [
        ({"devices": ["roof", "batery"]}, "devices[1]: there is no device 'batery'; did you mean battery?"),
        ({"devices": ["roof", "roof"]}, "devices[1]: 'roof' is named twice"),
        ({"devices": []}, "devices: is empty; give at least one"),
        ({"devices": "roof"}, "devices: 'roof' is not a list"),
        ({"export_limit_kw": None}, "import_limit_kw: give this, export_limit_kw, or both"),
        ({"export_limit_kw": -1}, "export_limit_kw: -1 is negative"),
        ({"export_limit": 5}, "export_limit: unknown key; did you mean export_limit_kw?"),
    ],
)
def test_wrong_group_is_refused(group: dict[str, Any], fault: str) -> None:
    assert faults(**grouped(**group)) == [f"groups.inverter.{fault}"]


def test_group_and_device_do_not_share_a_name() -> None:
    assert faults(groups={"battery": {"devices": ["roof"], "export_limit_kw": 5}}) == [
        "groups.battery: is the name of a device too; give the group another"
    ]
    assert "write another name" in faults(groups={"grid": {"devices": ["roof"], "export_limit_kw": 5}})[0]


def washing(**after: str) -> dict[str, Any]:
    program = site_block()["loads"]["dishwasher"]
    loads = {name: program | {"switch": f"switch.{name}"} for name in ("soaker", "washer", "dryer")}
    pool = {"pool": site_block()["loads"]["pool"]}
    return {"loads": pool | {name: load | {"after": after.get(name)} for name, load in loads.items()}}


def test_program_waits_for_another_program() -> None:
    dryer = make_site(**washing(dryer="washer")).loads["dryer"]
    assert isinstance(dryer, Program) and dryer.after == "washer"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"dryer": "washr"}, ["loads.dryer.after: there is no program 'washr'; did you mean washer?"]),
        ({"dryer": "pool"}, ["loads.dryer.after: there is no program 'pool'"]),
        ({"dryer": "dryer"}, ["loads.dryer.after: 'dryer' would wait for itself"]),
        ({"dryer": "washer", "washer": "dryer", "soaker": "dryer"},
         ["loads.washer.after: 'washer' would wait for itself", "loads.dryer.after: 'dryer' would wait for itself"]),
    ],
)  # fmt: skip
def test_program_cannot_wait_for_what_is_not_there_nor_for_itself(after: dict[str, str], expected: list[str]) -> None:
    assert faults(**washing(**after)) == expected


def test_only_programs_wait() -> None:
    assert faults(**{"loads.pool.after": "dishwasher"}) == ["loads.pool.after: unknown key"]


def test_every_unknown_name_is_named_at_once() -> None:
    block = site_block(**washing(dryer="washr"), **grouped(devices=["rooof", "batery"]))
    with pytest.raises(Refused) as refused:
        parse_site(block, "apps.yaml: hems")
    assert len(refused.value.faults) == 3


def test_examples_in_our_own_file_are_good_once_they_count() -> None:
    content = APPS_YAML.read_text("utf-8")
    for key in ("main_fuse:", "import_energy:", "energy_blocks:", "charge_curve:"):
        assert content.count(f"# {key}") == 1
        content = content.replace(f"# {key}", key)
    assert content.count("  # groups:") == 1
    content = content.replace("  # groups:", "  groups:").replace("  #   inverter:", "    inverter:")
    assert any(": hems: good" in line for line in check_file("apps.yaml", content.encode()))
