"""The home battery and its inverter's modes."""

from dataclasses import dataclass

SELF_CONSUMPTION = "Self-consumption"
FORCED_CHARGE = "Forced charge"
FORCED_DISCHARGE = "Forced discharge"
STANDBY = "Standby"
MODES = (SELF_CONSUMPTION, FORCED_CHARGE, FORCED_DISCHARGE, STANDBY)
# Sells the surplus and supplies the home; not every inverter has it.
FEED_IN_FIRST = "Feed-in first"


@dataclass(frozen=True)
class BatteryFlow:
    """AC power of one step; never both above 0."""

    charge_kw: float = 0.0
    discharge_kw: float = 0.0


@dataclass
class HomeBattery:
    """Stored energy, a power limit on the AC side, and the hardware's own bounds on the state of charge.

    ``discharge_limit_kw`` and ``discharge_efficiency``: None where they are those of charging.
    """

    capacity_kwh: float
    limit_kw: float
    energy_kwh: float
    efficiency: float = 0.95
    soc_min: float = 0.05
    soc_max: float = 1.0
    discharge_limit_kw: float | None = None
    discharge_efficiency: float | None = None

    @property
    def soc(self) -> float:
        """State of charge, 0..1."""
        return self.energy_kwh / self.capacity_kwh

    @property
    def _out(self) -> float:
        return self.efficiency if self.discharge_efficiency is None else self.discharge_efficiency

    def step(self, mode: str, forced_kw: float, net_load_kw: float, hours: float) -> BatteryFlow:
        """Run for one step. `net_load_kw`: what the rest of the home takes, below 0 where it has a surplus.

        E[k+1] = E[k] + h * (charge * 0.95 - discharge / 0.95). Self-consumption follows the house, so that it
        neither charges from the grid nor discharges into it; forced modes hold their power while they can.
        """
        if mode == SELF_CONSUMPTION:
            wish = BatteryFlow(max(0.0, -net_load_kw), max(0.0, net_load_kw))
        elif mode == FEED_IN_FIRST:
            wish = BatteryFlow(discharge_kw=max(0.0, net_load_kw))
        elif mode == FORCED_CHARGE:
            wish = BatteryFlow(charge_kw=forced_kw)
        elif mode == FORCED_DISCHARGE:
            wish = BatteryFlow(discharge_kw=forced_kw)
        else:
            wish = BatteryFlow()
        flow = self._within_limits(wish, hours)
        stored = flow.charge_kw * self.efficiency - flow.discharge_kw / self._out
        self.energy_kwh += hours * stored
        return flow

    def _within_limits(self, wish: BatteryFlow, hours: float) -> BatteryFlow:
        room = max(0.0, self.soc_max * self.capacity_kwh - self.energy_kwh)
        store = max(0.0, self.energy_kwh - self.soc_min * self.capacity_kwh)
        charge = min(wish.charge_kw, self.limit_kw, room / (hours * self.efficiency))
        limit = self.limit_kw if self.discharge_limit_kw is None else self.discharge_limit_kw
        discharge = min(wish.discharge_kw, limit, store * self._out / hours)
        return BatteryFlow(charge, discharge)
