"""The pool pump: a plain load behind a switch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PoolPump:
    """Takes its rated power while it is on."""

    rated_kw: float

    def power_kw(self, switched_on: bool) -> float:
        """Power of a step."""
        return self.rated_kw if switched_on else 0.0
