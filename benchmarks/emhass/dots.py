"""The seconds of all cases as dots on a logarithmic axis, written as SVG."""

from collections.abc import Sequence
from pathlib import Path

from duel import Result
from table import seconds

# Colours that colour-blind people can tell apart.
OURS, THEIRS = "#0072b2", "#d55e00"


def draw(results: Sequence[Result], file: Path) -> str | None:
    """Writes the picture; returns a sentence where it cannot be drawn."""
    try:
        from matplotlib.figure import Figure  # only here: the table needs no picture
    except ImportError:
        return f"{file}: not drawn, matplotlib is not installed; pip install matplotlib"
    rows = range(len(results))
    columns = list(zip(*(seconds(result) for result in results), strict=True))
    figure = Figure(figsize=(8, 1.5 + 0.45 * len(results)), layout="constrained")
    axes = figure.subplots()
    looks = (("first, HEMS", OURS, True), ("first, EMHASS", THEIRS, True))
    looks += (("replan, HEMS", OURS, False), ("replan, EMHASS", THEIRS, False))
    for k in rows:
        axes.hlines(k, min(column[k] for column in columns), max(column[k] for column in columns), "#cccccc", zorder=1)
    for values, (label, colour, filled) in zip(columns, looks, strict=True):
        axes.scatter(
            values, rows, s=50, label=label, zorder=2, edgecolors=colour, facecolors=colour if filled else "white"
        )
    axes.set_xscale("log")
    axes.set_yticks(list(rows), [result.case.name for result in results])
    axes.set_ylim(len(results) - 0.5, -0.5)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("seconds (median), one thread")
    axes.grid(axis="x", which="both", color="#eeeeee", zorder=0)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, format="svg", metadata={"Date": None})
    return None
