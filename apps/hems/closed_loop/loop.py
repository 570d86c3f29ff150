"""One controller drives one home over a period, in closed loop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from .controller import Controller
from .home import Flow, PhysicalHome
from .ledger import Ledger
from .look import Look
from .series import Series
from .wishes import Wishes

# What happens within a step of the series: a new plan takes effect this long after the boundary at which the home was
# looked at (solve, write, the device's own delay), and the dispatcher looks again every five minutes.
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
    parts = looks(series)
    while run.position < last:
        k = run.position
        begin = series.time(k)
        load_kw = float(series.load_kw[k])
        pv_kw = {name: float(values[k]) for name, values in series.pv_kw.items()}
        for since, until in parts:
            _part(run, look, begin + since, begin + until, k, load_kw, pv_kw)
        run.ledger.close(k, run.home)
        run.position = k + 1
        tell(run.position)


def _part(
    run: Run, look: Look, begin: datetime, end: datetime, k: int, load_kw: float, pv_kw: dict[str, float]
) -> None:
    run.home.obey(run.controller.setpoints(look(begin, run.home, run.flow)))
    run.flow = run.home.advance(begin, end, load_kw, pv_kw)
    run.ledger.add(k, run.flow, (end - begin).total_seconds() / 3600)
    run.wishes.watch(run.home, run.flow, begin, end)


def looks(series: Series) -> list[tuple[timedelta, timedelta]]:
    """The parts of a step, from and until: up to the delay, then up to each beat. In each the home is the same."""
    length = timedelta(minutes=series.step_minutes)
    edges = [timedelta(), DELAY]
    while edges[-1] < length:
        edges.append(min(length, BEAT * (edges[-1] // BEAT + 1)))
    return list(pairwise(edges))
