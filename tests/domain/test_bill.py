"""The physical equations of a schedule, and the money it costs, against sums done by hand."""

import pytest

from builders.problem_document import changed, full_document, text_of
from hems.domain.bill import bill, discomfort, energy, starts, terminal_value
from hems.domain.parse import parse_problem
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule, Store, store_energy, temperatures


@pytest.fixture
def problem() -> Problem:
    """Steps of 15, 15 and 30 minutes; the pool pump is on now."""
    return parse_problem(text_of(full_document()))


def schedule(**changes: object) -> Schedule:
    values = {
        "import_kw": (4.0, 0.0, 2.0),
        "export_kw": (0.0, 1.0, 0.0),
        "batteries": {"battery": Store((0.0, 0.0, 0.0), (2.0, 0.0, 4.0), (5.5, 5.0, 5.0, 3.0))},
        "evs": {"car": Store((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (24.0, 24.0, 24.0, 30.0))},
        "loads_kw": {"pool": (0.0, 1.1, 0.0), "tank": (0.0, 0.0, 0.0)},
        "temperatures_c": {"tank": (52.0, 44.0, 66.0, 60.0)},
    }
    return Schedule(**(values | changes))  # type: ignore[arg-type]


def test_bill_adds_up_what_the_series_say(problem: Problem) -> None:
    costs = bill(problem, schedule())
    block = -0.05 * 2.0  # 2 kWh of the 7 that are left of the block
    assert costs.import_ == pytest.approx(0.25 * 4 * 0.25 + 0.5 * 2 * -0.05 + block)
    assert costs.export == pytest.approx(-0.25 * 1 * 0.07)
    assert costs.wear == pytest.approx(0.02 * (0.25 * 2 + 0.5 * 4))
    assert costs.capacity == pytest.approx(4.1 * 4.0)
    assert costs.starts == pytest.approx(0.01)  # on at first, off, and on again
    assert costs.carbon == pytest.approx(0.1 * (0.25 * 4 * 0.3 + 0.5 * 2 * 0.1))
    parts = (costs.import_, costs.export, costs.wear, costs.capacity, costs.starts, costs.carbon)
    assert costs.net == pytest.approx(sum(parts))


def test_a_block_is_priced_to_its_end_and_no_further(problem: Problem) -> None:
    everything = bill(problem, schedule(import_kw=(40.0, 0.0, 0.0))).import_
    assert everything == pytest.approx(0.25 * 40 * 0.25 - 0.05 * 7.0)


def test_selling_at_a_negative_price_costs_money(problem: Problem) -> None:
    assert bill(problem, schedule(export_kw=(0.0, 0.0, 3.0))).export == pytest.approx(0.5 * 3 * 0.02)


def test_peak_of_the_month_so_far_is_the_least_that_is_charged(problem: Problem) -> None:
    assert bill(problem, schedule(import_kw=(1.0, 1.0, 1.0))).capacity == pytest.approx(4.1 * 2.5)


def test_without_a_carbon_price_carbon_costs_nothing() -> None:
    free = parse_problem(text_of(changed(full_document(), ("objective", "carbon_price_per_kg"), None)))
    assert bill(free, schedule()).carbon == 0


@pytest.mark.parametrize(
    ("power_kw", "on_now", "count"),
    [((1, 1, 0), True, 0), ((1, 1, 0), False, 1), ((0, 1, 0, 1), True, 2), ((0, 0), False, 0), ((1e-9, 0), False, 0)],
)
def test_a_start_is_a_change_from_off_to_on(power_kw: tuple[float, ...], on_now: bool, count: int) -> None:
    assert starts(power_kw, on_now) == count


def test_energy_of_powers() -> None:
    assert energy((0.25, 0.5), (4.0, 2.0)) == pytest.approx(2.0)


def test_store_follows_its_equation() -> None:
    reached = store_energy(5.0, 0.1, 0.9, 0.8, (0.5, 1.0), (2.0, 0.0), (0.0, 1.6))
    assert reached == pytest.approx((5.0, 5.0 + 0.5 * (1.8 - 0.1), 5.85 + (-2.0 - 0.1)))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_heat_store_follows_its_equation(sign: float) -> None:
    reached = temperatures(50.0, sign, (0.5,), (0.5,), (2.0,), (3.0,), (0.01,), (20.0,), (1.0,))
    assert reached == pytest.approx((50.0, 50 + 0.5 / 0.5 * (sign * 6.0 - 0.01 * 30 - 1.0)))


def test_discomfort_is_kelvin_hours_outside_the_band(problem: Problem) -> None:
    # below 45 by 1 K for a quarter, above 65 by 1 K for a quarter, 60 is the upper bound of the last step
    assert discomfort(problem, schedule())["tank"] == pytest.approx((0.5, 0.25))


@pytest.mark.parametrize(("mode", "sign"), [("heat", 1), ("cool", -1)])
def test_terminal_value_counts_what_is_stored_and_heat_by_its_change(mode: str, sign: int) -> None:
    problem = parse_problem(text_of(changed(full_document(), ("thermal_loads", 0, "mode"), mode)))
    worth = terminal_value(problem, schedule(), {"battery": 0.2, "car": 0.1, "tank": 0.3})
    assert worth == pytest.approx(0.2 * 3.0 + 0.1 * 30.0 + sign * 0.3 * 0.2 * (60 - 52))
