"""A device that does not obey or cannot be reached: said once, sent into its safe mode, tried again after a pause."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ..control.setpoint import Setpoint
from .actuator_safe import safe_setpoint
from .placeholders import Device

# A device with a fault is tried again so seldom: it may have come back to its senses.
_AFTER_FAULT = timedelta(minutes=15)


class Trouble:
    """``fault``: in words for people; ``instead``: the safe mode that is wanted now; ``given_up``: nothing is called."""

    def __init__(self, name: str, device: Device, report: Callable[[str], None]) -> None:
        self._name, self._device, self._report = name, device, report
        self._unreachable: str | None = None
        self.fault: str | None = None
        self.instead: Setpoint | None = None
        self.retry_at: datetime | None = None
        self.given_up = False

    def another_try(self) -> None:
        """The device is told again what is wanted of it; the fault stands until it obeys."""
        self.instead, self.retry_at, self.given_up = None, None, False

    def forget(self) -> None:
        """Nothing is wanted of the device."""
        self.another_try()
        self.fault, self._unreachable = None, None

    def failed(self, fault: str, wish: Setpoint, now: datetime) -> None:
        """The first time the safe mode is wanted instead, where there is one; if that fails too, the device is let be."""
        if self.instead is not None:
            self.given_up = True
            return
        if fault != self.fault:
            self._report(fault)
        self.fault, self.retry_at = fault, now + _AFTER_FAULT
        self.instead = safe_setpoint(self._name, self._device, wish)
        self.given_up = self.instead is None

    def obeyed(self) -> None:
        """The device does as it is told."""
        if self.fault is not None:
            self._report(f"{self._name}: does as it is told again")
        self.fault, self.retry_at = None, None

    def lost(self, words: str) -> None:
        """An entity is not there."""
        lost = f"{self._name}: {words}"
        if lost != self._unreachable:
            self._report(f"{lost}; nothing is written to it until it is back")
        self._unreachable = self.fault = lost

    def found(self) -> bool:
        """Every entity is there; answers whether one was not."""
        if self._unreachable is None:
            return False
        self._report(f"{self._name}: can be reached again")
        self._unreachable, self.fault = None, None
        return True
