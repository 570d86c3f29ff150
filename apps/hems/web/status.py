"""The small document the page asks for every few seconds: the state of HEMS, honestly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from ..planner.tariff_prices import StepPrices
from .ledger_card import ledger_card
from .local_time import duration_words
from .plain import plain
from .present import planned_now, readings_now
from .who import who_is

# Plans are made every few minutes; after half an hour without a new one, something is wrong.
OLD_AFTER = timedelta(minutes=30)

WAITING = (
    "There is no plan yet. HEMS waits for prices, forecasts and the devices' readings; "
    "the first plan is shown here as soon as it stands."
)
NO_PLANNER = "The planner app is not running. AppDaemon may be starting; if this stays, look into AppDaemon's log."


@dataclass(frozen=True)
class Made:
    """One plan as the page needs it: its documents and how it came about. `created` is aware.

    `problem` has the prices that are paid, and `prices` says which of them are estimates; `recalled`: it was made before
    the last restart.
    """

    problem: Mapping[str, Any]
    plan: Mapping[str, Any]
    created: datetime
    reason: str
    number: int
    prices: StepPrices | None = None
    recalled: bool = False


@dataclass(frozen=True)
class Live:
    """What the running apps say at this moment. None and empty: not known.

    `control`: state of the master switch; `doing`: per device `action`, `power_kw`, `source`, `text` and what else the
    dispatcher says; `readings`: measured values; `message`: the planner's own word about its state; `faults`: sentences
    about what is wrong; `ledger`: the ledger's document, None where no ledger runs.
    """

    control: str | None = None
    doing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    readings: Mapping[str, Any] = field(default_factory=dict)
    message: str | None = None
    planner_runs: bool = True
    faults: Sequence[str] = ()
    ledger: Mapping[str, Any] | None = None


def build_status(made: Made | None, live: Live, now: datetime, control_entity: str) -> dict[str, Any]:
    """The status document. `devices`: what is done; `who`: who is in charge of each and until when, in words;
    `planned`: what the plan wants now; `now`: readings; `faults`: what is wrong; `ledger`: the ledger's card.
    """
    zone = ZoneInfo(made.plan["time_zone"]) if made else now.tzinfo or timezone.utc
    doing = {name: plain(entry) for name, entry in live.doing.items() if isinstance(entry, Mapping)}
    message = live.message or (WAITING if live.planner_runs else NO_PLANNER)
    status: dict[str, Any] = {
        "time": now.isoformat(),
        "number": None,
        "created": None,
        "reason": None,
        "control": live.control,
        "now": plain(live.readings),
        "devices": doing,
        "who": {name: who_is(entry, now, zone) for name, entry in doing.items()},
        "planned": {},
        "message": live.message if made else message,
        "faults": list(live.faults),
        "ledger": ledger_card(live.ledger),
        "banners": banners(made, live, now, control_entity),
    }
    if made is not None:
        status.update(number=made.number, created=made.created.isoformat(), reason=made.reason)
        status["now"] = {**readings_now(made.problem, made.plan, now), **plain(live.readings)}
        status["planned"] = planned_now(made.plan, now)
    return status


def banners(made: Made | None, live: Live, now: datetime, control_entity: str) -> list[dict[str, Any]]:
    """What the people at home must know before they trust the page; the worst first."""
    found = []
    if not live.planner_runs:
        found.append(_banner("planner", "error", NO_PLANNER))
    elif made is None:
        found.append(_banner("waiting", "info", live.message or WAITING))
    if made is not None and now - made.created > OLD_AFTER:
        age = duration_words((now - made.created).total_seconds() / 3600)
        text = f"This plan is {age} old and HEMS has made no new one since; it may no longer be right."
        found.append(_banner("old", "error", text))
    if made is not None and made.plan["status"] == "fallback":
        text = "Rule-based plan: the solver gave no answer. It is safe, but not the cheapest."
        found.append(_banner("fallback", "warning", text))
    if live.faults:
        found.append(_health(live.faults))
    if live.control != "on":
        text = f"Control is off. HEMS plans and shows; it writes nothing until {control_entity} is on."
        found.append(_banner("control", "info", text))
    return found


def _health(faults: Sequence[str]) -> dict[str, Any]:
    """One fault stands in the banner itself; more are a list that it opens to."""
    if len(faults) == 1:
        return _banner("health", "warning", faults[0][:1].upper() + faults[0][1:])
    return {**_banner("health", "warning", f"{len(faults)} things are not as they should be."), "items": list(faults)}


def _banner(kind: str, level: str, text: str) -> dict[str, str]:
    return {"kind": kind, "level": level, "text": text}
