"""What a hybrid inverter may feed in, between two plans: it throttles its own PV by itself and follows no slow setpoint.

Told a limit, its own loop keeps it: the home and the battery come first, and what is left beyond the limit is not produced.
So there is nothing to follow here, only when the limit is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .guard_rules import GuardRules
from .limits import Limits
from .metered import Metered
from .setpoint import SUPPLYING, Setpoint

# A limit stays for so long once it is told, whatever the clouds do.
_LEAST = timedelta(minutes=10)
# Less is fed in than the limit by this, or the battery gives so much: it holds nothing back.
_FREE_KW = 0.3
_GIVES_KW = 0.1


@dataclass(frozen=True)
class FeedIn:
    """A limit of ``kw``, told ``since``; ``free``: since when it has held nothing back."""

    kw: float
    since: datetime
    free: datetime | None = None


def can_limit(name: str, wanted: Mapping[str, Setpoint], limits: Limits) -> bool:
    """Whether this battery's inverter can be told to feed in less and is not: it neither charges by force nor is the family's."""
    one, battery = wanted.get(name), limits.batteries.get(name)
    if one is None or battery is None or not battery.curtails or "limit_export" not in battery.actions:
        return False
    return one.source in ("plan", "fallback") and one.action in SUPPLYING | {"hold", "discharge"}


def still_limited(
    before: Mapping[str, FeedIn],
    wanted: Mapping[str, Setpoint],
    limits: Limits,
    metered: Metered,
    limit_kw: float,
    rules: GuardRules,
    now: datetime,
) -> dict[str, FeedIn]:
    """The limits that go on, at ``limit_kw``; one that has held nothing back for a while ends."""
    found = {}
    for name, one in before.items():
        if not can_limit(name, wanted, limits):
            continue
        battery_kw = metered.batteries_kw.get(name)
        gives = battery_kw is not None and battery_kw < -_GIVES_KW
        is_free = gives or -(metered.net_kw or 0.0) < limit_kw - _FREE_KW
        free = (one.free if one.free is not None and one.free <= now else now) if is_free else None
        over = free is not None and now - free >= rules.restore and not timedelta() <= now - one.since < _LEAST
        if not over:
            found[name] = replace(one, kw=limit_kw, free=free)
    return found


def feed_in_limited(wanted: Setpoint, one: FeedIn) -> Setpoint:
    """The setpoint with the limit; a plan's own that is lower stands."""
    if wanted.action == "limit_export" and wanted.power_kw <= one.kw:
        return wanted
    much = f"no more than {one.kw:.1f} kW" if one.kw else "nothing"
    text = f"Runs in self-use and feeds {much} in: too much would be exported."
    return replace(wanted, action="limit_export", power_kw=one.kw, target_soc=None, source="guard", text=text)
