"""The results as a Markdown table."""

import math
import statistics
from collections.abc import Iterable, Sequence

from duel import OPTIMAL, Result, Timed

HEAD = (
    "| case | steps | first, ours s | EMHASS s | ratio | replan, ours s | EMHASS s | ratio "
    "| bill, ours | EMHASS | optimum | ours above it ct | EMHASS above it ct | replan, ours above EMHASS ct "
    "| cold, ours s | EMHASS s | consistent |\n"
    "|---" + "|--:" * 15 + "|---|"
)


def median_seconds(timed: Iterable[Timed]) -> float:
    """The median time of several plans."""
    return statistics.median(one.seconds for one in timed)


def seconds(result: Result) -> tuple[float, float, float, float]:
    """Medians in seconds: first plan of ours and of EMHASS, replan of ours and of EMHASS."""
    turns = result.turns
    return (
        median_seconds(turn.ours for turn in turns),
        median_seconds(turn.theirs for turn in turns),
        median_seconds(turn.ours_again for turn in turns),
        median_seconds(turn.theirs_again for turn in turns),
    )


def geometric_mean(values: Sequence[float]) -> float:
    """The n-th root of the product of n positive values."""
    return math.exp(statistics.fmean(math.log(value) for value in values))


def optimum(result: Result) -> tuple[float, str]:
    """The least bill, EUR, and as text: EMHASS's without a gap, or our bound where EMHASS ran out of time."""
    bill, bound = result.optimum.plan.costs.net, result.turns[0].ours.plan.solver.bound
    if result.optimum.status == OPTIMAL or bound is None:
        return bill, f"{bill:.4f}"
    return bound, f"{bound:.4f} (our bound)"


def row(result: Result) -> str:
    """One case's line."""
    first, first_theirs, again, again_theirs = seconds(result)
    least, least_text = optimum(result)
    ours, theirs = result.turns[0].ours.plan.costs.net, result.turns[0].theirs.plan.costs.net
    beyond = statistics.median(t.ours_again.plan.costs.net - t.theirs_again.plan.costs.net for t in result.turns)
    cells = (
        result.case.name,
        str(result.steps),
        *(f"{first:.2f}", f"{first_theirs:.2f}", f"{first / first_theirs:.2f}"),
        *(f"{again:.2f}", f"{again_theirs:.2f}", f"{again / again_theirs:.2f}"),
        *(f"{ours:.4f}", f"{theirs:.4f}", least_text),
        *(f"{100 * (ours - least):+.2f}", f"{100 * (theirs - least):+.2f}", f"{100 * beyond:+.2f}"),
        *(f"{result.ours_cold_seconds:.2f}", f"{result.theirs_cold_seconds:.2f}"),
        consistent(result),
    )
    return "| " + " | ".join(cells) + " |"


def consistent(result: Result) -> str:
    """``yes`` where nothing contradicts that both planned the same problem, and which plans could not be judged."""
    if result.faults:
        return f"NO: {result.faults[0]}"
    theirs = [timed for turn in result.turns for timed in (turn.theirs, turn.theirs_again)]
    odd = [timed.status for timed in theirs if timed.status != OPTIMAL]
    ours = [timed.plan.status for turn in result.turns for timed in (turn.ours, turn.ours_again)]
    late = sum(status != "optimal" for status in ours)
    notes = [f"EMHASS: {odd.count(status)} of {len(theirs)} {status}" for status in sorted(set(odd))]
    notes += [f"ours: {late} of {len(ours)} not proved"] * (late > 0)
    return "yes" + "".join(f"; {note}" for note in notes)


def means(results: Sequence[Result]) -> str:
    """The last line: geometric means over all cases."""
    columns = list(zip(*(seconds(result) for result in results), strict=True))
    first, first_theirs, again, again_theirs = (geometric_mean(column) for column in columns)
    cold = geometric_mean([result.ours_cold_seconds for result in results])
    cold_theirs = geometric_mean([result.theirs_cold_seconds for result in results])
    return (
        f"| **geometric mean** | | {first:.2f} | {first_theirs:.2f} | {first / first_theirs:.2f} "
        f"| {again:.2f} | {again_theirs:.2f} | {again / again_theirs:.2f} "
        f"| | | | | | | {cold:.2f} | {cold_theirs:.2f} | |"
    )
