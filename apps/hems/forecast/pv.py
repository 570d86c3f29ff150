"""The PV forecast on the horizon: the source's, corrected by what the plant really gave; without a source, the usual day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from ..domain.horizon import Horizon
from ..domain.kept import Kept
from ..domain.series import Slot, on_horizon
from .power_forecast import PowerForecast
from .pv_opinions import Mixture, mixture
from .pv_past import HOUR_S, PvPast, Values, pv_past
from .pv_present import Present, deviations, is_light, present
from .pv_quantiles import banded, quantiles
from .pv_steps import PvSteps
from .sun import Roof, clear_sky_kw_per_m2

# A forecast may exceed the most that was seen about its hour by this factor: three weeks may have had no clear sky.
_HEADROOM = 1.1
# An hour that never gave more than this share of the best hour is dark: what is left is standby.
_DARK = 0.005
# The measured power is taken to be as old as half of what it was averaged over, in hours.
_MEASURED_AGE = 0.1


@dataclass(frozen=True)
class _Outlook:
    """``expected_kw``, ``most_kw`` (what the plant can give at that hour) and ``ceiling_kw`` of each step, shape (N,).

    ``past_kw``: what would have been expected of the past hours, and ``past_most_kw`` of each hour of the day (UTC).
    """

    expected_kw: Values
    most_kw: Values
    ceiling_kw: Values
    past_kw: Values
    past_most_kw: Values


def forecast_pv(
    slots: Sequence[Slot],
    history: Sequence[Slot],
    horizon: Horizon,
    *,
    issued: Sequence[Slot] = (),
    measured_kw: float | None = None,
    curtailed: Sequence[Slot] = (),
    low: Sequence[Slot] = (),
    high: Sequence[Slot] = (),
    roof: Roof | None = None,
    kept: Kept | None = None,
) -> PowerForecast:
    """Power of each step, from the source's ``slots`` (kW) and the plant's ``history`` (mean kW, hourly or finer).

    ``issued``: what had been forecast for past hours, as it stood when each came; ``measured_kw``: the power now;
    ``curtailed``: when the plant was held back, which is never learned from (None for ``measured_kw`` while it lasts);
    ``low`` and ``high``: the source's p10 and p90. Where the source has nothing, the usual day of the last weeks stands in;
    without a past the clear sky of ``roof``, if its peak is known; else 0, all that can be relied on. ``kept``: this
    plant's own, with which its past is read once an hour.
    """
    said = _on(slots, horizon)
    past, mix = _learned((history, issued, slots, curtailed), horizon.start, roof, kept or Kept())
    steps = PvSteps.of(horizon)
    outlook = _outlook(said, past, mix, steps, roof)
    missed = deviations(past, outlook.past_kw, outlook.past_most_kw)
    now = present(past, missed, _instant(measured_kw, outlook, steps))
    mean = outlook.expected_kw + now.deviation(steps.ahead_hours) * outlook.most_kw
    mean = np.clip(mean, 0.0, outlook.ceiling_kw)

    def quantiles() -> Values:
        return _bands(mean, outlook, missed, now, steps, (said, _on(low, horizon), _on(high, horizon)))

    return PowerForecast(mean, quantiles, int(np.isnan(said).sum()))


def _learned(told: tuple[Sequence[Slot], ...], now: datetime, roof: Roof | None, kept: Kept) -> tuple[PvPast, Mixture]:
    """The past and the opinions on it. ``told``: measured, issued, forecast now and curtailed; only whole hours count."""

    def make() -> tuple[PvPast, Mixture]:
        past = pv_past(now, *told)
        clear = None if roof is None else clear_sky_kw_per_m2(past.middles_s, roof)
        return past, mixture(past, clear, None if roof is None else roof.peak_kw)

    past, mix = kept.get("past", (*told, now.timestamp() // HOUR_S, roof), make)
    return replace(past, now_s=now.timestamp()), mix


def _outlook(said: Values, past: PvPast, mix: Mixture, steps: PvSteps, roof: Roof | None) -> _Outlook:
    clear = None if roof is None else clear_sky_kw_per_m2(steps.middles_s, roof)
    usual = mix.usual.power(steps.between(mix.usual.mean_kw), steps.between(mix.usual.days), clear)
    expected = np.nan_to_num(mix.mixed(said * steps.between(mix.source.ratio), usual))
    # Where the source speaks, only what is known of the source is compared with what came.
    past_kw = mix.usual.past_kw
    if np.isfinite(said[0]):
        past_kw = np.where(np.isnan(past.issued_kw), np.nan, mix.mixed(mix.source.past_kw, past_kw))
    most = np.nan_to_num(np.concatenate((past.measured_kw, past_kw))).max(axis=0)
    gave = np.fmax.reduce(past.measured_kw, axis=0)
    ceiling = _ceiling(expected, said, gave, steps)
    if clear is not None and roof is not None:
        ceiling = _under_the_sky(ceiling, said, clear, roof.peak_kw)
    return _Outlook(np.minimum(expected, ceiling), np.minimum(steps.between(most), ceiling), ceiling, past_kw, most)


def _ceiling(expected: Values, said: Values, gave: Values, steps: PvSteps) -> Values:
    """What no forecast exceeds: the most that was seen about the hour, or what the source says.

    ``gave``: the most of each hour of the day, NaN where none was seen. An hour that was dark on all days is dark, but for
    what the source says.
    """
    about = np.fmax(gave, np.fmax(np.roll(gave, 1), np.roll(gave, -1)))
    dark = gave <= _DARK * float(np.nan_to_num(gave).max())
    seen = steps.within(np.where(dark, 0.0, _HEADROOM * np.where(np.isnan(gave), np.nan, about)))
    ceiling: Values = np.fmax(np.where(np.isnan(seen), expected, seen), said)
    return ceiling


def _under_the_sky(ceiling: Values, said: Values, clear: Values, peak_kw: float | None) -> Values:
    """The same where the roof is known: a clear sky may come, the peak is the peak, and the night is dark."""
    if peak_kw is not None:
        ceiling = np.minimum(np.maximum(ceiling, clear * peak_kw), peak_kw)
    dark: Values = np.where((clear <= 0.0) & ~(said > 0.0), 0.0, ceiling)
    return dark


def _instant(measured_kw: float | None, outlook: _Outlook, steps: PvSteps) -> float | None:
    """The deviation of the power now, in shares of the most; None where the sun is too low or nothing is measured."""
    if measured_kw is None or not np.isfinite(measured_kw):
        return None
    then = steps.at(outlook.past_most_kw, -_MEASURED_AGE)
    first = float(outlook.most_kw[0])
    if not is_light(np.array([then, first]), outlook.past_most_kw).all():
        return None
    return float(np.clip(max(measured_kw, 0.0) / then - outlook.expected_kw[0] / first, -1.0, 1.0))


def _bands(
    mean_kw: Values,
    outlook: _Outlook,
    missed: Values,
    now: Present,
    steps: PvSteps,
    said: tuple[Values, Values, Values],
) -> Values:
    seen = now.known_share(steps.ahead_hours)
    most = outlook.past_most_kw
    index = np.divide(outlook.past_kw, most, out=np.full_like(outlook.past_kw, np.nan), where=most > 0).ravel()
    own = quantiles(mean_kw, outlook.most_kw, missed, index, seen)
    theirs = banded(mean_kw, *said, seen)
    found = np.clip(np.where(np.isnan(theirs), own, theirs), 0.0, outlook.ceiling_kw)
    return np.maximum.accumulate(found, axis=0)


def _on(slots: Sequence[Slot], horizon: Horizon) -> Values:
    """kW of each step, shape (N,), NaN where the slots do not cover it."""
    kw = np.array([np.nan if kw is None else kw for kw in on_horizon(slots, horizon)])
    return np.where(np.isfinite(kw), np.maximum(kw, 0.0), np.nan)
