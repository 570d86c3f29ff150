"""Batteries at rest and heat stores that follow the meter: a home second by second behind the dispatcher's own rounds."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .metered_home import TICK_S, MeteredHome, Planned, noisy_site

BATTERY, TANK = "select.battery", "switch.tank"
IMPORTS, EXPORTS = Planned(import_kw=1.0), Planned(export_kw=1.0)
HEATS_LATER = Planned(export_kw=1.0, tank_steps=(40,))
SUNNY, DARK = {"sun_kw": lambda s: 2.5}, {"sun_kw": lambda s: 0.0}


def clouds(most_kw: float, period_s: float, seed: int = 1) -> Callable[[float], float]:
    """A sun that goes up and down, with shadows by the minute."""
    rng = random.Random(seed)
    shadows = [rng.random() for _ in range(301)]

    def sky(seconds: float) -> float:
        wave = most_kw * (1 + math.sin(2 * math.pi * seconds / period_s)) / 2
        return wave * (0.3 if shadows[int(seconds // 60)] > 0.8 else 1.0)

    return sky


def blinking(most_kw: float, period_s: float) -> Callable[[float], float]:
    """All or nothing."""
    return lambda seconds: most_kw * (seconds % period_s < period_s / 2)


def discharged_kwh(home: MeteredHome, name: str = "battery") -> float:
    return -sum(min(kw, 0.0) for kw in home.past[name]) * TICK_S / 3600


# A battery at rest


def test_a_battery_at_rest_takes_a_surplus_that_was_not_planned_and_then_rests_again() -> None:
    home = MeteredHome(IMPORTS, sun_kw=lambda s: 2.5 if s < 1800 else 0.0, noise_kw=0.1).run(60)
    assert [home.mode(BATTERY), len(home.changes(BATTERY))] == ["hold", 2]
    assert 0.5 < home.socs["battery"] < 0.62 and home.socs["battery"] > 0.55


def test_a_battery_at_rest_supplies_a_home_whose_surplus_is_not_there() -> None:
    home = MeteredHome(EXPORTS, load_kw=lambda s: 1.0, noise_kw=0.1).run(30)
    assert home.mode(BATTERY) == "self_use" and len(home.changes(BATTERY)) == 1
    assert discharged_kwh(home) == pytest.approx(0.43, abs=0.05)


@pytest.mark.parametrize("price", [(0.10, 0.10), (0.10, 0.09), (-0.05, -0.10), (-0.05, -0.20)])
@pytest.mark.parametrize(("plan", "sun"), [(IMPORTS, 2.5), (EXPORTS, 0.0)])
def test_where_nothing_is_to_be_earned_the_plans_mode_stands(
    plan: Planned, sun: float, price: tuple[float, float]
) -> None:
    """Net metering, and prices below zero (at which the guard may let a battery take what would be paid for)."""
    home = MeteredHome(replace(plan, price=price), sun_kw=lambda s: sun, site=noisy_site(guard={"enabled": False})).run(
        30
    )
    assert home.mode(BATTERY) == "hold" and home.changes(BATTERY) == []


@pytest.mark.parametrize("entity", ["sensor.grid_power", "sensor.battery_power"])
def test_without_the_meter_or_the_batterys_power_nothing_follows_the_meter(entity: str) -> None:
    home = MeteredHome(IMPORTS, lost=lambda one, s: one == entity, **SUNNY).run(30)
    assert home.mode(BATTERY) == "hold" and home.changes(BATTERY) == []


@pytest.mark.parametrize("entity", ["sensor.grid_power", "sensor.battery_power"])
def test_a_meter_that_is_lost_ends_it_after_two_minutes(entity: str) -> None:
    home = MeteredHome(IMPORTS, lost=lambda one, s: one == entity and s >= 900, noise_kw=0.05, **SUNNY).run(15)
    assert home.mode(BATTERY) == "self_use"
    home.run(1.5)
    assert home.mode(BATTERY) == "self_use"
    home.run(1)
    assert home.mode(BATTERY) == "hold"


def test_a_meter_that_says_the_very_same_for_ever_ends_it() -> None:
    home = MeteredHome(IMPORTS, **SUNNY).run(10)
    assert home.mode(BATTERY) == "self_use"
    said = home.states["sensor.grid_power"]
    home.states = _Stuck(home.states, {"sensor.grid_power": ("-1234", said[1])})
    home.run(14)
    assert home.mode(BATTERY) == "hold"


class _Stuck(dict[str, tuple[str, dict[str, object]]]):
    """States of which some do not change any more."""

    def __init__(
        self, states: dict[str, tuple[str, dict[str, object]]], stuck: dict[str, tuple[str, dict[str, object]]]
    ):
        super().__init__(states | stuck)
        self._stuck = stuck

    def __setitem__(self, entity: str, value: tuple[str, dict[str, object]]) -> None:
        super().__setitem__(entity, self._stuck.get(entity, value))


def test_a_battery_whose_power_sensor_has_died_does_not_supply_the_home_for_ever() -> None:
    """In self-use the meter shows nothing, and so does the battery: nobody knows what the home needs."""
    home = MeteredHome(IMPORTS, sun_kw=lambda s: 2.5 if s < 900 else 0.0, dead=frozenset({"battery"})).run(60)
    assert home.mode(BATTERY) == "hold" and discharged_kwh(home) < 0.2


def test_a_power_sensor_that_lags_behind_a_forced_charge_is_no_surplus() -> None:
    def plan(seconds: float) -> Planned:
        return CHARGES if seconds < 1800 else IMPORTS

    home = MeteredHome(plan, lag_s=45, noise_kw=0.1, site=noisy_site(guard={"enabled": False})).run(60)
    assert [said for _, one, said in home.calls if one == BATTERY] == ["charge", "hold"]


CHARGES = Planned(import_kw=5.0, batteries={"battery": (4.0, 0.0)})


@pytest.mark.parametrize("how", ["plan", "boost", "manual", "another hand"])
def test_a_car_that_the_battery_must_not_feed_is_not_fed(how: str) -> None:
    """A cloud comes while the car charges: in self-use the battery would supply it until the meter is believed."""
    site = noisy_site(**{"evs.car.from_home_battery": False})
    planned = Planned(export_kw=1.0, car_apart=True, car_kw=3.0 if how == "plan" else 0.0)
    home = MeteredHome(planned, site, load_kw=lambda s: 1.0, car_kw=lambda s: 7.0 if s >= 600 else 0.0)
    if how in ("boost", "manual"):
        home.family(f"car_{how}")
    home.run(10)
    assert home.mode(BATTERY) == ("self_use" if how in ("manual", "another hand") else "hold")
    begun = discharged_kwh(home)
    home.run(20)
    assert home.mode(BATTERY) == "hold" and discharged_kwh(home) < begun + 0.02


def test_a_car_that_the_plan_buys_for_is_not_fed_by_a_battery_that_keeps_its_energy() -> None:
    """The sun shone until the step in which the car is charged from the grid."""
    charges = Planned(import_kw=5.0, car_kw=5.0)
    home = MeteredHome(
        lambda s: IMPORTS if s < 900 else charges,
        sun_kw=lambda s: 2.5 if s < 900 else 0.0,
        car_kw=lambda s: 5.0 * (s >= 900),
    ).run(30)
    assert home.mode(BATTERY) == "hold" and discharged_kwh(home) < 0.02


@pytest.mark.parametrize("how", ["plan", "family", "manual"])
def test_no_battery_supplies_another_that_is_charged(how: str) -> None:
    site = noisy_site("battery", "second", guard={"enabled": False})
    planned = CHARGES if how == "plan" else IMPORTS
    home = MeteredHome(replace(planned, import_kw=3.0), site, noise_kw=0.05, **SUNNY)
    if how != "plan":
        home.family("battery_charge" if how == "family" else "battery_manual")
    home.run(30)
    assert home.mode("select.second") == "hold" and discharged_kwh(home, "second") == 0.0


def test_two_batteries_at_rest_share_a_surplus() -> None:
    home = MeteredHome(IMPORTS, noisy_site("battery", "second"), sun_kw=lambda s: 7.5, noise_kw=0.1).run(30)
    assert [home.mode("select.battery"), home.mode("select.second")] == ["self_use", "self_use"]
    assert min(home.socs.values()) > 0.52 and len(home.changes(BATTERY) + home.changes("select.second")) == 2


@pytest.mark.parametrize(
    ("override", "mode"), [("hold", "hold"), ("off", "hold"), ("charge", "charge"), ("manual", None)]
)
def test_the_familys_word_counts_at_once(override: str, mode: str | None) -> None:
    home = MeteredHome(IMPORTS, noise_kw=0.1, **SUNNY).run(15)
    assert home.mode(BATTERY) == "self_use"
    home.family(f"battery_{override}")
    home.run(TICK_S / 60)
    assert home.mode(BATTERY) == (mode or "self_use")
    if mode is None:
        home._set(BATTERY, "hold")
        home.run(15)
        assert home.mode(BATTERY) == "hold"  # and nothing is written
        return
    home.family(f"battery_{override}", on=False)
    home.run(1)
    assert home.mode(BATTERY) == "self_use"


def test_a_reserve_is_not_given_to_the_home() -> None:
    home = MeteredHome(EXPORTS, load_kw=lambda s: 2.0, soc=0.5)
    home.states["input_number.hems_battery_reserve_soc"] = ("48", {"unit_of_measurement": "%"})
    home.run(60)
    assert home.mode(BATTERY) == "hold" and home.socs["battery"] >= 0.474  # said in whole per cent


def test_a_dry_run_writes_nothing_and_says_what_it_would() -> None:
    home = MeteredHome(IMPORTS, dry=True, noise_kw=0.1, **SUNNY)
    home._set(BATTERY, "hold")
    home.run(15)
    assert home.calls == [] and home.rounds.doing()["battery"]["action"] == "self_use"


def test_with_few_writes_a_day_most_are_the_plans() -> None:
    site = noisy_site(battery={"write": {"max_writes_per_day": 12}})
    home = MeteredHome(IMPORTS, site, load_kw=lambda s: 1.0, sun_kw=blinking(4.0, 1800), noise_kw=0.1).run(150)
    assert len(home.changes(BATTERY, since=0.0)) <= 7 and home.mode(BATTERY) == "hold"


@settings(max_examples=8)
@given(
    seed=st.integers(0, 10_000),
    plan=st.sampled_from([IMPORTS, EXPORTS]),
    noise_kw=st.floats(0.0, 0.6),
    load_kw=st.floats(0.1, 3.0),
    sun_kw=st.floats(0.0, 6.0),
    period_s=st.floats(20.0, 3600.0),
    lag_s=st.floats(0.0, 60.0),
    kettle_s=st.floats(0.0, 240.0),
    lost=st.sampled_from([0.0, 0.02, 0.3]),
)
@example(
    seed=1, plan=IMPORTS, noise_kw=0.1, load_kw=2.0, sun_kw=4.0, period_s=1290.0, lag_s=30.0, kettle_s=0.0, lost=0.0
)
@example(seed=1, plan=IMPORTS, noise_kw=0.5, load_kw=0.5, sun_kw=0.6, period_s=60.0, lag_s=0.0, kettle_s=0.0, lost=0.0)
@example(
    seed=1, plan=EXPORTS, noise_kw=0.1, load_kw=1.0, sun_kw=2.0, period_s=300.0, lag_s=60.0, kettle_s=120.0, lost=0.3
)
def test_under_any_sky_a_battery_changes_its_mode_six_times_an_hour_at_most(
    seed: int,
    plan: Planned,
    noise_kw: float,
    load_kw: float,
    sun_kw: float,
    period_s: float,
    lag_s: float,
    kettle_s: float,
    lost: float,
) -> None:
    rng = random.Random(seed)
    gone = [rng.random() < lost for _ in range(3000)]
    home = MeteredHome(
        plan,
        load_kw=lambda s: load_kw + 2.0 * (s % 1500 < kettle_s),
        sun_kw=clouds(sun_kw, period_s, seed),
        noise_kw=noise_kw,
        lag_s=lag_s,
        seed=seed,
        lost=lambda entity, s: entity in ("sensor.grid_power", "sensor.battery_power") and gone[int(s / TICK_S)],
    ).run(90)
    assert home.per_hour(BATTERY) <= 6
    assert set(said for _, one, said in home.calls if one == BATTERY) <= {"self_use", "hold"}


@settings(max_examples=4)
@given(seed=st.integers(0, 1000), soc_noise=st.floats(0.0, 0.003), whole=st.booleans(), edge=st.floats(-0.01, 0.01))
@pytest.mark.parametrize(("plan", "sun_kw", "bound"), [(IMPORTS, 2.5, 0.95), (EXPORTS, 0.0, 0.1), (EXPORTS, 2.5, 0.95)])
def test_a_state_of_charge_that_flickers_at_its_bound_is_no_reason_to_change(
    plan: Planned, sun_kw: float, bound: float, seed: int, soc_noise: float, whole: bool, edge: float
) -> None:
    soc = min(max(bound + edge, 0.1), 0.95)
    home = MeteredHome(
        plan, sun_kw=lambda s: sun_kw, soc=soc, soc_noise=soc_noise, whole=whole, seed=seed, noise_kw=0.1
    ).run(60)
    assert home.per_hour(BATTERY) <= 6


@settings(max_examples=6)
@given(
    seed=st.integers(0, 10_000),
    sun_kw=st.floats(1.0, 9.0),
    period_s=st.floats(30.0, 3600.0),
    price=st.sampled_from([(0.3, 0.08), (0.1, -0.02), (-0.02, -0.05)]),
    plan=st.sampled_from([IMPORTS, EXPORTS]),
)
def test_with_an_export_limit_or_prices_below_zero_it_is_no_more_restless_than_the_guard(
    seed: int, sun_kw: float, period_s: float, price: tuple[float, float], plan: Planned
) -> None:
    site = noisy_site(**{"grid.export_limit_kw": 1.0})
    home = MeteredHome(
        replace(plan, price=price), site, sun_kw=clouds(sun_kw, period_s, seed), noise_kw=0.2, lag_s=10, seed=seed
    ).run(90)
    assert home.per_hour(BATTERY) <= 14


# A heat store and later sun


def test_a_tank_takes_the_surplus_beside_a_full_battery_and_stops_below_its_maximum() -> None:
    home = MeteredHome(HEATS_LATER, sun_kw=lambda s: 4.0, soc=0.95, noise_kw=0.1, tank_c=55.0).run(120)
    assert [said for _, one, said in home.calls if one == TANK][:2] == ["on", "off"]
    assert home.per_hour(TANK) <= 3 and 63.0 < max(home.past["tank_c"]) < 65.0


@pytest.mark.parametrize(
    "why", ["meter", "battery power", "temperature", "soc", "battery not full", "quota", "sg_ready"]
)
def test_else_a_tank_waits_as_planned(why: str) -> None:
    lost = {
        "meter": "sensor.grid_power", "battery power": "sensor.battery_power", "temperature": "sensor.tank_temperature",
        "soc": "sensor.battery_soc",
    }.get(why)  # fmt: skip
    site = noisy_site(tank=KINDS[why]) if why in KINDS else noisy_site()
    home = MeteredHome(
        HEATS_LATER, site, sun_kw=lambda s: 4.0, soc=0.8 if why == "battery not full" else 0.95,
        lost=lambda entity, s: entity == lost, noise_kw=0.1,
    ).run(30)  # fmt: skip
    assert [said for _, one, said in home.calls if one == TANK and said == "on"] == []


def _switch(word: str) -> list[dict[str, dict[str, str]]]:
    return [{f"switch.turn_{word}": {"entity_id": TANK}}]


KINDS: dict[str, dict[str, object]] = {
    "quota": {
        **dict.fromkeys(("temperature", "min_c", "max_c", "volume_l"), ...),
        "type": "quota", "switch": TANK, "power_kw": 2.0, "hours_per_day": 2, "min_on_minutes": 30, "min_off_minutes": 30,
    },
    "sg_ready": {
        "type": "heat", "switch": ..., "actions": {"normal": _switch("off"), "boost": _switch("on")}, "power_kw": 2.0,
        "temperature": "sensor.tank_temperature", "min_c": 45, "max_c": 65, "volume_l": 200,
    },
}  # fmt: skip


def test_a_tank_that_heats_stops_at_once_where_its_temperature_is_lost_for_long() -> None:
    home = MeteredHome(
        HEATS_LATER, sun_kw=lambda s: 4.0, soc=0.95, lost=lambda one, s: one == "sensor.tank_temperature" and s >= 900
    ).run(44)  # it is held for half an hour
    assert home.mode(TANK) == "on"
    home.run(2)
    assert home.mode(TANK) == "off"


def test_what_the_family_ends_ends_at_once() -> None:
    home = MeteredHome(HEATS_LATER, sun_kw=lambda s: 4.0, soc=0.95, noise_kw=0.1).run(12)
    assert home.mode(TANK) == "on"
    home.family("tank_off")
    home.run(TICK_S / 60)
    assert home.mode(TANK) == "off"
    cold = MeteredHome(HEATS_LATER, soc=0.95, noise_kw=0.1).run(6)
    cold.family("tank_boost")
    cold.run(2)
    cold.family("tank_boost", on=False)
    cold.run(TICK_S / 60)
    assert [said for _, one, said in cold.calls if one == TANK] == ["on", "off"]


@settings(max_examples=8)
@given(
    seed=st.integers(0, 10_000),
    noise_kw=st.floats(0.0, 0.6),
    sun_kw=st.floats(2.0, 6.0),
    period_s=st.floats(20.0, 3600.0),
    plug_lag_s=st.floats(0.0, 60.0),
    soc=st.floats(0.90, 0.95),
    soc_noise=st.floats(0.0, 0.005),
    tank_c=st.floats(45.0, 64.0),
    temperature_noise=st.floats(0.0, 0.5),
    draw_kw=st.floats(0.0, 2.0),
    replanned=st.booleans(),
)
@example(1, 0.3, 4.0, 600.0, 45.0, 0.94, 0.004, 63.4, 0.3, 0.0, True)
def test_under_any_sky_a_tank_is_on_and_off_for_five_minutes_at_least(
    seed: int,
    noise_kw: float,
    sun_kw: float,
    period_s: float,
    plug_lag_s: float,
    soc: float,
    soc_noise: float,
    tank_c: float,
    temperature_noise: float,
    draw_kw: float,
    replanned: bool,
) -> None:
    """A heating element; new plans that change their mind every few minutes do not move it sooner."""
    rng = random.Random(seed)
    now_or_later = [Planned(export_kw=1.0, tank_steps=(*range(24),)), HEATS_LATER, EXPORTS]
    minds = [rng.choice(now_or_later) for _ in range(60)]
    home = MeteredHome(
        lambda s: minds[int(s // 180)] if replanned else HEATS_LATER,
        sun_kw=clouds(sun_kw, period_s, seed),
        noise_kw=noise_kw,
        plug_lag_s=plug_lag_s,
        soc=soc,
        soc_noise=soc_noise,
        tank_c=tank_c,
        temperature_noise=temperature_noise,
        draw_kw=draw_kw,
        seed=seed,
    ).run(90)
    times = home.changes(TANK, since=0.0)
    hot = [at for at in times if home.past["tank_c"][int(at / TICK_S)] >= 65.0 - 3 * temperature_noise - 0.1]
    short = [one for one, other in pairwise(times) if other - one < 300 and other not in hot]
    assert short == []
    assert max(home.past["tank_c"]) < 65.0 + 0.5 + 3 * temperature_noise or replanned
