"""Times of a file as instants: with an offset, or local ones that are right on both days of the clock change."""

from datetime import datetime, timedelta, timezone, tzinfo

from ..domain.faults import shown


class Clock:
    """Reads times of rising rows. One without an offset is local time; an hour that occurs twice is told by the order."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._offsets: dict[datetime, list[timedelta]] = {}
        self._last: datetime | None = None

    def __call__(self, text: str) -> datetime:
        """The instant in UTC. Raises ValueError with words."""
        try:
            time = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in ("Z", "z") else text)
        except ValueError:
            raise ValueError(
                f"{shown(text)} is not a time; write it as 2020-03-29 14:15 or 2020-03-29T14:15+02:00"
            ) from None
        if time.tzinfo is not None:
            self._last = time.astimezone(timezone.utc)
            return self._last
        instants = [(time - offset).replace(tzinfo=timezone.utc) for offset in self._offsets_at(time)]
        if not instants:
            raise ValueError(
                f"{text} does not occur in {self._zone}, the clock skips it; write times with their offset"
            )
        # The second of two, once the first would not be later than the row before.
        self._last = next((t for t in instants if self._last is None or t > self._last), instants[-1])
        return self._last

    def _offsets_at(self, wall: datetime) -> list[timedelta]:
        """The offsets that the wall clock may have: one, two where it is put back (the first first), none where skipped."""
        key = wall.replace(minute=wall.minute // 30 * 30, second=0, microsecond=0)
        if key not in self._offsets:
            near = [self._offset(key.replace(tzinfo=timezone.utc) + timedelta(days=days)) for days in (-1, 1)]
            valid = {o for o in near if self._offset((key - o).replace(tzinfo=timezone.utc)) == o}
            self._offsets[key] = sorted(valid, reverse=True)
        return self._offsets[key]

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self._zone).utcoffset() or timedelta()
