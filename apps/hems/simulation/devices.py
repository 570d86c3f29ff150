"""The home as one physical thing: every device, wired together behind the meter."""

from datetime import datetime

from .battery import HomeBattery
from .controls import (
    BATTERY_MODE,
    CHARGER,
    CHARGER_CURRENT,
    DISHWASHER,
    DISHWASHER_READY,
    FORCED_POWER,
    POOL_PUMP,
    PV_LIMIT,
    WATER_HEATER,
    make_controls,
)
from .dishwasher import Dishwasher, FamilyLoads
from .ev import Car, CarDiary
from .flows import Flows
from .grid_meter import GridMeter
from .hot_water_tank import HotWaterTank, HotWaterUse
from .hourly_means import HourlyMeans
from .nature import Nature
from .pool_pump import PoolPump
from .pv import curtail
from .settings import HomeSettings


class Devices:
    """Devices, their controls, the meter and the statistics. Time comes in with each step."""

    def __init__(self, settings: HomeSettings, nature: Nature) -> None:
        zone = settings.zone
        self.nature = nature
        self.controls = make_controls(settings)
        self.battery = HomeBattery(settings.battery_kwh, settings.battery_limit_kw, 0.5 * settings.battery_kwh)
        self.car = Car(settings.car_kwh, 0.6 * settings.car_kwh)
        self.diary = CarDiary(settings.seed, zone)
        self.dishwasher = Dishwasher()
        self.family = FamilyLoads(settings.seed, zone)
        self.pool_pump = PoolPump(settings.pool_pump_kw)
        self.tank = HotWaterTank(settings.tank_litres, settings.tank_heater_kw, temperature_c=55.0)
        self.hot_water = HotWaterUse(settings.seed, zone)
        self.meter = GridMeter()
        self.statistics = HourlyMeans()
        self.car_plugged = True
        self.flows = Flows()

    def advance(self, start: datetime, end: datetime) -> Flows:
        """One step of the balance; the battery comes last, for it follows the house.

        import - export = load + charge + car + dishwasher + pool + tank - discharge - pv_used
        """
        hours = (end - start).total_seconds() / 3600
        controls = self.controls
        load_kw = self.nature.load_kw(start, end)
        pv_used_kw = curtail(self.nature.pv_available_kw(start, end), controls.numbers[PV_LIMIT].value / 1000)
        car_kw = self._car(start + (end - start) / 2, hours)
        dishwasher_kw = self._dishwasher(start, end, hours)
        pool_kw = self.pool_pump.power_kw(controls.toggles[POOL_PUMP])
        tank_kw = self.tank.step(controls.toggles[WATER_HEATER], self.hot_water.draw_kw(start, end), hours).heater_kw
        net_kw = load_kw + car_kw + dishwasher_kw + pool_kw + tank_kw - pv_used_kw
        mode, forced_kw = controls.choices[BATTERY_MODE].option, controls.numbers[FORCED_POWER].value / 1000
        battery = self.battery.step(mode, forced_kw, net_kw, hours)
        net_kw += battery.charge_kw - battery.discharge_kw
        import_kw, export_kw = self.meter.step(net_kw, hours)
        self.flows = Flows(
            load_kw=load_kw,
            pv_used_kw=pv_used_kw,
            charge_kw=battery.charge_kw,
            discharge_kw=battery.discharge_kw,
            car_kw=car_kw,
            dishwasher_kw=dishwasher_kw,
            pool_kw=pool_kw,
            tank_kw=tank_kw,
            import_kw=import_kw,
            export_kw=export_kw,
        )
        self.statistics.add(start, end, self.flows.sensors_w())
        return self.flows

    def _car(self, middle: datetime, hours: float) -> float:
        trip = self.diary.away_on(middle)
        self.car_plugged = trip is None
        if trip is not None:
            self.car.drive(trip, hours)
            return 0.0
        if not self.controls.toggles[CHARGER]:
            return 0.0
        return self.car.charge(self.controls.numbers[CHARGER_CURRENT].value, hours)

    def _dishwasher(self, start: datetime, end: datetime, hours: float) -> float:
        toggles = self.controls.toggles
        if self.family.happens(start, end):
            toggles[DISHWASHER_READY] = True
        # Switched on before it is loaded, the machine waits for the family.
        if toggles[DISHWASHER] and toggles[DISHWASHER_READY]:
            self.dishwasher.start()
        was_running = self.dishwasher.running
        power_kw = self.dishwasher.step(hours)
        if was_running and not self.dishwasher.running:
            toggles[DISHWASHER] = toggles[DISHWASHER_READY] = False
        return power_kw
