"""A battery's ``limit_export``: what a hybrid inverter may feed in. Its limit must be told in power, and must not outlast it."""

from collections.abc import Iterable

from .actions import Action, BatteryActions
from .placeholder import placeholders_in


def check_feed_in(actions: BatteryActions) -> None:
    """Raises ValueError where ``limit_export`` cannot be told its power, or where its limit would outlast it."""
    if actions.limit_export is None:
        return
    unknown = {"power_pct", "charge_pct", "discharge_pct"} & set(
        placeholders_in([one.data for one in actions.limit_export])
    )
    if unknown:
        raise ValueError(
            f"actions: limit_export uses {{{min(unknown)}}}, a part of the battery's power, which says nothing of what is fed "
            "in; write {power_w} or {power_kw}"
        )
    limited = _entities(actions.limit_export)
    for name in type(actions).model_fields:
        written = _entities(getattr(actions, name) or ())
        if written and limited and not written & limited:
            raise ValueError(
                f"actions: {name} writes none of the entities of limit_export ({', '.join(sorted(limited))}), so the limit "
                "would stay; write them there too, with their greatest value"
            )


def _entities(told: Iterable[Action]) -> set[str]:
    """The entities that a list of actions writes to, as far as they are named."""
    found = (one.data.get("entity_id") for one in told)
    return {part.strip() for value in found if isinstance(value, str) for part in value.split(",")}
