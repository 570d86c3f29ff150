"""Options that ``simulate`` and ``backtest`` share, one by one: each fault names its option."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from ..config.check import planner_site
from ..config.site import Site
from ..domain.faults import Refused, hint, shown
from .modes import MODES
from .results import CONTROLLERS, ControllerName

_LONGEST_DAYS = 3660
T = TypeVar("T")


def home_of(path: str) -> tuple[str, Site]:
    """The planner's app in an apps.yaml and its home. Raises Refused."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise Refused([f"{path}: cannot be read ({error.strerror})"]) from None
    return planner_site(path, content)


def zone_of(name: str) -> ZoneInfo:
    """The zone of ``--time-zone``. Raises Refused."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise Refused([f"--time-zone: {shown(name)} is not a time zone; write for example Europe/Berlin"]) from None


def controllers_of(text: str) -> tuple[ControllerName, ...]:
    """The names of ``--controllers``, in the usual order. Raises Refused."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    faults = [
        f"--controllers: {shown(name)} is not one of {', '.join(CONTROLLERS)}{hint(name, CONTROLLERS)}"
        for name in asked
        if name not in CONTROLLERS
    ]
    if faults or not asked:
        raise Refused(faults or [f"--controllers: names none; write some of {','.join(CONTROLLERS)}"])
    return tuple(name for name in CONTROLLERS if name in asked)


def plain_faults(chosen: argparse.Namespace) -> list[str]:
    """Options that are wrong by themselves: mode, replan minutes, days, jobs."""
    faults = []
    if chosen.mode not in MODES:
        faults.append(f"--mode: {shown(chosen.mode)} is not one of {', '.join(MODES)}{hint(chosen.mode, MODES)}")
    minutes = chosen.replan_minutes
    if minutes is not None and (minutes < 5 or 1440 % minutes):
        faults.append(f"--replan-minutes: {minutes} does not divide a day, or is below 5; write 30, say")
    if not 1 <= chosen.days <= _LONGEST_DAYS:
        faults.append(f"--days: {chosen.days} is not within 1 to {_LONGEST_DAYS}")
    if chosen.jobs < 1:
        faults.append(f"--jobs: {chosen.jobs} is not above 0")
    return faults


def tried(faults: list[str], made: Callable[[], T]) -> T | None:
    """What is made; None where it is refused, and ``faults`` has why."""
    try:
        return made()
    except Refused as refused:
        faults += refused.faults
        return None
