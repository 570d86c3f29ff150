"""Results that no simulation made: figures that are easy to check, in any length, over any days."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone
from math import pi, sin
from zoneinfo import ZoneInfo

from hems.closed_loop.results import (
    CONTROLLERS,
    ControllerName,
    Day,
    Outcome,
    Results,
    SolverSeconds,
    Trace,
    Unmet,
)

STEP = timedelta(minutes=15)
# What each controller pays a day. (2) - (6) is 2.00, so HEMS reached 1.50 of 2.00: three quarters.
BILLS: dict[ControllerName, float] = {
    "uncontrolled": 5.0,
    "self_consumption": 3.0,
    "rules": 2.0,
    "hems": 1.5,
    "hems_perfect": 1.25,
    "bound": 1.0,
}


def made_up(
    first: date = date(2021, 6, 7),
    days: int = 14,
    zone: str = "Europe/Brussels",
    only: Sequence[ControllerName] = CONTROLLERS,
    wear: float = 0.0,
    unmet: int = 0,
    notes: Sequence[str] = (),
) -> Results:
    """Local days from ``first``; HEMS has ``unmet`` wishes, every third of them avoidable."""
    home = ZoneInfo(zone)
    dates = [first + timedelta(days=n) for n in range(days)]
    begin, end = (datetime.combine(day, time(), home) for day in (first, first + timedelta(days=days)))
    steps = int((end.astimezone(timezone.utc) - begin.astimezone(timezone.utc)) / STEP)
    clocks = [(begin.astimezone(timezone.utc) + k * STEP).astimezone(home) for k in range(steps)]
    hours = [clock.hour + clock.minute / 60 for clock in clocks]
    prices = [0.2 + 0.1 * sin(hour * pi / 6) for hour in hours]
    return Results(
        title="A made-up home",
        period=(begin, end),
        time_zone=zone,
        currency="EUR",
        mode="day-ahead prices",
        outcomes={name: outcome(name, dates, wear, unmet if name == "hems" else 0) for name in only},
        step_minutes=15.0,
        import_price=tuple(prices),
        export_price=tuple(price - 0.1 for price in prices),
        pv_kw=tuple(max(0.0, 5 * sin((hour - 6) * pi / 12)) for hour in hours),
        load_kw=tuple(0.5 + 0.4 * (hour > 17) for hour in hours),
        traces={name: trace(name, hours) for name in only if name != "bound"},
        notes=tuple(notes),
    )


def outcome(name: ControllerName, dates: Sequence[date], wear: float = 0.0, unmet: int = 0) -> Outcome:
    """The same bill every day, but on the second week's days HEMS pays 0.30 more and the bound 0.30 less."""
    extra = {"hems": 0.3, "bound": -0.3}.get(name, 0.0)
    days = tuple(
        Day(day.isoformat(), BILLS[name] + (extra if 7 <= n < 14 else 0.0), 10.0, 4.0) for n, day in enumerate(dates)
    )
    return Outcome(
        bill=BILLS[name] * len(dates),
        import_kwh=10.0 * len(dates),
        export_kwh=4.0 * len(dates),
        cycles=0.0 if name == "uncontrolled" else 0.9 * len(dates),
        wear=0.0 if name == "uncontrolled" else wear,
        switches={} if name == "bound" else {"battery": 30, "car": 14},
        unmet=tuple(wish(n, dates[0]) for n in range(unmet)),
        solver=SolverSeconds(1500, 0.214, 1.1, 4.9) if name in ("hems", "hems_perfect") else None,
        days=days,
    )


def wish(number: int, first: date) -> Unmet:
    """The car's wish of 7 o'clock UTC on a day after ``first``."""
    at = datetime.combine(first, time(7), timezone.utc) + timedelta(days=number)
    return Unmet("car", f"80 % by 7:00 <{number}>", at, 1.25, "kWh", number % 3 == 0)


def trace(name: ControllerName, hours: Sequence[float]) -> Trace:
    """A day that repeats; the better the controller, the more of its import lies in the night."""
    night = CONTROLLERS.index(name)
    power = [
        0.4 + (0.5 * night if hour < 6 else 0.0) + (2.5 - 0.4 * night if 17 <= hour < 22 else 0.0) for hour in hours
    ]
    soc = [0.1 + 0.8 * max(0.0, sin((hour - 2 * (night % 3)) * pi / 24)) for hour in hours]
    return Trace(
        import_kw=tuple(power),
        export_kw=tuple(max(0.0, 3 * sin((hour - 6) * pi / 12) - night * 0.3) for hour in hours),
        soc={} if name == "uncontrolled" else {"battery": tuple(soc), "car": tuple(0.3 + hour / 48 for hour in hours)},
        load_kw={"heater": tuple(2.0 if 12 <= hour < 14 else 0.0 for hour in hours)},
        temperature_c={"heater": tuple(50 + hour / 4 for hour in hours)},
    )
