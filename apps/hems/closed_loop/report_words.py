"""What the reports share: the controllers' names, numbers as text, and the finding in one sentence."""

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .results import CONTROLLERS, ControllerName, Results

TITLES: dict[ControllerName, str] = {
    "uncontrolled": "Nothing controlled",
    "self_consumption": "Self-consumption",
    "rules": "Good rules",
    "hems": "HEMS",
    "hems_perfect": "HEMS, perfect forecasts",
    "bound": "Perfect-foresight bound",
}
# Those whose share of the possible gain says something; of the other three it is given by its definition.
JUDGED: tuple[ControllerName, ...] = ("rules", "hems", "hems_perfect")


def controllers_run(results: Results) -> list[ControllerName]:
    """The controllers that have an outcome, in the usual order."""
    return [name for name in CONTROLLERS if name in results.outcomes]


def finite(value: float, digits: int) -> float | None:
    """Rounded; None for NaN and infinity, which no JSON reader knows; never -0.0."""
    return round(value, digits) + 0.0 if math.isfinite(value) else None


def number_words(value: float | None, digits: int, missing: str = "-") -> str:
    """1234.5 as 1,234.5; ``missing`` where there is no number."""
    rounded = None if value is None else finite(value, digits)
    return missing if rounded is None else f"{rounded:,.{digits}f}"


def share_words(results: Results, name: ControllerName, missing: str = "-") -> str:
    """The share of the possible gain as 71.3 %. With nothing controlled there is no gain to share in."""
    share = None if name == "uncontrolled" else results.gain_share(name)
    return missing if share is None else f"{number_words(100 * share, 1)} %"


def unmet_words(results: Results, name: ControllerName) -> str:
    """How many wishes were not met, and in brackets how many of them could have been."""
    unmet = results.outcomes[name].unmet
    return f"{len(unmet)} ({sum(wish.could_be_met for wish in unmet)})" if unmet else "0"


def switches_words(results: Results, name: ControllerName, missing: str = "-") -> str:
    """All switches of all devices; the bound switches nothing."""
    return missing if name == "bound" else f"{sum(results.outcomes[name].switches.values()):,}"


def solver_words(results: Results, name: ControllerName, missing: str = "-") -> str:
    """Median, 99th percentile and maximum of the solves, in seconds."""
    solver = results.outcomes[name].solver
    if solver is None:
        return missing
    return "/".join(number_words(value, 2) for value in (solver.median, solver.p99, solver.most))


def local(results: Results, moment: datetime) -> datetime:
    """An aware time on the clocks of the home."""
    return moment.astimezone(ZoneInfo(results.time_zone))


def period_words(results: Results) -> str:
    """The period in local days, both included: 1 Jan 2020 to 31 Dec 2020; with the time where it is not midnight."""
    begin, end = (local(results, moment) for moment in results.period)
    if (begin.hour, begin.minute, end.hour, end.minute) != (0, 0, 0, 0):
        return f"{_day(begin)} {begin:%H:%M} to {_day(end)} {end:%H:%M}"
    last = end - timedelta(days=1)
    return _day(begin) if last.date() <= begin.date() else f"{_day(begin)} to {_day(last)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def all_notes(results: Results) -> list[str]:
    """What must be said beside the figures: the run's own notes, then solves that ended in a fallback."""
    failed = [(name, results.outcomes[name].fallbacks) for name in controllers_run(results)]
    return [
        *results.notes,
        *(
            f"{TITLES[name]}: {count} plans came from the fallback, not from the solver."
            for name, count in failed
            if count
        ),
    ]


def has_wear(results: Results) -> bool:
    """Whether the battery's wear is priced: then controllers are compared by bill and wear together."""
    return any(outcome.wear for outcome in results.outcomes.values())


def headline(results: Results) -> str:
    """What HEMS saved against self-consumption, and what share of the possible gain that is."""
    hems, before = results.outcomes.get("hems"), results.outcomes.get("self_consumption")
    if hems is None or before is None:
        missing = [TITLES[name] for name in ("hems", "self_consumption") if name not in results.outcomes]
        return f"No saving can be stated: {' and '.join(missing)} did not run."
    saved = before.cost - hems.cost
    part = f" ({number_words(100 * abs(saved) / before.cost, 1)} %)" if before.cost > 0.01 else ""
    amount = f"{number_words(abs(saved), 2)} {results.currency}{part}"
    if abs(saved) < 0.005:
        said = "HEMS cost the same as self-consumption"
    elif saved > 0:
        said = f"HEMS saved {amount} against self-consumption"
    else:
        said = f"HEMS cost {amount} more than self-consumption"
    return said + _of_possible(results, saved)


def _of_possible(results: Results, saved: float) -> str:
    """The end of the headline: the saving beside what perfect foresight could have saved."""
    if "bound" not in results.outcomes:
        return "."
    possible = results.outcomes["self_consumption"].cost - results.outcomes["bound"].cost
    share = results.gain_share("hems")
    if share is None:
        return "; even perfect foresight could not have saved anything."
    if saved <= 0:
        return f"; perfect foresight could have saved {number_words(possible, 2)} {results.currency}."
    return f": {number_words(100 * share, 1)} % of the {number_words(possible, 2)} {results.currency} that perfect foresight could have saved."
