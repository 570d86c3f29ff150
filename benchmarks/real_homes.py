"""Two homes on real series: one with every kind of device for the speed, one with a battery alone for the long run."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytz
from real_series import House, known

from hems.domain.battery import Battery, SocTarget
from hems.domain.ev import Ev
from hems.domain.grid import Grid
from hems.domain.horizon import Horizon
from hems.domain.loads import InterruptibleLoad, Quota, ShiftableLoad, ThermalLoad
from hems.domain.problem import Problem
from hems.domain.pv import Pv
from hems.domain.series import Slot

# Both price areas clear on Central European days.
MARKET_ZONE = "Europe/Berlin"
SHOWER_HOURS = (6, 8), (18, 21)


@dataclass(frozen=True)
class Tariff:
    """``import = (spot + fees) * (1 + vat)``; export is the spot price less a fee, or a fixed price. Per kWh."""

    name: str
    fees_per_kwh: float
    vat: float = 0.2
    feed_in_per_kwh: float | None = None
    selling_fee_per_kwh: float = 0.003

    def import_price(self, spot: tuple[float, ...]) -> tuple[float, ...]:
        """Import price in EUR/kWh, shape (N,)."""
        return tuple((price + self.fees_per_kwh) * (1 + self.vat) for price in spot)

    def export_price(self, spot: tuple[float, ...]) -> tuple[float, ...]:
        """Export price in EUR/kWh, shape (N,)."""
        if self.feed_in_per_kwh is not None:
            return (self.feed_in_per_kwh,) * len(spot)
        return tuple(price - self.selling_fee_per_kwh for price in spot)


def local(day: date, hour: int = 0) -> datetime:
    """An hour of a market day."""
    return pytz.timezone(MARKET_ZONE).localize(datetime(day.year, day.month, day.day, hour))


def calendar_horizon(day: date, days: int, step_minutes: int) -> Horizon:
    """Whole market days in steps of one length: 92 or 100 quarters on the days of a clock change."""
    start, end = local(day), local(day + timedelta(days=days))
    steps = round((end - start).total_seconds() / 60 / step_minutes)
    return Horizon(start.astimezone(pytz.utc), (float(step_minutes),) * steps)


def battery(soc: float, terminal_value_per_kwh: float | None = None) -> Battery:
    """10 kWh, 5 kW, 90 % there and back, 2 ct/kWh wear."""
    return Battery(
        name="battery",
        capacity_kwh=10.0,
        soc=soc,
        soc_min=0.1,
        soc_max=1.0,
        charge_limit_kw=5.0,
        discharge_limit_kw=5.0,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        wear_cost_per_kwh=0.02,
        terminal_value_per_kwh=terminal_value_per_kwh,
    )


def battery_home(
    spot: tuple[Slot, ...],
    house: House,
    tariff: Tariff,
    horizon: Horizon,
    soc: float,
    terminal_value_per_kwh: float | None,
) -> Problem:
    """Load, PV and a battery; the forecast is what really came."""
    prices = known("prices", spot, horizon)
    grid = Grid(
        import_price=tariff.import_price(prices), export_price=tariff.export_price(prices), import_limit_kw=17.25
    )
    return Problem(
        schema="hems.problem/1",
        start=horizon.start,
        step_minutes=horizon.step_minutes,
        time_zone=MARKET_ZONE,
        grid=grid,
        load_kw=known("load", house.load_kw, horizon),
        pv=(Pv(name="roof", forecast_kw=known("PV", house.pv_kw, horizon)),),
        batteries=(battery(soc, terminal_value_per_kwh),),
    )


def full_home(spot: tuple[Slot, ...], house: House, tariff: Tariff, horizon: Horizon) -> Problem:
    """Battery, car, dishwasher, pool pump and hot-water tank, planned from midnight."""
    home = battery_home(spot, house, tariff, horizon, 0.3, None)
    zone = pytz.timezone(MARKET_ZONE)
    times = [horizon.time(k).astimezone(zone) for k in range(horizon.steps)]
    days = sorted({time.date() for time in times})
    first, last = days[0], days[-1]
    car = Ev(
        name="car",
        battery_kwh=60.0,
        soc=0.4,
        soc_max=0.9,
        connected=tuple(t.hour < 7 or t.hour >= 17 for t in times),
        min_kw=1.38,
        max_kw=7.36,
        charge_efficiency=0.92,
        targets=(SocTarget(at=local(last, 7), soc=0.6 + 0.2 * (last > first)),),
    )
    dishwasher = ShiftableLoad(
        name="dishwasher",
        profile_kw=(2.0, 0.1, 1.8),
        profile_step_minutes=30.0,
        earliest_start=local(first, 8),
        latest_finish=local(first, 22),
    )
    pool = InterruptibleLoad(
        name="pool",
        power_kw=1.1,
        min_on_minutes=60.0,
        min_off_minutes=30.0,
        start_cost=0.01,
        quotas=tuple(
            Quota.model_validate({"from": local(d), "until": local(d + timedelta(days=1)), "kwh": 4.4}) for d in days
        ),
    )
    showers = tuple(1.2 if any(low <= t.hour < high for low, high in SHOWER_HOURS) else 0.0 for t in times)
    tank = ThermalLoad(
        name="tank",
        power_kw=2.0,
        capacity_kwh_per_k=0.23,
        loss_kw_per_k=0.002,
        ambient_c=20.0,
        draw_kw=showers,
        temperature_c=52.0,
        min_c=45.0,
        max_c=65.0,
        comfort_penalty_per_k_hour=0.5,
    )
    return home.model_copy(
        update={
            "evs": (car,),
            "shiftable_loads": (dishwasher,),
            "interruptible_loads": (pool,),
            "thermal_loads": (tank,),
        }
    )
