"""How a device is written to: how often, how long one waits for it, and how a hand other than HEMS's is respected."""

from ..domain.quantity import Frozen, NonNegative, Positive


class Write(Frozen):
    """The write policy of a device; every template brings its own, and every key may be given.

    ``min_interval_s``, ``deadband_kw``: between two changes of power in one mode, and below which none is written.
    ``max_writes_per_day``: of the local day, for devices that keep what they are told in flash memory; once they are
    used up only changes of mode and what is safer are written. ``keep_alive_s``: everything is said again after so long
    (0: never). ``duration_s``: how long a device that is told for how long goes on by itself. ``delay_s``: between two
    calls. ``verify_within_s``: within this a device shows what it was told; else it is told again, ``retries`` times,
    with twice the patience each time. ``respect_hand_minutes``: how long a change by another hand stands (0: it is
    taken back at once).
    """

    min_interval_s: NonNegative = 20.0
    keep_alive_s: NonNegative = 0.0
    deadband_kw: NonNegative = 0.1
    duration_s: Positive = 900.0
    max_writes_per_day: NonNegative | None = None
    delay_s: NonNegative = 0.0
    verify_within_s: Positive = 10.0
    retries: NonNegative = 3.0
    respect_hand_minutes: NonNegative = 60.0
