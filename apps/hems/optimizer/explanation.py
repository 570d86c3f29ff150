"""An explanation as a document, and as lines for people."""

import pytz

from ..domain.quantity import Frozen, Time


class Alternative(Frozen):
    """Another choice: its extra cost in currency (0 within the solver's gap), or why it is not possible."""

    choice: str
    extra_cost: float | None = None
    within_gap: bool = False
    proved: bool = True
    because: tuple[str, ...] = ()
    extra_shortfalls: tuple[str, ...] = ()
    not_possible: str | None = None


class Explanation(Frozen):
    """What a device does from ``start`` to ``end``, why, and its alternatives. ``cost``: bill less what is stored."""

    device: str
    start: Time
    end: Time
    time_zone: str
    currency: str
    does: str
    reason: str
    cost: float
    gap: float
    proved: bool
    alternatives: tuple[Alternative, ...]


def explanation_text(explanation: Explanation) -> str:
    """For people: what, why, and a line for each alternative."""
    zone = pytz.timezone(explanation.time_zone)
    start, end = explanation.start.astimezone(zone), explanation.end.astimezone(zone)
    lines = [
        f"{explanation.device}, {start:%Y-%m-%d %H:%M} to {end:%H:%M} ({explanation.time_zone})",
        f"  plan: {explanation.does}",
        *([f"  why:  {explanation.reason}"] if explanation.reason else []),
        f"  cost: {explanation.cost:.3f} {explanation.currency} for the whole plan, less what is stored at its end"
        + ("" if explanation.proved else "; the clock stopped the solver, so there may be a cheaper one"),
    ]
    if not explanation.alternatives:
        lines.append("  there is nothing else that it could do")
    lines += [f"  {alternative_words(one, explanation)}" for one in explanation.alternatives]
    return "\n".join(lines)


def alternative_words(one: Alternative, explanation: Explanation) -> str:
    """``"rest instead: 0.031 EUR dearer (imports 1.20 kWh more at 0.340 from 18:00)"``."""
    if one.extra_cost is None:
        return f"{one.choice} instead: not possible: {one.not_possible}"
    unsure, way = ("at most ", "dearer") if one.extra_cost > 0 else ("at least ", "cheaper")
    words = f"{'' if one.proved else unsure}{abs(one.extra_cost):.3f} {explanation.currency} {way}"
    if one.within_gap:
        words = f"no dearer (within {explanation.gap:.3f} {explanation.currency})"
    because = f" ({', '.join(one.because)})" if one.because else ""
    short = f"; but {', '.join(one.extra_shortfalls)}" if one.extra_shortfalls else ""
    return f"{one.choice} instead: {words}{because}{short}"
