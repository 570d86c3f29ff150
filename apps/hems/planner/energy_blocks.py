"""Energy blocks of the tariff: what is left of this day's or month's, and the whole of every further one in the horizon."""

from collections.abc import Iterator
from datetime import tzinfo

from ..config.site import Site
from ..domain.grid import EnergyBlock
from ..domain.horizon import Horizon
from .local_days import periods
from .memory import Memory
from .stores import Says

_NOW = {"day": "today", "month": "this month"}


def energy_blocks(site: Site, memory: Memory, horizon: Horizon, zone: tzinfo, notes: Says) -> Iterator[EnergyBlock]:
    """A block for every local day or month that reaches into the horizon.

    Where it is not known what was imported in the one that has begun, its block is left out, and ``notes`` says so.
    """
    unknown = set()
    for block in site.grid.energy_blocks:
        used = memory.imported.since_begin(block.period, horizon.start, zone)
        for begin, until in periods(block.period, horizon.start, horizon.end, zone):
            begun = begin < horizon.start
            if begun and used is None:
                unknown.add(block.period)
                continue
            yield EnergyBlock.model_validate(
                {
                    "from": begin,
                    "until": until,
                    "kwh": block.kwh,
                    "price_difference_per_kwh": block.price_difference_per_kwh,
                    "used_kwh": round(used, 4) if begun and used is not None else 0.0,
                }
            )
    why = f"{site.grid.import_energy} was not seen since the begin"
    for period in sorted(unknown):
        now = _NOW[period]
        notes.say(f"grid.energy_blocks: what was imported {now} is not known ({why}); the block of {now} is left out")
