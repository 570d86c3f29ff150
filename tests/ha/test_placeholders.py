"""What each placeholder stands for, by device and setpoint."""

from collections.abc import Mapping
from typing import Any

import pytest

from builders.site_block import make_site
from hems.config.placeholder import PLACEHOLDERS
from hems.control.setpoint import Action, Kind, Setpoint
from hems.ha.placeholders import Value, filled, values_of
from hems.ha.port import Outcome

TOLD = {"curtail": [{"number.set_value": {"value": 1}}], "release": [{"number.set_value": {"value": 2}}]}
SITE = make_site(
    **{
        "batteries.battery.battery_voltage_v": 51.2,
        "batteries.battery.soc_max": 0.95,
        "batteries.battery.write": {"duration_s": 630},
        "evs.car.phases": 3,
        "pv.roof.actions": TOLD,
        "pv.roof.limit_kw": 6.0,
    }
)


class Home:
    """A home with one state of charge."""

    def __init__(self, soc: str) -> None:
        self._soc = soc

    def state(self, entity: str) -> str | None:
        return self._soc

    def entity_ids(self) -> frozenset[str]:
        return frozenset()

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return {"unit_of_measurement": "%"}

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        raise AssertionError("nothing is called here")

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        raise AssertionError("nothing is published here")


def values(
    kind: Kind, action: Action, power_kw: float = 0.0, soc: float | None = None, now: str = "55.9"
) -> dict[str, Value]:
    devices: Mapping[Kind, Any] = {
        "battery": SITE.batteries["battery"],
        "ev": SITE.evs["car"],
        "pv": SITE.pv["roof"],
        "load": SITE.loads["pool"],
    }
    return values_of(Setpoint("it", kind, action, power_kw, "plan", "", soc), devices[kind], Home(now))


def test_charging_is_positive_or_negative_as_the_placeholder_says() -> None:
    charge, discharge = values("battery", "charge", 2.5), values("battery", "discharge", 2.5)
    assert (charge["power_w"], charge["charge_w"], charge["discharge_w"]) == (2500, 2500, -2500)
    assert (discharge["power_w"], discharge["charge_w"], discharge["discharge_w"]) == (2500, -2500, 2500)
    assert (charge["charge_kw"], charge["discharge_kw"], charge["power_text"]) == (2.5, -2.5, "2500")


def test_percent_is_of_the_limit_in_that_direction() -> None:
    charge, discharge = values("battery", "charge", 2.0), values("battery", "discharge", 2.0)
    assert (charge["power_pct"], charge["charge_pct"], charge["discharge_pct"]) == (40, 40, -40)
    assert (discharge["power_pct"], discharge["charge_pct"], discharge["discharge_pct"]) == (50, -50, 50)
    assert values("battery", "charge", 7.0)["power_pct"] == 100
    assert values("pv", "limit", 1.5)["power_pct"] == 25


def test_nothing_is_minus_zero() -> None:
    found = values("battery", "discharge", 0.0)
    assert [str(found[name]) for name in ("charge_w", "charge_kw", "charge_pct", "discharge_kw")] == ["0"] * 4


@pytest.mark.parametrize(
    ("action", "soc", "percent"),
    [("charge", 0.501, 51), ("charge", 0.5, 50), ("charge", 0.99, 95), ("charge", None, 95),
     ("discharge", 0.509, 50), ("discharge", 0.29, 29), ("discharge", None, 10)],
)  # fmt: skip
def test_target_lies_where_the_device_is_going(action: Action, soc: float | None, percent: int) -> None:
    assert values("battery", action, 2.0, soc)["target_soc_percent"] == percent


def test_state_of_charge_now_is_rounded_down_and_absent_where_it_is_not_known() -> None:
    assert values("battery", "hold")["soc_now_percent"] == 55
    assert "soc_now_percent" not in values("battery", "hold", now="unavailable")


def test_current_of_a_battery_is_never_above_the_power() -> None:
    found = values("battery", "charge", 2.5)
    assert (found["battery_a"], found["charge_limit_a"], found["discharge_limit_a"]) == (48.8, 97.6, 78.1)


def test_limits_and_durations() -> None:
    found = values("battery", "self_use")
    assert (found["charge_limit_w"], found["discharge_limit_kw"]) == (5000, 4)
    assert (found["soc_min_percent"], found["soc_max_percent"]) == (10, 95)
    assert (found["duration_s"], found["duration_min"]) == (630, 10)
    assert (values("pv", "release")["limit_w"], values("load", "on", 1.1)["delay_s"]) == (6000, 0)


def test_car_on_three_phases() -> None:
    found = values("ev", "charge", 7.0, 1.0)
    assert (found["phases"], found["current_a"], found["current_text"]) == (3, 10, "10")


def test_every_placeholder_that_is_offered_has_a_value_somewhere() -> None:
    kinds: Mapping[Kind, Action] = {"battery": "charge", "ev": "charge", "pv": "limit", "load": "on"}
    known = {name for kind, action in kinds.items() for name in values(kind, action, 2.0, 0.5)}
    assert known == set(PLACEHOLDERS)


def test_text_stays_text_and_what_has_no_value_is_named() -> None:
    assert filled({"power": "{power_text}", "at": "{power_w} W"}, {"power_text": "5", "power_w": 5}) == {
        "power": "5",
        "at": "5 W",
    }
    with pytest.raises(ValueError, match=r"\{phases\} has no value here"):
        filled(["{phases}"], {})
