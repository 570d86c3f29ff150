"""A PV plant: ``used + curtailed = forecast`` in every step."""

from .quantity import Flag, Frozen, Name, NonNegatives, Phase


class Pv(Frozen):
    """``forecast_kw``: mean AC power of each step, shape (N,)."""

    name: Name
    forecast_kw: NonNegatives
    curtailable: Flag = True
    phase: Phase | None = None
