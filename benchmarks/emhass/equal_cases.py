"""Eight cases from real series, made of what EMHASS can express exactly.

Each home: PV, a battery that must end at least as full as it began, a dishwasher (a program), a boiler (on or off) and a
pool pump (0 or within a range of power); two with a car. Nothing that is stored at the end is worth anything.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytz
from real_homes import MARKET_ZONE, Tariff, battery, calendar_horizon, local
from real_series import finnish_prices, german_prices, house, known

from hems.domain.battery import SocTarget
from hems.domain.ev import Ev
from hems.domain.grid import Grid
from hems.domain.horizon import Horizon
from hems.domain.loads import InterruptibleLoad, Quota, ShiftableLoad
from hems.domain.problem import Problem
from hems.domain.pv import Pv

# Fees so high that import is never paid for: else "exactly" (EMHASS) and "at least" (here) would differ.
TARIFF = Tariff("ordinary", fees_per_kwh=0.12)
FUSE_KW = 17.25
START_SOC = 0.3
BOILER_KW, POOL_KW, POOL_LEAST_KW = 2.0, 1.1, 0.4
BOILER_KWH_A_DAY, POOL_KWH_A_DAY = 4.0, 4.4
CAR_FROM, CAR_TO = 0.4, 0.8
LOAD_NOISE = 0.05


@dataclass(frozen=True)
class Case:
    """``days`` market days from ``day`` on in steps of ``step_minutes``; the pool pump runs at ``pool_least_kw`` at least."""

    market: str
    day: date
    days: int
    step_minutes: int
    car: bool = False
    pool_least_kw: float = POOL_LEAST_KW

    @property
    def name(self) -> str:
        """Such as ``48 h @ 15 min, car``."""
        size = f"{24 * self.days} h @ {self.step_minutes} min"
        return size + ", car" * self.car + ", pool from 0" * (self.pool_least_kw == 0)


# Days of an ordinary bill: EMHASS's gap is relative to it, so a bill near nothing makes EMHASS several times slower.
CASES = (
    Case("DE", date(2020, 5, 6), 1, 30),
    Case("DE", date(2020, 1, 22), 2, 30),
    Case("FI", date(2026, 3, 27), 1, 15),
    Case("DE", date(2020, 6, 3), 2, 15),
    Case("DE", date(2020, 4, 20), 1, 5),
    Case("FI", date(2026, 3, 27), 2, 5),
    Case("FI", date(2026, 3, 27), 2, 15, car=True),
    Case("DE", date(2020, 9, 16), 2, 5, car=True),
)


def problem_of(case: Case, folder: Path) -> Problem:
    """The case as a problem. Raises NoData where the series do not cover it."""
    spot = german_prices(folder) if case.market == "DE" else finnish_prices(folder)
    home, horizon = house(folder, case.day.year), calendar_horizon(case.day, case.days, case.step_minutes)
    prices = known("prices", spot, horizon)
    sold = TARIFF.export_price(prices)
    store = battery(START_SOC, 0.0)
    return Problem(
        schema="hems.problem/1",
        start=horizon.start,
        step_minutes=horizon.step_minutes,
        time_zone=MARKET_ZONE,
        grid=Grid(
            import_price=TARIFF.import_price(prices),
            export_price=sold,
            import_limit_kw=FUSE_KW,
            export_limit_kw=FUSE_KW,
        ),
        load_kw=known("load", home.load_kw, horizon),
        # Where export never costs anything, curtailing never pays.
        pv=(Pv(name="roof", forecast_kw=known("PV", home.pv_kw, horizon), curtailable=min(sold) < 0),),
        batteries=(store.model_copy(update={"soc_targets": (SocTarget(at=horizon.end, soc=START_SOC),)}),),
        evs=(_car(case, horizon),) if case.car else (),
        shiftable_loads=(_dishwasher(case),),
        interruptible_loads=_loads(case, horizon),
    )


def with_noise(problem: Problem, seed: int) -> Problem:
    """The same problem with another load: every step's is changed by about 5 %."""
    luck = random.Random(seed)
    load = tuple(max(0.0, kw * luck.gauss(1.0, LOAD_NOISE)) for kw in problem.load_kw)
    return problem.model_copy(update={"load_kw": load})


def _dishwasher(case: Case) -> ShiftableLoad:
    return ShiftableLoad(
        name="dishwasher",
        profile_kw=(2.0, 0.1, 1.8),
        profile_step_minutes=30.0,
        earliest_start=local(case.day, 8),
        latest_finish=local(case.day, 22),
    )


def _loads(case: Case, horizon: Horizon) -> tuple[InterruptibleLoad, ...]:
    def quota(kwh_a_day: float) -> tuple[Quota, ...]:
        """One for the whole horizon: EMHASS knows no other."""
        begin, end = horizon.start.isoformat(), horizon.end.isoformat()
        return (Quota.model_validate({"from": begin, "until": end, "kwh": kwh_a_day * case.days}),)

    boiler = InterruptibleLoad(name="boiler", power_kw=BOILER_KW, quotas=quota(BOILER_KWH_A_DAY))
    pool = InterruptibleLoad(
        name="pool", power_kw=POOL_KW, min_power_kw=case.pool_least_kw, quotas=quota(POOL_KWH_A_DAY)
    )
    return boiler, pool


def _car(case: Case, horizon: Horizon) -> Ev:
    """At home for the first night, ready in the morning; it may not take more than it must."""
    zone = pytz.timezone(MARKET_ZONE)
    arrives, leaves = local(case.day, 17), local(case.day + timedelta(days=1), 7)
    times = (horizon.time(k).astimezone(zone) for k in range(horizon.steps))
    return Ev(
        name="car",
        battery_kwh=60.0,
        soc=CAR_FROM,
        soc_max=CAR_TO,
        connected=tuple(arrives <= time < leaves for time in times),
        min_kw=1.38,
        max_kw=7.36,
        charge_efficiency=0.92,
        targets=(SocTarget(at=leaves, soc=CAR_TO),),
    )
