"""A battery is told modes, not only watts.

Where the plan keeps the grid at zero, the inverter's own loop does that better than any setpoint that is
minutes old: self-use. A power is forced only where the plan wants what the inverter would not do by itself.
"""

from dataclasses import replace

from .limits import BatteryLimits
from .moment import DEADBAND_KW, Moment
from .overrides import Override
from .setpoint import Action, Setpoint, Source

# So near to its maximum a battery tapers its charging by itself, and a forced power could not be kept.
_NEARLY_FULL = 0.02
# A plan that charges mostly from the sun and a little from the grid means the sun: with less of it than forecast a forced
# power would be bought.
_PART = 0.5


def battery_setpoint(
    name: str, override: Override, moment: Moment | str, soc: float | None, limits: BatteryLimits
) -> Setpoint:
    """The battery's mode now. Actions that it does not have become self-use, and the text says so."""
    if override is Override.NONE:
        wanted = _planned(name, moment, soc, limits)
    else:
        wanted = _overridden(name, override, soc, limits)
    if wanted.action == "leave" or wanted.action in limits.actions:
        return wanted
    text = f"{wanted.text} It has no action for {wanted.action}, so it runs in self-use."
    return replace(wanted, action="self_use", power_kw=0.0, target_soc=None, text=text)


def _overridden(name: str, override: Override, soc: float | None, limits: BatteryLimits) -> Setpoint:
    if override is Override.MANUAL:
        return _say(name, "leave", "manual", "Manual: HEMS leaves the battery alone.")
    if override is Override.OFF:
        return _say(name, "hold", "off", "Off: the battery neither charges nor discharges.")
    if soc is not None and soc >= limits.soc_max:
        return _say(name, "hold", "boost", "Boost: the battery is full.")
    text = f"Boost: charges at {limits.charge_kw:.1f} kW, its limit."
    return _say(name, "charge", "boost", text, limits.charge_kw, limits.soc_max)


def _planned(name: str, moment: Moment | str, soc: float | None, limits: BatteryLimits) -> Setpoint:
    if isinstance(moment, str):
        return _say(name, "self_use", "fallback", f"Runs in self-use, because {moment}.")
    if soc is None:
        return _say(name, "self_use", "fallback", "Runs in self-use, because its SoC is not known.")
    planned = moment.plan.batteries.get(name)
    if planned is None:
        return _say(name, "self_use", "fallback", "Runs in self-use, because the plan does not contain it.")
    charge_kw = min(planned.charge_kw[moment.step], limits.charge_kw)
    discharge_kw = min(planned.discharge_kw[moment.step], limits.discharge_kw)
    reached = planned.soc[moment.step + 1]
    if charge_kw > DEADBAND_KW:
        return _charging(name, moment, charge_kw, soc, reached, limits)
    if discharge_kw > DEADBAND_KW:
        return _discharging(name, moment, discharge_kw, soc, reached, limits)
    return _idle(name, moment, soc, limits)


def _charging(
    name: str, moment: Moment, charge_kw: float, soc: float, reached: float, limits: BatteryLimits
) -> Setpoint:
    if moment.imports and moment.import_kw >= _PART * charge_kw:
        if soc >= limits.soc_max:
            return _say(name, "hold", "plan", "Is full already and keeps its energy as the plan imports.")
        text = f"Charges at {charge_kw:.1f} kW, from the grid too, as planned."
        return _say(name, "charge", "plan", text, charge_kw, reached)
    if not moment.exports:
        return _say(name, "self_use", "plan", "Takes the surplus of the sun, as planned.")
    if soc >= limits.soc_max - _NEARLY_FULL or charge_kw >= limits.charge_kw - DEADBAND_KW:
        return _say(name, "self_use", "plan", "Takes as much of the surplus as it can, as planned.")
    if not moment.export_limited:
        if charge_kw >= moment.export_kw or moment.sells_for_little(name):
            return _say(name, "self_use", "plan", "Takes the surplus of the sun, most of it as planned.")
        return _say(name, "hold", "plan", "Keeps its room for later and lets most of the surplus go, as planned.")
    text = f"Charges at {charge_kw:.1f} kW and leaves the rest to export, as planned."
    return _say(name, "charge", "plan", text, charge_kw, reached)


def _discharging(
    name: str, moment: Moment, discharge_kw: float, soc: float, reached: float, limits: BatteryLimits
) -> Setpoint:
    if soc <= limits.soc_min:
        return _say(name, "self_use", "plan", "Would discharge as planned, but is at its minimum already.")
    if moment.exports and not moment.export_limited and moment.sells_for_little(name):
        return _say(
            name, "self_use", "plan", "Keeps its energy: selling it now would bring hardly more than later sun."
        )
    if moment.exports:
        text = f"Discharges at {discharge_kw:.1f} kW and sells to the grid, as planned."
        return _say(name, "discharge", "plan", text, discharge_kw, reached)
    if not moment.imports:
        return _say(name, "self_use", "plan", "Supplies the home, as planned.")
    if discharge_kw >= limits.discharge_kw - DEADBAND_KW:
        return _say(name, "self_use", "plan", "Supplies as much of the home as it can, as planned.")
    if not moment.import_limited:
        if discharge_kw >= moment.import_kw:
            return _say(name, "self_use", "plan", "Supplies the home, most of it as planned.")
        return _say(name, "hold", "plan", "Keeps its energy for later, most of it as planned.")
    text = f"Discharges at {discharge_kw:.1f} kW and keeps the rest for later, as planned."
    return _say(name, "discharge", "plan", text, discharge_kw, reached)


def _idle(name: str, moment: Moment, soc: float, limits: BatteryLimits) -> Setpoint:
    if moment.imports and soc > limits.soc_min:
        return _say(name, "hold", "plan", "Keeps its energy for dearer hours, as planned.")
    if moment.exports and soc < limits.soc_max and not moment.export_limited and moment.sells_for_little(name):
        return _say(name, "self_use", "plan", "Takes the surplus: selling it now would bring hardly more than later.")
    if moment.exports and soc < limits.soc_max:
        return _say(name, "hold", "plan", "Keeps its room for later and lets the surplus go, as planned.")
    return _say(name, "self_use", "plan", "Nothing is planned; runs in self-use.")


def _say(
    name: str,
    action: Action,
    source: Source,
    text: str,
    power_kw: float = 0.0,
    target_soc: float | None = None,
) -> Setpoint:
    return Setpoint(name, "battery", action, power_kw, source, text, target_soc)
