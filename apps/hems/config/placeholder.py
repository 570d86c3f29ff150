"""The placeholders of actions: ``{power_w}`` is filled in when a device is written to."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\{(\w*)\}")

# By name what each stands for. A sign stands only where the name says which direction is positive.
PLACEHOLDERS: Mapping[str, str] = {
    "power_w": "the power in whole W, never negative",
    "power_kw": "the power in kW, never negative",
    "power_pct": "the power in whole percent of the device's limit in that direction, never negative",
    "power_text": "the power in whole W as text, for actions that take no number",
    "charge_w": "W, positive when charging, negative when discharging",
    "charge_kw": "kW, positive when charging, negative when discharging",
    "charge_pct": "percent of the limit, positive when charging, negative when discharging",
    "discharge_w": "W, positive when discharging, negative when charging",
    "discharge_kw": "kW, positive when discharging, negative when charging",
    "discharge_pct": "percent of the limit, positive when discharging, negative when charging",
    "current_a": "a car's charging current in whole A of each phase",
    "current_text": "the same as text, for selects whose options are currents",
    "phases": "the phases that a car charges on",
    "battery_a": "the power as the battery's current in A, by battery_voltage_v",
    "soc_percent": "the planned state of charge, where the plan has one",
    "target_soc_percent": "the planned state of charge, else the bound in that direction",
    "soc_min_percent": "soc_min",
    "soc_max_percent": "soc_max",
    "soc_now_percent": "the state of charge at which the mode began",
    "charge_limit_w": "charge_limit_kw in W",
    "charge_limit_kw": "charge_limit_kw",
    "charge_limit_a": "charge_limit_kw in A, by battery_voltage_v",
    "discharge_limit_w": "discharge_limit_kw in W",
    "discharge_limit_kw": "discharge_limit_kw",
    "discharge_limit_a": "discharge_limit_kw in A, by battery_voltage_v",
    "limit_w": "a PV plant's limit_kw in W",
    "limit_kw": "a PV plant's limit_kw",
    "duration_s": "write.duration_s: how long the device goes on when it hears no more",
    "duration_min": "write.duration_s in whole minutes",
    "delay_s": "seconds until a load starts; 0, as HEMS starts it itself",
}
LASTING = frozenset({"duration_s", "duration_min"})
BY_VOLTAGE = frozenset({"battery_a", "charge_limit_a", "discharge_limit_a"})


def placeholders_in(value: Any) -> Iterator[str]:
    """The names of all placeholders in the texts of a nested value."""
    if isinstance(value, str):
        yield from PLACEHOLDER.findall(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from placeholders_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from placeholders_in(one)
