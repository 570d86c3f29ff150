"""Programs and quotas in the house without planning: as soon as they may begin, with the energy that they really took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import numpy as np

from ..config.loads import Program, Quota
from ..planner.local_days import local_time, periods
from .measured import HOURS, Measured, Values
from .pour import pour

# Below this a sensor shows standby.
_RUNNING_KW = 0.02
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Run:
    """One run of a program: where it really began, where it would have without planning, and its powers; in quarters."""

    begin: int
    unplanned: int
    kw: Values

    @property
    def unplanned_end(self) -> int:
        """Where it would have ended."""
        return self.unplanned + len(self.kw)


def unplanned_programs(measured: Measured, configs: Mapping[str, Program], zone: tzinfo) -> dict[str, Values]:
    """Mean power in kW of every program by quarter hour, shape (N,) each."""
    runs: dict[str, list[Run]] = {}
    for name in _in_order(configs):
        runs[name] = _runs(measured, name, configs[name], zone, runs.get(configs[name].after or "", []))
    found = {}
    for name in configs:
        kw = np.nan_to_num(measured.load_kw[name])
        for run in runs[name]:
            kw[run.begin : run.begin + len(run.kw)] -= run.kw
        for run in runs[name]:
            kw[run.unplanned : run.unplanned_end] += run.kw
        found[name] = kw
    return found


def _in_order(configs: Mapping[str, Program]) -> list[str]:
    """Programs that another waits for before it; the configuration knows no circle."""
    ordered: list[str] = []
    for _ in configs:
        ordered += [
            n for n, c in configs.items() if n not in ordered and (c.after in ordered or c.after not in configs)
        ]
    return ordered


def _runs(measured: Measured, name: str, config: Program, zone: tzinfo, awaited: list[Run]) -> list[Run]:
    kw = np.nan_to_num(measured.load_kw[name])
    most = int(np.ceil(len(config.program_kw) * config.program_step_minutes / 15)) + 1
    found: list[Run] = []
    k, free = 0, 0
    while k < len(kw):
        if kw[k] <= _RUNNING_KW:
            k += 1
            continue
        length = next((i for i in range(most) if k + i >= len(kw) or kw[k + i] <= _RUNNING_KW), most)
        begin = _unplanned_begin(measured, name, config, zone, k)
        waits = [run.unplanned_end for run in awaited if run.begin < k <= run.begin + 96]
        unplanned = min(k, max([begin, free, *waits]))
        found.append(Run(k, unplanned, kw[k : k + length].copy()))
        k, free = k + length, unplanned + length
    return found


def _unplanned_begin(measured: Measured, name: str, config: Program, zone: tzinfo, k: int) -> int:
    """The first quarter hour in which the program that really began in quarter k might have begun.

    One that somebody asks for begins when asked, in its window; where nobody knows when that was, and for a run outside the
    window, it is left where it was.
    """
    start = measured.time(k)
    window = window_of(start, config, zone)
    if window is None:
        return k
    earliest = window
    if config.requested is not None:
        asked = [at for at in measured.asked.get(name, ()) if at < measured.time(k + 1) and at > start - _DAY]
        if not asked:
            return k
        earliest = max(window, asked[-1])
    return min(k, max(0, int(np.ceil(measured.place(earliest) - 1e-9))))


def window_of(start: datetime, config: Program, zone: tzinfo) -> datetime | None:
    """When the window opened that holds ``start``; None outside it."""
    opens, closes = config.window
    day = start.astimezone(zone).date()
    for first in (day, day - _DAY):
        begin = local_time(first, opens, zone)
        end = local_time(first + (_DAY if closes <= opens else timedelta()), closes, zone)
        if begin <= start < end:
            return begin
    return None


def unplanned_quota(measured: Measured, name: str, config: Quota, zone: tzinfo) -> Values:
    """Mean power in kW by quarter hour, shape (N,): each local day's energy from the begin of that day on."""
    real = np.nan_to_num(measured.load_kw[name])
    found = np.zeros(measured.count)
    for begin, end in periods("day", measured.start, measured.end, zone):
        first, last = measured.post(begin), measured.post(end)
        kw = max(config.power_kw, float(real[first:last].max(initial=0.0)))
        pour(found, max(measured.place(begin), 0.0), float(real[first:last].sum()) * HOURS, kw)
    return found
