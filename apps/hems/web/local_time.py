"""Instants and spans in words, in the home's time zone. English names, whatever the machine's locale."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(at: datetime, zone: tzinfo) -> str:
    """`Sat 28 Mar`."""
    local = at.astimezone(zone)
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}"


def instant_words(at: datetime, zone: tzinfo) -> str:
    """`Sat 22:15`."""
    local = at.astimezone(zone)
    return f"{DAYS[local.weekday()]} {local:%H:%M}"


def span_words(start: datetime, end: datetime, zone: tzinfo) -> str:
    """`Sat 22:15-23:45`, or `Sat 22:15 - Sun 01:00` over midnight.

    Across a change of the clocks both ends carry their zone's abbreviation, because
    the difference of the two times is then not the duration.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    changed = first.utcoffset() != last.utcoffset()
    from_mark, until_mark = (f" {first.tzname()}", f" {last.tzname()}") if changed else ("", "")
    # A span that ends at midnight ends on its own day: 22:00-24:00.
    ends_at_midnight = last.hour == last.minute == 0 and last.date() == first.date() + timedelta(days=1)
    if ends_at_midnight and not changed:
        return f"{DAYS[first.weekday()]} {first:%H:%M}\N{EN DASH}24:00"
    if first.date() == last.date():
        dash = " \N{EN DASH} " if changed else "\N{EN DASH}"
        return f"{DAYS[first.weekday()]} {first:%H:%M}{from_mark}{dash}{last:%H:%M}{until_mark}"
    head = f"{DAYS[first.weekday()]} {first:%H:%M}{from_mark}"
    return f"{head} \N{EN DASH} {DAYS[last.weekday()]} {last:%H:%M}{until_mark}"


def duration_words(hours: float) -> str:
    """`45 min`, `3 h`, `1 h 30 min`."""
    minutes = round(hours * 60)
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest} min" if rest else f"{whole} h"


def title_words(name: str) -> str:
    """A device's name as a heading: `hot_water` -> `Hot water`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else name
