"""Rules of a tariff: rates by the time of use, surcharges that come and go, a VAT that changes."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from ..domain.quantity import Frozen, NonNegative, Number
from .tariff_when import DAY_MINUTES, Day, When

# Within so many years every date has been every day of the week.
_CYCLE_YEARS = 28
_DAY = timedelta(days=1)


class Adder(When):
    """Added to the price per kWh, before VAT, while it holds. Adders that hold at once add up."""

    per_kwh: Number


class Rate(When):
    """The price per kWh while it holds and no rate before it in the list does."""

    per_kwh: Number


class DatedVat(Frozen):
    """VAT from a day on; the one without ``begin`` holds before."""

    begin: Day | None = Field(default=None, alias="from")
    vat: Annotated[NonNegative, Field(le=1)]


def _whole(rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    """Raises ValueError where an hour has no rate, or a rate no hour."""
    used: set[int] = set()
    for day, holiday, active in _kinds_of_day(rates):
        minutes = sorted({0, *(minute for index in active for minute in rates[index].minutes)})
        for begin, end in zip(minutes, [*minutes[1:], DAY_MINUTES], strict=True):
            first = next((index for index in active if rates[index].at(begin)), None)
            if first is None:
                kind = f"{day:%a}, a holiday, as {day}," if holiday else f"{day:%a}, as {day},"
                raise ValueError(
                    f"no price on {kind} from {_clock(begin)} to {_clock(end)}; end the list with {{per_kwh: ...}} "
                    "without hours and days"
                )
            used.add(first)
    for index in range(len(rates)):
        if index not in used:
            raise ValueError(f"entry {index + 1} never holds: those before it take all its hours")
    return rates


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _kinds_of_day(rates: Sequence[Rate]) -> Iterator[tuple[date, bool, tuple[int, ...]]]:
    """Days that differ in which rates hold on them, as ``(day, holiday, indices)``: one of each kind that will ever be."""
    edges = [rate.begin for rate in rates if rate.begin] + [rate.until for rate in rates if rate.until]
    first = date(min((edge.year for edge in edges), default=2024) - (_CYCLE_YEARS if edges else 0), 1, 1)
    last = date(max((edge.year for edge in edges), default=2024) + _CYCLE_YEARS, 12, 31)
    special = any(word in rate.weekdays for rate in rates for word in ("workday", "holiday"))
    if not edges and not any(rate.weekdays or rate.dates for rate in rates):
        last = first  # all days are alike
    seen: set[tuple[bool, tuple[int, ...]]] = set()
    for number in range((last - first).days + 1):
        day = first + number * _DAY
        for holiday in (False, True) if special else (False,):
            active = tuple(index for index, rate in enumerate(rates) if rate.on(day, holiday))
            if (holiday, active) not in seen:
                seen.add((holiday, active))
                yield day, holiday, active


def _in_time(vats: tuple[DatedVat, ...]) -> tuple[DatedVat, ...]:
    begins = [one.begin for one in vats]
    if len(set(begins)) < len(begins):
        raise ValueError("two entries begin on the same day, or two have no from")
    if None not in begins:
        first = min(begin for begin in begins if begin is not None)
        raise ValueError(f"no VAT before {first}; add {{vat: ...}} without from, for what holds until then")
    return tuple(sorted(vats, key=lambda one: one.begin or date.min))


def _kind(value: Any) -> str:
    return "~list" if isinstance(value, list | tuple) else "~number"


Rates = Annotated[tuple[Rate, ...], Field(strict=False, min_length=1), AfterValidator(_whole)]
Adders = Annotated[tuple[Adder, ...], Field(strict=False)]
_Vats = Annotated[tuple[DatedVat, ...], Field(strict=False, min_length=1), AfterValidator(_in_time)]
Vat = Annotated[
    Annotated[Annotated[NonNegative, Field(le=1)], Tag("~number")] | Annotated[_Vats, Tag("~list")],
    Discriminator(_kind),
]


def vat_on(vat: float | tuple[DatedVat, ...], day: date) -> float:
    """The VAT of a local day."""
    if not isinstance(vat, tuple):
        return vat
    return next(one.vat for one in reversed(vat) if one.begin is None or one.begin <= day)


def vat_days(vat: float | tuple[DatedVat, ...]) -> bool:
    """Whether it ever changes."""
    return isinstance(vat, tuple) and len(vat) > 1


def rate_at(rates: Sequence[Rate], day: date, minute: int, holiday: bool) -> float:
    """The price of the first rate that holds; ``Rates`` has one for every instant."""
    return next(rate.per_kwh for rate in rates if rate.holds(day, minute, holiday))


def added_at(adders: Sequence[Adder], day: date, minute: int, holiday: bool) -> float:
    """The sum of the adders that hold."""
    return sum(adder.per_kwh for adder in adders if adder.holds(day, minute, holiday))
