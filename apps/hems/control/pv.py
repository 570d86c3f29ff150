"""A PV plant that can be curtailed: limited where the plan curtails, else let go."""

from .limits import PvLimits
from .moment import DEADBAND_KW, Moment
from .overrides import Override
from .setpoint import Action, Setpoint, Source


def pv_setpoint(name: str, override: Override, moment: Moment | str, limits: PvLimits) -> Setpoint:
    """The plant's limit now. Off and boost both mean that HEMS does not curtail it."""
    if override is Override.MANUAL:
        return _say(name, "leave", "manual", "Manual: HEMS leaves the plant alone.")
    if override is Override.OFF:
        return _say(name, "release", "off", "Off: is not curtailed.")
    if override is Override.BOOST:
        return _say(name, "release", "boost", "Boost: is not curtailed.")
    if isinstance(moment, str):
        return _say(name, "release", "fallback", f"Is not curtailed, because {moment}.")
    planned = moment.plan.pv.get(name)
    if planned is None:
        return _say(name, "release", "fallback", "Is not curtailed, because the plan does not contain it.")
    if planned.curtailed_kw[moment.step] <= DEADBAND_KW:
        return _say(name, "release", "plan", "Gives all it can, as planned.")
    used_kw = min(planned.used_kw[moment.step], limits.limit_kw)
    text = f"Is limited to {used_kw:.1f} kW, as planned."
    return Setpoint(name, "pv", "limit", used_kw, "plan", text)


def _say(name: str, action: Action, source: Source, text: str) -> Setpoint:
    return Setpoint(name, "pv", action, 0.0, source, text)
