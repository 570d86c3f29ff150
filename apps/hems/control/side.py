"""On which side of the meter the home is, for what must not change with every kettle and cloud. Pure: state in, state out."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

# What the home would do if its batteries rested: export, import, or hardly anything.
Side = Literal["export", "import", "neither"]

# The meter's noise is no surplus.
_NOISE_KW = 0.1
# A battery's power sensor that lags behind its mode shows for half a minute what is not: the median of these minutes knows
# nothing of it. What changes a device's mode lasts longer than a kettle besides.
_MEDIAN, _CONSTANT = timedelta(minutes=2), timedelta(minutes=3)
# Within the median's minutes one value in so long.
_SPACING = timedelta(seconds=5)
# What was known last stands for so long; after a longer silence all begins anew.
_SILENCE = timedelta(minutes=2)
# So long the home is taken to be on a side, whatever the clouds do: each change is a battery's mode, often in flash memory.
STAY = timedelta(minutes=10)


def side_of(surplus_kw: float | None) -> Side | None:
    """The side that a surplus (below 0: a need) shows; None: it is not known."""
    if surplus_kw is None:
        return None
    return "export" if surplus_kw > _NOISE_KW else "import" if surplus_kw < -_NOISE_KW else "neither"


@dataclass(frozen=True)
class Watched:
    """``kw``: the smoothed surplus; ``recent``: what was measured in the last minutes; ``at``, ``begun``: when that was last, and
    first (None: nothing is known any more); ``side``: where the home is taken to be, and ``since`` when (None: from the
    beginning); ``still``: since when hardly anything flows."""

    kw: float
    recent: tuple[tuple[datetime, float], ...]
    at: datetime
    begun: datetime | None
    side: Side = "neither"
    since: datetime | None = None
    still: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Whether it was watched long enough to be believed."""
        return self.begun is not None and self.at - self.begun >= _CONSTANT


def watched(before: Watched | None, surplus_kw: float | None, now: datetime) -> Watched | None:
    """What is known after one look more. None: nothing. A look that failed changes nothing for two minutes."""
    if before is not None and now < before.at:
        before = None
    if before is not None and before.begun is not None and now - before.at > _SILENCE:
        # When it last changed its side is kept, so that a meter that comes and goes is no way around that.
        changed = now if before.side != "neither" else before.since
        before = Watched(0.0, (), now, None, since=changed)
    if surplus_kw is None:
        return before
    if before is None or before.begun is None:
        return Watched(surplus_kw, ((now, surplus_kw),), now, now, since=before.since if before is not None else None)
    recent = before.recent
    if now - recent[-1][0] >= _SPACING:
        recent = (*((at, kw) for at, kw in recent if now - at < _MEDIAN), (now, surplus_kw))
    part = 1 - math.exp((before.at - now) / _CONSTANT)
    kw = before.kw + part * (median(kw for _, kw in recent) - before.kw)
    found = replace(before, kw=kw, recent=recent, at=now)
    return _sided(found, now) if found.is_known else found


def _sided(one: Watched, now: datetime) -> Watched:
    wish = side_of(one.kw)
    still = (one.still or now) if wish == "neither" else None
    one = replace(one, still=still)
    if wish is None or wish == one.side or (one.since is not None and now - one.since < STAY):
        return one
    # Around nothing it stays where it was, but not for ever: a battery whose power sensor has died would keep it there.
    if still is not None and now - still < STAY:
        return one
    return replace(one, side=wish, since=now)
