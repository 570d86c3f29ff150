"""The past of one sensor as mean powers: by the hour, and by five minutes where that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..domain.series import Slot

HOUR = timedelta(hours=1)
FINE = timedelta(minutes=5)
FINE_PER_HOUR = 12
# Home Assistant's units of power and energy; of another unit (VA, %) its statistics are raw numbers.
TO_KW = {"mW": 1e-6, "W": 1e-3, "kW": 1.0, "MW": 1e3, "GW": 1e6, "TW": 1e9, "BTU/h": 0.00029307107}
TO_KWH = {
    **{"mWh": 1e-6, "Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "GWh": 1e6, "TWh": 1e9},
    **{"J": 1 / 3.6e6, "kJ": 1 / 3.6e3, "MJ": 1 / 3.6, "GJ": 1 / 3.6e-3},
    **{"cal": 4.184 / 3.6e6, "kcal": 4.184 / 3.6e3, "Mcal": 4.184 / 3.6, "Gcal": 4.184 / 3.6e-3},
}
# More than the fuse of any home lets through: a mistake of units, or a counter that jumped.
MOST_KW = 200.0

Powers = dict[datetime, float]


@dataclass(frozen=True)
class Means:
    """Mean powers in kW by begin (aware UTC): of whole hours, and of five minutes (``fine``). What is not there is a gap."""

    hours: Mapping[datetime, float] = field(default_factory=dict)
    fine: Mapping[datetime, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.hours) or bool(self.fine)

    def slots(self) -> tuple[Slot, ...]:
        """Five minutes where an hour has all of its twelve, else the hour, else those five minutes that are known."""
        found = []
        for hour, fine in fine_by_hour(self).items():
            if len(fine) < FINE_PER_HOUR and hour in self.hours:
                found.append(Slot(hour, hour + HOUR, self.hours[hour]))
            else:
                found += [Slot(begin, begin + FINE, kw) for begin, kw in sorted(fine.items())]
        return tuple(found)

    def hourly_slots(self) -> tuple[Slot, ...]:
        """The hours alone."""
        return tuple(Slot(begin, begin + HOUR, kw) for begin, kw in sorted(self.hours.items()))


def hour_of(begin: datetime) -> datetime:
    """The begin of the hour (UTC) that holds ``begin``."""
    return begin.replace(minute=0, second=0, microsecond=0)


def fine_by_hour(means: Means) -> dict[datetime, Powers]:
    """The five-minute means of every hour that is known in one way or the other, the hours in order."""
    found: dict[datetime, Powers] = {hour: {} for hour in means.hours}
    for begin, kw in means.fine.items():
        found.setdefault(hour_of(begin), {})[begin] = kw
    return dict(sorted(found.items()))
