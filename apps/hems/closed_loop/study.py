"""All controllers side by side on one home and one series, in processes of their own, kept on disk to be resumed."""

import hashlib
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any
from zoneinfo import ZoneInfo

from ..config.site import Site
from ..domain.faults import Refused
from ..simulation.local_day import local_date
from .bound import solve_bound
from .controller import Controller
from .family import Family
from .foresight import Truth
from .home import PhysicalHome
from .ledger import Ledger
from .look import Look
from .loop import Run, live
from .modes import MODES
from .planned import Planned
from .prices import Published, tariff_of
from .pv_outlook import PvOutlook
from .quiet import quiet
from .results import CONTROLLERS, ControllerName, Outcome, Results, Trace
from .rule_based import RuleBased
from .self_consumption import SelfConsumption
from .series import Series
from .uncontrolled import Uncontrolled
from .wishes import Wishes

# How often a run is written to disk, in steps: once a simulated day.
_KEPT_EVERY = 96
Shares = dict[ControllerName, float]
Heard = tuple[ControllerName, float, str]
Progress = Callable[[Mapping[ControllerName, float]], None]


@dataclass(frozen=True)
class Study:
    """What is to be simulated. Steps ``first`` to ``last`` of the series; what is before is the home's known past."""

    site: Site
    series: Series
    zone: ZoneInfo
    first: int
    last: int
    controllers: tuple[ControllerName, ...] = CONTROLLERS
    mode: str = "mpc"
    replan_minutes: int = 15
    seed: int = 1
    title: str = "simulation"

    def key(self) -> str:
        """The same for the same study: what is kept of another one is not taken up."""
        parts = (self.site, self.zone.key, self.first, self.last, self.mode, self.replan_minutes, self.seed)
        arrays = (self.series.load_kw, self.series.spot_per_kwh, *self.series.pv_kw.values())
        found = hashlib.sha256(repr((parts, self.series.start)).encode())
        for array in arrays:
            found.update(array.tobytes())
        return found.hexdigest()[:12]


def results_of(study: Study, folder: Path, jobs: int, progress: Progress) -> Results:
    """Runs what is not yet done and puts the results together. ``folder`` keeps the runs; KeyboardInterrupt leaves them there."""
    folder.mkdir(parents=True, exist_ok=True)
    waiting = [name for name in study.controllers if not _file(study, folder, name, "done").exists()]
    shares: Shares = {name: 0.0 if name in waiting else 1.0 for name in study.controllers}
    context = get_context("spawn")
    queue: Queue[Heard] = context.Queue()
    running: dict[ControllerName, Any] = {}
    # The longest first, so that no processor waits for them at the end.
    waiting.sort(key=lambda name: ("hems" not in name, name != "bound"))
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.pop(0)
                running[name] = context.Process(target=_work, args=(study, folder, name, queue), daemon=True)
                running[name].start()
            _heard(queue, shares)
            progress(shares)
            for name in [name for name, process in running.items() if not process.is_alive()]:
                process = running.pop(name)
                _heard(queue, shares)
                if process.exitcode != 0:
                    raise Refused([f"the run of {name} has failed (exit status {process.exitcode})"])
                shares[name] = 1.0
    finally:
        for process in running.values():
            process.terminate()
            process.join()
    progress(shares)
    return _together(study, folder)


def _heard(queue: "Queue[Heard]", shares: Shares) -> None:
    try:
        name, share, fault = queue.get(timeout=0.2)
        while True:
            if fault:
                raise Refused([fault])
            shares[name] = share
            name, share, fault = queue.get_nowait()
    except Empty:
        return


def _work(study: Study, folder: Path, name: ControllerName, queue: "Queue[Heard]") -> None:
    """One controller's whole run, in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us, and what is kept is whole
    try:
        with quiet():
            found = _bound(study) if name == "bound" else _lived(study, folder, name, queue)
        _write(_file(study, folder, name, "done"), found)
        _file(study, folder, name, "run").unlink(missing_ok=True)
    except Refused as refused:
        queue.put((name, 0.0, "; ".join(refused.faults)))


def _lived(study: Study, folder: Path, name: ControllerName, queue: "Queue[Heard]") -> tuple[Outcome, Trace]:
    series, file = study.series, _file(study, folder, name, "run")
    published, forecast = Published(series, study.zone), PvOutlook(series, study.zone, study.seed)
    look = Look(study.site, series, published, forecast)
    run: Run = _read(file) or _begun(study, name)

    def tell(position: int) -> None:
        if (position - study.first) % _KEPT_EVERY == 0:
            _write(file, run)
            queue.put((name, (position - study.first) / (study.last - study.first), ""))

    live(run, series, look, study.last, tell)
    return _outcome(study, run), run.ledger.trace()


def _begun(study: Study, name: ControllerName) -> Run:
    home = PhysicalHome(study.site, Family(study.site, study.zone, study.seed), name != "uncontrolled")
    ledger = Ledger(study.series, study.first, study.last - study.first)
    return Run(home, controller_of(study, name), ledger, Wishes(study.site, study.zone), study.first, home.stored_kwh())


def controller_of(study: Study, name: ControllerName) -> Controller:
    """A fresh controller by its name."""
    site, zone = study.site, study.zone
    if name == "uncontrolled":
        return Uncontrolled(site, zone)
    if name == "self_consumption":
        return SelfConsumption(site, zone)
    if name == "rules":
        return RuleBased(site, zone)
    mode = MODES[study.mode]
    minutes = mode.replan_minutes or study.replan_minutes
    truth = Truth(site, study.series, Family(site, zone, study.seed), zone)
    knows = name == "hems_perfect" or mode.perfect
    return Planned(
        site,
        zone,
        minutes,
        improve=truth if knows else None,
        on_events=mode.on_events,
        max_plan_age=timedelta(minutes=60 + minutes),
    )


def _outcome(study: Study, run: Run) -> Outcome:
    batteries, controller = study.site.batteries, run.controller
    capacity = sum(battery.store.capacity_kwh for battery in run.home.batteries.values())
    # Several batteries with wear of their own: the ledger has one sum, so their mean by capacity.
    wear = sum(batteries[n].wear_cost_per_kwh * b.store.capacity_kwh for n, b in run.home.batteries.items())
    return run.ledger.outcome(
        tariff_of(study.site, study.series),
        study.zone,
        capacity,
        run.home.stored_kwh() - run.stored_kwh,
        wear / capacity if capacity else 0.0,
        run.home.switched,
        tuple(run.wishes.unmet),
        controller.seconds if isinstance(controller, Planned) else [],
        controller.fallbacks if isinstance(controller, Planned) else 0,
    )


def _bound(study: Study) -> tuple[Outcome, Trace]:
    family = Family(study.site, study.zone, study.seed)
    home = PhysicalHome(study.site, family)
    problem = Truth(study.site, study.series, family, study.zone).whole_period(study.first, study.last, home)
    found = solve_bound(problem)
    worth = problem.batteries[0].terminal_value_per_kwh if problem.batteries else None
    worth = worth if worth is not None else (problem.evs[0].terminal_value_per_kwh if problem.evs else 0.0)
    begun = sum(b.capacity_kwh * b.soc for b in problem.batteries) + sum(e.battery_kwh * e.soc for e in problem.evs)
    stored = found.stored_value - (worth or 0.0) * begun
    capacity = sum(b.capacity_kwh for b in problem.batteries)
    outcome = Outcome(
        bill=found.bill - stored,
        import_kwh=found.import_kwh,
        export_kwh=found.export_kwh,
        cycles=found.discharged_kwh / capacity if capacity else 0.0,
        wear=found.wear,
        stored_value=stored,
    )
    return outcome, found.trace


def _together(study: Study, folder: Path) -> Results:
    series, part = study.series, slice(study.first, study.last)
    tariff = tariff_of(study.site, series)
    found: dict[ControllerName, tuple[Outcome, Trace]] = {
        name: _read(_file(study, folder, name, "done")) for name in study.controllers
    }
    return Results(
        title=study.title,
        period=(series.time(study.first).astimezone(study.zone), series.time(study.last).astimezone(study.zone)),
        time_zone=study.zone.key,
        currency=study.site.currency,
        mode=study.mode,
        outcomes={name: outcome for name, (outcome, _) in found.items()},
        step_minutes=series.step_minutes,
        import_price=tuple(tariff.import_price[part].round(6).tolist()),
        export_price=tuple(tariff.export_price[part].round(6).tolist()),
        pv_kw=tuple(sum(series.pv_kw.values(), series.load_kw * 0)[part].round(4).tolist()),
        load_kw=tuple(series.load_kw[part].round(4).tolist()),
        traces={name: trace for name, (_, trace) in found.items()},
        notes=tuple(_gaps(study)),
    )


def _gaps(study: Study) -> Iterator[str]:
    begin, end = study.series.time(study.first), study.series.time(study.last)
    for gap in study.series.gaps:
        if gap.begin < end and gap.end > begin:
            hours = (gap.end - gap.begin) / timedelta(hours=1)
            at = gap.begin.astimezone(study.zone)
            yield f"{gap.what}: missing from {at:%Y-%m-%d %H:%M} for {hours:g} h; {gap.instead}"


def days_of(series: Series, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last local midnight inside the series."""
    midnights: Sequence[datetime] = [
        series.time(k) for k in range(series.steps + 1) if series.time(k).astimezone(zone).strftime("%H:%M") == "00:00"
    ]
    if len(midnights) < 2:
        day = local_date(series.start, zone)
        raise Refused([f"the series holds no whole day (it begins on {day.isoformat()} and has {series.steps} steps)"])
    return midnights[0], midnights[-1]


def _file(study: Study, folder: Path, name: str, state: str) -> Path:
    return folder / f"{study.key()}-{name}.{state}"


def _write(file: Path, value: object) -> None:
    """Whole or not at all."""
    new = file.with_suffix(file.suffix + ".new")
    new.write_bytes(pickle.dumps(value))
    os.replace(new, file)


def _read(file: Path) -> Any:
    try:
        return pickle.loads(file.read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError):
        return None
