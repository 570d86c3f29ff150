"""When the home has left its plan."""

from datetime import timedelta

import pytest

from hems.control.deviation import Deviation, deviation
from hems.control.moment import Moment

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
        reason, state = deviation(state, moment, number, {"battery": soc}, powers, now)
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
        reason, state = deviation(state, moment, 1, {}, {"load": load}, NOW + look * LOOK)
        assert reason is None


def test_a_new_plan_is_given_its_ten_minutes(moment: Moment) -> None:
    state = Deviation()
    found = []
    for look in range(130):
        number = 1 if look < 57 else 2
        reason, state = deviation(state, moment, number, {}, {"load": 2.0}, NOW + look * LOOK)
        if reason:
            found.append(look)
    assert found == [57 + 60]


def test_what_is_not_known_and_a_plan_that_cannot_be_followed_are_no_deviation(moment: Moment) -> None:
    assert reasons(moment, 12) == []
    assert reasons("there is no plan yet", 12, soc=0.1, load_kw=9.0) == []


def test_a_gap_in_the_looks_begins_anew(moment: Moment) -> None:
    _, state = deviation(Deviation(), moment, 1, {}, {"load": 5.0}, NOW)
    reason, state = deviation(state, moment, 1, {}, {"load": 5.0}, NOW + timedelta(minutes=11))
    assert reason is None


def test_a_curtailed_plant_is_not_compared(make_plan: MakePlan, make_problem: MakeProblem) -> None:
    curtailed = Moment(make_plan(roof=(1.0, 2.0)), make_problem(), 1)
    assert reasons(curtailed, 12, roof_kw=5.0) == []
