"""All devices together: which plan is followed, which override counts, and that no limit is left."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hems.control.dispatch import given_back, setpoints
from hems.control.limits import Limits
from hems.control.measured import Measured
from hems.control.overrides import Override, Overrides, strongest
from hems.control.setpoint import Action

from .conftest import NOW, START, MakePlan, make_limits

ON = Overrides(control=True)
KNOWN = Measured(soc={"battery": 0.5}, connected={"car": True}, running={"dishwasher": False})


@pytest.mark.parametrize(("off", "manual", "boost"), list(product([False, True], repeat=3)))
def test_off_is_before_manual_is_before_boost_is_before_the_plan(off: bool, manual: bool, boost: bool) -> None:
    order = [(off, Override.OFF), (manual, Override.MANUAL), (boost, Override.BOOST), (True, Override.NONE)]

    words = [word for word, on in (("off", off), ("manual", manual), ("boost", boost)) if on]
    assert strongest(words) is next(override for is_set, override in order if is_set)


def test_every_device_gets_the_step_of_now(make_plan: MakePlan, limits: Limits) -> None:
    plan = make_plan(8.0, 0.0, (3.0, 0.0), 4.0, {"pool": 1.1, "tank": 0.0, "dishwasher": 2.0}, (1.0, 0.0))

    now = setpoints(plan, None, NOW, ON, KNOWN, limits)
    later = setpoints(plan, None, NOW + timedelta(minutes=15), ON, KNOWN, limits)

    assert {name: one.action for name, one in now.items()} == {
        "battery": "charge",
        "car": "charge",
        "pool": "on",
        "tank": "off",
        "dishwasher": "on",
        "roof": "release",
    }
    assert later["car"].action == "stop"
    assert later["pool"].action == "off"


@pytest.mark.parametrize(
    ("minutes", "created_minutes", "followed"),
    [
        (20, 0, True),
        (59, 0, True),
        (61, 30, False),  # beyond the horizon
        (-1, -1, False),  # before it
        (55, -6, False),  # 61 minutes old
        (54, -6, True),  # 60 minutes old
    ],
)
def test_a_plan_that_is_old_or_does_not_cover_now_is_not_followed(
    make_plan: MakePlan, limits: Limits, minutes: float, created_minutes: float, followed: bool
) -> None:
    now, created = START + timedelta(minutes=minutes), START + timedelta(minutes=created_minutes)

    found = setpoints(make_plan(), None, now, ON, KNOWN, limits, created=created)

    assert (found["battery"].source == "plan") is followed
    assert (found["car"].action == "leave") is not followed


def test_without_a_plan_devices_run_themselves_and_the_reason_is_said(limits: Limits) -> None:
    found = setpoints(None, None, NOW, ON, KNOWN, limits)

    assert {name: one.action for name, one in found.items()} == {
        "battery": "self_use",
        "car": "leave",
        "pool": "leave",
        "tank": "leave",
        "dishwasher": "leave",
        "roof": "release",
    }
    assert {one.source for one in found.values()} == {"fallback"}
    assert all("there is no plan yet" in one.text for one in found.values())


def test_overrides_act_without_a_plan_too(limits: Limits) -> None:
    overrides = Overrides(True, {"car": Override.BOOST, "pool": Override.BOOST, "battery": Override.OFF})

    found = setpoints(None, None, NOW, overrides, Measured(), limits)

    assert [found[name].action for name in ("car", "pool", "battery")] == ["charge", "on", "hold"]


def test_with_control_off_nothing_is_written_and_the_text_says_what_would_be(
    make_plan: MakePlan, limits: Limits
) -> None:
    overrides = Overrides(False, {"pool": Override.BOOST})

    found = setpoints(make_plan(5.0, 0.0, (3.0, 0.0)), None, NOW, overrides, KNOWN, limits)

    assert {one.action for one in found.values()} == {"leave"}
    assert {one.power_kw for one in found.values()} == {0.0}
    assert "Control is off" in found["battery"].text
    assert "Charges at 3.0 kW" in found["battery"].text


def test_giving_back_is_for_batteries_and_pv_that_are_not_on_manual(limits: Limits) -> None:
    every = given_back(Overrides(False), limits)
    manual = given_back(Overrides(False, {"battery": Override.MANUAL}), limits)

    assert {name: one.action for name, one in every.items()} == {"battery": "self_use", "roof": "release"}
    assert set(manual) == {"roof"}


def test_giving_back_ends_what_nobody_else_would(limits: Limits) -> None:
    found = given_back(Overrides(False, {"pool": Override.MANUAL}), limits, ["tank", "pool"])
    assert found["tank"].action == "off" and found["tank"].source == "fallback" and "pool" not in found


POWERS = st.floats(0.0, 20.0)
OPTIONAL_ACTIONS: list[Action] = ["charge", "discharge", "hold", "export_pv", "limit_export"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    grid=st.one_of(st.tuples(POWERS, st.just(0.0)), st.tuples(st.just(0.0), POWERS)),
    battery=st.one_of(st.none(), st.tuples(POWERS, st.just(0.0)), st.tuples(st.just(0.0), POWERS)),
    car_kw=st.one_of(st.none(), POWERS),
    pool_kw=POWERS,
    roof=st.tuples(POWERS, POWERS),
    soc=st.one_of(st.none(), st.floats(0.0, 1.0)),
    override=st.sampled_from(list(Override)),
    actions=st.sets(st.sampled_from(OPTIONAL_ACTIONS)),
    has_plan=st.booleans(),
    hybrid=st.booleans(),
)
def test_no_setpoint_leaves_the_limits_or_uses_an_absent_action(
    make_plan: MakePlan,
    grid: tuple[float, float],
    battery: tuple[float, float] | None,
    car_kw: float | None,
    pool_kw: float,
    roof: tuple[float, float],
    soc: float | None,
    override: Override,
    actions: set[Action],
    has_plan: bool,
    hybrid: bool,
) -> None:
    limits = make_limits(frozenset(actions | {"self_use"}), hybrid)
    plan = make_plan(*grid, battery, car_kw, {"pool": pool_kw}, roof) if has_plan else None
    overrides = Overrides(True, dict.fromkeys(("battery", "car", "pool", "roof"), override))

    found = setpoints(plan, None, NOW, overrides, Measured(soc={"battery": soc}), limits)

    store, car, pool = (found[name] for name in ("battery", "car", "pool"))
    plants = [] if hybrid else [found["roof"]]
    assert store.action in limits.batteries["battery"].actions | {"leave"}
    assert 0 <= store.power_kw <= {"charge": 5.0, "discharge": 4.0, "limit_export": 20.0}.get(store.action, 0.0)
    assert store.action != "limit_export" or (plan is not None and plan.pv["roof"].curtailed_kw[1] > 0)
    assert soc is None or soc > 0.1 or store.action != "discharge"
    assert soc is None or soc < 0.95 or store.action != "charge"
    assert car.power_kw == 0 or 1.38 <= car.power_kw <= 7.36
    assert (car.power_kw > 0) is (car.action == "charge")
    assert pool.power_kw in (0.0, 1.1)
    assert all(0 <= plant.power_kw <= 6.0 for plant in plants)
    if override in (Override.OFF, Override.MANUAL, Override.BOOST):
        assert {one.source for one in (store, car, pool, *plants)} == {override.value}
        assert car.action == {"off": "stop", "manual": "leave", "boost": "charge"}[override.value]
        assert pool.action == {"off": "off", "manual": "leave", "boost": "on"}[override.value]
    if override in (Override.HOLD, Override.CHARGE, Override.DISCHARGE):
        assert store.source == override.value
    if override is Override.SKIP:
        assert pool.source == "skip" and pool.action == "off"
    if override is Override.MANUAL:
        assert {one.action for one in (store, car, pool, *plants)} == {"leave"}
