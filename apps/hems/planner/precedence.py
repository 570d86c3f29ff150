"""Programs that wait for others: the dryer after the washer, where the washer is to run at all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from ..domain.loads import ShiftableLoad


def in_order(programs: Sequence[ShiftableLoad], after: Mapping[str, str | None]) -> Iterator[ShiftableLoad]:
    """The programs, each with the one it has to wait for.

    ``after``: by name, as configured. A program waits for one that runs now, or that can still end in time for it; not
    for one that nobody wants, nor for tomorrow's run of one that is done. One that runs already waits for nothing.
    """
    by_name = {program.name: program for program in programs}
    for program in programs:
        first = by_name.get(after.get(program.name) or "")
        waits = first is not None and program.running_since is None and _can_precede(first, program)
        yield program.model_copy(update={"after": first.name}) if first is not None and waits else program


def _can_precede(first: ShiftableLoad, then: ShiftableLoad) -> bool:
    if first.running_since is not None:
        return True
    both = timedelta(minutes=first.duration_minutes + then.duration_minutes)
    return first.earliest_start + both <= then.latest_finish
