"""Everything in the home that can be set from outside: switches, numbers, modes, times, wishes, overrides."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from .battery import MODES, SELF_CONSUMPTION
from .ev import MIN_CURRENT_A
from .settings import HomeSettings

CHARGER = "switch.charger"
DISHWASHER = "switch.dishwasher"
POOL_PUMP = "switch.pool_pump"
WATER_HEATER = "switch.water_heater"
DISHWASHER_READY = "input_boolean.dishwasher_ready"
HEMS_CONTROL = "input_boolean.hems_control"
PV_LIMIT = "number.pv_power_limit"
FORCED_POWER = "number.battery_forced_power"
CHARGER_CURRENT = "number.charger_current"
CAR_TARGET = "input_number.car_target_soc"
BATTERY_MODE = "select.battery_mode"
CAR_READY_BY = "input_datetime.car_ready_by"
OVERRIDDEN_DEVICES = ("battery", "car", "dishwasher", "pool", "tank")
OVERRIDES = ("off", "manual", "boost")

_NAMES = {
    PV_LIMIT: "PV power limit",
    CAR_TARGET: "Car target state of charge",
    HEMS_CONTROL: "HEMS control",
}


@dataclass
class Number:
    """A settable number and its range."""

    value: float
    minimum: float
    maximum: float
    step: float
    unit: str


@dataclass
class Choice:
    """A settable option."""

    option: str
    options: tuple[str, ...]


@dataclass
class Controls:
    """Present values by entity id. Whoever changes one has checked it first."""

    toggles: dict[str, bool]
    numbers: dict[str, Number]
    choices: dict[str, Choice]
    times: dict[str, time]

    def known(self) -> set[str]:
        """Entity ids of all controls."""
        return {*self.toggles, *self.numbers, *self.choices, *self.times}

    def states(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """State and attributes per entity, as Home Assistant shows them."""
        found: dict[str, tuple[str, dict[str, Any]]] = {}
        for entity, is_on in self.toggles.items():
            found[entity] = ("on" if is_on else "off", _named(entity))
        for entity, number in self.numbers.items():
            found[entity] = (f"{number.value:g}", _named(entity) | _number_attributes(number))
        for entity, choice in self.choices.items():
            found[entity] = (choice.option, _named(entity) | {"options": list(choice.options)})
        for entity, moment in self.times.items():
            found[entity] = (moment.strftime("%H:%M:%S"), _named(entity) | _time_attributes(moment))
        return found


def make_controls(settings: HomeSettings) -> Controls:
    """The controls of a fresh home: HEMS may control, nothing is overridden, nothing is switched on."""
    off = [CHARGER, DISHWASHER, POOL_PUMP, WATER_HEATER, DISHWASHER_READY]
    off += [f"input_boolean.hems_{device}_{word}" for device in OVERRIDDEN_DEVICES for word in OVERRIDES]
    pv_limit_w = 1000 * settings.pv_peak_kw
    return Controls(
        toggles={HEMS_CONTROL: True} | dict.fromkeys(off, False),
        numbers={
            PV_LIMIT: Number(pv_limit_w, 0.0, pv_limit_w, 1.0, "W"),
            FORCED_POWER: Number(0.0, 0.0, 1000 * settings.battery_limit_kw, 1.0, "W"),
            CHARGER_CURRENT: Number(settings.charger_max_a, MIN_CURRENT_A, settings.charger_max_a, 1.0, "A"),
            CAR_TARGET: Number(80.0, 0.0, 100.0, 1.0, "%"),
        },
        choices={BATTERY_MODE: Choice(SELF_CONSUMPTION, MODES)},
        times={CAR_READY_BY: time(7)},
    )


def _named(entity: str) -> dict[str, Any]:
    words = entity.split(".")[1].replace("_", " ").capitalize().replace("Hems", "HEMS")
    return {"friendly_name": _NAMES.get(entity, words)}


def _number_attributes(number: Number) -> dict[str, Any]:
    return {
        "min": number.minimum,
        "max": number.maximum,
        "step": number.step,
        "mode": "box",
        "unit_of_measurement": number.unit,
    }


def _time_attributes(moment: time) -> dict[str, Any]:
    return {
        "has_date": False,
        "has_time": True,
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
        "timestamp": moment.hour * 3600 + moment.minute * 60 + moment.second,
    }
