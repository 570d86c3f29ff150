"""The meter at the grid connection: the balance of everything behind it, and two counters that only rise."""

from dataclasses import dataclass


@dataclass
class GridMeter:
    """Energy counters in kWh."""

    import_kwh: float = 4200.0
    export_kwh: float = 2600.0

    def step(self, net_kw: float, hours: float) -> tuple[float, float]:
        """Count one step of net power (above 0: from the grid); answers (import_kw, export_kw)."""
        import_kw, export_kw = max(0.0, net_kw), max(0.0, -net_kw)
        self.import_kwh += import_kw * hours
        self.export_kwh += export_kw * hours
        return import_kw, export_kw
