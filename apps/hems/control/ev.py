"""A car at its charge point: charging at a power, or stopped."""

from .limits import EvLimits
from .moment import DEADBAND_KW, Moment
from .overrides import Override
from .setpoint import Action, Setpoint, Source


def ev_setpoint(
    name: str, override: Override, moment: Moment | str, connected: bool | None, limits: EvLimits
) -> Setpoint:
    """What the charge point does now. Without a plan to follow, a connected car keeps doing what it does."""
    if override is Override.OFF:
        return _say(name, "stop", "off", "Off: the car does not charge.")
    if override is Override.MANUAL:
        return _say(name, "leave", "manual", "Manual: HEMS leaves the charge point alone.")
    if override in (Override.BOOST, Override.CHARGE):
        return _charge(name, "boost", f"Boost: charges at {limits.max_kw:.1f} kW.", limits.max_kw, limits)
    if isinstance(moment, str):
        return _say(name, "leave", "fallback", f"Is left as it is, because {moment}.")
    if connected is False:
        return _say(name, "stop", "plan", "Is not connected.")
    planned = moment.plan.evs.get(name)
    if planned is None:
        return _say(name, "leave", "fallback", "Is left as it is, because the plan does not contain it.")
    if planned.charge_kw[moment.step] <= DEADBAND_KW:
        return _say(name, "stop", "plan", "Does not charge now, as planned.")
    power_kw = max(limits.min_kw, min(planned.charge_kw[moment.step], limits.max_kw))
    return _charge(name, "plan", f"Charges at {power_kw:.1f} kW, as planned.", power_kw, limits)


def _charge(name: str, source: Source, text: str, power_kw: float, limits: EvLimits) -> Setpoint:
    return Setpoint(name, "ev", "charge", power_kw, source, text, limits.soc_max)


def _say(name: str, action: Action, source: Source, text: str) -> Setpoint:
    return Setpoint(name, "ev", action, 0.0, source, text)
