"""A battery is told modes, not only watts.

Where the plan keeps the grid at zero, the inverter's own loop does that better than any setpoint that is
minutes old: self-use. A power is forced only where the plan wants what the inverter would not do by itself.
"""

from dataclasses import replace

from .limits import BatteryLimits
from .moment import DEADBAND_KW, Moment
from .overrides import Override
from .setpoint import SUPPLYING, Action, Setpoint, Source
from .side import Side

# So near to its maximum a battery tapers its charging by itself, and a forced power could not be kept.
_NEARLY_FULL = 0.02
# A plan that charges mostly from the sun and a little from the grid means the sun: with less of it than forecast a forced
# power would be bought.
_PART = 0.5
# What a battery obeys; a skipped day is for loads.
_ORDERS = frozenset(Override) - {Override.NONE, Override.SKIP}
# Modes that give way to a limit of what is fed in: with it the inverter supplies the home and takes the surplus first.
_LIMITABLE = frozenset({"self_use", "hold", "export_pv"})


def battery_setpoint(
    name: str,
    override: Override,
    moment: Moment | str,
    soc: float | None,
    limits: BatteryLimits,
    reserve_soc: float | None = None,
    side: Side | None = None,
) -> Setpoint:
    """The battery's mode now. Actions that it does not have become self-use, and the text says so.

    ``reserve_soc``: what is kept for a power cut (0..1), where that is more than its minimum. ``side``: on which side of
    the meter the home would be if its batteries rested; None: not known, or not to be followed.
    """
    reserve = max(reserve_soc, limits.soc_min) if reserve_soc is not None else limits.soc_min
    if override in _ORDERS:
        wanted = _overridden(name, override, soc, limits, reserve)
    else:
        planned = _as_metered(_planned(name, moment, soc, limits), moment, soc, limits, side)
        planned = _feed_in_limited(planned, moment, limits)
        wanted = _reserved(planned, moment, soc, limits, reserve)
    if wanted.action == "leave" or wanted.action in limits.actions:
        return wanted
    text = f"{wanted.text} It has no action for {wanted.action}, so it runs in self-use."
    return replace(wanted, action="self_use", power_kw=0.0, target_soc=None, text=text)


def _overridden(name: str, override: Override, soc: float | None, limits: BatteryLimits, reserve: float) -> Setpoint:
    if override is Override.MANUAL:
        return _say(name, "leave", "manual", "Manual: HEMS leaves the battery alone.")
    if override is Override.OFF:
        return _say(name, "hold", "off", "Off: the battery neither charges nor discharges.")
    if override is Override.HOLD:
        return _say(name, "hold", "hold", "Hold: keeps the energy that it has.")
    if override is Override.DISCHARGE:
        if soc is None or soc <= reserve:
            why = "its state of charge is not known" if soc is None else "it is at its minimum"
            return _say(name, "hold", "discharge", f"Discharge now: keeps what it has, because {why}.")
        text = f"Discharge now: at {limits.discharge_kw:.1f} kW, its limit."
        return _say(name, "discharge", "discharge", text, limits.discharge_kw, reserve)
    source: Source = "charge" if override is Override.CHARGE else "boost"
    said = "Charge now" if override is Override.CHARGE else "Boost"
    if soc is not None and soc >= limits.soc_max:
        return _say(name, "hold", source, f"{said}: the battery is full.")
    text = f"{said}: charges at {limits.charge_kw:.1f} kW, its limit."
    return _say(name, "charge", source, text, limits.charge_kw, limits.soc_max)


def _reserved(
    wanted: Setpoint, moment: Moment | str, soc: float | None, limits: BatteryLimits, reserve: float
) -> Setpoint:
    """At its reserve a battery may charge, and no longer supplies the home.

    Self-use would go on to the inverter's own minimum, and so would the modes that resemble it. They are kept where the
    plan charges from the sun: there the battery takes what is left over.
    """
    if soc is None or soc > reserve or reserve <= limits.soc_min:
        return wanted
    fills = not isinstance(moment, str) and _fills(wanted.device, moment)
    if wanted.action == "discharge" or (wanted.action in SUPPLYING and not fills):
        text = f"Keeps its reserve of {reserve * 100:.0f} %."
        return replace(wanted, action="hold", power_kw=0.0, target_soc=None, text=text)
    return wanted


def _fills(name: str, moment: Moment) -> bool:
    planned = moment.plan.batteries.get(name)
    return planned is not None and planned.charge_kw[moment.step] > DEADBAND_KW


def _feed_in_limited(wanted: Setpoint, moment: Moment | str, limits: BatteryLimits) -> Setpoint:
    """Where the plan holds back a plant of this battery's inverter, what is fed in is limited; else it is as it was.

    A battery that charges from the grid or sells is left to that: there is no surplus then, or it is wanted.
    """
    if isinstance(moment, str) or "limit_export" not in limits.actions or wanted.action not in _LIMITABLE:
        return wanted
    if not any(moment.curtails(plant) for plant in limits.curtails):
        return wanted
    kw = moment.feed_in_kw
    much = f"no more than {kw:.1f} kW" if kw else "nothing"
    text = f"Runs in self-use and feeds {much} in, as planned: PV is curtailed."
    return _say(wanted.device, "limit_export", "plan", text, kw)


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
        if charge_kw >= moment.export_kw or moment.sells_for_little(name, limits.worth_waiting):
            return _say(name, "self_use", "plan", "Takes the surplus of the sun, most of it as planned.")
        return _lets_go(name, "Keeps its room for later and lets most of the surplus go, as planned.", moment, limits)
    text = f"Charges at {charge_kw:.1f} kW and leaves the rest to export, as planned."
    return _say(name, "charge", "plan", text, charge_kw, reached)


def _discharging(
    name: str, moment: Moment, discharge_kw: float, soc: float, reached: float, limits: BatteryLimits
) -> Setpoint:
    if soc <= limits.soc_min:
        return _say(name, "self_use", "plan", "Would discharge as planned, but is at its minimum already.")
    if moment.exports and not moment.export_limited and moment.sells_for_little(name, limits.worth_waiting):
        return _say(
            name, "self_use", "plan", "Keeps its energy: selling it now would bring hardly more than later sun."
        )
    if moment.exports and "discharge" not in limits.actions and "export_pv" in limits.actions:
        # As near as it comes: in self-use it would take the sun that is to be sold.
        return _lets_go(name, "Lets the surplus go, as planned, and cannot be told to sell more.", moment, limits)
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
    if (
        moment.exports
        and soc < limits.soc_max
        and not moment.export_limited
        and moment.sells_for_little(name, limits.worth_waiting)
    ):
        return _say(name, "self_use", "plan", "Takes the surplus: selling it now would bring hardly more than later.")
    if moment.exports and soc < limits.soc_max:
        return _lets_go(name, "Keeps its room for later and lets the surplus go, as planned.", moment, limits)
    return _say(name, "self_use", "plan", "Nothing is planned; runs in self-use.")


def _as_metered(
    wanted: Setpoint, moment: Moment | str, soc: float | None, limits: BatteryLimits, side: Side | None
) -> Setpoint:
    """A battery that rests because the home was to import, or to export, does not where the meter shows the other way.

    At rest it would sell for little what it could keep for a home that was to import, and let a home import that it
    could supply. One that keeps its energy for dearer hours still does not supply the home, nor a car that it must not feed.
    """
    if isinstance(moment, str) or wanted.action != "hold" or soc is None:
        return wanted
    if moment.charges_car_apart or not moment.pays_to_keep:
        return wanted
    if side == "export" and not moment.exports and soc < limits.soc_max:
        return _say(wanted.device, "self_use", "plan", "Takes a surplus that was not planned.")
    if side == "import" and moment.exports and soc > limits.soc_min:
        return _say(wanted.device, "self_use", "plan", "Supplies the home: the surplus that was planned is not there.")
    return wanted


def _lets_go(name: str, text: str, moment: Moment, limits: BatteryLimits) -> Setpoint:
    """The surplus is sold. Held, many systems still take it, so the mode that sells first comes before.

    In a cloud it supplies the home, where a battery that is held would let the home import: that is dear energy saved, and
    less import where that is limited. Only a car that is not to be fed from the battery needs one that is really held.
    """
    sells_first = "export_pv" in limits.actions and not (moment.charges_car_apart and "hold" in limits.actions)
    return _say(name, "export_pv" if sells_first else "hold", "plan", text)


def _say(
    name: str,
    action: Action,
    source: Source,
    text: str,
    power_kw: float = 0.0,
    target_soc: float | None = None,
) -> Setpoint:
    return Setpoint(name, "battery", action, power_kw, source, text, target_soc)
