"""What the meters say at this moment, for what is decided between two plans. kW; None, or no entry: not known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Metered:
    """``import_kw``, ``export_kw``: both known or neither. ``phases_kw``: what is imported on each of three phases.

    ``batteries_kw``: what a battery charges (above 0) or discharges (below), as one number; ``cars_kw``, ``pv_kw``: what a
    car takes and a plant gives.
    """

    import_kw: float | None = None
    export_kw: float | None = None
    phases_kw: tuple[float, float, float] | None = None
    batteries_kw: Mapping[str, float | None] = field(default_factory=dict)
    cars_kw: Mapping[str, float | None] = field(default_factory=dict)
    pv_kw: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def net_kw(self) -> float | None:
        """Import less export; None where the meter is not known."""
        if self.import_kw is None or self.export_kw is None:
            return None
        return self.import_kw - self.export_kw

    def surplus_kw(self, batteries: Iterable[str]) -> float | None:
        """What would be exported if these batteries, all of the home's, rested (below 0: imported); None: not known."""
        net, powers = self.net_kw, [self.batteries_kw.get(name) for name in batteries]
        if net is None or None in powers:
            return None
        return sum(kw for kw in powers if kw is not None) - net
