"""The report's tables: the controllers side by side, their bills by day or month, and the wishes that were not met."""

from collections.abc import Iterable, Sequence
from html import escape

from .report_figure import variable
from .report_words import (
    TITLES,
    controllers_run,
    has_wear,
    local,
    number_words,
    share_words,
    solver_words,
    switches_words,
    unmet_words,
)
from .results import ControllerName, Results, Unmet

DASH = "–"
LISTED = 50  # unmet wishes of one controller
DAYS_LISTED = 31  # a longer period is listed by month


def controllers_table(results: Results) -> str:
    """One row a controller, each with its colour in the plots."""
    money = escape(results.currency)
    wear = [f"Battery wear, {money}"] if has_wear(results) else []
    heads = ["Controller", f"Bill, {money}", *wear, "Share of the possible gain", "Import, kWh", "Export, kWh"]
    heads += [
        "Curtailed, kWh",
        "Battery cycles",
        "Switches",
        "Unmet wishes (avoidable)",
        "Solver, s: median / 99&nbsp;% / max",
    ]
    rows = [_row(_named(name), _figures(results, name), name) for name in controllers_run(results)]
    caption = "The bill is import less export, less what the storages hold more at the end than at the start."
    return _table("controllers", caption, heads, rows)


def _named(name: ControllerName) -> str:
    return (
        f'<span class="key" style="background:var({variable(name)})" aria-hidden="true"></span>{escape(TITLES[name])}'
    )


def _figures(results: Results, name: ControllerName) -> list[str]:
    outcome = results.outcomes[name]
    return [
        number_words(outcome.bill, 2, DASH),
        *([number_words(outcome.wear, 2, DASH)] if has_wear(results) else []),
        share_words(results, name, DASH),
        number_words(outcome.import_kwh, 0, DASH),
        number_words(outcome.export_kwh, 0, DASH),
        number_words(outcome.curtailed_kwh, 0, DASH),
        number_words(outcome.cycles, 1, DASH),
        switches_words(results, name, DASH),
        unmet_words(results, name),
        solver_words(results, name, DASH),
    ]


def bills_table(results: Results) -> str:
    """Each controller's bill by local day, or by month where there are more days than can be read. Empty without days."""
    names = [name for name in controllers_run(results) if results.outcomes[name].days]
    days = {day.date for name in names for day in results.outcomes[name].days}
    if not days:
        return ""
    letters, unit = (10, "day") if len(days) <= DAYS_LISTED else (7, "month")
    sums: dict[ControllerName, dict[str, float]] = {name: {} for name in names}
    for name in names:
        for day in results.outcomes[name].days:
            key = day.date[:letters]
            sums[name][key] = sums[name].get(key, 0.0) + day.bill
    keys = sorted({day[:letters] for day in days})
    rows = [_row(key, [number_words(sums[name].get(key), 2, DASH) for name in names]) for key in keys]
    heads = [unit.capitalize(), *(_named(name) for name in names)]
    caption = f"Bill by {unit} in {escape(results.currency)}, without what is stored at the end."
    return f"<details><summary>The bills by {unit}</summary>{_table('bills', caption, heads, rows)}</details>"


def unmet_lists(results: Results) -> str:
    """For each controller its unmet wishes, those that could have been met first. Empty where every wish was met."""
    return "".join(_unmet_list(results, name) for name in controllers_run(results) if results.outcomes[name].unmet)


def _unmet_list(results: Results, name: ControllerName) -> str:
    unmet = sorted(results.outcomes[name].unmet, key=lambda wish: (not wish.could_be_met, wish.at))
    avoidable = sum(wish.could_be_met for wish in unmet)
    wishes = f"{len(unmet)} wish{'es' if len(unmet) != 1 else ''} not met"
    rows = [_row(*_unmet_cells(results, wish)) for wish in unmet[:LISTED]]
    table = _table(
        f"unmet-{name}", "", ["When", "Device", "Wish", "Short by", "Could it have been met?"], rows, "words"
    )
    more = f'<p class="quiet">and {len(unmet) - LISTED:,} more</p>' if len(unmet) > LISTED else ""
    open_ = " open" if name == "hems" else ""
    return f"<details{open_}><summary>{escape(TITLES[name])}: {wishes}, {avoidable} of them avoidable</summary>{table}{more}</details>"


def _unmet_cells(results: Results, wish: Unmet) -> tuple[str, list[str]]:
    at = local(results, wish.at)
    short = f"{number_words(wish.short_by, 2)} {wish.unit}"
    could = "yes" if wish.could_be_met else "no"
    return f"{at:%a} {at.day} {at:%b %Y %H:%M}", [escape(wish.device), escape(wish.wish), escape(short), could]


def _row(head: str, cells: Iterable[str], kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    return f'<tr{mark}><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _table(name: str, caption: str, heads: Sequence[str], rows: Sequence[str], kind: str = "") -> str:
    """A table that scrolls by itself where it is wider than the page; the keyboard reaches it."""
    titles = "".join(f'<th scope="col">{head}</th>' for head in heads)
    below = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<div class="scroll tall" role="region" aria-label="Table {name}" tabindex="0"><table id="{name}" class="{kind}">'
        f"{below}<thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
