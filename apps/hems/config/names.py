"""Names in apps.yaml that stand for something else in it: they must be there."""

from collections.abc import Iterator, Mapping

from ..domain.faults import hint
from .devices import Battery, Pv
from .groups import Group
from .loads import AnyLoad, Program


def name_faults(devices: list[str], loads: Mapping[str, AnyLoad], groups: Mapping[str, Group]) -> Iterator[str]:
    """One sentence for every name that two things share, or that stands for nothing; its path first."""
    for name, group in groups.items():
        if name in devices:
            yield f"groups.{name}: is the name of a device too; give the group another"
        for index, member in enumerate(group.devices):
            path = f"groups.{name}.devices[{index}]"
            if member not in devices:
                yield f"{path}: there is no device {member!r}" + hint(member, devices)
            elif member in group.devices[:index]:
                yield f"{path}: {member!r} is named twice"
    programs = {name: load.after for name, load in loads.items() if isinstance(load, Program)}
    for name, after in programs.items():
        path = f"loads.{name}.after"
        if after is not None and after not in programs:
            yield f"{path}: there is no program {after!r}" + hint(after, programs)
        elif name in _waited_for(programs, name):
            yield f"{path}: {name!r} would wait for itself"


def curtailing_faults(plants: Mapping[str, Pv], batteries: Mapping[str, Battery]) -> Iterator[str]:
    """One sentence for every plant whose battery is not there or cannot hold it back; its path first."""
    for name, plant in plants.items():
        battery, path = plant.curtailed_by, f"pv.{name}.curtailed_by"
        if battery is None:
            continue
        if battery not in batteries:
            yield f"{path}: there is no battery {battery!r}" + hint(battery, list(batteries))
        elif batteries[battery].actions.limit_export is None:
            yield f"{path}: {battery!r} has no action limit_export; write one under batteries.{battery}.actions"


def _waited_for(after: Mapping[str, str | None], name: str) -> set[str]:
    """The programs that ``name`` waits for, directly or through others."""
    found: set[str] = set()
    current = after.get(name)
    while current is not None and current not in found:
        found.add(current)
        current = after.get(current)
    return found
