"""SG-Ready loads have four states, and rules for how long each may last: between the plan's on and off, and the contacts.

Off is ``normal``: a heat pump then runs as it likes, at the dearest hour too. While it waits for cheaper hours it is blocked,
as long as that is allowed. Pure: state in, state out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, get_args

from .cheaper import is_dearest_now, waits_for_cheaper
from .limits import Limits, LoadLimits
from .measured import Measured
from .moment import Moment
from .setpoint import RUNNING, Action, LoadAction, Setpoint

# Regulations of the SG-Ready label (Bundesverband Wärmepumpe): a state lasts ten minutes at least, a block two hours at most.
DWELL = timedelta(minutes=10)
LONGEST_BLOCK = timedelta(hours=2)
# German grid operators' terms for heat pumps that may be interrupted (by § 14a EnWG until 2023): three times two hours within
# 24 hours, and between two blocks as long as the first of them lasted.
BLOCKS_A_DAY = 3
_DAY = timedelta(hours=24)
# The dispatcher looks once a minute at least: a block ends before its two hours, not after them.
_LOOK = timedelta(minutes=1)
# A tank that is no warmer than its minimum and this is not blocked, or no longer.
_BEGIN_ABOVE_C, _END_ABOVE_C = 2.0, 1.0
# States that must not outlast whoever has set them.
HELD: frozenset[LoadAction] = frozenset({"block", "force"})
_STATES: Mapping[Action, LoadAction] = {"on": "on", "off": "off", "block": "block", "force": "force"}
# Begin and end of each.
Blocks = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True)
class Kept:
    """What a load was told last, and since when (None: not known); ``blocks``: begin and end of those of the last day."""

    action: LoadAction | None = None
    since: datetime | None = None
    blocks: Blocks = ()

    def becomes(self, action: LoadAction | None, now: datetime) -> "Kept":
        """The state from now on. A block that has ended counts for a day."""
        blocks = self.blocks
        if self.action == "block" and action != "block" and self.since is not None:
            blocks += ((self.since, max(self.since, now)),)
        return Kept(action, self.since if action == self.action else now, _of_a_day(blocks, now))

    def memory(self) -> dict[str, Any]:
        """Fit for JSON."""
        blocks = [[begin.isoformat(), end.isoformat()] for begin, end in self.blocks]
        return {"action": self.action, "since": self.since.isoformat() if self.since else None, "blocks": blocks}


def kept_from(document: Any) -> Kept:
    """From what ``memory`` gave; what cannot be read is not known."""
    try:
        action = document["action"]
        if action not in get_args(LoadAction):
            action = None
        since = datetime.fromisoformat(document["since"]) if document["since"] else None
        blocks = tuple(
            (datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in document["blocks"]
        )
        aware = all(
            time.tzinfo is not None for time in (*(t for block in blocks for t in block), *filter(None, [since]))
        )
        return Kept(action if since else None, since, blocks) if aware else Kept()
    except (KeyError, TypeError, ValueError):
        return Kept()


def sg_ready(
    before: Mapping[str, Kept],
    wanted: Mapping[str, Setpoint],
    moment: Moment | str,
    measured: Measured,
    limits: Limits,
    now: datetime,
) -> tuple[dict[str, Setpoint], dict[str, Kept]]:
    """The setpoints with each SG-Ready load's state, and what is to be kept of it."""
    found, kept = dict(wanted), dict[str, Kept]()
    for name, load in limits.loads.items():
        if load.sg_ready is None or name not in wanted:
            continue
        state = before.get(name, Kept())
        found[name] = _dwelling(_wish(wanted[name], state, load, moment, measured, now), state, load, now)
        kept[name] = _next(state, found[name], now)
    return found, kept


def let_go(before: Mapping[str, Kept], now: datetime) -> dict[str, Kept]:
    """HEMS controls nothing any more: what the loads do is not known, and no block goes on."""
    return {name: state.becomes(None, now) for name, state in before.items()}


def _next(state: Kept, told: Setpoint, now: datetime) -> Kept:
    if told.action == "leave":
        # Without a plan a load stays as it is; one that is the family's may be anything.
        return state.becomes(None, now) if told.source == "manual" else state
    return state.becomes(_STATES[told.action], now)


def _wish(
    one: Setpoint, state: Kept, load: LoadLimits, moment: Moment | str, measured: Measured, now: datetime
) -> Setpoint:
    able = load.sg_ready or frozenset()
    if one.action == "leave" and state.action in HELD:
        return replace(one, action="off", text=f"Runs as it likes first, for nobody else would see to that. {one.text}")
    if one.action == "on" and "force" in able:
        if one.source == "boost":
            return replace(one, action="force")
        if one.source == "plan" and _is_paid_for(moment):
            return replace(one, action="force", text=f"{one.text} By force: energy costs less than nothing.")
    idle = one.action == "off" and one.source == "plan"
    if (
        idle
        and "block" in able
        and _may_block(state, now)
        and _is_to_wait(one.device, state, load, moment, measured, now)
    ):
        return replace(one, action="block", text="Waits for cheaper hours, and is blocked: for two hours at most.")
    return one


def _is_to_wait(
    name: str, state: Kept, load: LoadLimits, moment: Moment | str, measured: Measured, now: datetime
) -> bool:
    """Whether it is warm and waits for cheaper hours. A block begins where it keeps the dearest hours, and then goes on."""
    goes_on = state.action == "block"
    least, above_c = (timedelta(), _END_ABOVE_C) if goes_on else (DWELL, _BEGIN_ABOVE_C)
    if not _is_warm(name, load, measured, above_c) or isinstance(moment, str):
        return False
    if not waits_for_cheaper(name, load.power_kw, moment, now, least):
        return False
    return goes_on or is_dearest_now(name, load.power_kw, moment, now, LONGEST_BLOCK)


def _may_block(state: Kept, now: datetime) -> bool:
    """Whether a block may go on, or begin."""
    if state.action == "block" and state.since is not None:
        return timedelta() <= now - state.since < LONGEST_BLOCK - _LOOK
    recent = _of_a_day(state.blocks, now)
    rested = all(now - end >= max(end - begin, DWELL) for begin, end in recent)
    return rested and len(recent) < BLOCKS_A_DAY


def _of_a_day(blocks: Blocks, now: datetime) -> Blocks:
    return tuple((begin, end) for begin, end in blocks if abs(now - end) < _DAY)


def _is_warm(name: str, load: LoadLimits, measured: Measured, above_c: float) -> bool:
    if load.min_c is None:
        return True
    temperature_c = measured.temperature_c.get(name)
    return temperature_c is not None and temperature_c > load.min_c + above_c


def _is_paid_for(moment: Moment | str) -> bool:
    return (
        not isinstance(moment, str) and moment.problem is not None and moment.problem.grid.import_price[moment.step] < 0
    )


def _dwelling(wish: Setpoint, state: Kept, load: LoadLimits, now: datetime) -> Setpoint:
    """What the plan changes waits until the state has lasted its ten minutes; the family, a fuse and a fallback do not."""
    if state.action is None or state.since is None or not timedelta() <= now - state.since < DWELL:
        return wish
    if wish.action in ("leave", state.action) or wish.source != "plan":
        return wish
    power_kw = load.power_kw if state.action in RUNNING else 0.0
    words = f"Stays as it is until each state has lasted ten minutes; then: {wish.text}"
    return replace(wish, action=state.action, power_kw=power_kw, text=words)
