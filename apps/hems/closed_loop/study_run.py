"""One controller's whole run: lived step by step, or the bound of them all."""

import gc
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from .afterwards import period_bound, stored_value
from .bound import NoBound
from .collecting import rare_collecting
from .controller import Controller
from .days_before import memory_of_before
from .family import Family
from .home import PhysicalHome
from .ledger import Ledger
from .look import Look
from .loop import Run, live
from .modes import MODES
from .planned import Planned
from .prices import Published, tariff_of
from .pv_outlook import PvOutlook
from .results import ControllerName, Outcome, Trace
from .rule_based import RuleBased
from .self_consumption import SelfConsumption
from .study_asked import Study
from .study_kept import kept_file, read_kept, write_kept
from .uncontrolled import Uncontrolled
from .wishes import Wishes

# How often a run is written to disk, and how often it says how far it is, in steps: a simulated day, an hour.
_KEPT_EVERY, _TOLD_EVERY = 96, 4
Tell = Callable[[float], None]


def share_kept(study: Study, folder: Path, name: ControllerName) -> float:
    """The share of a run that an earlier call has left."""
    run: Run | None = read_kept(kept_file(study, folder, name, "run"))
    return _share(study, run.position) if run is not None else 0.0


def found_by(
    study: Study, folder: Path, name: ControllerName, tell: Tell, crashed: bool = False
) -> tuple[Outcome, Trace] | str:
    """What a controller makes of the period, from where its kept run stands. A text: why there is no bound.

    ``tell`` hears the share that is done every simulated hour. ``crashed``: the solver did, from where the run stands, so
    it gets a process of its own for two simulated days. Raises Refused for a home that cannot be simulated.
    """
    if name != "bound":
        return _lived(study, folder, name, tell, crashed)
    try:
        with rare_collecting():
            return _bound(study, tell)
    except NoBound as error:
        return str(error)


def _share(study: Study, position: int) -> float:
    return (position - study.first) / (study.last - study.first)


def _lived(study: Study, folder: Path, name: ControllerName, tell: Tell, crashed: bool) -> tuple[Outcome, Trace]:
    series, file = study.series, kept_file(study, folder, name, "run")
    published, forecast = Published(series, study.zone), PvOutlook(series, study.zone, study.seed)
    look = Look(study.site, series, published, forecast)
    run: Run = read_kept(file) or _begun(study, name)
    if crashed and isinstance(run.controller, Planned):
        run.controller.apart_until = series.time(run.position) + timedelta(days=2)

    def keep(position: int) -> None:
        done = position - study.first
        if done % _KEPT_EVERY == 0:
            gc.collect()  # between two days there is least to search: 6,000 objects
            write_kept(file, run)
        if done % _TOLD_EVERY == 0:
            tell(_share(study, position))

    try:
        with rare_collecting():
            live(run, series, look, study.last, keep)
    finally:
        if isinstance(run.controller, Planned):
            run.controller.close()
    solved = run.controller if isinstance(run.controller, Planned) else None
    outcome = outcome_of(study, run, solved.seconds if solved else (), solved.fallbacks if solved else 0)
    return outcome, run.ledger.trace()


def _begun(study: Study, name: ControllerName) -> Run:
    home = PhysicalHome(study.site, Family(study.site, study.zone, study.seed), name != "uncontrolled")
    ledger = Ledger(study.series, study.first, study.last - study.first)
    controller = controller_of(study, name)
    if isinstance(controller, Planned) and controller.knows is None:
        controller.memory = memory_of_before(study)
    return Run(home, controller, ledger, Wishes(study.site, study.zone), study.first, home.stored_kwh())


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
    knows = name == "hems_perfect" or mode.perfect
    return Planned(
        site,
        zone,
        minutes,
        knows=study.truth if knows else None,
        on_events=mode.on_events,
        max_plan_age=timedelta(minutes=60 + minutes),
    )


def outcome_of(study: Study, run: Run, seconds: Sequence[float], fallbacks: int) -> Outcome:
    """What a run that has ended came to. ``seconds``: of its solver, one a plan; ``fallbacks``: plans without it."""
    batteries = study.site.batteries
    capacity = sum(battery.store.capacity_kwh for battery in run.home.batteries.values())
    # Several batteries with wear of their own: the ledger has one sum, so their mean by capacity.
    wear = sum(batteries[n].wear_cost_per_kwh * b.store.capacity_kwh for n, b in run.home.batteries.items())
    return run.ledger.outcome(
        tariff_of(study.site, study.series, study.zone),
        study.zone,
        capacity,
        stored_value(study, run.home, run.stored_kwh),
        wear / capacity if capacity else 0.0,
        run.home.switched,
        tuple(run.wishes.unmet),
        seconds,
        fallbacks,
    )


def _bound(study: Study, tell: Tell) -> tuple[Outcome, Trace]:
    found = period_bound(study, tell)
    steps, series = study.last - study.first, study.series
    trace = found.bound.trace.first(steps)
    tariff, part, hours = (
        tariff_of(study.site, series, study.zone),
        slice(study.first, study.last),
        series.step_minutes / 60,
    )
    imported, exported = np.array(trace.import_kw) * hours, np.array(trace.export_kw) * hours
    paid = float((tariff.import_price[part] * imported - tariff.export_price[part] * exported).sum())
    # The two days afterwards wear it too: a part of the whole stands for the period.
    wear = found.bound.wear * steps / len(found.bound.trace.import_kw)
    outcome = Outcome(
        bill=found.cost - wear,
        import_kwh=float(imported.sum()),
        export_kwh=float(exported.sum()),
        cycles=_cycles(study, trace),
        wear=wear,
        stored_value=paid - (found.cost - wear),
    )
    return outcome, trace


def _cycles(study: Study, trace: Trace) -> float:
    """What the batteries gave by their capacity, from how their states of charge fell."""
    home = PhysicalHome(study.site, Family(study.site, study.zone, study.seed))
    capacity, given = 0.0, 0.0
    for name, battery in home.batteries.items():
        soc = np.array([battery.store.soc, *trace.soc.get(name, ())])
        fallen = float(np.maximum(-np.diff(soc), 0.0).sum()) * battery.store.capacity_kwh
        capacity += battery.store.capacity_kwh
        given += fallen * study.site.batteries[name].discharge_efficiency
    return given / capacity if capacity else 0.0
