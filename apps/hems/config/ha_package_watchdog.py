"""The watchdog in Home Assistant: when sensor.hems_heartbeat falls silent, every device goes into its safe action.

A process that was killed can give nothing back, so this does not run in HEMS. It must need nothing that HEMS does, and it
must work after a restart of Home Assistant, when a sensor that was set from outside is gone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .ha_package_safe import Safe
from .helpers import CONTROL_ENTITY, Helper, override_entity

HEARTBEAT_ENTITY = "sensor.hems_heartbeat"
# On from the alarm until the heartbeat is back; survives a restart of Home Assistant, as its notification does not.
ALARM = Helper("input_boolean.hems_watchdog", "input_boolean", "HEMS: watchdog has acted", "mdi:dog-side")

_BEAT = f"{{% set beat = states.{HEARTBEAT_ENTITY} %}}"
_NOTIFICATION = "hems_watchdog"
# A device that cannot be reached is told when it can be again, or after so long.
_PATIENCE: Mapping[str, int] = {"hours": 1}
# Some entities become available only once the call before has handed control over.
_AWAKENING: Mapping[str, int] = {"seconds": 30}
# Control on; or switched off when nobody listened any more, so that nothing was given back.
_IN_CHARGE = (
    f"{_BEAT}{{% set control = states.{CONTROL_ENTITY} %}}"
    f"{{{{ state_attr('{HEARTBEAT_ENTITY}', 'controlling') != 'no' and (is_state('{CONTROL_ENTITY}', 'on') or "
    "(beat is not none and control is not none and control.last_changed > beat.last_changed)) }}"
)


def automations(devices: Sequence[Safe], with_manual: Sequence[str], silence_s: float) -> list[dict[str, Any]]:
    """The watchdog and its end. ``silence_s``: how long the heartbeat may stand still or be missing.

    ``with_manual``: devices that have a switch "manual"; while it is on, the watchdog leaves them alone as HEMS does.
    """
    return [_watchdog(devices, with_manual, silence_s), _recovery()]


def _watchdog(devices: Sequence[Safe], with_manual: Sequence[str], silence_s: float) -> dict[str, Any]:
    alarm = [
        {"action": "input_boolean.turn_on", "target": {"entity_id": ALARM.entity_id}, "continue_on_error": True},
        {"action": "persistent_notification.create", "data": _message(devices), "continue_on_error": True},
    ]
    branches = [_branch(one, one.device in with_manual, silence_s) for one in devices]
    return {
        "id": "hems_watchdog",
        "alias": "HEMS watchdog",
        "description": "HEMS has fallen silent while it controlled the devices: they go into their safe actions.",
        # a call that hangs must not keep the next alarm from acting
        "mode": "restart",
        "triggers": [
            {
                "trigger": "state",
                "id": "silent",
                "entity_id": HEARTBEAT_ENTITY,
                "to": None,  # a new state, and not an attribute of the same one
                "for": _period(silence_s),
            },
            {"trigger": "homeassistant", "id": "started", "event": "start"},
            {"trigger": "event", "id": "reloaded", "event_type": "automation_reloaded"},
        ],
        "actions": [
            {
                "alias": "After a start nothing is known of the time before: wait for a sign of life",
                "if": "{{ trigger.id in ['started', 'reloaded'] }}",
                "then": [{"delay": _period(silence_s)}],
            },
            {"condition": "template", "value_template": _silent(silence_s)},
            {"condition": "template", "value_template": _IN_CHARGE},
            # first: what a device does must not keep the family from knowing
            *alarm,
            *([{"alias": "No device waits for another", "parallel": branches}] if branches else []),
        ],
    }


def _branch(safe: Safe, has_manual: bool, silence_s: float) -> dict[str, Any]:
    """One device: waits until it can be reached, looks again whether it is wanted, and tells it."""
    wanted = [{"condition": "template", "value_template": _silent(silence_s)}]
    if has_manual:
        manual = override_entity(safe.device, "manual")
        wanted.append({"condition": "template", "value_template": f"{{{{ not is_state('{manual}', 'on') }}}}"})
    steps: list[dict[str, Any]] = []
    waited_for: set[str] = set()
    for index, (service, data) in enumerate(safe.calls):
        if index and safe.delay_s:
            steps.append({"delay": {"seconds": safe.delay_s}})
        entity = data.get("entity_id")
        if isinstance(entity, str) and entity not in waited_for:
            waited_for.add(entity)
            steps.append(_until_reachable(entity, _AWAKENING if index else _PATIENCE))
        if not index:
            steps += wanted
        steps.append(_call(service, data))
    return {"alias": f"{safe.device}: {safe.word}", "sequence": steps}


def _until_reachable(entity: str, timeout: Mapping[str, int]) -> dict[str, Any]:
    there = f"{{{{ not is_state('{entity}', 'unavailable') }}}}"
    return {"wait_template": there, "timeout": dict(timeout), "continue_on_timeout": True}


def _call(service: str, data: dict[str, Any]) -> dict[str, Any]:
    """An action of Home Assistant; one that fails does not keep the next from being called."""
    target = {"entity_id": data["entity_id"]} if "entity_id" in data else data.get("target")
    rest = {key: value for key, value in data.items() if key not in ("entity_id", "target")}
    found: dict[str, Any] = {"action": service}
    if target:
        found["target"] = target
    if rest:
        found["data"] = rest
    return {**found, "continue_on_error": True}


def _recovery() -> dict[str, Any]:
    beats = f"{{{{ states('{HEARTBEAT_ENTITY}') not in ['unknown', 'unavailable'] }}}}"
    return {
        "id": "hems_watchdog_recovery",
        "alias": "HEMS watchdog recovery",
        "description": "HEMS is heard of again: it drives the devices itself, and the notification goes.",
        "mode": "restart",
        "triggers": [{"trigger": "state", "entity_id": HEARTBEAT_ENTITY, "to": None}],
        "conditions": [
            {"condition": "template", "value_template": f"{{{{ is_state('{ALARM.entity_id}', 'on') }}}}"},
            {"condition": "template", "value_template": beats},
        ],
        "actions": [
            {"action": "input_boolean.turn_off", "target": {"entity_id": ALARM.entity_id}, "continue_on_error": True},
            {"action": "persistent_notification.dismiss", "data": {"notification_id": _NOTIFICATION}},
        ],
    }


def _silent(silence_s: float) -> str:
    """A template: no heartbeat, or one that has not changed for so long, by Home Assistant's own clock."""
    # a trigger may come a moment before the full time
    least_s = max(0.0, silence_s - 1)
    return f"{_BEAT}{{{{ beat is none or (now() - beat.last_changed).total_seconds() >= {least_s:g} }}}}"


def _message(devices: Sequence[Safe]) -> dict[str, str]:
    told = ", ".join(f"{one.device} ({one.word})" for one in devices) or "none"
    return {
        "notification_id": _NOTIFICATION,
        "title": "HEMS is silent",
        "message": (
            f"HEMS controlled the devices and has not been heard of since. Is AppDaemon running? Put into their safe "
            f"action: {told}. All others stay as they are. This goes when HEMS is back."
        ),
    }


def _period(seconds: float) -> dict[str, float]:
    return {"minutes": int(seconds) // 60} if seconds % 60 == 0 else {"seconds": seconds}
