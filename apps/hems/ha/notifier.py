"""Messages for a person's telephone: what is wrong, once, and that it is over."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zlib import crc32

from ..control.notices import Notice, Notices, step
from .port import Home

_PERSISTENT = "persistent_notification.create"
_DISMISS = "persistent_notification.dismiss"
# Beside the dispatcher's work, and yet not for ever.
_TIMEOUT_S = 10.0

Call = tuple[str, dict[str, Any]]


def services_of(value: Any) -> tuple[str, ...]:
    """The services of the ``notify`` key: one, or a list. Raises ValueError, in words, for what is none."""
    found = [value] if isinstance(value, str) else list(value or ()) if isinstance(value, list | tuple | None) else None
    wrong = [one for one in found or () if not isinstance(one, str) or one.replace("/", ".").count(".") != 1]
    if found is None or wrong:
        shown = wrong[0] if wrong else value
        raise ValueError(f"notify: {shown!r} is not a service; write it like notify.mobile_app_telephone")
    return tuple(one.replace("/", ".") for one in found)


class Notifier:
    """Decides what is told, and makes the calls of it."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = tuple(services)
        self._notices = Notices()

    def calls(self, faults: Mapping[str, str], now: datetime) -> list[Call]:
        """The calls that are to be made now."""
        if not self._services:
            return []
        found, self._notices = step(self._notices, faults, now)
        return [_call(service, notice) for notice in found for service in self._services]


def _call(service: str, notice: Notice) -> Call:
    if service == _PERSISTENT:
        number = f"hems_{crc32(notice.key.encode()):08x}"
        if notice.over:
            return _DISMISS, {"notification_id": number}
        return service, {"title": "HEMS", "message": notice.text, "notification_id": number}
    return service, {"title": "HEMS", "message": f"Over: {notice.text}" if notice.over else notice.text}


def tell(home: Home, calls: Iterable[Call]) -> None:
    """Makes the calls; one that fails is not repeated: the fault is on the page as well."""
    for service, data in calls:
        home.call(service, data, _TIMEOUT_S)
