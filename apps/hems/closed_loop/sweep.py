"""The study run for each variant: what each would have cost, as a table and as a document."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .report_words import number_words
from .results import ControllerName, Outcome, Results
from .study import Progress, results_of
from .study_asked import Study
from .sweep_variants import Variant
from .trust import DAYS_A_MONTH

AS_IT_IS = "as it is"
_LOOK_S = 0.2


@dataclass(frozen=True)
class Swept:
    """One line of the sweep: what the home would have cost without HEMS and with it; None for what did not run.

    ``number``: the battery's kWh, or the mean import price, where the variant is one. Money of the whole period.
    """

    kind: str
    label: str
    number: float | None
    before: Outcome | None
    hems: Outcome | None

    @property
    def cost(self) -> float | None:
        """Bill and wear of the better controller that ran: HEMS, else self-consumption."""
        outcome = self.hems or self.before
        return None if outcome is None else outcome.cost

    @property
    def saving(self) -> float | None:
        """What HEMS saves in this variant."""
        return None if self.hems is None or self.before is None else self.before.cost - self.hems.cost


class _Stopped(Exception):
    """Somebody else has failed, or Ctrl-C was pressed."""


def results_of_all(
    study: Study, variants: list[Variant], folder: Path, jobs: int, progress: Progress
) -> tuple[Results, list[Swept]]:
    """The home as it is and all variants, several at a time, each kept in ``folder`` and taken up again by another call.

    Raises what ``study.results_of`` raises; KeyboardInterrupt leaves what is done.
    """
    if not variants:
        return results_of(study, folder, jobs, progress), []
    studies, twin = _unlike(study, variants)
    at_once = min(jobs, len(studies))
    shares = {f"{name}, {label}": 0.0 for label, one in studies.items() for name in one.controllers}
    stop = threading.Event()

    def run(label: str, one: Study) -> Results:
        def tell(told: Mapping[ControllerName, float]) -> None:
            if stop.is_set():
                raise _Stopped
            shares.update({f"{name}, {label}": share for name, share in told.items()})

        if stop.is_set():
            raise _Stopped
        return results_of(one, folder, max(1, jobs // at_once), tell)

    with ThreadPoolExecutor(at_once) as pool:
        running = {label: pool.submit(run, label, one) for label, one in studies.items()}
        try:
            _watch(list(running.values()), shares, progress)
        finally:
            stop.set()
    found = {label: future.result() for label, future in running.items()}
    lines = [_line("", AS_IT_IS, None, found[AS_IT_IS])]
    lines += [_line(one.kind, one.label, one.number, found[twin[one.label]]) for one in variants]
    return found[AS_IT_IS], lines


def _unlike(study: Study, variants: list[Variant]) -> tuple[dict[str, Study], dict[str, str]]:
    """The studies that differ, by label, and which of them stands for each variant: two runs of one would share files."""
    studies, twin, keys = {AS_IT_IS: study}, {}, {study.key(): AS_IT_IS}
    for one in variants:
        twin[one.label] = keys.setdefault(one.study.key(), one.label)
        if twin[one.label] == one.label:
            studies[one.label] = one.study
    return studies, twin


def _watch(running: list[Future[Results]], shares: Mapping[str, float], progress: Progress) -> None:
    """Until all are done, or one has failed: then its error."""
    waiting = set(running)
    while waiting:
        done, waiting = wait(waiting, timeout=_LOOK_S)
        for one in done:
            one.result()
        # The bar takes any name; one that begins with hems counts as a run that plans.
        progress(cast("Mapping[ControllerName, float]", dict(shares)))


def _line(kind: str, label: str, number: float | None, results: Results) -> Swept:
    outcomes = results.outcomes
    return Swept(kind, label, number, outcomes.get("self_consumption"), outcomes.get("hems"))


def gained(line: Swept, base: Swept) -> float | None:
    """What a variant costs less than the home as it is, both with the same controller; below 0 where it costs more."""
    return None if line.cost is None or base.cost is None else base.cost - line.cost


def sweep_table(lines: list[Swept], currency: str, days: int) -> str:
    """One line a variant: costs of the period, what HEMS saves in it, and what the variant brings a month."""
    if not lines:
        return ""
    heads = ["Variant", "Without HEMS", "With HEMS", "HEMS saves", "Cheaper than as it is", "a month", "Cycles"]
    rows = [_cells(line, lines[0], days) for line in lines]
    widths = [max(len(row[k]) for row in [heads, *rows]) for k in range(len(heads))]
    text = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in [heads, *rows]
    ]
    title = f"What if ({days} days, {currency}, bill and wear):"
    return "\n".join(["", title, text[0].rstrip(), "-" * len(text[0]), *(line.rstrip() for line in text[1:])]) + "\n"


def _cells(line: Swept, base: Swept, days: int) -> list[str]:
    less = gained(line, base) if line is not base else None
    outcome = line.hems or line.before
    return [
        line.label,
        number_words(line.before.cost if line.before else None, 2),
        number_words(line.hems.cost if line.hems else None, 2),
        number_words(line.saving, 2),
        number_words(less, 2),
        number_words(None if less is None else less / days * DAYS_A_MONTH, 2),
        number_words(outcome.cycles if outcome else None, 1),
    ]


def sweep_to_list(lines: list[Swept], days: int) -> list[dict[str, object]]:
    """For JSON; money of the period in the currency."""

    def money(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    base = lines[0] if lines else None
    found: list[dict[str, object]] = []
    for line in lines:
        less = gained(line, base) if base is not None else None
        found.append(
            {
                "variant": line.label,
                "kind": line.kind or None,
                "number": money(line.number),
                "cost_without_hems": money(line.before.cost) if line.before else None,
                "cost_with_hems": money(line.hems.cost) if line.hems else None,
                "hems_saves": money(line.saving),
                "cheaper_than_as_it_is": money(less),
                "cheaper_per_month": money(None if less is None else less / days * DAYS_A_MONTH),
            }
        )
    return found
