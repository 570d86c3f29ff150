"""What is read of the devices between two plans, held where it fails: the dispatcher's look at the home."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo

from ..config.site import Site
from .health import Found
from .held import CAR_SOC, PLUG, POWER, SOC, SWITCH, ClockWatch, Held, Senses
from .port import States


@dataclass(frozen=True)
class DevicesNow:
    """By device, None: not known. ``soc`` 0..1 of batteries and cars; ``connected``: cars; ``on``: loads with a switch;
    ``power_kw``: as its sensor shows it (a battery's: above zero when it discharges). The meter's power in two parts."""

    soc: Mapping[str, float | None] = field(default_factory=dict)
    connected: Mapping[str, bool | None] = field(default_factory=dict)
    on: Mapping[str, bool | None] = field(default_factory=dict)
    power_kw: Mapping[str, float | None] = field(default_factory=dict)
    import_kw: float | None = None
    export_kw: float | None = None


class DeviceReadings:
    """Keep one, and look with it every time: what fails is held as long as the planner holds it (``held``).

    ``faults``: what was wrong at the last look, by entity.
    """

    def __init__(self, site: Site, zone: tzinfo = timezone.utc) -> None:
        self.faults: dict[str, Found] = {}
        self._site, self._zone = site, zone
        self._held, self._clock = Held(), ClockWatch()

    def look(self, states: States, now: datetime) -> DevicesNow:
        """Everything as it stands at ``now`` (aware UTC)."""
        back = self._clock.step(now)
        if back:
            self._held.shift(back)
        site, senses = self._site, Senses(states, self._held, now, self._zone)
        plugs = {name: senses.read(PLUG, ev.connected) for name, ev in site.evs.items()}
        grid_kw = senses.read(POWER, site.grid.power.entity)
        if grid_kw is not None and site.grid.power.positive == "export":
            grid_kw = -grid_kw
        found = DevicesNow(
            soc={
                **{name: senses.read(SOC, one.soc) for name, one in site.batteries.items()},
                **{name: senses.read(CAR_SOC, ev.soc) for name, ev in site.evs.items()},
            },
            connected={
                name: None if plug is None else plug in site.evs[name].connected_states for name, plug in plugs.items()
            },
            on={name: senses.read(SWITCH, one.switch) for name, one in site.loads.items() if one.switch},
            power_kw={name: _power(senses, entity, sign) for name, (entity, sign) in _powers(site).items()},
            import_kw=None if grid_kw is None else max(grid_kw, 0.0),
            export_kw=None if grid_kw is None else max(-grid_kw, 0.0),
        )
        for name, connected in found.connected.items():
            if connected is False:
                senses.forgive(site.evs[name].soc)  # a car that is away may well be out of reach
        self.faults = senses.faults
        return found


def _powers(site: Site) -> dict[str, tuple[str, float]]:
    """The power sensor of each device that has one, and its sign."""
    plain = {**site.pv, **site.evs, **site.loads}
    found = {name: (device.power, 1.0) for name, device in plain.items() if device.power is not None}
    for name, battery in site.batteries.items():
        if battery.power is not None:
            found[name] = battery.power.entity, 1.0 if battery.power.positive == "discharge" else -1.0
    return found


def _power(senses: Senses, entity: str, sign: float) -> float | None:
    kw = senses.read(POWER, entity)
    return None if kw is None else kw * sign
