"""Reads the real series from a folder of CSV files; all times become UTC."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

NORD_POOL_FILE = "nordpool_fi_15min_2026-03_6days.csv"
OPSD_FILE = "opsd_de_day_ahead_2020_hourly.csv"
HOUSE_FILE = "emhass_house_fr_30min.csv"


class SeriesError(ValueError):
    """A file of real series is missing or is not what it should be; the text names it."""


@dataclass(frozen=True)
class HouseRow:
    """One half hour of a real house, in kW; None where nothing was measured."""

    load_kw: float | None
    pv_kw: float | None
    pv_forecast_kw: float | None


def read_prices(folder: Path) -> dict[str, dict[datetime, float]]:
    """EUR per kWh by start, per file. One of the two price files is enough; raises SeriesError for none."""
    columns = {NORD_POOL_FILE: "start_utc", OPSD_FILE: "time"}
    found = {
        name: {_utc(row[column]): round(float(row["price_eur_mwh"]) / 1000, 6) for row in _rows(folder / name, column)}
        for name, column in columns.items()
        if (folder / name).is_file()
    }
    if not found:
        raise SeriesError(f"{folder}: has neither {NORD_POOL_FILE} nor {OPSD_FILE}")
    return found


def read_house(folder: Path) -> dict[datetime, HouseRow]:
    """Half hours of load, PV and PV forecast by start; raises SeriesError without the file."""
    return {
        _utc(row["time_utc"]): HouseRow(_kw(row["load_w"]), _kw(row["pv_w"]), _kw(row["pv_forecast_w"]))
        for row in _rows(folder / HOUSE_FILE, "time_utc")
    }


def _rows(path: Path, first_column: str) -> Iterator[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if first_column not in (reader.fieldnames or []):
                raise SeriesError(f"{path}: has no column {first_column}")
            yield from reader
    except OSError as error:
        raise SeriesError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SeriesError(f"{path}: is not a text file") from None


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def _kw(text: str) -> float | None:
    # Powers a little below 0 are the inverter's own standby at night.
    return max(0.0, float(text)) / 1000 if text else None
