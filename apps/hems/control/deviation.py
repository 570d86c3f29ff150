"""Where the home has left its plan: reasons for a new one. Pure state; means over minutes, so that no kettle is a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .moment import Moment

# A battery that is so far from where the plan sees it, as a part of its capacity.
_SOC = 0.05
# Baseline load and PV: so much, and so much of what is planned, in the mean of so long.
_LEAST_KW = 0.5
_PART = 0.3
_LASTING = timedelta(minutes=10)
# Looks that lie further apart say nothing of what was between them.
_GAP = timedelta(minutes=2)
_AGAIN = timedelta(minutes=5)
# A heat store outside its band that is so far from where the plan sees it.
_LEAST_K = 0.5


@dataclass(frozen=True)
class Mean:
    """A mean over ``span``, and the time of the last look."""

    kw: float
    span: timedelta
    at: datetime


@dataclass(frozen=True)
class Deviation:
    """``plan``: the number of the plan that the means are about; ``asked``: when a new plan was asked for last."""

    plan: int | None = None
    means: Mapping[str, Mean] = field(default_factory=dict)
    asked: datetime | None = None


def deviation(
    before: Deviation,
    moment: Moment | str,
    number: int | None,
    soc: Mapping[str, float | None],
    powers_kw: Mapping[str, float | None],
    now: datetime,
    temperature_c: Mapping[str, float | None],
) -> tuple[str | None, Deviation]:
    """The reason for a new plan, or None; and the state. At most one in five minutes.

    ``soc``: of the batteries that follow the plan; ``powers_kw``: ``load`` (the baseline load), and PV plants by name, as
    measured; ``temperature_c``: of heat stores; None: not known, which is no deviation. ``number``: of the plan.
    """
    if isinstance(moment, str):
        return None, Deviation(asked=before.asked)
    means = before.means if before.plan == number else {}
    planned = _planned(moment)
    means = {
        name: _mean(means.get(name), kw - planned[name], now)
        for name, kw in powers_kw.items()
        if kw is not None and name in planned
    }
    state = replace(before, plan=number, means=means)
    if before.asked is not None and timedelta() <= now - before.asked < _AGAIN:
        return None, state
    reasons = [*_soc_reasons(moment, soc, now), *_comfort_reasons(moment, temperature_c, now)]
    reasons += _power_reasons(means, planned)
    return (", ".join(reasons), replace(state, asked=now, means={})) if reasons else (None, state)


def _planned(moment: Moment) -> dict[str, float]:
    """What is planned for now; a plant that is curtailed gives what it is told, so it is not looked at."""
    found = {
        name: plant.used_kw[moment.step]
        for name, plant in moment.plan.pv.items()
        if plant.curtailed_kw[moment.step] <= 0
    }
    if moment.problem is not None:
        found["load"] = moment.problem.load_kw[moment.step]
    return found


def _mean(before: Mean | None, kw: float, now: datetime) -> Mean:
    if before is None or not timedelta() <= now - before.at <= _GAP:
        return Mean(kw, timedelta(), now)
    gone = now - before.at
    if before.span >= _LASTING:  # it was no reason; the next ten minutes are looked at by themselves
        return Mean(kw, timedelta(), now)
    span = before.span + gone
    part = gone / span if span else 1.0
    return Mean(before.kw + part * (kw - before.kw), span, now)


def _soc_reasons(moment: Moment, soc: Mapping[str, float | None], now: datetime) -> list[str]:
    found = []
    for name, level in soc.items():
        store = moment.plan.batteries.get(name)
        if store is None or level is None:
            continue
        expected = _at(store.soc, moment, now)
        if abs(level - expected) > _SOC:
            found.append(f"{name}: at {level * 100:.0f} % and not at {expected * 100:.0f} %")
    return found


def _comfort_reasons(moment: Moment, temperature_c: Mapping[str, float | None], now: datetime) -> list[str]:
    """Water that is too cold, a house that is too warm, where the plan sees it otherwise."""
    found = []
    for load in moment.problem.thermal_loads if moment.problem is not None else ():
        celsius, planned = temperature_c.get(load.name), moment.plan.loads.get(load.name)
        if celsius is None or planned is None or planned.temperature_c is None:
            continue
        sign, band = (1.0, load.min_c) if load.mode == "heat" else (-1.0, load.max_c)
        # What is kept in reserve for later is not missed yet: of all steps the widest limit counts.
        limit = sign * min(sign * one for one in (band if isinstance(band, tuple) else (band,)))
        expected = _at(planned.temperature_c, moment, now)
        if sign * (celsius - limit) < 0 and sign * (celsius - expected) < -_LEAST_K:
            found.append(f"{load.name}: at {celsius:.1f} °C and not at {expected:.1f} °C")
    return found


def _at(values: tuple[float, ...], moment: Moment, now: datetime) -> float:
    """Where the plan sees a state now, between two fence-posts."""
    posts, k = moment.plan.horizon.posts_minutes, moment.step
    part = (moment.plan.horizon.minutes_at(now) - posts[k]) / (posts[k + 1] - posts[k])
    return values[k] + part * (values[k + 1] - values[k])


def _power_reasons(means: Mapping[str, Mean], planned: Mapping[str, float]) -> list[str]:
    found = []
    for name, mean in means.items():
        if mean.span >= _LASTING and abs(mean.kw) > max(_LEAST_KW, _PART * planned[name]):
            what = "baseline load" if name == "load" else name
            found.append(f"{what}: {abs(mean.kw):.1f} kW {'more' if mean.kw > 0 else 'less'} than planned")
    return found
