"""Real prices and a real house, read from the data folder as values that hold from one instant to another.

The folder is the one that ``HEMS_DATA`` names, else ``../shared/data`` beside the repository. Nothing is written there.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from hems.domain.horizon import Horizon
from hems.domain.series import Slot, merged, on_horizon

GERMAN_PRICES = "opsd_de_day_ahead_2020_hourly.csv"
FINNISH_PRICES = "nordpool_fi_15min_2026-03_6days.csv"
HOUSE = "emhass_house_fr_30min.csv"
_ROOT = Path(__file__).resolve().parents[1]


class NoData(Exception):
    """The data are not there, or do not cover what is asked; the message is a sentence for people."""


@dataclass(frozen=True)
class House:
    """One house's uncontrolled load and PV, kW, by time of the year it is laid on."""

    load_kw: tuple[Slot, ...]
    pv_kw: tuple[Slot, ...]


def data_folder() -> Path:
    """The folder with the three series. Raises NoData where it, or one of them, is absent."""
    named = os.environ.get("HEMS_DATA")
    folder = Path(named) if named else _ROOT.parent / "shared" / "data"
    for name in (GERMAN_PRICES, FINNISH_PRICES, HOUSE):
        if not (folder / name).is_file():
            raise NoData(f"{folder / name}: is not there; set HEMS_DATA to the folder that holds {name}")
    return folder


def german_prices(folder: Path) -> tuple[Slot, ...]:
    """Day-ahead prices of 2020 in EUR/kWh, hourly; two hours are missing and stay missing."""
    rows = _rows(folder / GERMAN_PRICES)
    hour = timedelta(hours=1)
    return merged(
        Slot(time, time + hour, float(row["price_eur_mwh"]) / 1000)
        for time, row in ((_time(row["time"]), row) for row in rows)
        if row["price_eur_mwh"]
    )


def finnish_prices(folder: Path) -> tuple[Slot, ...]:
    """Day-ahead prices of six days in March 2026 in EUR/kWh, each for 15 minutes; the day of 92 slots among them."""
    rows = _rows(folder / FINNISH_PRICES)
    return merged(Slot(_time(r["start_utc"]), _time(r["end_utc"]), float(r["price_eur_mwh"]) / 1000) for r in rows)


def house(folder: Path, year: int) -> House:
    """The French house, laid on ``year`` by the day of the year. Empty PV is night (0); empty load is a gap."""
    half_hour = timedelta(minutes=30)
    load, pv = [], []
    for row in _rows(folder / HOUSE):
        measured = _time(row["time_utc"])
        if (measured.month, measured.day) == (2, 29) or not row["load_w"]:
            continue
        begin = measured.replace(year=year)
        load.append(Slot(begin, begin + half_hour, float(row["load_w"]) / 1000))
        pv.append(Slot(begin, begin + half_hour, max(0.0, float(row["pv_w"] or 0) / 1000)))
    return House(merged(load), merged(pv))


def known(what: str, slots: tuple[Slot, ...], horizon: Horizon) -> tuple[float, ...]:
    """The mean of each step, shape (N,). Raises NoData where a step is not covered."""
    near = [slot for slot in slots if slot.end > horizon.start and slot.begin < horizon.end]
    values = []
    for k, value in enumerate(on_horizon(near, horizon)):
        if value is None:
            raise NoData(f"{what}: nothing is known for {horizon.time(k):%Y-%m-%d %H:%M} UTC")
        values.append(value)
    return tuple(values)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(timezone.utc)
