"""When a price rule holds: hours of the local day, days of the week, dates of the year, and from which day to which."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..domain.faults import hint, shown
from ..domain.quantity import Frozen

DAY_MINUTES = 24 * 60
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = ("workday", "weekend", "holiday")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?(?::00)?")
_MONTH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")
# A year that has every day that any year has.
_LEAP = 2024

# Minutes of the day, the end not included; one that ends before it begins goes past midnight.
Span = tuple[int, int]
MonthDay = tuple[int, int]


def _refused(found: Any, what: str) -> PydanticCustomError:
    return PydanticCustomError("value_error", "{found} {what}", {"found": shown(found), "what": what})


def _parts(value: Any, what: str) -> list[str]:
    """A text with commas, or a list of texts, as its parts."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple) or not value:
        raise _refused(value, what)
    for one in value:
        if not isinstance(one, str):
            raise _refused(one, what)
    return [one.strip() for one in value]


def _minute(text: str, last: int) -> int | None:
    found = _CLOCK.fullmatch(text.strip())
    minute = int(found[1]) * 60 + int(found[2] or 0) if found else DAY_MINUTES + 1
    return minute if minute <= last and int(found[2] or 0 if found else 0) < 60 else None


def _hours(value: Any) -> Any:
    what = 'is not a span of hours; write it like "07:00-22:00", in quotes'
    spans: list[Span] = []
    for part in _parts(value, what):
        begin, dash, end = part.partition("-")
        low, high = _minute(begin, DAY_MINUTES - 1), _minute(end, DAY_MINUTES)
        if not dash or low is None or high is None:
            raise _refused(part, what)
        if low == high:
            raise _refused(part, 'begins when it ends; write "00:00-24:00" for the whole day')
        spans.append((low, high))
    return tuple(spans)


def _weekdays(value: Any) -> Any:
    what = "is not a day of the week; write mon-fri, [sat, sun], workday, weekend or holiday"
    days: list[str] = []
    for part in _parts(value, what):
        begin, dash, end = (one.strip().lower() for one in part.partition("-"))
        if not dash and begin in _WORDS:
            days += WEEK[5:] if begin == "weekend" else (begin,)
            continue
        low = _weekday(begin, what)
        high = _weekday(end, what) if dash else low
        days += [WEEK[(low + k) % 7] for k in range((high - low) % 7 + 1)]
    return tuple(dict.fromkeys(days))


def _weekday(word: str, what: str) -> int:
    for names in (WEEK, _WHOLE_NAMES):
        if word in names:
            return names.index(word)
    raise _refused(word, what + hint(word, (*_WHOLE_NAMES, *_WORDS)))


def _dates(value: Any) -> Any:
    what = 'is not a span of dates; write it like "11-01..03-31" (month-day)'
    spans: list[tuple[MonthDay, MonthDay]] = []
    for part in _parts(value, what):
        begin, dots, end = part.partition("..")
        low = _month_day(begin, what)
        spans.append((low, _month_day(end, what) if dots else low))
    return tuple(spans)


def _month_day(text: str, what: str) -> MonthDay:
    found = _MONTH_DAY.fullmatch(text.strip())
    try:
        day = date(_LEAP, int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise _refused(text, what)
    return day.month, day.day


def parse_day(value: Any) -> Any:
    """A calendar day within 1970..2200; YAML reads an unquoted 2026-07-01 as one itself."""
    day = value if isinstance(value, date) and not isinstance(value, datetime) else None
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
    if day is None or not 1970 <= day.year <= 2200:
        raise _refused(value, "is not a day; write it like 2026-07-01")
    return day


def _holiday(value: Any) -> Any:
    if isinstance(value, str) and _MONTH_DAY.fullmatch(value.strip()):
        return (None, *_month_day(value, "is not a day of the year"))
    day = parse_day(value)
    return day.year, day.month, day.day


Hours = Annotated[tuple[Span, ...], BeforeValidator(_hours)]
Weekdays = Annotated[tuple[str, ...], BeforeValidator(_weekdays)]
Dates = Annotated[tuple[tuple[MonthDay, MonthDay], ...], BeforeValidator(_dates)]
Day = Annotated[date, BeforeValidator(parse_day)]
# Year (None: every year), month, day.
Holiday = Annotated[tuple[int | None, int, int], BeforeValidator(_holiday)]
IsHoliday = Callable[[date], bool]


@dataclass(frozen=True)
class Holidays:
    """Whether a local day is one of these holidays; a class, so that it can be pickled."""

    known: tuple[tuple[int | None, int, int], ...]

    def __call__(self, day: date) -> bool:
        """Whether it is one."""
        return (day.year, day.month, day.day) in self.known or (None, day.month, day.day) in self.known


class When(Frozen):
    """What is not given holds always. All are about the local instant itself: its time of day, its day of the week, its date.

    So ``22:00-06:00`` on ``mon-fri`` is the first six and the last two hours of each of these five days. ``from`` and
    ``until`` are whole days, both included. ``workday``: Monday to Friday that is no holiday.
    """

    hours: Hours = ()
    weekdays: Weekdays = ()
    dates: Dates = ()
    begin: Day | None = Field(default=None, alias="from")
    until: Day | None = None

    @model_validator(mode="after")
    def _some_day(self) -> "When":
        if self.begin is not None and self.until is not None and self.begin > self.until:
            raise ValueError(f"from: {self.begin} is after until {self.until}")
        return self

    @property
    def always(self) -> bool:
        """Whether it holds at every instant."""
        return not (self.hours or self.weekdays or self.dates or self.begin or self.until)

    @property
    def minutes(self) -> set[int]:
        """The minutes of the day at which it may begin or end to hold."""
        return {minute % DAY_MINUTES for span in self.hours for minute in span}

    def on(self, day: date, holiday: bool) -> bool:
        """Whether it holds at some hour of a local day."""
        if (self.begin is not None and day < self.begin) or (self.until is not None and day > self.until):
            return False
        if self.dates and not any(_between((day.month, day.day), low, high) for low, high in self.dates):
            return False
        if not self.weekdays:
            return True
        weekday = day.weekday()
        named = WEEK[weekday] in self.weekdays or (holiday and "holiday" in self.weekdays)
        return named or (weekday < 5 and not holiday and "workday" in self.weekdays)

    def at(self, minute: int) -> bool:
        """Whether it holds at a minute of the days on which it holds at all."""
        return not self.hours or any(
            low <= minute < high if low < high else minute >= low or minute < high for low, high in self.hours
        )

    def holds(self, day: date, minute: int, holiday: bool) -> bool:
        """Whether it holds at a local instant."""
        return self.at(minute) and self.on(day, holiday)


def _between(day: MonthDay, low: MonthDay, high: MonthDay) -> bool:
    return low <= day <= high if low <= high else day >= low or day <= high
