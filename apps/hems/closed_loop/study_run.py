"""One controller's whole run: lived step by step, or the bound of them all."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from .bound import NoBound, solve_bound
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
        return _bound(study)
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
            write_kept(file, run)
        if done % _TOLD_EVERY == 0:
            tell(_share(study, position))

    try:
        live(run, series, look, study.last, keep)
    finally:
        if isinstance(run.controller, Planned):
            run.controller.close()
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
