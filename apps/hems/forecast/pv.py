"""The PV forecast on the horizon; where the source has nothing, what the plant gave at this hour lately."""

from collections.abc import Sequence
from datetime import tzinfo

from ..domain.horizon import Horizon
from ..domain.series import Slot, on_horizon

# Days of past output that stand in for a forecast.
_RECENT_DAYS = 3


def forecast_pv(
    slots: Sequence[Slot], history: Sequence[Slot], horizon: Horizon, zone: tzinfo
) -> tuple[list[float], int]:
    """Mean PV power of each step in kW, shape (N,), and how many steps had to be estimated.

    Missing steps take the mean output of the same local hour on the last days; without a past they are 0, which is
    the only figure a plant without forecast and without history can be relied on for.
    """
    found = on_horizon(slots, horizon)
    missing = [k for k, kw in enumerate(found) if kw is None]
    if missing:
        usual = _recent_by_hour(history, zone)
        for k in missing:
            found[k] = usual.get(horizon.time(k).astimezone(zone).hour, 0.0)
    return [max(kw or 0.0, 0.0) for kw in found], len(missing)


def _recent_by_hour(history: Sequence[Slot], zone: tzinfo) -> dict[int, float]:
    recent = sorted(history, key=lambda slot: slot.begin)[-24 * _RECENT_DAYS :]
    by_hour: dict[int, list[float]] = {}
    for slot in recent:
        by_hour.setdefault(slot.begin.astimezone(zone).hour, []).append(slot.value)
    return {hour: sum(values) / len(values) for hour, values in by_hour.items()}
