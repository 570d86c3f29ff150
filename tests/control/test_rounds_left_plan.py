"""The dispatcher's rounds ask for a plan where the home has left the last one; its reasons are tested in test_deviation."""

import pytest

from .metered_home import MeteredHome, Planned


@pytest.mark.parametrize(("tank_c", "asked"), [(44.0, "tank: at 44.0 °C and not at 50.0 °C"), (46.0, "")])
def test_cold_water_that_the_plan_has_warm_asks_for_a_plan(tank_c: float, asked: str) -> None:
    home = MeteredHome(Planned(tank_c=50.0), tank_c=tank_c).run(2)
    assert home.rounds.take_replan() == asked
    assert home.rounds.take_replan() == ""


def test_a_battery_that_is_elsewhere_does() -> None:
    home = MeteredHome(Planned(batteries={"battery": (1.0, 0.0)}), soc=0.8).run(2)
    assert "battery" in home.rounds.take_replan()
