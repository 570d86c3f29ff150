"""Real homes for the closed loop: a French house and six German ones, each on the German prices of 2020.

Every home is a Series of quarter hours from 2020-01-01 to 2020-09-30, Europe/Berlin, as far as the prices reach. A local day
takes the load and PV of the day of the same weekday that is nearest in the year, at the same wall-clock time. What the
sources lack is filled by the rules of ``series_gaps`` and stated in ``Series.gaps``. Two holes are those of the prices: the
first hour (they begin at 01:00 local time), and two hours of the March clock change (02:00 and 03:00 UTC).
"""

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from real_series import HOUSE, NoData, data_folder, german_prices

from hems.closed_loop.series import Gap, Series, Values
from hems.closed_loop.series_file import NO_FORECAST
from hems.closed_loop.series_gaps import Grid, filled, without_nights
from hems.planner.local_days import local_time

ZONE = ZoneInfo("Europe/Berlin")
SIMBENCH = "simbench_2016_15min_H0_PV_HP_EV.csv.gz"
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2020, 9, 30)
ROOF = "roof"
_QUARTER = timedelta(minutes=15)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Household:
    """Columns of SimBench, and what they are scaled to: kWh of the year 2016, and the power at the PV column's 1."""

    load: str
    annual_kwh: float
    pv: str
    peak_kw: float


HOUSEHOLDS = (
    Household("H0-A_pload", 2500.0, "PV1", 4.0),
    Household("H0-B_pload", 3000.0, "PV2", 5.0),
    Household("H0-C_pload", 3500.0, "PV3", 6.0),
    Household("H0-G_pload", 4000.0, "PV4", 7.0),
    Household("H0-H_pload", 4500.0, "PV5", 8.0),
    Household("H0-L_pload", 5500.0, "PV6", 9.0),
)


@dataclass(frozen=True)
class Source:
    """What was measured: quarter hours from ``start`` (aware UTC), kW, NaN where nothing is known.

    ``no_forecast``: its own PV forecast is of no use.
    """

    start: datetime
    load_kw: Values
    pv_kw: Values
    no_forecast: bool = False


def french_home() -> Series:
    """The French house of 2024-02-28 to 2025-02-27. Raises NoData without the files.

    January and February are those of 2025, the rest is of 2024. Its empty PV at night is 0. A load of exactly 0 beside a
    hole is part of the hole: the logger wrote zeros at 21:00 UTC even while it was down. Its forecast lacks whole days, so
    it is left out, and the simulation makes one of its own.
    """
    return _on_german_prices(_french(data_folder() / HOUSE))


def simbench_home(number: int) -> Series:
    """Household 1 to 6 of SimBench's 2016. Raises NoData without the files, ValueError for another number.

    The file is naive German local time: 2016-03-27 has 92 rows (02:00 to 02:45 are absent), 2016-10-30 has 100 (they occur
    twice, the second time with the values of the first), and 2016-02-29 is there with 96. So its rows are 15 minutes
    apart without a break from 2015-12-31 23:00 UTC on, and its sun keeps its hour of UTC over both clock changes. Its two
    clock changes fall on the same weekdays as those of 2020. PV of 1 is the plant's rated power, which it never reaches
    (0.6 at most). Heat pumps and cars are not used.
    """
    if not 1 <= number <= len(HOUSEHOLDS):
        raise ValueError(f"number: {number} is not within 1..{len(HOUSEHOLDS)}")
    path = data_folder() / SIMBENCH
    if not path.is_file():
        raise NoData(f"{path}: is not there; set HEMS_DATA to the folder that holds {SIMBENCH}")
    return _on_german_prices(_simbench(path, HOUSEHOLDS[number - 1]))


def source_day(day: date, known: Iterable[date]) -> date:
    """The known day of the same weekday that is nearest in the year (its date with the year taken off); an earlier one first.

    That is at most three days off, but where the source begins: there it may be a week.
    """

    def position(one: date) -> int:
        return one.replace(year=2020).timetuple().tm_yday  # 2020 has every date

    def apart(other: date) -> int:
        days = abs(position(other) - position(day))
        return min(days, 366 - days)

    return min((other for other in known if other.weekday() == day.weekday()), key=lambda d: (apart(d), d))


def _french(path: Path) -> Source:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    start = datetime.fromisoformat(rows[0]["time_utc"]).astimezone(timezone.utc)
    load, pv = (np.array([float(row[name] or "nan") for row in rows]) / 1000 for name in ("load_w", "pv_w"))
    beside_hole = np.convolve(np.isnan(load), (1, 1, 1), mode="same") > 0
    lost = (load == 0) & beside_hole
    load[lost] = pv[lost] = np.nan
    load, pv = np.repeat(load, 2), np.repeat(np.maximum(pv, 0.0), 2)
    return Source(start, load, without_nights(pv, Grid(start, 15.0, ZONE)), no_forecast=True)


def _simbench(path: Path, household: Household) -> Source:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [(row["time"], float(row[household.load]), float(row[household.pv])) for row in csv.DictReader(file)]
    if len(rows) != 366 * 96 or rows[0][0] != "01.01.2016 00:00":
        raise NoData(f"{path}: is not the year 2016 in quarter hours from 01.01.2016 00:00 on")
    load, pv = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    start = local_time(date(2016, 1, 1), time(), ZONE)
    return Source(start, load * household.annual_kwh / (load.sum() / 4), pv * household.peak_kw)


def _on_german_prices(source: Source) -> Series:
    begin, end = local_time(FIRST_DAY, time(), ZONE), local_time(LAST_DAY + _A_DAY, time(), ZONE)
    grid = Grid(begin, 15.0, ZONE)
    steps = (end - begin) // _QUARTER
    taken = _source_steps(source, grid, steps)
    load_kw, load_gaps = filled(source.load_kw[taken], "baseline load", grid)
    pv_kw, pv_gaps = filled(source.pv_kw[taken], f"PV {ROOF}", grid)
    spot, price_gaps = filled(_prices(begin, steps), "spot price", grid, held=True)
    left_out = (Gap(f"PV forecast {ROOF}", begin, end, NO_FORECAST),) if source.no_forecast else ()
    gaps = sorted((*load_gaps, *pv_gaps, *price_gaps, *left_out), key=lambda gap: (gap.begin, gap.what))
    return Series(begin, 15.0, load_kw, {ROOF: pv_kw}, spot, gaps=tuple(gaps))


def _source_steps(source: Source, grid: Grid, steps: int) -> NDArray[np.int64]:
    """The step of the source for each step of the grid."""
    begin, end = source.start, source.start + _QUARTER * len(source.load_kw)
    first = begin.astimezone(ZONE).date()
    days = [first + timedelta(days=k) for k in range((end - begin).days + 2)]
    whole = [d for d in days if begin <= local_time(d, time(), ZONE) and local_time(d + _A_DAY, time(), ZONE) <= end]
    partner = {day: source_day(day, whole) for day in (FIRST_DAY + timedelta(days=k) for k in range(366))}
    walls = [grid.time(k).astimezone(ZONE) for k in range(steps)]
    return np.array([(local_time(partner[w.date()], w.time(), ZONE) - begin) // _QUARTER for w in walls])


def _prices(begin: datetime, steps: int) -> Values:
    """EUR/kWh by quarter hour, NaN where the file has none."""
    spot = np.full(steps, np.nan)
    for slot in german_prices(data_folder()):
        low, high = (max(0, (time - begin) // _QUARTER) for time in (slot.begin, slot.end))
        spot[low:high] = slot.value
    return spot
