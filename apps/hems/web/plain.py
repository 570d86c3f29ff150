"""What other apps offer, made fit for JSON: they are written apart from the page, and may offer what JSON has not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any


def plain(value: Any) -> Any:
    """The value with text keys, times in ISO 8601, and None for what is no finite number; what else it is, in words."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return str(value)


def number_or_none(value: Any) -> float | None:
    """A finite number; None for whatever else, so that what is not known is not taken for 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
