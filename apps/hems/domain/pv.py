"""A PV plant: ``used + curtailed = forecast`` in every step."""

from .quantity import Flag, Frozen, Name, NonNegatives


class Pv(Frozen):
    """``forecast_kw``: mean AC power of each step, shape (N,)."""

    name: Name
    forecast_kw: NonNegatives
    curtailable: Flag = True
