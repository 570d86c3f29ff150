"""The days before the period, as the home lived them without HEMS: what a planner that is started then reads of its past."""

from collections.abc import Iterator
from datetime import timedelta

from ..planner.memory import Memory
from ..planner.readings import Readings
from ..planner.relived import PAST_DAYS, relived, taken_over, unknown_since
from .family import Family
from .home import Flow, PhysicalHome
from .look import devices
from .loop import looks
from .self_consumption import SelfConsumption
from .study_asked import Study


def memory_of_before(study: Study) -> Memory:
    """What the planner's own code learns of tanks and cars from the last days before the period; an empty memory where the
    series begins with it.

    The home that lives these days is another one than those of the period, which all begin as the settings say.
    """
    now, known = study.series.time(study.first), Memory()
    since = unknown_since(known, study.site, now)
    past = relived(known, since, study.site, _lived(study), study.zone)
    return taken_over(known, past, since, study.zone, now)[0]


def _lived(study: Study) -> Iterator[Readings]:
    """What was to be seen of the devices, from look to look."""
    site, series = study.site, study.series
    home = PhysicalHome(site, Family(site, study.zone, study.seed))
    controller, flow = SelfConsumption(site, study.zone), Flow()
    steps = round(timedelta(days=PAST_DAYS) / timedelta(minutes=series.step_minutes))
    for k in range(max(0, study.first - steps), study.first):
        load_kw = float(series.load_kw[k])
        pv_kw = {name: float(values[k]) for name, values in series.pv_kw.items()}
        for begin, end in looks(series, k, home.family):
            home.plug(begin)
            readings = devices(site, begin, home, flow)
            yield readings
            home.obey(controller.setpoints(readings))
            flow = home.advance(begin, end, load_kw, pv_kw)
