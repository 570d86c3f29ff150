"""The setpoints of simple controllers."""

from ..control.setpoint import Action, Kind, Setpoint


def say(
    device: str, kind: Kind, action: Action, text: str, power_kw: float = 0.0, target: float | None = None
) -> Setpoint:
    """A setpoint that a rule asks for; ``target`` is a state of charge (0..1)."""
    return Setpoint(device, kind, action, power_kw, "plan", text, target)
