"""The physical home with inverters that sell first, or that limit what is fed in."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.site_block import make_site
from hems.closed_loop.family import Family
from hems.closed_loop.home import Flow, PhysicalHome
from hems.control.setpoint import Setpoint

BEGIN = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
MODE: list[dict[str, Any]] = [{"select.select_option": {"entity_id": "select.mode", "option": "any"}}]
SITE = make_site(
    **{
        "batteries.battery.actions": dict.fromkeys(("self_use", "export_pv", "limit_export"), MODE),
        "pv.roof.curtailed_by": "battery",
        "evs": {},
        "loads": {},
    }
)


def lived(action: str, load_kw: float, pv_kw: float, limit_kw: float = 0.0, full: bool = False) -> Flow:
    home = PhysicalHome(SITE, Family(SITE, ZoneInfo("Europe/Berlin"), 1))
    if full:
        home.batteries["battery"].store.energy_kwh = 10.0
    home.obey({"battery": Setpoint("battery", "battery", action, limit_kw, "plan", "")})  # type: ignore[arg-type]
    return home.advance(BEGIN, BEGIN + timedelta(minutes=15), load_kw, {"roof": pv_kw})


@pytest.mark.parametrize(
    ("load_kw", "pv_kw", "charge_kw", "discharge_kw", "export_kw"),
    [(1.0, 5.0, 0.0, 0.0, 4.0), (3.0, 1.0, 0.0, 2.0, 0.0)],
)
def test_one_that_sells_first_takes_no_surplus_and_supplies_the_home(
    load_kw: float, pv_kw: float, charge_kw: float, discharge_kw: float, export_kw: float
) -> None:
    flow = lived("export_pv", load_kw, pv_kw)
    assert (flow.charge_kw, flow.discharge_kw, flow.export_kw) == pytest.approx((charge_kw, discharge_kw, export_kw))


@pytest.mark.parametrize(
    ("limit_kw", "full", "export_kw", "curtailed_kw", "charge_kw"),
    [(0.0, True, 0.0, 5.0, 0.0), (2.0, True, 2.0, 3.0, 0.0), (9.0, True, 5.0, 0.0, 0.0), (0.0, False, 0.0, 0.0, 5.0)],
)
def test_one_that_limits_what_is_fed_in_throttles_its_own_plant(
    limit_kw: float, full: bool, export_kw: float, curtailed_kw: float, charge_kw: float
) -> None:
    flow = lived("limit_export", 1.0, 6.0, limit_kw, full)
    assert (flow.export_kw, flow.curtailed_kw, flow.charge_kw) == pytest.approx((export_kw, curtailed_kw, charge_kw))
    assert flow.pv_kw + flow.curtailed_kw == pytest.approx(6.0)
    assert flow.import_kw - flow.export_kw == pytest.approx(1.0 + flow.charge_kw - flow.discharge_kw - flow.pv_kw)


def test_the_limit_ends_with_the_mode() -> None:
    home = PhysicalHome(SITE, Family(SITE, ZoneInfo("Europe/Berlin"), 1))
    home.batteries["battery"].store.energy_kwh = 10.0
    for action, export_kw in (("limit_export", 0.0), ("self_use", 5.0)):
        home.obey({"battery": Setpoint("battery", "battery", action, 0.0, "plan", "")})  # type: ignore[arg-type]
        flow = home.advance(BEGIN, BEGIN + timedelta(minutes=15), 1.0, {"roof": 6.0})
        assert flow.export_kw == pytest.approx(export_kw)
    assert home.switched == {"battery": 2}
