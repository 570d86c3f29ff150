"""The results of a simulation as one page that needs nothing else: no net, no server, no other file."""

import json
from html import escape
from importlib.util import find_spec
from pathlib import Path

from .report_figure import Figure
from .report_plots import bill_bars, cumulated_bills, mean_day
from .report_script import SCRIPT
from .report_style import STYLE
from .report_tables import bills_table, controllers_table, unmet_lists
from .report_weeks import chosen_weeks, week_plot, week_words
from .report_words import all_notes, has_wear, headline, period_words
from .results import Results

# The page may run what it holds and may ask for nothing: the browser itself sees to it.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
NO_CHARTS = "The plots are missing: they need the Python package plotly. Install it (pip install plotly) and write the page again."

Section = tuple[str, Figure, str]  # title, figure, remark


def write_html(results: Results, path: Path) -> None:
    """Write the page, about 5 MB, nearly all of it the chart library. Raises OSError."""
    library = _library()
    sections = _sections(results) if results.outcomes and library else []
    figures = {
        f"plot-{number}": {"data": figure.data, "layout": figure.layout}
        for number, (_, figure, _) in enumerate(sections)
    }
    # "<" would end the script element early if a name held "</script>".
    data = json.dumps(figures, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    parts = [
        _head(results),
        *_findings(results),
        *(
            _panel(title, _plot(f"plot-{n}", figure) + _quiet(remark))
            for n, (title, figure, remark) in enumerate(sections)
        ),
        "" if library else _panel("Plots", f"<p>{NO_CHARTS}</p>", "warn"),
        *_remarks(results),
        "</main>",
        f'<script type="application/json" id="figures">{data}</script>',
        f"<script>{library}</script><script>{SCRIPT}</script>",
        "</body></html>\n",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def _head(results: Results) -> str:
    title = escape(results.title)
    about = f"{period_words(results)} · {results.time_zone} · {results.mode}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<title>{title}</title><link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
        '<a class="skip" href="#controllers">Skip to the table</a>'
        f'<header><h1>{title}</h1><p class="about">{escape(about)}</p></header><main>'
    )


def _findings(results: Results) -> list[str]:
    """The finding in a sentence, what must be known to read it, and the table."""
    found = [f'<section class="panel lead" aria-label="Finding"><p>{escape(headline(results))}</p></section>']
    if results.outcomes:
        found.append(_panel("The controllers side by side", controllers_table(results) + bills_table(results)))
    return found


def _sections(results: Results) -> list[Section]:
    """The plots that these results hold the figures for."""
    wear = "The pale end of a bar is the battery's wear; the bill is the rest." if has_wear(results) else ""
    drawn: list[tuple[str, Figure | None, str]] = [
        ("What each controller would have cost", bill_bars(results), wear),
        ("Day by day", cumulated_bills(results), "What is stored at the end is not counted here."),
        *((f"One week: {week_words(week)}", week_plot(results, week), "") for week in chosen_weeks(results)),
        (
            "The mean day",
            mean_day(results),
            "A step belongs to the hour on the clock at its begin, summer time or not.",
        ),
    ]
    return [(title, figure, remark) for title, figure, remark in drawn if figure is not None]


def _remarks(results: Results) -> list[str]:
    """Notes and gaps, never behind a click, then the wishes that were not met."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in all_notes(results))
    found = [_panel("Notes and gaps in the data", f"<ul>{notes}</ul>", "warn")] if notes else []
    unmet = unmet_lists(results) or ("<p>Every wish was met by every controller.</p>" if results.outcomes else "")
    return [*found, _panel("Wishes that were not met", unmet)]


def _panel(title: str, inside: str, kind: str = "") -> str:
    return f'<section class="panel {kind}"><h2>{escape(title)}</h2>{inside}</section>'


def _quiet(remark: str) -> str:
    return f'<p class="quiet">{escape(remark)}</p>' if remark else ""


def _plot(name: str, figure: Figure) -> str:
    label = escape(figure.label)
    hint = "<noscript><p>The plot needs JavaScript; the figures stand in the tables.</p></noscript>"
    return f'<div class="plot" id="{name}" role="img" aria-label="{label}"></div>{hint}'


def _library() -> str:
    """The chart library that the package plotly brings along; empty without it. Read without importing plotly."""
    spec = find_spec("plotly")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "package_data" / "plotly.min.js"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return ""
