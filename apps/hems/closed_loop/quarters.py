"""Time as whole quarter hours: the grain in which prices are published and simple controllers decide."""

from datetime import datetime

QUARTER_S = 900
QUARTER_H = 0.25
# Quarters in 24 hours, and so the number of the same time of day in UTC.
PER_DAY = 96


def quarter_of(time: datetime) -> int:
    """The number of the quarter hour (since 1970, UTC) that contains an aware time."""
    return int(time.timestamp() // QUARTER_S)


def quarter_from(time: datetime) -> int:
    """The number of the first quarter hour that begins at an aware time or later."""
    return int(-(-time.timestamp() // QUARTER_S))
