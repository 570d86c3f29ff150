"""What a source says: slots in UTC and in the suite's own unit, and what was wrong with it."""

from dataclasses import dataclass

from ..domain.series import Slot

# The unit of a slot's value by kind; a price's currency is the source's own, "EUR/kWh".
UNITS = {"pv": "kW", "temperature": "°C", "load": "kW"}


@dataclass(frozen=True)
class Parsed:
    """Slots in order of time, without overlaps; a hole between two stays a hole.

    ``unit``: of the values, after conversion: "EUR/kWh", "kW", "°C"; the currency may be unknown: "?/kWh". ``low`` and
    ``high``: the 10th and 90th percentile where the source gives them, else empty. ``problems``: sentences about what was
    passed over, is missing or is doubtful.
    """

    unit: str
    slots: tuple[Slot, ...]
    problems: tuple[str, ...] = ()
    low: tuple[Slot, ...] = ()
    high: tuple[Slot, ...] = ()
