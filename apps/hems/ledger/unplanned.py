"""The same house without planning: plain self-consumption, cars on arrival, programs when asked, quotas from the day's begin.

The house's own load is what balances the meter, so that both houses have the same, whatever a sensor misses:

    rest = import - export + pv + discharge - charge - cars - programs - quotas

Heat stores stay in the rest, as they were measured: when a thermostat would have heated follows from temperatures and draws
that nobody measures well enough, so nothing is claimed for them. What goes both ways through the meter within one quarter
hour does so in both houses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np

from ..config.loads import Program, Quota
from ..config.site import Site
from .batteries import Stored, real_energy, self_consumption
from .cars import on_arrival
from .measured import HOURS, Known, Measured, Values
from .programs import unplanned_programs, unplanned_quota


@dataclass(frozen=True)
class Unplanned:
    """By quarter hour, shape (N,); ``known``: where both houses are.

    ``kept_kwh``: at fence-posts, shape (N+1,), how much more the real house has stored than this one, as its batteries would
    give it, less what its cars and programs have still to take that these had already.
    """

    import_kw: Values
    export_kw: Values
    known: Known
    kept_kwh: Values
    batteries: Mapping[str, Stored]


def unplanned(site: Site, measured: Measured, capacities: Mapping[str, float], zone: tzinfo, first: int) -> Unplanned:
    """The house without planning from fence-post ``first`` on, where its batteries hold what the real ones held.

    Where nothing of a battery's state of charge is known at ``first``, they begin at the next one that is. Before that,
    nothing is known of this house.
    """
    real, moved = _movable(site, measured, zone)
    known = _known(site, measured)
    stored = {name: real_energy(measured.soc[name], capacities[name]) for name in capacities}
    for _, near in stored.values():
        known &= near[:-1] & near[1:]
    begun = np.flatnonzero(known[first:])
    first = first + int(begun[0]) if len(begun) else measured.count
    known[:first] = False
    rest = measured.import_kw - measured.export_kw - sum(real.values(), np.zeros(measured.count))
    for held_back in measured.curtailed_kw.values():
        rest = rest - held_back  # without planning it would have come
    for name in site.batteries:
        rest = rest + measured.discharge_kw[name] - measured.charge_kw[name] if name in measured.charge_kw else rest
    net = np.where(known, rest + sum(moved.values(), np.zeros(measured.count)), 0.0)
    net, batteries, ahead = _with_batteries(site, measured, stored, capacities, net, moved, known, first)
    behind = HOURS * np.cumsum(sum((moved[n] - real[n] for n in real), np.zeros(measured.count)))
    kept = ahead - np.concatenate(([0.0], behind))
    both_ways = np.nan_to_num(np.minimum(measured.import_kw, measured.export_kw))
    limit = site.grid.export_limit_kw
    export = np.minimum(np.maximum(-net, 0.0), limit) if isinstance(limit, float | int) else np.maximum(-net, 0.0)
    nan = np.where(known, 0.0, np.nan)
    return Unplanned(np.maximum(net, 0.0) + both_ways + nan, export + both_ways + nan, known, kept, batteries)


def _movable(site: Site, measured: Measured, zone: tzinfo) -> tuple[dict[str, Values], dict[str, Values]]:
    """What cars, programs and quotas really took, and what they would have without planning."""
    programs = {n: c for n, c in site.loads.items() if isinstance(c, Program) and n in measured.load_kw}
    quotas = {n: c for n, c in site.loads.items() if isinstance(c, Quota) and n in measured.load_kw}
    cars = {n: c for n, c in site.evs.items() if n in measured.car_kw}
    real = {n: np.nan_to_num(measured.load_kw[n]) for n in (*programs, *quotas)}
    real |= {n: np.nan_to_num(measured.car_kw[n]) for n in cars}
    moved = unplanned_programs(measured, programs, zone)
    moved |= {n: unplanned_quota(measured, n, c, zone) for n, c in quotas.items()}
    moved |= {n: on_arrival(measured, n, c) for n, c in cars.items()}
    return real, moved


def _known(site: Site, measured: Measured) -> Known:
    """Where the meter, every battery, every device that would have run at another time and what was curtailed are known."""
    known = ~np.isnan(measured.import_kw + measured.export_kw)
    for name in site.batteries:
        if name not in measured.charge_kw:
            return np.zeros(measured.count, dtype=bool)
        known &= ~np.isnan(measured.charge_kw[name] + measured.discharge_kw[name])
    movable = {n: kw for n, kw in measured.load_kw.items() if isinstance(site.loads.get(n), Program | Quota)}
    for kw in (*movable.values(), *measured.car_kw.values(), *measured.curtailed_kw.values()):
        known &= ~np.isnan(kw)
    return known


def _with_batteries(
    site: Site,
    measured: Measured,
    stored: Mapping[str, tuple[Values, Known]],
    capacities: Mapping[str, float],
    net: Values,
    moved: Mapping[str, Values],
    known: Known,
    first: int,
) -> tuple[Values, dict[str, Stored], Values]:
    """The net load after one battery after the other; and by how much the real ones are ahead, as they would give it."""
    not_fed = [moved[name] for name, ev in site.evs.items() if not ev.from_home_battery and name in moved]
    batteries: dict[str, Stored] = {}
    ahead = np.zeros(measured.count + 1)
    for name in capacities:
        config, (real, _) = site.batteries[name], stored[name]
        feeds = np.maximum(net - sum(not_fed, np.zeros(measured.count)), 0.0)
        churn = np.nan_to_num(np.minimum(measured.charge_kw[name], measured.discharge_kw[name]))
        part = slice(first, None)
        found = self_consumption(config, capacities[name], real[part], known[part], net[part], feeds[part], churn[part])
        energy = np.concatenate((real[:first], found.energy_kwh))
        flows = np.concatenate((np.zeros(first), found.net_kw))
        batteries[name] = Stored(energy, flows)
        net = net + flows
        ahead += config.discharge_efficiency * (real - energy)
    return net, batteries, ahead
