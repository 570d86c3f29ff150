"""Mean powers of one step, all at least 0."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flows:
    """import - export = load + charge + car + dishwasher + pool + tank - discharge - pv_used, in kW."""

    load_kw: float = 0.0
    pv_used_kw: float = 0.0
    charge_kw: float = 0.0
    discharge_kw: float = 0.0
    car_kw: float = 0.0
    dishwasher_kw: float = 0.0
    pool_kw: float = 0.0
    tank_kw: float = 0.0
    import_kw: float = 0.0
    export_kw: float = 0.0

    def sensors_w(self) -> dict[str, float]:
        """What the home's power sensors show, in W: grid + import/- export, battery + discharge/- charge."""
        return {
            "sensor.grid_power": 1000 * (self.import_kw - self.export_kw),
            "sensor.pv_power": 1000 * self.pv_used_kw,
            "sensor.battery_power": 1000 * (self.discharge_kw - self.charge_kw),
            "sensor.charger_power": 1000 * self.car_kw,
            "sensor.dishwasher_power": 1000 * self.dishwasher_kw,
            "sensor.pool_pump_power": 1000 * self.pool_kw,
            "sensor.water_heater_power": 1000 * self.tank_kw,
        }
