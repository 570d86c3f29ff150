"""Controlled loads of the problem: what is left to do, from now on."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import numpy as np

from ..config.loads import Heat, Program, Quota
from ..config.site import Site
from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad, ShiftableLoad, ThermalLoad
from ..domain.loads import Quota as Wish
from .draws import KWH_PER_LITRE_K, ExpectedDraws, expected_draws
from .local_days import periods
from .memory import LoadMemory, Memory, window_around
from .overrides import skip_end, window_after
from .precedence import in_order
from .readings import LoadReading, Readings
from .stores import Says

# When hot water is drawn, local hours: two thirds in the morning and the evening, the rest by day.
_DRAW_SHARE = {6: 0.1, 7: 0.2, 8: 0.1, 12: 0.1, 13: 0.1, 18: 0.1, 19: 0.1, 20: 0.1, 21: 0.1}
# A shower takes eight minutes, not the half-hour in which it may come.
_AT_ONCE_MINUTES = 10.0
# A boosted load is planned on for so long; the next plan prolongs it while the boost lasts.
_BOOST = timedelta(hours=1)


def shiftable_loads(
    site: Site, readings: Readings, memory: Memory, horizon: Horizon, zone: tzinfo
) -> Iterator[ShiftableLoad]:
    """Programs that run now, or are to run in their next window; each after the one it waits for."""
    after = {name: load.after for name, load in site.loads.items() if isinstance(load, Program)}
    yield from in_order(tuple(_programs(site, readings, memory, horizon, zone)), after)


def _programs(
    site: Site, readings: Readings, memory: Memory, horizon: Horizon, zone: tzinfo
) -> Iterator[ShiftableLoad]:
    for name, config in site.loads.items():
        override = readings.overrides.of(name)
        if not isinstance(config, Program) or override in ("off", "manual"):
            continue
        length = timedelta(minutes=len(config.program_kw) * config.program_step_minutes)
        reading, remembered = readings.loads.get(name, LoadReading(None)), memory.of(name)
        running = remembered.on_since if reading.on and remembered.on_since is not None else None
        if running is not None and readings.now - running >= length:
            running = None
        window = _window(config, remembered, readings.now, length, zone)
        if override == "skip":
            until = readings.overrides.until.get(name) or skip_end(config, readings.now, zone)
            window = window_after(config, window, length, until, zone)
        # On vacation nobody loads a machine, so it is run only where it has been asked for.
        wanted = reading.requested is True or (config.requested is None and not readings.overrides.vacation)
        if override == "boost":
            window, wanted = (readings.now, readings.now + length + timedelta(hours=1)), True
        if running is None and (not wanted or window[0] + length > horizon.end):
            continue
        yield ShiftableLoad(
            name=name,
            profile_kw=config.program_kw,
            profile_step_minutes=config.program_step_minutes,
            earliest_start=min(window[0], window[1]),
            latest_finish=window[1],
            running_since=running,
            phase=config.phase,
        )


def _window(
    config: Program, memory: LoadMemory, now: datetime, length: timedelta, zone: tzinfo
) -> tuple[datetime, datetime]:
    """The window to run in: this one, or the next where the program has been run in this one or no longer fits."""
    opens, closes = window_around(config.window, now, zone)
    done = memory.done_until is not None and memory.done_until >= closes
    if done or max(opens, now) + length > closes:
        opens, closes = window_around(config.window, closes + timedelta(minutes=1), zone)
    return opens, closes


def interruptible_loads(
    site: Site, readings: Readings, memory: Memory, horizon: Horizon, zone: tzinfo
) -> Iterator[InterruptibleLoad]:
    """Loads with a daily quota: what is left of today's, and the whole of every further day inside the horizon."""
    for name, config in site.loads.items():
        override = readings.overrides.of(name)
        if not isinstance(config, Quota) or override in ("off", "manual"):
            continue
        reading, remembered = readings.loads.get(name, LoadReading(None)), memory.of(name)
        hours = reading.hours_per_day
        quotas = tuple(_quotas(config, hours, remembered, horizon, zone)) if hours is not None else ()
        if override == "skip":
            quotas = quotas[1:]
        if override == "boost":
            until = min(readings.overrides.until.get(name, readings.now + _BOOST), horizon.end)
            boosted_hours = max((until - readings.now).total_seconds(), 0.0) / 3600
            quotas = (*quotas, _wish(readings.now, until, round(config.power_kw * boosted_hours, 4)))
        yield InterruptibleLoad(
            name=name,
            power_kw=config.power_kw,
            quotas=quotas,
            min_on_minutes=config.min_on_minutes,
            min_off_minutes=config.min_off_minutes,
            max_starts=None if config.max_starts_per_day is None else config.max_starts_per_day * 2,
            on_now=bool(reading.on),
            on_for_minutes=_on_for_minutes(reading, remembered, readings.now),
            phase=config.phase,
        )


def _on_for_minutes(reading: LoadReading, memory: LoadMemory, now: datetime) -> float:
    """How long a load that is on has been on; 0 where that is not known."""
    since = memory.on_since
    return (now - since).total_seconds() / 60 if reading.on and since is not None else 0.0


def _quotas(config: Quota, hours: float, memory: LoadMemory, horizon: Horizon, zone: tzinfo) -> Iterator[Wish]:
    """One wish for each local day that ends inside the horizon; today's less what was used already."""
    today = horizon.start.astimezone(zone).date()
    for days, (opens, closes) in enumerate(periods("day", horizon.start, horizon.end, zone)):
        if closes > horizon.end + timedelta(hours=1) and days:
            break
        used = memory.kwh if days == 0 and memory.day == today.isoformat() else 0.0
        left = max(0.0, config.power_kw * hours - used)
        yield _wish(opens, closes, round(left, 4))


def _wish(begin: datetime, until: datetime, kwh: float) -> Wish:
    return Wish.model_validate({"from": begin, "until": until, "kwh": kwh})


def thermal_loads(
    site: Site, readings: Readings, memory: Memory, horizon: Horizon, zone: tzinfo, notes: Says
) -> Iterator[ThermalLoad]:
    """Heat stores whose temperature is known, with what is likely to be drawn from them: on vacation nothing."""
    for name, config in site.loads.items():
        override = readings.overrides.of(name)
        if not isinstance(config, Heat) or override in ("off", "manual"):
            continue
        reading = readings.loads.get(name, LoadReading(None))
        if reading.temperature_c is None:
            notes.say(f"{name}: its temperature is not known; nothing is planned for it")
            continue
        min_on_minutes, min_off_minutes = config.least_minutes
        boosted, away = override == "boost", readings.overrides.vacation
        learned = expected_draws(memory.draws[name], config, readings.now, zone) if name in memory.draws else None
        yield ThermalLoad(
            name=name,
            power_kw=config.power_kw,
            min_on_minutes=min_on_minutes,
            min_off_minutes=min_off_minutes,
            on_now=bool(reading.on),
            on_for_minutes=_on_for_minutes(reading, memory.of(name), readings.now),
            cop=config.cop,
            capacity_kwh_per_k=config.volume_l * KWH_PER_LITRE_K,
            loss_kw_per_k=config.loss_kw_per_k,
            ambient_c=reading.ambient_c if reading.ambient_c is not None else 20.0,
            draw_kw=(0.0,) * horizon.steps if away else _expected_kw(config, learned, horizon, zone),
            temperature_c=reading.temperature_c,
            min_c=config.max_c if boosted else config.min_c if away else _least_c(config, learned, horizon, zone),
            max_c=config.max_c + (5.0 if boosted else 0.0),
            comfort_penalty_per_k_hour=config.comfort_penalty_per_k_hour,
            phase=config.phase,
        )


def _expected_kw(config: Heat, learned: ExpectedDraws | None, horizon: Horizon, zone: tzinfo) -> tuple[float, ...]:
    return _learned_kw(learned, horizon) if learned is not None else _draw_kw(config, horizon, zone)


def _draw_kw(config: Heat, horizon: Horizon, zone: tzinfo) -> tuple[float, ...]:
    """Heat drawn in each step: the day's energy spread over the hours in which water is used."""
    hours = (horizon.time(k).astimezone(zone).hour for k in range(horizon.steps))
    return tuple(round(config.draw_kwh_per_day * _DRAW_SHARE.get(hour, 0.0), 4) for hour in hours)


def _least_c(config: Heat, learned: ExpectedDraws | None, horizon: Horizon, zone: tzinfo) -> tuple[float, ...]:
    """The least temperature at the end of each step: there is enough for what may come beyond the mean (``draws.py``).

    Unknown, in the hours in which water is usually drawn, what the largest hour's draw takes. Without the reserve one day
    in seven ended with cold water.
    """
    capacity, most_c = config.volume_l * KWH_PER_LITRE_K, (config.min_c + config.max_c) / 2
    posts = range(1, horizon.steps + 1)
    if learned is not None:
        reserve_k = [float(learned.beyond_kwh[_half_hour(horizon, k)]) / capacity for k in posts]
    else:
        largest = max(_DRAW_SHARE.values()) * config.draw_kwh_per_day / capacity
        reserve_k = [largest if horizon.time(k).astimezone(zone).hour in _DRAW_SHARE else 0.0 for k in posts]
    return tuple(round(min(config.min_c + one, most_c), 2) for one in reserve_k)


def _learned_kw(learned: ExpectedDraws, horizon: Horizon) -> tuple[float, ...]:
    """The mean draw of each step in kW: what a half-hour draws comes at once at its begin, or now."""
    begin = horizon.start - timedelta(minutes=horizon.start.minute % 30, seconds=horizon.start.second)
    into = (horizon.start - begin).total_seconds() / 60
    posts = np.array(horizon.posts_minutes) + into
    begins = np.maximum(into, 30.0 * np.arange(len(learned.mean_kwh)))
    ends = np.minimum(begins + _AT_ONCE_MINUTES, 30.0 * np.arange(1, len(learned.mean_kwh) + 1))
    after = np.cumsum(learned.mean_kwh)
    drawn = np.interp(posts, np.ravel((begins, ends), "F"), np.ravel((after - learned.mean_kwh, after), "F"))
    return tuple(np.round(np.diff(drawn) / np.array(horizon.hours), 4).tolist())


def _half_hour(horizon: Horizon, k: int) -> int:
    """The half-hour that fence-post ``k`` ends or is in, counted from the present one."""
    into = horizon.start.minute % 30 + horizon.start.second / 60
    return min(max(math.ceil((horizon.posts_minutes[k] + into - 1e-6) / 30) - 1, 0), 95)
