"""What a device does of its own accord after it has done as it was told: that is nobody's hand, and not fought."""

from datetime import datetime, timedelta

from ..config.actions import used_placeholders
from ..config.devices import Battery, Ev, Pv
from ..config.loads import Heat, Program
from ..config.placeholder import LASTING
from ..control.setpoint import RUNNING, Setpoint
from .placeholders import Device
from .port import Home
from .readings import fraction, known, number, power_kw, temperature_c

# So near to its bound a store counts as there: battery and car end a little before or after it.
_NEAR_SOC = 0.02
_NEAR_C = 1.0
# Below this a plant is asleep: an inverter forgets its limit at night.
_ASLEEP_KW = 0.02


def ended_by_itself(device: Device, target: Setpoint, home: Home) -> str | None:
    """Why a device that was brought into this mode may have left it, in words; None where it has no reason."""
    if isinstance(device, Battery):
        return _battery(device, target, home)
    if isinstance(device, Ev) and target.action == "charge":
        return _car(device, home)
    if isinstance(device, Program) and target.action == "on":
        return "The program has ended by itself."
    if isinstance(device, Heat) and target.action in RUNNING:
        temperature = temperature_c(home, device.temperature)
        return "Is warm." if temperature is not None and temperature >= device.max_c - _NEAR_C else None
    if isinstance(device, Pv) and target.action == "limit" and device.power is not None:
        power = power_kw(home, device.power)
        return "The plant sleeps." if power is not None and power < _ASLEEP_KW else None
    return None


def has_expired(device: Device, written_at: datetime | None, now: datetime) -> bool:
    """Whether a command that lasts for a time only was given so long ago that it is over."""
    if written_at is None:
        return False
    lasting = used_placeholders(device.actions) & LASTING
    lasts_s = device.write.duration_s if lasting else device.write.keep_alive_s
    return lasts_s > 0 and now - written_at >= timedelta(seconds=lasts_s)


def not_startable(device: Device, target: Setpoint, home: Home) -> str | None:
    """Why a load must not be started now, in words; None where it may."""
    condition = None if isinstance(device, Battery | Ev | Pv) else device.startable
    if condition is None or target.action not in RUNNING:
        return None
    state = home.state(condition.entity)
    if state in condition.states:
        return None
    wanted = " or ".join(condition.states)
    return f"Is not started: {condition.entity} {_is(state)}, and must be {wanted}."


def _battery(battery: Battery, target: Setpoint, home: Home) -> str | None:
    soc = fraction(home, battery.soc)
    if soc is None:
        return None
    if target.action == "charge":
        full = soc >= min(battery.soc_max, target.target_soc or battery.soc_max) - _NEAR_SOC
        return "Is charged and has ended by itself." if full else None
    if target.action == "discharge":
        empty = soc <= max(battery.soc_min, target.target_soc or battery.soc_min) + _NEAR_SOC
        return "Is discharged and has ended by itself." if empty else None
    return None


def _car(car: Ev, home: Home) -> str | None:
    """A car that is full, gone, or whose state of charge nobody knows."""
    plug = known(home.state(car.connected))
    if plug is not None and plug not in car.connected_states:
        return "The car is not connected."
    soc, wanted = fraction(home, car.soc), car.target_soc
    if soc is None:
        return "The charging has ended; the car's state of charge is not known."
    if isinstance(wanted, str):
        percent = number(home, wanted)
        wanted = car.soc_max if percent is None else percent / 100
    wanted = car.soc_max if wanted is None else wanted
    return "The car is charged." if soc >= min(car.soc_max, wanted) - _NEAR_SOC else None


def plugged_in(device: Device, home: Home) -> bool | None:
    """Whether a car is connected; None for other devices, and where it is not known. Chargers begin when a car comes."""
    if not isinstance(device, Ev):
        return None
    plug = known(home.state(device.connected))
    return None if plug is None else plug in device.connected_states


def _is(state: str | None) -> str:
    return "does not exist" if state is None else f"is {state}"
