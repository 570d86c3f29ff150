"""The documents of one plan, ready to be sent: plan, problem and summary."""

from __future__ import annotations

from dataclasses import dataclass

from .reply import Body, json_body
from .status import Made
from .summary import build_summary


@dataclass(frozen=True)
class Documents:
    """Bodies of one plan. `made` is what they were built from."""

    made: Made
    plan: Body
    problem: Body
    summary: Body


def build_documents(made: Made) -> Documents:
    """Build and compress the three documents; some 10 ms, so not on an event loop.

    The salt makes the ETag new with every plan, even when two plans read the same:
    the page shows when and why the newest was made.
    """
    salt = f"{made.created.isoformat()} {made.number}"
    summary = build_summary(made.problem, made.plan, made.number, made.created, made.reason, made.prices, made.recalled)
    return Documents(
        made=made,
        plan=json_body(made.plan, salt),
        problem=json_body(made.problem, salt),
        summary=json_body(summary, salt),
    )
