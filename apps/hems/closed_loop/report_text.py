"""The results of a simulation as a table for the terminal."""

from textwrap import wrap

from .report_words import (
    TITLES,
    all_notes,
    controllers_run,
    has_wear,
    headline,
    number_words,
    period_words,
    share_words,
    solver_words,
    switches_words,
    unmet_words,
)
from .results import ControllerName, Results

WIDTH = 120


def results_table(results: Results) -> str:
    """Title, finding, one line a controller, notes; no line is longer than 120 columns."""
    about = f"{results.title}: {period_words(results)}, {results.time_zone}, {results.mode}"
    parts = [*wrap(about, WIDTH), *wrap(headline(results), WIDTH), ""]
    rows = [_row(results, name) for name in controllers_run(results)]
    parts += _aligned([*_heads(results), *rows])
    notes = [
        line for note in all_notes(results) for line in wrap(note, WIDTH, initial_indent="- ", subsequent_indent="  ")
    ]
    return "\n".join([*parts, *(["", "Notes:", *notes] if notes else [])]) + "\n"


def _heads(results: Results) -> list[list[str]]:
    wear = has_wear(results)
    return [
        ["", "Bill", *(["Wear"] if wear else []), "Share of", "Import", "Export", "", "", "Unmet", "Solver, s"],
        [
            "Controller",
            results.currency,
            *([results.currency] if wear else []),
            *("gain", "kWh", "kWh", "Cycles", "Switches", "(avoidable)", "median/p99/max"),
        ],
    ]


def _row(results: Results, name: ControllerName) -> list[str]:
    outcome = results.outcomes[name]
    return [
        TITLES[name],
        number_words(outcome.bill, 2),
        *([number_words(outcome.wear, 2)] if has_wear(results) else []),
        share_words(results, name),
        number_words(outcome.import_kwh, 0),
        number_words(outcome.export_kwh, 0),
        number_words(outcome.cycles, 1),
        switches_words(results, name),
        unmet_words(results, name),
        solver_words(results, name),
    ]


def _aligned(table: list[list[str]]) -> list[str]:
    """Names to the left, figures to the right, a rule below the heads; the gaps close up where it would be too wide."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    lines = [
        gap.join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in table
    ]
    return [*(line.rstrip() for line in lines[:2]), "-" * len(lines[0]), *lines[2:]]
