"""One controller drives one home over a period, in closed loop."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from .controller import Controller
from .family import Family
from .home import Flow, PhysicalHome
from .ledger import Ledger
from .look import Look
from .series import Series
from .wishes import Wishes

# What happens within a step of the series: the dispatcher looks at the home every five minutes and when a car comes or goes,
# and a new plan takes effect this long after the look that asked for it (solve, write, the device's own delay).
DELAY = timedelta(seconds=30)
BEAT = timedelta(minutes=5)


@dataclass
class Run:
    """All that a run is made of and where it stands; picklable, so that it can be resumed. ``position``: the next step."""

    home: PhysicalHome
    controller: Controller
    ledger: Ledger
    wishes: Wishes
    position: int
    stored_kwh: float
    flow: Flow = field(default_factory=Flow)


def live(run: Run, series: Series, look: Look, last: int, tell: Callable[[int], None]) -> None:
    """Lets the run go on up to step ``last`` of the series. ``tell`` is called with the position after every step."""
    while run.position < last:
        k = run.position
        load_kw = float(series.load_kw[k])
        pv_kw = {name: float(values[k]) for name, values in series.pv_kw.items()}
        for begin, end in looks(series, k, run.home.family):
            _part(run, look, begin, end, k, load_kw, pv_kw)
        run.ledger.close(k, run.home)
        run.position = k + 1
        tell(run.position)


def _part(
    run: Run, look: Look, begin: datetime, end: datetime, k: int, load_kw: float, pv_kw: dict[str, float]
) -> None:
    run.home.plug(begin)
    run.home.obey(run.controller.setpoints(look(begin, run.home, run.flow)))
    run.flow = run.home.advance(begin, end, load_kw, pv_kw)
    run.ledger.add(k, run.flow, (end - begin).total_seconds() / 3600)
    run.wishes.watch(run.home, run.flow, begin, end)


def looks(series: Series, k: int, family: Family) -> list[tuple[datetime, datetime]]:
    """The parts of step k, from each look to the next. In each the home is the same.

    A look is every five minutes and when a car comes or goes, which is an event at home; another is the delay after each.
    """
    begin, end = series.time(k), series.time(k + 1)
    beats = [begin + BEAT * number for number in range(math.ceil((end - begin) / BEAT))]
    beats += family.plug_times(begin, end)
    return list(pairwise(sorted({*beats, *(beat + DELAY for beat in beats if beat + DELAY < end), end})))
