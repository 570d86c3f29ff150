"""The ledger as CSV: one line a day or a quarter hour; what is not known is empty."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from .day import Day, QuarterRow


def csv_text(rows: Iterable[Day | QuarterRow], columns: Sequence[str]) -> str:
    """Lines with a head; times in UTC, numbers with a point."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        values = asdict(row)
        writer.writerow([_cell(values[name]) for name in columns])
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
