"""How fast a store may charge when it is nearly full: ``{80: 7.4, 100: 2.0}``, percent of its capacity to kW."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ..domain.charge_curve import CurvePoint

_EXAMPLE = "write it like {80: 7.4, 100: 2.0} (percent: kW)"


def _curve(value: Any) -> Any:
    """The points by rising state of charge, as fractions. Raises PydanticCustomError."""
    if not isinstance(value, dict) or not value:
        raise _fault(f"{value!r:.60} is not a charge curve; {_EXAMPLE}")
    for percent, kw in value.items():
        if not _number(percent) or not 0 <= percent <= 100:
            raise _fault(f"{percent!r:.60} is not a percentage within 0..100; {_EXAMPLE}")
        if not _number(kw) or not 0 <= kw <= 1e6:
            raise _fault(f"{kw!r:.60} at {percent:g} % is not a power in kW; {_EXAMPLE}")
    highest = max(value)
    if highest <= 1:
        raise _fault(f"{highest:g} is a fraction; write {highest * 100:g} for {highest * 100:g} %")
    return tuple(CurvePoint(soc=percent / 100, kw=value[percent]) for percent in sorted(value))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fault(words: str) -> PydanticCustomError:
    return PydanticCustomError("value_error", "{words}", {"words": words})


# Linear between the points, level before the first and beyond the last.
ChargeCurve = Annotated[tuple[CurvePoint, ...], Field(strict=False), BeforeValidator(_curve)]
