"""The results of a simulation as a JSON document, for other programs."""

from .report_words import JUDGED, controllers_run, finite, local
from .results import Day, Outcome, Results, SolverSeconds, Unmet

SCHEMA = "hems.simulation/1"
MONEY, ENERGY, SECONDS = 4, 3, 3  # decimals


def results_to_dict(results: Results) -> dict[str, object]:
    """The document ``hems.simulation/1``: money in the currency, energy in kWh, times local with their offset.

    Numbers are rounded; one that is not finite is null.
    """
    return {
        "schema": SCHEMA,
        "title": results.title,
        "period": [local(results, moment).isoformat() for moment in results.period],
        "time_zone": results.time_zone,
        "currency": results.currency,
        "mode": results.mode,
        "controllers": {name: _outcome(results, results.outcomes[name]) for name in controllers_run(results)},
        "gain_share": {name: _share(results.gain_share(name)) for name in JUDGED if name in results.outcomes},
        "notes": list(results.notes),
    }


def _outcome(results: Results, outcome: Outcome) -> dict[str, object]:
    return {
        "bill": finite(outcome.bill, MONEY),
        "import_kwh": finite(outcome.import_kwh, ENERGY),
        "export_kwh": finite(outcome.export_kwh, ENERGY),
        "cycles": finite(outcome.cycles, 3),
        "switches": dict(outcome.switches),
        "unmet": [_unmet(results, wish) for wish in outcome.unmet],
        "cost": finite(outcome.cost, MONEY),
        "wear": finite(outcome.wear, MONEY),
        "stored_value": finite(outcome.stored_value, MONEY),
        "curtailed_kwh": finite(outcome.curtailed_kwh, ENERGY),
        "solver": None if outcome.solver is None else _solver(outcome.solver),
        "fallbacks": outcome.fallbacks,
        "days": [_day(day) for day in outcome.days],
    }


def _unmet(results: Results, wish: Unmet) -> dict[str, object]:
    return {
        "device": wish.device,
        "wish": wish.wish,
        "at": local(results, wish.at).isoformat(),
        "short_by": finite(wish.short_by, 3),
        "unit": wish.unit,
        "could_be_met": wish.could_be_met,
    }


def _solver(solver: SolverSeconds) -> dict[str, object]:
    return {
        "solves": solver.solves,
        "median": finite(solver.median, SECONDS),
        "p99": finite(solver.p99, SECONDS),
        "most": finite(solver.most, SECONDS),
    }


def _day(day: Day) -> dict[str, object]:
    return {
        "date": day.date,
        "bill": finite(day.bill, MONEY),
        "import_kwh": finite(day.import_kwh, ENERGY),
        "export_kwh": finite(day.export_kwh, ENERGY),
    }


def _share(share: float | None) -> float | None:
    return None if share is None else finite(share, 4)
