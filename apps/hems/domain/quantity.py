"""The kinds of value that documents carry, each with its unit convention and its limits.

Powers are kW, energies kWh, temperatures degrees Celsius, states of charge fractions 0..1.
A magnitude above 1e6 is a mistake of units in any home, and would ruin a solver's tolerances.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, PlainSerializer, Tag
from pydantic_core import PydanticCustomError

LARGEST = 1e6

_ISO_8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d:?\d\d|[+-]\d\d)?"
)


class Frozen(BaseModel):
    """A typed, immutable part of a document; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=False)


def parse_time(value: Any) -> datetime:
    """An ISO 8601 time with an offset as an aware time in UTC (Python 3.10's own parser knows no ``Z``).

    Raises PydanticCustomError for what is not a time, has no offset, or lies outside 1970..2200.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise PydanticCustomError(
                "naive_time",
                "{found} has no offset; write it like 2026-03-28T12:00:00+01:00",
                {"found": value.isoformat()},
            )
        return value.astimezone(timezone.utc)
    found = _ISO_8601.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise PydanticCustomError(
            "no_time", "{found} is not a time; write it like 2026-03-28T12:00:00+01:00", {"found": repr(value)}
        )
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if offset is None:
        raise PydanticCustomError(
            "naive_time", "{found} has no offset; write it like 2026-03-28T12:00:00+01:00", {"found": value}
        )
    offset = "+00:00" if offset in "Zz" else offset
    offset = offset + ":00" if len(offset) == 3 else offset if ":" in offset else offset[:3] + ":" + offset[3:]
    micros = (fraction or "0").ljust(6, "0")[:6]
    try:
        time = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}.{micros}{offset}")
        time = time.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise PydanticCustomError("no_time", "{found} is not a time that exists", {"found": repr(value)}) from None
    if not 1970 <= time.year <= 2200:
        raise PydanticCustomError("no_time", "{found} is not within the years 1970..2200", {"found": value})
    return time


def iso(time: datetime) -> str:
    """An aware time as ISO 8601 with its offset."""
    return time.isoformat()


def _kind(value: Any) -> str:
    return "~list" if isinstance(value, Sequence) and not isinstance(value, str) else "~number"


def _counted(value: Any) -> Any:
    """True is 1 to Python, and no phase."""
    if isinstance(value, bool):
        raise ValueError(f"{value} is not 1, 2 or 3")
    return value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]
NonNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=LARGEST)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=LARGEST)]
Fraction = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Efficiency = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST)]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=200)]
Flag = Annotated[bool, Field(strict=True)]
# The phase that a single-phase device hangs on; None is all three, evenly.
Phase = Annotated[Literal[1, 2, 3], BeforeValidator(_counted)]
Time = Annotated[datetime, BeforeValidator(parse_time), PlainSerializer(iso, return_type=str)]

Numbers = tuple[Number, ...]
Positives = tuple[Positive, ...]
NonNegatives = tuple[NonNegative, ...]
# A branch is chosen by the value's own kind, so that a fault names one path and not every alternative's.
NumberOrSeries = Annotated[Annotated[Number, Tag("~number")] | Annotated[Numbers, Tag("~list")], Discriminator(_kind)]
NonNegativeOrSeries = Annotated[
    Annotated[NonNegative, Tag("~number")] | Annotated[NonNegatives, Tag("~list")], Discriminator(_kind)
]

PositiveOrSeries = Annotated[
    Annotated[Positive, Tag("~number")] | Annotated[Positives, Tag("~list")], Discriminator(_kind)
]


def _in_order(values: tuple[float, ...]) -> tuple[float, ...]:
    if not values:
        raise PydanticCustomError("no_steps", "is empty; give at least one step")
    if len(values) > 3000:
        raise PydanticCustomError("too_many_steps", "{found} steps; 3000 is the most", {"found": len(values)})
    return values


StepMinutes = Annotated[tuple[Positive, ...], AfterValidator(_in_order)]
