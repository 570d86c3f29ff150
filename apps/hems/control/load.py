"""Controlled loads: on or off. A program that runs is never switched off by a plan."""

from dataclasses import replace

from .limits import LoadLimits
from .measured import Measured
from .moment import DEADBAND_KW, Moment
from .overrides import Override
from .setpoint import Action, Setpoint, Source

# What a battery takes beyond this is little, and it tapers; a store that is heated goes on while the battery bridges a cloud.
_NEARLY_FULL, _STILL_FULL = 0.02, 0.05
# A few minutes of heat, so that the store is not too hot by the next look.
_ROOM_K = 1.5


def load_setpoint(
    name: str, override: Override, moment: Moment | str, measured: Measured, limits: LoadLimits
) -> Setpoint:
    """What the load does now."""
    if override is Override.OFF:
        return _say(name, "off", "off", "Off: does not run.")
    if override is Override.MANUAL:
        return _say(name, "leave", "manual", "Manual: HEMS leaves it alone.")
    if override is Override.BOOST:
        return _say(name, "on", "boost", "Boost: runs now.", limits.power_kw)
    if override is Override.SKIP:
        return _skipped(name, measured, limits)
    if isinstance(moment, str):
        return _unplanned(name, moment, measured, limits)
    planned = moment.plan.loads.get(name)
    if planned is None:
        return replace(_unplanned(name, "nothing is planned for it", measured, limits), source="plan")
    power_kw = planned.power_kw[moment.step]
    if limits.program:
        return _program(name, power_kw, moment, measured.running.get(name))
    # The mean of a step that the load shares with a pause: the longer part of the step decides.
    if power_kw > 0 and power_kw >= limits.power_kw / 2:
        wanted = _say(name, "on", "plan", f"Runs at {limits.power_kw:.1f} kW, as planned.", limits.power_kw)
    elif _heats_sooner(name, moment, measured, limits):
        text = "Takes the surplus that is there: the battery is full, and later sun is a forecast."
        wanted = _say(name, "on", "plan", text, limits.power_kw)
    else:
        wanted = _say(name, "off", "plan", "Does not run now, as planned.")
    return _lasting(wanted, measured, limits)


def _lasting(wanted: Setpoint, measured: Measured, limits: LoadLimits) -> Setpoint:
    """A heat store that the plan, or the surplus, switched stays so for a while: a compressor may be behind the switch.

    It is not heated beyond its maximum for that, nor where its temperature is not known.
    """
    name, told = wanted.device, measured.switched.get(wanted.device)
    if limits.max_c is None or told is None or told.on == (wanted.action == "on"):
        return wanted
    stay = limits.stays_on if told.on else limits.stays_off
    if told.lasted >= stay:
        return wanted
    least = f"for {stay.total_seconds() / 60:g} minutes at least"
    if not told.on:
        return _say(name, "off", "plan", f"Stays off {least}; then: {wanted.text}")
    temperature_c = measured.temperature_c.get(name)
    if temperature_c is None or temperature_c >= limits.max_c:
        return wanted
    return _say(name, "on", "plan", f"Stays on {least}; then: {wanted.text}", limits.power_kw)


def _heats_sooner(name: str, moment: Moment, measured: Measured, limits: LoadLimits) -> bool:
    """Whether a heat store that is to be heated with later surplus takes what would be exported now.

    The battery goes first. A store that does so goes on in half of the surplus that it began with.
    """
    temperature_c, surplus_kw = measured.temperature_c.get(name), measured.surplus_kw
    if limits.max_c is None or temperature_c is None or surplus_kw is None or moment.problem is None:
        return False
    if not limits.heats_sooner or name in measured.spent:
        return False
    # Its power sensor lags behind what it was told.
    told = measured.switched.get(name)
    running = told.on if told is not None else measured.running.get(name) is True
    below = _STILL_FULL if running else _NEARLY_FULL
    full = all((measured.soc.get(one.name) or 0.0) >= one.soc_max - below for one in moment.problem.batteries)
    enough = surplus_kw >= (-limits.power_kw / 2 if running else limits.power_kw)
    return full and enough and temperature_c < limits.max_c - _ROOM_K and moment.heats_later_for_little(name)


def _skipped(name: str, measured: Measured, limits: LoadLimits) -> Setpoint:
    """Nothing begins today; a program that has begun, or may have, ends as it must."""
    if limits.program and measured.running.get(name) is not False:
        return _say(name, "leave", "skip", "Skipped today, after what has begun.")
    return _say(name, "off", "skip", "Skipped: does not run today.")


def _program(name: str, power_kw: float, moment: Moment, running: bool | None) -> Setpoint:
    """A program that has begun is left alone: one that ends early must not be started a second time."""
    loads = moment.problem.shiftable_loads if moment.problem is not None else ()
    if any(load.name == name and load.running_since is not None for load in loads):
        return _say(name, "leave", "plan", "The program runs and is not interrupted.")
    if power_kw > DEADBAND_KW:
        return _say(name, "on", "plan", f"The program runs, as planned: {power_kw:.1f} kW.", power_kw)
    if running is True:
        return _say(name, "leave", "plan", "The program has begun and is not interrupted.")
    if running is None:
        return _say(name, "leave", "plan", "It is not known whether it runs, so it is left as it is.")
    return _say(name, "off", "plan", "Waits for its planned start.")


def _unplanned(name: str, why: str, measured: Measured, limits: LoadLimits) -> Setpoint:
    """Nobody else switches off what HEMS has switched on; everything else is left as it is."""
    over = not limits.program or measured.running.get(name) is False
    if name in measured.started and over:
        return _say(name, "off", "fallback", f"HEMS had switched it on and switches it off, because {why}.")
    return _say(name, "leave", "fallback", f"Is left as it is, because {why}.")


def _say(name: str, action: Action, source: Source, text: str, power_kw: float = 0.0) -> Setpoint:
    return Setpoint(name, "load", action, power_kw, source, text)
