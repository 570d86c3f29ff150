"""A home that was lived in, as Home Assistant's recorder has it and as the planner saw it itself at the same times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hems.config.loads import Heat
from hems.config.site import Site
from hems.planner.draws import KWH_PER_LITRE_K
from hems.planner.readings import EvReading, LoadReading, Readings

MINUTE = timedelta(minutes=1)
ZONE = ZoneInfo("Europe/Amsterdam")
# Local hours of showers and what each draws; when the car leaves, comes back, and what of its battery it uses.
SHOWERS = {7.0: 1.2, 20.5: 0.8}
LEAVES, BACK, USES = 8.0, 17.5, 0.2
UNITS = {"sensor.tank_temperature": "°C", "sensor.tank_power": "W", "sensor.car_soc": "%"}


@dataclass
class Recorded:
    """Fulfils ``Recorder``: rows as Home Assistant's short answer has them, attributes on the first row only."""

    states: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=lambda: dict(UNITS))
    asked: list[str] = field(default_factory=list)

    def add(self, at: datetime, entity: str, state: str) -> None:
        """The entity says so from now on."""
        rows = self.states.setdefault(entity, [])
        if not rows or rows[-1][1] != state:
            rows.append((at, state))

    def put(self, entity: str, begin: datetime, end: datetime, state: str) -> None:
        """From ``begin`` until ``end`` it said ``state``, and then again what it would have said."""
        rows = self.states[entity]
        back = [text for at, text in rows if at <= end][-1]
        rows[:] = [row for row in rows if not begin <= row[0] <= end]
        rows += [(begin, state), (end, back)]
        rows.sort(key=lambda row: row[0])

    def history(self, entity: str, begin: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        """As Recorder.history."""
        self.asked.append(entity)
        states = self.states.get(entity, [])
        held = [(begin, state) for at, state in states if at < begin][-1:]
        inside = [(at, state) for at, state in states if begin <= at < end]
        rows: list[dict[str, Any]] = [{"state": state, "last_changed": at} for at, state in [*held, *inside]]
        for row in rows[:1]:
            row["attributes"] = {"unit_of_measurement": self.units.get(entity)}
        return rows


def lived(site: Site, begin: datetime, end: datetime, recorded: Recorded) -> list[Readings]:
    """The looks of these days, every five minutes and at each turn of the switch; what was recorded goes to ``recorded``.

    The tank is heated from 50 to 55 °C, switched at the third of five minutes. The car is at home with a state of charge of
    0.8, and for two hours after its trip with what that has left.
    """
    tank = next(load for load in site.loads.values() if isinstance(load, Heat))
    warm, on, turns, at, seen = 53.0, False, False, begin, list[Readings]()
    capacity = tank.volume_l * KWH_PER_LITRE_K
    while True:
        if turns:
            on, turns = not on, False
        elif (at - begin) % (5 * MINUTE) == timedelta():
            turns = (on and warm > 55) or (not on and warm < 50)
        hour = _hour(at)
        away = LEAVES <= hour < BACK
        soc = round(0.8 - USES, 2) if LEAVES + 0.5 <= hour < BACK + 2 else 0.8
        kw = 2.0 if on else 0.0
        recorded.add(at, "sensor.tank_temperature", f"{warm:.2f}")
        recorded.add(at, "sensor.tank_power", f"{kw * 1000:.0f}")
        recorded.add(at, "switch.tank", "on" if on else "off")
        recorded.add(at, "binary_sensor.car_plugged", "off" if away else "on")
        recorded.add(at, "sensor.car_soc", f"{soc * 100:.0f}")
        before = 2.0 if seen and seen[-1].loads["tank"].on else 0.0
        load = LoadReading(on, before, temperature_c=float(f"{warm:.2f}"), ambient_c=20.0)
        seen.append(Readings(at, evs={"car": EvReading(not away, soc, None, None, None)}, loads={"tank": load}))
        if at >= end:
            return seen
        to = min(at - (at - begin) % (5 * MINUTE) + (3 * MINUTE if turns else 5 * MINUTE), end)
        drawn = sum(kwh for start, kwh in SHOWERS.items() if start <= hour < start + 0.25) * ((to - at) / (15 * MINUTE))
        hours = (to - at) / timedelta(hours=1)
        warm += (kw * hours - tank.loss_kw_per_k * (warm - 20) * hours - drawn) / capacity
        at = to


def _hour(at: datetime) -> float:
    local = at.astimezone(ZONE)
    return local.hour + local.minute / 60
