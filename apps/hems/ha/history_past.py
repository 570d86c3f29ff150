"""The past that forecasts learn from: statistics, else the recorder's states; what the suite measured itself before both."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..config.site import Site
from ..forecast.load_model import MOST_DAYS
from .feed_slots import overlaid
from .history import baseline_terms
from .history_baseline import Baseline, baseline_past, below_zero, never_negative, too_often
from .history_means import Means
from .history_raw import RawPast, Recorder
from .history_statistics import kind_of, statistics
from .measurements import Measurements
from .measurements_sample import BASELINE, source_of
from .port import Home


class Past:
    """Reads the past of ``home``; keep one, for it remembers what need not be asked for again. ``recorder``: None where the
    home keeps no states (the simulated one)."""

    def __init__(self, home: Home, recorder: Recorder | None = None) -> None:
        self.home = home
        self._raw = RawPast(recorder) if recorder is not None else None

    def read(self, entities: Sequence[str], now: datetime) -> dict[str, Means]:
        """The past of each power sensor, or counter of energy, in kW; empty where nothing is known of it.

        Asks Home Assistant for much, so do it beside AppDaemon's threads and once an hour.
        """
        past = statistics(self.home, entities, now)
        for entity in sorted(set(entities)):
            if not past.get(entity) and self._raw is not None and kind_of(self.home, entity) is not None:
                unit = str(self.home.attributes(entity).get("unit_of_measurement"))
                past[entity] = self._raw.means(entity, unit, now)
        return {entity: past.get(entity, Means()) for entity in entities}


def baseline_of(past: Mapping[str, Means], site: Site, store: Measurements | None, now: datetime) -> Baseline:
    """The baseline load as the suite measured it itself, and as Home Assistant knows it where the suite did not.

    Only what was measured with the same sensors and signs as now: a fault that was mended must not live on. Work it out
    where the past is read; it is the same until the next time.
    """
    terms = baseline_terms(site)
    if terms is None:
        return Baseline()
    known = baseline_past(past, terms, site)
    if store is None:
        return known
    own = store.slots(BASELINE, now - timedelta(days=MOST_DAYS), now, source_of(terms))
    clipped, share = never_negative(own)
    problems = known.problems
    if too_often(share) and not too_often(known.negative_share):
        names = ", ".join(entity for entity, _ in terms)
        problems = (*problems, f"{below_zero(share)}: look at the signs and units of {names}")
    return Baseline(overlaid(known.slots, clipped), max(share, known.negative_share), problems)
