"""What a person is told on the telephone: each fault once, and once when it is over. Pure state.

A fault is told once it has lasted a while, so that no lost update wakes anybody; what comes and goes is told seldom.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_LASTING = timedelta(minutes=2)
# A fault is over once it has not been seen for so long.
_OVER = timedelta(minutes=2)
# The same fault is told again no sooner, and no more than so many messages in an hour.
_AGAIN = timedelta(hours=1)
_MOST_IN_AN_HOUR = 6


@dataclass(frozen=True)
class Notice:
    """One message. ``over``: the fault of this ``key`` has gone."""

    key: str
    text: str
    over: bool = False


@dataclass(frozen=True)
class Known:
    """A fault: its words, since when it is there, when it was seen last, and whether it was told."""

    text: str
    since: datetime
    seen: datetime
    told: bool = False


@dataclass(frozen=True)
class Notices:
    """Faults by key; ``last``: when each key was told last; ``sent``: the times of the last hour's messages."""

    known: Mapping[str, Known] = field(default_factory=dict)
    last: Mapping[str, datetime] = field(default_factory=dict)
    sent: tuple[datetime, ...] = ()


def faults_by_key(sentences: Iterable[str]) -> dict[str, str]:
    """Faults as they are shown, ``since 2026-06-01 12:03: what; what is done``, by what does not change in them."""
    found = {}
    for sentence in sentences:
        head, _, rest = sentence.partition(": ")
        text = rest if head.startswith("since ") and rest else sentence
        found[text.partition(";")[0]] = text
    return found


def step(before: Notices, faults: Mapping[str, str], now: datetime) -> tuple[tuple[Notice, ...], Notices]:
    """What is to be told now, from the faults that are there now, words by key."""
    known = dict(before.known)
    for key, text in faults.items():
        earlier = known.get(key)
        known[key] = Known(text, now, now) if earlier is None else Known(text, earlier.since, now, earlier.told)
    last = {key: at for key, at in before.last.items() if timedelta() <= now - at < _AGAIN}
    sent = [at for at in before.sent if timedelta() <= now - at < timedelta(hours=1)]
    found = []
    for key, one in list(known.items()):
        if key not in faults and now - one.seen >= _OVER:
            del known[key]
            if one.told:
                found.append(Notice(key, one.text, over=True))
        elif _is_due(one, key, last, now) and len(sent) < _MOST_IN_AN_HOUR:
            found.append(Notice(key, one.text))
            known[key] = Known(one.text, one.since, one.seen, told=True)
            last[key] = now
            sent.append(now)
    return tuple(found), Notices(known, last, tuple(sent))


def _is_due(one: Known, key: str, last: Mapping[str, datetime], now: datetime) -> bool:
    return not one.told and one.seen == now and now - one.since >= _LASTING and key not in last
