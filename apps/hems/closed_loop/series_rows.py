"""The rows of a CSV file of measurements: instants in UTC, columns by name, faults by line."""

import csv
import gzip
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from typing import TextIO, cast

from ..domain.faults import Refused, hint, shown
from .series_clock import Clock
from .series_columns import Column, Kind, columns_of

TIME_COLUMNS = ("time", "time_utc", "start", "start_utc")
_EMPTY = frozenset(("", "nan", "none", "null", "na", "n/a", "unavailable", "unknown"))
_FAULTS_SHOWN = 5
# A meter's noise around nothing.
_NOISE_KW = 0.05
_NAN = math.nan


@dataclass(frozen=True)
class Rows:
    """Rising instants (aware UTC), the line of each, and the values by column, NaN where a cell is empty."""

    path: Path
    times: list[datetime]
    lines: list[int]
    values: dict[tuple[Kind, str], list[float]]
    names: dict[tuple[Kind, str], str]


@dataclass
class _Reading:
    """What is being read."""

    path: Path
    rows: Rows
    columns: dict[int, Column]
    time_index: int
    instant: Clock
    faults: list[str] = field(default_factory=list)


def read_rows(path: Path, zone: tzinfo, wanted: frozenset[Kind], required: tuple[Kind, ...]) -> Rows:
    """The rows of one file. Raises Refused for what cannot be read, the first few faults with their lines."""
    try:
        with _opened(path) as file:
            return _read(file, path, zone, wanted, required)
    except UnicodeDecodeError:
        raise Refused([f"{path}: is not a text in UTF-8; save it as CSV in UTF-8"]) from None
    except (OSError, EOFError, zlib.error) as error:
        words = (error.strerror if isinstance(error, OSError) else None) or "it is damaged"
        raise Refused(
            [f"{path}: cannot be read: {words}; give a CSV file, or one packed with gzip as .csv.gz"]
        ) from None
    except csv.Error as error:
        raise Refused([f"{path}: is not a CSV file: {error}"]) from None


def _opened(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _read(file: TextIO, path: Path, zone: tzinfo, wanted: frozenset[Kind], required: tuple[Kind, ...]) -> Rows:
    header = file.readline()
    delimiter = ";" if ";" in header and "," not in header else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    if not any(names):
        raise Refused([f"{path}: is empty; write a header such as time,load_kw,pv_kw,spot_per_kwh, then the rows"])
    time_index = next((k for k, name in enumerate(names) if name.lower() in TIME_COLUMNS), None)
    columns, faults = columns_of(path, names, wanted, required)
    if time_index is None:
        found = hint(names[0], TIME_COLUMNS)
        faults.insert(0, f"{path}: line 1: no column holds the time; call it time{found} (columns: {', '.join(names)})")
    if faults or time_index is None:
        raise Refused(faults)
    keys = {k: (column.kind, column.plant) for k, column in columns.items()}
    rows = Rows(path, [], [], {key: [] for key in keys.values()}, {key: names[k] for k, key in keys.items()})
    utc = names[time_index].lower().endswith("_utc")
    reading = _Reading(path, rows, columns, time_index, Clock(timezone.utc if utc else zone))
    for line, cells in _lines(file, delimiter):
        _add(reading, line, cells, len(names))
        if len(reading.faults) >= _FAULTS_SHOWN:
            reading.faults.append(f"{path}: line {line}: the rest was not read; correct these first")
            break
    if reading.faults:
        raise Refused(reading.faults)
    if len(rows.times) < 2:
        found = "one row" if rows.times else "no rows"
        raise Refused([f"{path}: holds {found}; give at least two, their distance is the step"])
    return rows


def _lines(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file, delimiter=delimiter)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num + 1, cells


def _add(reading: _Reading, line: int, cells: list[str], width: int) -> None:
    where = f"{reading.path}: line {line}"
    rows = reading.rows
    if len(cells) > width:
        reading.faults.append(
            f"{where}: has {len(cells)} cells, the header {width}; write numbers with a point, as 0.35"
        )
        return
    try:
        instant = reading.instant(cells[reading.time_index].strip() if len(cells) > reading.time_index else "")
    except ValueError as error:
        reading.faults.append(f"{where}: {error}")
        return
    if rows.times and instant <= rows.times[-1]:
        before = rows.times[-1].isoformat(sep=" ")
        reading.faults.append(
            f"{where}: {cells[reading.time_index]} is not after {before}, the row before; sort the rows, once each"
        )
        return
    rows.times.append(instant)
    rows.lines.append(line)
    for k, column in reading.columns.items():
        try:
            value = _value(cells[k] if k < len(cells) else "", column)
        except ValueError as error:
            reading.faults.append(f"{where}: {rows.names[column.kind, column.plant]}: {error}")
            value = _NAN
        rows.values[column.kind, column.plant].append(value)


def _value(text: str, column: Column) -> float:
    """A cell in the unit of its kind, NaN where it is empty. Raises ValueError with words."""
    text = text.strip()
    if text.lower() in _EMPTY:
        return _NAN
    try:
        value = float(text) * column.factor
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        point = text.replace(",", ".")
        write = point if point != text else "a number such as 0.35"
        raise ValueError(
            f"{shown(text)} is not a number; write {write}, or leave the cell empty where nothing is known"
        )
    if column.kind == "load_kw" and value < -_NOISE_KW:
        raise ValueError(f"{shown(text)} is negative; write what the house itself draws, without PV, battery and car")
    # A little below nothing is a meter's noise, or the standby of an inverter at night.
    return value if column.kind == "spot_per_kwh" else max(0.0, value)
