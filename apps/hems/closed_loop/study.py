"""All controllers side by side on one home and one series, in processes of their own, kept on disk to be resumed."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any

from ..domain.faults import Refused
from .prices import tariff_of
from .quiet import quiet
from .results import ControllerName, Outcome, Results, Trace
from .study_asked import Study
from .study_kept import kept_file, read_kept, write_kept
from .study_run import found_by, share_kept

Shares = dict[ControllerName, float]
Heard = tuple[ControllerName, float, str]
Progress = Callable[[Mapping[ControllerName, float]], None]


def results_of(study: Study, folder: Path, jobs: int, progress: Progress) -> Results:
    """Runs what is not yet done and puts the results together. ``folder`` keeps the runs; KeyboardInterrupt leaves them there."""
    folder.mkdir(parents=True, exist_ok=True)
    waiting = [name for name in study.controllers if not kept_file(study, folder, name, "done").exists()]
    shares: Shares = {name: share_kept(study, folder, name) if name in waiting else 1.0 for name in study.controllers}
    context = _context()
    queue: Queue[Heard] = context.Queue()
    running: dict[ControllerName, Any] = {}
    crashed: dict[ControllerName, float] = {}
    # The longest first, so that no processor waits for them at the end.
    waiting.sort(key=lambda name: ("hems" not in name, name != "bound"))
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.pop(0)
                running[name] = context.Process(
                    target=_work, args=(study, folder, name, queue, name in crashed), daemon=True
                )
                with _without_interrupts():
                    running[name].start()
            _heard(queue, shares)
            progress(shares)
            for name in [name for name, process in running.items() if not process.is_alive()]:
                process = running.pop(name)
                _heard(queue, shares)
                share = share_kept(study, folder, name)
                if process.exitcode < 0 and crashed.get(name) != share:
                    crashed[name] = share  # the solver's native code; twice in one place is no accident
                    waiting.insert(0, name)
                    continue
                if process.exitcode != 0:
                    raise Refused([f"the run of {name} has failed (exit status {process.exitcode})"])
                shares[name] = 1.0
    finally:
        for process in running.values():
            process.terminate()
            process.join()
    progress(shares)
    return _together(study, folder)


def _context() -> Any:
    """Fresh processes; where the system can, forked from one that has imported all of this already."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process that is started inherits that Ctrl-C is not for it, even while it is still importing; ours comes later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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


def _work(study: Study, folder: Path, name: ControllerName, queue: "Queue[Heard]", crashed: bool) -> None:
    """One controller's whole run, in a process of its own; ``crashed``: the last one was ended by a signal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us, and what is kept is whole

    def tell(share: float) -> None:
        parent = parent_process()
        if parent is not None and not parent.is_alive():
            raise SystemExit(1)  # nobody waits for us; the next call goes on from here
        queue.put((name, share, ""))

    try:
        with quiet():
            found = found_by(study, folder, name, tell, crashed)
        write_kept(kept_file(study, folder, name, "done"), found)
        kept_file(study, folder, name, "run").unlink(missing_ok=True)
    except Refused as refused:
        queue.put((name, 0.0, "; ".join(refused.faults)))


def _together(study: Study, folder: Path) -> Results:
    series, part = study.series, slice(study.first, study.last)
    tariff = tariff_of(study.site, series, study.zone)
    read = {name: read_kept(kept_file(study, folder, name, "done")) for name in study.controllers}
    found: dict[ControllerName, tuple[Outcome, Trace]] = {n: one for n, one in read.items() if not isinstance(one, str)}
    failed = [f"{name}: {one}" for name, one in read.items() if isinstance(one, str)]
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
        notes=(*study.notes, *failed, *_gaps(study)),
    )


def _gaps(study: Study) -> Iterator[str]:
    begin, end = study.series.time(study.first), study.series.time(study.last)
    for gap in study.series.gaps:
        if gap.begin < end and gap.end > begin:
            hours = (gap.end - gap.begin) / timedelta(hours=1)
            at = gap.begin.astimezone(study.zone)
            yield f"{gap.what}: missing from {at:%Y-%m-%d %H:%M} for {hours:g} h; {gap.instead}"
