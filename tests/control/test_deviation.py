"""When the home has left its plan."""

from datetime import timedelta

import pytest

from hems.control.deviation import Deviation, deviation
from hems.control.moment import Moment
from hems.domain.loads import ThermalLoad
from hems.domain.plan import LoadPlan

from .conftest import NOW, MakePlan, MakeProblem

LOOK = timedelta(seconds=10)


@pytest.fixture
def moment(make_plan: MakePlan, make_problem: MakeProblem) -> Moment:
    """0.4 kW of baseline load, 3 kW of sun; the battery goes from 50 % at 12:15 to 60 % at 12:30: NOW is a third of it."""
    return Moment(make_plan(roof=(3.0, 0.0)), make_problem(), 1)


def reasons(
    moment: Moment | str,
    minutes: float,
    soc: float | None = None,
    load_kw: float | None = None,
    roof_kw: float | None = None,
    number: int = 1,
    state: Deviation | None = None,
) -> list[tuple[float, str]]:
    """What is asked for, and after how many minutes; SoC is where the plan sees it unless given."""
    found, state = [], state or Deviation()
    for look in range(int(minutes * 6)):
        now = NOW + look * LOOK
        powers = {"load": load_kw, "roof": roof_kw}
        reason, state = deviation(state, moment, number, {"battery": soc}, powers, now, {})
        if reason is not None:
            found.append((look / 6, reason))
    return found


def test_a_battery_that_is_where_the_plan_sees_it_is_no_reason(moment: Moment) -> None:
    assert reasons(moment, 0.2, soc=0.533 + 0.049) == []
    assert reasons(moment, 0.2, soc=0.533 - 0.045) == []


def test_a_battery_far_from_it_is_one_at_once_and_again_after_five_minutes(moment: Moment) -> None:
    found = reasons(moment, 7, soc=0.3)
    assert found[0] == (0.0, "battery: at 30 % and not at 53 %")
    assert [at for at, _ in found] == [0.0, 5.0]


@pytest.mark.parametrize(("load_kw", "deviates"), [(0.4 + 0.51, True), (0.4 + 0.49, False), (0.0, False)])
def test_the_load_is_a_reason_after_ten_minutes_beyond_half_a_kilowatt(
    moment: Moment, load_kw: float, deviates: bool
) -> None:
    found = reasons(moment, 12, load_kw=load_kw)
    assert [at for at, _ in found] == ([10.0] if deviates else [])
    assert not found or found[0][1] == "baseline load: 0.5 kW more than planned"


@pytest.mark.parametrize(("roof_kw", "deviates"), [(3.0 - 0.95, True), (3.0 - 0.85, False), (3.95, True)])
def test_the_sun_is_one_beyond_thirty_per_cent(moment: Moment, roof_kw: float, deviates: bool) -> None:
    assert bool(reasons(moment, 12, roof_kw=roof_kw)) is deviates


def test_a_kettle_is_no_reason(moment: Moment) -> None:
    state = Deviation()
    for look in range(360):
        load = 2.4 if look % 60 < 9 else 0.4  # ninety seconds in ten minutes
        reason, state = deviation(state, moment, 1, {}, {"load": load}, NOW + look * LOOK, {})
        assert reason is None


def test_a_new_plan_is_given_its_ten_minutes(moment: Moment) -> None:
    state = Deviation()
    found = []
    for look in range(130):
        number = 1 if look < 57 else 2
        reason, state = deviation(state, moment, number, {}, {"load": 2.0}, NOW + look * LOOK, {})
        if reason:
            found.append(look)
    assert found == [57 + 60]


def test_what_is_not_known_and_a_plan_that_cannot_be_followed_are_no_deviation(moment: Moment) -> None:
    assert reasons(moment, 12) == []
    assert reasons("there is no plan yet", 12, soc=0.1, load_kw=9.0) == []


def test_a_gap_in_the_looks_begins_anew(moment: Moment) -> None:
    _, state = deviation(Deviation(), moment, 1, {}, {"load": 5.0}, NOW, {})
    reason, state = deviation(state, moment, 1, {}, {"load": 5.0}, NOW + timedelta(minutes=11), {})
    assert reason is None


def test_a_curtailed_plant_is_not_compared(make_plan: MakePlan, make_problem: MakeProblem) -> None:
    curtailed = Moment(make_plan(roof=(1.0, 2.0)), make_problem(), 1)
    assert reasons(curtailed, 12, roof_kw=5.0) == []


def with_store(
    moment: Moment, mode: str = "heat", min_c: float | tuple[float, ...] = (48.0, 45.0, 48.0, 48.0)
) -> Moment:
    """A store that the plan sees at 46 °C at 12:15 and at 46.3 °C at 12:30: at 46.1 now."""
    assert moment.problem is not None
    tank = ThermalLoad.model_validate(
        {
            "name": "tank", "power_kw": 2.0, "capacity_kwh_per_k": 0.25, "loss_kw_per_k": 0.0, "ambient_c": 20.0,
            "temperature_c": 46.0, "min_c": min_c, "max_c": 45.0 if mode == "cool" else 65.0, "mode": mode,
        }
    )  # fmt: skip
    plan = LoadPlan(power_kw=(0.0,) * 4, temperature_c=(46.0, 46.0, 46.3, 47.0, 47.0))
    loads = moment.plan.loads | {"tank": plan}
    problem = moment.problem.model_copy(update={"thermal_loads": (tank,)})
    return Moment(moment.plan.model_copy(update={"loads": loads}), problem, moment.step)


@pytest.mark.parametrize(
    ("celsius", "reason"),
    [
        (44.9, "tank: at 44.9 °C and not at 46.1 °C"),
        (45.1, None),  # above the least of all steps: what is more is kept in reserve
        (None, None),
    ],
)
def test_water_that_is_too_cold_where_the_plan_has_it_warm_is_one_at_once(
    moment: Moment, celsius: float | None, reason: str | None
) -> None:
    assert deviation(Deviation(), with_store(moment), 1, {}, {}, NOW, {"tank": celsius})[0] == reason


def test_water_that_is_as_cold_as_the_plan_has_it_is_none(moment: Moment) -> None:
    cold = with_store(moment, min_c=47.0)
    assert deviation(Deviation(), cold, 1, {}, {}, NOW, {"tank": 45.7})[0] is None
    assert deviation(Deviation(), cold, 1, {}, {}, NOW, {"tank": 45.5})[0] is not None


def test_a_cooled_house_that_is_too_warm_is_one(moment: Moment) -> None:
    house = with_store(moment, "cool", min_c=40.0)
    assert deviation(Deviation(), house, 1, {}, {}, NOW, {"tank": 46.7})[0] == "tank: at 46.7 °C and not at 46.1 °C"
    assert deviation(Deviation(), house, 1, {}, {}, NOW, {"tank": 46.5})[0] is None
    assert deviation(Deviation(), with_store(moment), 1, {}, {}, NOW, {"other": 20.0})[0] is None
