"""What every device is told when HEMS has fallen silent: batteries run themselves, PV is not curtailed.

Cars and loads stay as they are. A car that charges is wanted full, a tank has its thermostat, a program ends by itself:
to stop them could cost more than to let them be. ``stop`` names those that are to be stopped all the same. An SG-Ready load
that may be blocked or forced runs as it likes: nobody else would end that, and a blocked house gets cold.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ..domain.faults import Refused, hint
from .actions import Action, SgReadyActions
from .devices import Battery, Ev, Pv
from .ha_package_fixed import fixed_data, fixed_values
from .loads import AnyLoad
from .site import Site


@dataclass(frozen=True)
class Safe:
    """What one device is told: ``word`` is the action's name in apps.yaml, ``calls`` services with their data.

    ``delay_s`` passes between two calls.
    """

    device: str
    word: str
    calls: tuple[tuple[str, dict[str, Any]], ...]
    delay_s: float = 0.0


def safe_actions(site: Site, stop: Collection[str], path: str) -> list[Safe]:
    """What is told to whom, in the order of apps.yaml. Raises Refused with every fault; ``path`` begins those of devices."""
    found, faults = [], list(_stop_faults(site, stop))
    for section, name, device, word, told in _told(site, stop):
        values = fixed_values(device)
        calls = []
        for index, action in enumerate(told):
            try:
                place = f"{path}.{section}.{name}.actions.{word}[{index}]"
                calls.append((action.service, fixed_data(action, values, place)))
            except Refused as refused:
                faults += refused.faults
        found.append(Safe(name, word, tuple(calls), device.write.delay_s))
    if faults:
        raise Refused(faults)
    return found


def _told(
    site: Site, stop: Collection[str]
) -> Iterator[tuple[str, str, Battery | Ev | Pv | AnyLoad, str, tuple[Action, ...]]]:
    for name, battery in site.batteries.items():
        yield "batteries", name, battery, "self_use", battery.actions.self_use
    for name, plant in site.pv.items():
        if plant.actions is not None:
            yield "pv", name, plant, "release", plant.actions.release
    for name, ev in site.evs.items():
        if name in stop:
            yield "evs", name, ev, "stop", ev.actions.stop
    for name, load in site.loads.items():
        if isinstance(load.actions, SgReadyActions):
            if name in stop or load.actions.held:
                yield "loads", name, load, "normal", load.actions.normal
        elif name in stop:
            yield "loads", name, load, "stop", load.told().stop or ()


def _stop_faults(site: Site, stop: Collection[str]) -> Iterator[str]:
    known = [*site.evs, *site.loads]
    for name in stop:
        if name in site.batteries or name in site.pv:
            yield f"--stop {name}: only cars and loads are stopped; a battery runs itself, PV is not curtailed"
        elif name not in known:
            yield f"--stop {name}: there is no such car or load{hint(name, known)}"
        elif name in site.loads and site.loads[name].told().stop is None:
            yield f"--stop {name}: it has no action stop; it ends by itself"
