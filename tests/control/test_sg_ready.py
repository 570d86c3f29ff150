"""The four states of an SG-Ready load: what the plan's on and off become, and the times that are kept."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.control.limits import Limits, LoadLimits
from hems.control.measured import Measured
from hems.control.moment import Moment
from hems.control.setpoint import Setpoint, Source
from hems.control.sg_ready import BLOCKS_A_DAY, DWELL, LONGEST_BLOCK, Kept, kept_from, let_go, sg_ready
from hems.domain.grid import Grid
from hems.domain.plan import Costs, GridPlan, LoadPlan, Plan, Solver, StorePlan
from hems.domain.problem import Problem

from .conftest import START

BOTH = frozenset({"block", "force"})
PUMP = LoadLimits(2.0, sg_ready=BOTH, min_c=45.0)
MINUTE = timedelta(minutes=1)
Telling = tuple[str, str]


def moment_at(
    pump_kw: tuple[float, ...],
    prices: tuple[float, ...],
    *,
    step: int = 0,
    import_kw: tuple[float, ...] | None = None,
    export_kw: tuple[float, ...] | None = None,
    battery_kw: tuple[float, ...] | None = None,
    sells_at: float = 0.05,
) -> Moment:
    """A plan of quarters, at one of them. Without ``import_kw`` everything is bought."""
    n = len(pump_kw)
    none = (0.0,) * n
    battery = StorePlan(charge_kw=none, discharge_kw=battery_kw, soc=(0.5,) * (n + 1)) if battery_kw else None
    money = dict.fromkeys(("import", "export", "wear", "capacity", "starts", "carbon", "net"), 0.0)
    plan = Plan(
        schema="hems.plan/1",
        status="optimal",
        start=START,
        step_minutes=(15.0,) * n,
        time_zone="Europe/Berlin",
        currency="EUR",
        costs=Costs.model_validate(money),
        terminal_value=0.0,
        baseline_net=0.0,
        grid=GridPlan(import_kw=import_kw or tuple(kw + 0.4 for kw in pump_kw), export_kw=export_kw or none),
        pv={},
        batteries={"battery": battery} if battery else {},
        evs={},
        loads={"pump": LoadPlan(power_kw=pump_kw)},
        solver=Solver(name="CBC", seconds=0.1, build_seconds=0.0, gap=0.0, bound=0.0, steps=n),
    )
    problem = Problem(
        schema="hems.problem/1",
        start=START,
        step_minutes=(15.0,) * n,
        time_zone="Europe/Berlin",
        grid=Grid(import_price=prices, export_price=(sells_at,) * n),
        load_kw=(0.4,) * n,
    )
    return Moment(plan, problem, step)


WAITS = moment_at((0.0, 0.0, 2.0), (0.40, 0.40, 0.20))
FOR_LONG = moment_at((*(0.0,) * 40, 2.0), (*(0.4,) * 40, 0.1))


def wanted(action: str, source: Source = "plan") -> Setpoint:
    return Setpoint("pump", "load", action, 2.0 if action == "on" else 0.0, source, "As planned.")  # type: ignore[arg-type]


def told(
    one: Setpoint,
    moment: Moment | str = WAITS,
    kept: Kept | None = None,
    *,
    load: LoadLimits = PUMP,
    warm_c: float | None = 50.0,
    now: datetime = START,
) -> tuple[Setpoint, Kept]:
    before = {"pump": kept} if kept is not None else {}
    measured = Measured(temperature_c={"pump": warm_c})
    found, after = sg_ready(before, {"pump": one}, moment, measured, Limits(loads={"pump": load}), now)
    return found["pump"], after["pump"]


@pytest.mark.parametrize(
    ("moment", "action"),
    [
        (WAITS, "block"),
        (moment_at((0.0, 0.0, 2.0), (0.40, 0.40, 0.39)), "off"),  # hardly cheaper
        (moment_at((0.0, 0.0, 2.0), (0.20, 0.20, 0.40)), "off"),  # it will run at a dear hour: it is not needed now
        (moment_at((0.0, 0.0, 0.0), (0.40, 0.40, 0.10)), "off"),  # nothing is planned for it
        (moment_at((0.0, 2.0, 2.0), (0.40, 0.10, 0.40)), "block"),  # a quarter of an hour
        (moment_at((0.5, 0.0, 2.0), (0.40, 0.40, 0.20)), "off"),  # it shares the step with a pause
        # sun that would be sold for 0.05 now is no dear hour
        (moment_at((0.0, 2.0), (0.40, 0.20), import_kw=(0.0, 2.0), export_kw=(2.5, 0.0)), "off"),
        (moment_at((0.0, 2.0), (0.40, 0.20), import_kw=(0.0, 2.0), export_kw=(0.5, 0.0)), "block"),
        # it waits for the sun, which sells for 0.05
        (moment_at((0.0, 2.0), (0.20, 0.20), import_kw=(0.4, 0.0)), "block"),
        # and what a battery gives is no sun
        (moment_at((0.0, 2.0), (0.20, 0.20), import_kw=(0.4, 0.0), battery_kw=(0.0, 2.0)), "off"),
        ("there is no plan yet", "off"),
        (Moment(WAITS.plan, None, 0), "off"),
    ],
)
def test_it_is_blocked_where_the_plan_waits_for_cheaper_hours(moment: Moment | str, action: str) -> None:
    found, kept = told(wanted("off"), moment)
    assert (found.action, found.power_kw, found.source) == (action, 0.0, "plan")
    assert kept == Kept(action, START)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("load", "source", "warm_c", "action"),
    [
        (PUMP, "plan", 47.1, "block"),
        (PUMP, "plan", 47.0, "off"),  # near its minimum
        (PUMP, "plan", None, "off"),
        (replace(PUMP, min_c=None), "plan", None, "block"),  # not a heat store
        (replace(PUMP, sg_ready=frozenset()), "plan", 60.0, "off"),
        (PUMP, "off", 60.0, "off"),
        (PUMP, "guard", 60.0, "off"),
        (PUMP, "fallback", 60.0, "off"),
        (PUMP, "skip", 60.0, "off"),
    ],
)
def test_it_is_blocked_only_when_warm_and_by_the_plan(
    load: LoadLimits, source: Source, warm_c: float | None, action: str
) -> None:
    assert told(wanted("off", source), load=load, warm_c=warm_c)[0].action == action


def test_a_block_ends_when_the_tank_gets_cold_and_not_at_the_first_sign_of_it() -> None:
    blocked, late = Kept("block", START), START + timedelta(minutes=11)
    for warm_c, action in ((46.5, "block"), (46.0, "off")):
        assert told(wanted("off"), kept=blocked, warm_c=warm_c, now=late)[0].action == action


def test_a_block_that_could_not_last_ten_minutes_does_not_begin() -> None:
    last = replace(WAITS, step=1)
    assert told(wanted("off"), last, now=START + timedelta(minutes=20))[0].action == "block"
    assert told(wanted("off"), last, now=START + timedelta(minutes=21))[0].action == "off"
    on = told(wanted("off"), last, Kept("block", START), now=START + timedelta(minutes=29))  # one that runs goes on
    assert on[0].action == "block"


@pytest.mark.parametrize(
    ("able", "source", "price", "action"),
    [
        (BOTH, "plan", -0.01, "force"),
        (BOTH, "plan", 0.0, "on"),
        (BOTH, "boost", 0.30, "force"),
        (frozenset({"block"}), "boost", -0.30, "on"),
        (frozenset({"block"}), "plan", -0.30, "on"),
    ],
)
def test_it_is_forced_for_the_family_and_at_a_price_below_zero(
    able: frozenset[Any], source: Source, price: float, action: str
) -> None:
    moment = moment_at((2.0, 2.0), (price, 0.3))
    found, kept = told(wanted("on", source), moment, load=replace(PUMP, sg_ready=able))
    assert (found.action, found.power_kw, found.source, kept.action) == (action, 2.0, source, action)


@pytest.mark.parametrize("before", ["on", "off", "force", "block"])
@pytest.mark.parametrize("minutes", [0, 9.9, 10, 60])
@pytest.mark.parametrize("source", ["plan", "boost", "guard", "off"])
def test_each_state_lasts_ten_minutes_unless_the_family_or_a_fuse_says_otherwise(
    before: Any, minutes: float, source: Source
) -> None:
    action = "on" if source == "boost" else "off"
    held = source == "plan" and minutes < 10
    found, kept = told(wanted(action, source), "no plan", Kept(before, START), now=START + timedelta(minutes=minutes))
    expected = before if held else {"boost": "force"}.get(source, "off")
    assert (found.action, kept.action) == (expected, expected)
    assert found.power_kw == (2.0 if expected in ("on", "force") else 0.0)
    assert kept.since == (START if expected == before else START + timedelta(minutes=minutes))


@pytest.mark.parametrize("source", ["manual", "fallback"])
def test_what_is_left_alone_is_not_left_blocked(source: Source) -> None:
    leave = wanted("leave", source)
    found, kept = told(leave, "no plan", Kept("block", START), now=START + MINUTE)
    assert (found.action, found.source) == ("off", source)
    assert kept == Kept("off", START + MINUTE, ((START, START + MINUTE),))
    assert told(leave, "no plan", kept, now=START + 2 * MINUTE)[0] == leave
    assert told(leave, "no plan", Kept("force", START), now=START + MINUTE)[0].action == "off"


def test_a_block_of_what_is_no_longer_planned_ends_after_its_ten_minutes() -> None:
    for minutes, action in ((9, "block"), (10, "off")):
        found = told(wanted("leave"), kept=Kept("block", START), now=START + minutes * MINUTE)[0]
        assert (found.action, found.source) == (action, "plan")


def test_what_the_family_drives_is_not_known_afterwards_and_what_is_left_stays_as_it_is() -> None:
    on = Kept("on", START)
    assert told(wanted("leave", "manual"), kept=on, now=START + MINUTE)[1] == Kept(None, START + MINUTE)
    assert told(wanted("leave", "fallback"), kept=on, now=START + MINUTE)[1] == on


def test_nothing_is_blocked_once_hems_has_let_go() -> None:
    after = let_go({"pump": Kept("block", START)}, START + MINUTE)
    assert after == {"pump": Kept(None, START + MINUTE, ((START, START + MINUTE),))}


def test_a_block_is_no_longer_than_two_hours_and_the_next_waits_as_long() -> None:
    kept, spans, last = Kept(), list[tuple[float, str]](), ""
    for minute in range(9 * 60):
        found, kept = told(wanted("off"), replace(FOR_LONG, step=minute // 15), kept, now=START + minute * MINUTE)
        if found.action != last:
            spans.append((minute, last := found.action))
    assert spans == [(0, "block"), (119, "off"), (238, "block"), (357, "off"), (476, "block")]


@pytest.mark.parametrize(
    ("hourly", "begins"),
    [
        ((0.3, 0.3, 0.3, 0.3, 0.3, 0.1), 0),
        ((0.3, 0.3, 0.4, 0.5, 0.3, 0.1), 120),  # the peak, not the hours before it
        ((0.3, 0.4, 0.4, 0.3, 0.3, 0.1), 60),
        ((0.5, 0.5, 0.3, 0.3, 0.3, 0.1), 0),
        ((0.3, 0.5, 0.1, 0.1, 0.1, 0.1), 0),  # no later block would be better: it runs after the second hour
    ],
)
def test_of_the_dear_hours_the_dearest_are_blocked(hourly: tuple[float, ...], begins: int) -> None:
    cheap = hourly.index(0.1)
    pump = tuple(2.0 if hour >= cheap else 0.0 for hour in range(len(hourly)) for _ in range(4))
    moment = moment_at(pump, tuple(price for price in hourly for _ in range(4)))
    kept, blocked = Kept(), list[int]()
    for minute in range(cheap * 60):
        found, kept = told(wanted("off"), replace(moment, step=minute // 15), kept, now=START + minute * MINUTE)
        blocked += [minute] if found.action == "block" else []
    assert blocked[0] == begins


def test_a_fourth_block_waits_for_the_day_to_pass() -> None:
    ago = [START - timedelta(hours=hours) for hours in (23.5, 12.0, 4.0)]
    kept = Kept("off", START - timedelta(hours=1), tuple((at, at + timedelta(minutes=20)) for at in ago))
    for minutes, action in ((0, "off"), (49, "off"), (50, "block")):
        assert told(wanted("off"), FOR_LONG, kept, now=START + minutes * MINUTE)[0].action == action


@pytest.mark.parametrize("action", ["block", "on", "off", "force", None])
def test_a_restart_changes_nothing(action: Any) -> None:
    kept = Kept(action, START, ((START - timedelta(hours=3), START - timedelta(hours=2)),))
    assert kept_from(json.loads(json.dumps(kept.memory()))) == kept
    assert kept_from(json.loads(json.dumps(Kept().memory()))) == Kept()


@pytest.mark.parametrize(
    "document",
    [None, 3, {}, {"action": "block"}, {"action": "block", "since": "soon", "blocks": []},
     {"action": "block", "since": START.replace(tzinfo=None).isoformat(), "blocks": []},
     {"action": "block", "since": None, "blocks": [["a", "b"]]}, {"action": "on", "since": None, "blocks": [3]},
     {"action": "limit", "since": None, "blocks": []}],
)  # fmt: skip
def test_what_cannot_be_read_is_forgotten(document: Any) -> None:
    assert kept_from(document) == Kept()


def test_a_block_that_outlasted_a_killed_process_ends_at_the_first_look_and_rests_as_long() -> None:
    kept = kept_from(Kept("block", START - timedelta(hours=5)).memory())
    found, kept = told(wanted("off"), FOR_LONG, kept)
    assert found.action == "off"
    for hours, action in ((4.9, "off"), (5.0, "block")):
        assert told(wanted("off"), FOR_LONG, kept, now=START + timedelta(hours=hours))[0].action == action


def test_a_clock_that_is_set_back_ends_a_block() -> None:
    found, _ = told(wanted("off"), kept=Kept("block", START), now=START - timedelta(hours=1))
    assert found.action == "off"


def test_other_loads_are_as_they_were() -> None:
    pool = Setpoint("pool", "load", "on", 1.1, "plan", "")
    limits = Limits(loads={"pool": LoadLimits(1.1)})
    assert sg_ready({}, {"pool": pool}, WAITS, Measured(), limits, START) == ({"pool": pool}, {})


WISHES: Mapping[str, tuple[Setpoint, Moment | str]] = {
    "waits": (wanted("off"), FOR_LONG),
    "rests": (wanted("off"), moment_at((0.0, 0.0), (0.2, 0.2))),
    "runs": (wanted("on"), moment_at((2.0, 2.0), (0.2, 0.2))),
    "is paid": (wanted("on"), moment_at((2.0, 2.0), (-0.2, 0.2))),
    "fuse": (wanted("off", "guard"), WAITS),
    "boost": (wanted("on", "boost"), WAITS),
    "left": (wanted("leave", "fallback"), "no plan"),
    "manual": (wanted("leave", "manual"), WAITS),
    "restart": (wanted("off"), FOR_LONG),
}
BY_PLAN = ("waits", "rests", "runs", "is paid", "restart")


def lived(steps: list[tuple[float, str, float]]) -> list[tuple[datetime, str, str]]:
    """Each look (at most a minute apart): its time, what was wished, and the state that the load is in.

    What HEMS leaves alone stays as it is; what the family drives may be anything.
    """
    found, kept, now = [], Kept(), START
    for minutes, wish, warm_c in steps:
        if wish == "restart":
            kept = kept_from(json.loads(json.dumps(kept.memory())))
        end = now + timedelta(minutes=minutes)
        one, moment = WISHES[wish]
        if isinstance(moment, Moment):
            moment = replace(moment, plan=moment.plan.model_copy(update={"start": now}))
        while now < end:
            setpoint, kept = told(one, moment, kept, warm_c=warm_c, now=now)
            stays = setpoint.action == "leave" and wish == "left" and found
            found.append((now, wish, found[-1][2] if stays else setpoint.action))
            now += timedelta(seconds=50)
    return found


def spans_of(looks: list[tuple[datetime, str, str]]) -> list[tuple[datetime, datetime, str, bool]]:
    """Begin, end, state, and whether the plan ended it, of every state that has ended."""
    found, begin = [], looks[0][0]
    for before, after in pairwise(looks):
        if before[2] != after[2]:
            found.append((begin, after[0], before[2], after[1] in BY_PLAN))
            begin = after[0]
    return found


STEPS = st.tuples(
    st.floats(0.5, 150.0), st.sampled_from([*WISHES, "waits", "waits"]), st.sampled_from([44.0, 46.5, 60.0])
)


# A day on which a fuse ends one block after the other.
RESTLESS = st.tuples(st.floats(15.0, 40.0), st.sampled_from(["waits", "fuse"]), st.just(60.0))


@settings(max_examples=60)
@given(steps=st.lists(STEPS, min_size=1, max_size=25) | st.lists(RESTLESS, min_size=15, max_size=40))
def test_blocks_keep_to_two_hours_three_times_a_day_and_states_to_ten_minutes(
    steps: list[tuple[float, str, float]],
) -> None:
    looks = lived(steps)
    spans = spans_of(looks)
    for begin, end, state, by_plan in spans:
        assert state != "block" or end - begin <= LONGEST_BLOCK
        # what was left alone has a time of its own
        assert not by_plan or state == "leave" or end - begin >= DWELL, (begin, state)
    blocks = [(begin, end) for begin, end, state, _ in spans if state == "block"]
    for (begin, end), (again, _) in pairwise(blocks):
        assert again - end >= max(end - begin, DWELL)
    for index, (_, end) in enumerate(blocks[: -BLOCKS_A_DAY or None]):
        if index + BLOCKS_A_DAY < len(blocks):
            assert blocks[index + BLOCKS_A_DAY][0] - end >= timedelta(hours=24)
    assert all(action == "leave" for _, wish, action in looks[1:] if wish == "manual" and action != "off")


@settings(max_examples=40)
@given(steps=st.lists(STEPS, min_size=1, max_size=10))
def test_a_boost_runs_at_once_whatever_was_before(steps: list[tuple[float, str, float]]) -> None:
    assert all(action == "force" for _, wish, action in lived(steps) if wish == "boost")
