"""The plan in force as a document on disk, so that a restart does not begin from nothing."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from ..control.moment import MAX_PLAN_AGE
from ..domain.parse import parse_problem, problem_to_dict
from ..domain.plan import Plan, plan_to_dict
from ..domain.quantity import parse_time
from ..planner.latest import Latest
from ..planner.tariff_prices import StepPrices
from ..planner.tariff_sessions import Reward

SCHEMA = "hems.latest/1"
# A clock may have been set back by a little; a plan from further ahead is from a clock that was wrong.
_AHEAD = timedelta(minutes=5)
_NONE = "cannot be read, so no plan is taken up"
_SERIES = ("import_price", "export_price", "import_low", "import_high", "export_low", "export_high")


class Unusable(Exception):
    """The kept plan cannot be taken up, in words."""


def latest_to_dict(latest: Latest) -> dict[str, Any]:
    """As JSON values."""
    return {
        "schema": SCHEMA,
        "created": latest.created.isoformat(),
        "reason": latest.reason,
        "number": latest.number,
        "notes": list(latest.notes),
        "problem": problem_to_dict(latest.problem),
        "plan": plan_to_dict(latest.plan),
        "prices": _prices_to_dict(latest.prices) if latest.prices is not None else None,
    }


def latest_from_dict(document: Any, now: datetime) -> Latest | None:
    """The kept plan, ``recalled``; None where it is too old for the dispatcher, or over. Raises Unusable for what is none."""
    if not isinstance(document, dict):
        raise Unusable(f"{_NONE}: it is not a JSON object")
    try:
        created = parse_time(document["created"])
        if not -_AHEAD <= now - created <= MAX_PLAN_AGE:
            return None
        problem = parse_problem(json.dumps(document["problem"]))
        plan = Plan.model_validate_json(json.dumps(document["plan"]))
        if plan.horizon.step_at(now) is None:
            return None
        prices = document["prices"]
        return Latest(
            problem,
            plan,
            created,
            str(document["reason"]),
            int(document["number"]),
            tuple(str(note) for note in document["notes"]),
            _prices_from_dict(prices, problem.steps) if prices is not None else None,
            recalled=True,
        )
    except Exception as error:  # whatever a broken file may hold: a new plan comes within seconds
        raise Unusable(f"{_NONE}: it is not as it was written ({type(error).__name__}: {str(error)[:200]})") from None


def _prices_to_dict(prices: StepPrices) -> dict[str, Any]:
    found = asdict(prices)
    begin = prices.estimated_from
    found["estimated_from"] = begin.isoformat() if begin is not None else None
    found["rewards"] = [
        {"begin": one.begin.isoformat(), "end": one.end.isoformat(), "per_kwh": one.per_kwh} for one in prices.rewards
    ]
    return found


def _prices_from_dict(document: Any, steps: int) -> StepPrices:
    series = {key: tuple(float(value) for value in document[key]) for key in _SERIES}
    if any(len(values) != steps for values in series.values()):
        raise ValueError(f"prices: not one value for each of {steps} steps")
    begin = document["estimated_from"]
    return StepPrices(
        **series,
        estimated_from=parse_time(begin) if begin is not None else None,
        from_history=bool(document["from_history"]),
        rewards=tuple(
            Reward(parse_time(one["begin"]), parse_time(one["end"]), float(one["per_kwh"]))
            for one in document["rewards"]
        ),
    )
