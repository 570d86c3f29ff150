"""A house's measurements by quarter hour, made by hand: levels in kW, and a battery that does as it is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from builders.site_block import make_site
from hems.config.site import Site
from hems.ledger.account import Account, account
from hems.ledger.measured import HOURS, QUARTER, Measured, Stay, Values

ZONE = ZoneInfo("Europe/Amsterdam")
CAPACITY = {"battery": 10.0}


def house_site(import_price: float | None = None, export_price: float = 0.05, **changes: object) -> Site:
    """The home of ``make_site`` without heat store, at fixed prices where ``import_price`` is given."""
    tariff: dict[str, object] = {"loads.tank": ..., "loads.dishwasher.requested": "input_boolean.ready"}
    if import_price is not None:
        tariff |= {"prices.import": {"fixed_per_kwh": import_price}, "prices.export": {"fixed_per_kwh": export_price}}
    return make_site(**(tariff | changes))


def series(count: int, level: float = 0.0, **parts: float) -> Values:
    """A level, with others between places: ``q4_8=2.0`` is 2 kW in quarter hours 4 to 7."""
    found = np.full(count, level)
    for part, kw in parts.items():
        first, last = part[1:].split("_")
        found[int(first) : int(last)] = kw
    return found


def measured_house(
    start: datetime,
    load: Values,
    pv: Values | None = None,
    car: Values | None = None,
    pool: Values | None = None,
    dishwasher: Values | None = None,
    battery: Values | None = None,
    soc: float = 0.5,
    spot: Values | float | None = 0.1,
    stays: Sequence[tuple[int, int, bool]] = (),
    site: Site | None = None,
) -> Measured:
    """The house as it was measured. ``battery``: charge (above 0) or discharge, as far as it can; None: self-consumption.
    ``stays``: the car's, as places of begin and end, and whether it was seen to leave."""
    count, zero = len(load), np.zeros(len(load))
    pv, car, pool, dishwasher = (zero if one is None else one for one in (pv, car, pool, dishwasher))
    net = load + car + pool + dishwasher - pv
    flows, socs = _battery((site or house_site()), net, battery, soc)
    meter = net + flows
    return Measured(
        start=start,
        count=count,
        import_kw=np.maximum(meter, 0.0),
        export_kw=np.maximum(-meter, 0.0),
        pv_kw={"roof": pv},
        charge_kw={"battery": np.maximum(flows, 0.0)},
        discharge_kw={"battery": np.maximum(-flows, 0.0)},
        soc={"battery": socs},
        car_kw={"car": car},
        load_kw={"pool": pool, "dishwasher": dishwasher},
        stays={"car": tuple(Stay(start + a * QUARTER, start + b * QUARTER, ended) for a, b, ended in stays)},
        spot=None if spot is None else np.broadcast_to(np.asarray(spot, dtype=float), (count,)).copy(),
    )


def _battery(site: Site, net: Values, told: Values | None, soc: float) -> tuple[Values, Values]:
    """AC power (charge above 0) by quarter hour and states of charge at fence-posts."""
    config = site.batteries["battery"]
    capacity = CAPACITY["battery"]
    energy, flows = [soc * capacity], []
    for k, kw in enumerate(net.tolist()):
        wish = -kw if told is None else float(told[k])
        room = max(0.0, config.soc_max * capacity - energy[-1]) / (HOURS * config.charge_efficiency)
        store = max(0.0, energy[-1] - config.soc_min * capacity) * config.discharge_efficiency / HOURS
        flow = min(wish, config.charge_limit_kw, room) if wish > 0 else max(wish, -config.discharge_limit_kw, -store)
        flows.append(flow)
        gain = flow * config.charge_efficiency if flow > 0 else flow / config.discharge_efficiency
        energy.append(energy[-1] + HOURS * gain)
    return np.array(flows), np.array(energy) / capacity


def with_hole(measured: Measured, first: int, last: int) -> Measured:
    """Nothing was measured in quarter hours ``first`` to ``last - 1``."""

    def cut(values: Values) -> Values:
        found = values.copy()
        found[first:last] = np.nan
        return found

    def all_cut(values: Mapping[str, Values]) -> dict[str, Values]:
        return {name: cut(one) for name, one in values.items()}

    soc = {name: values.copy() for name, values in measured.soc.items()}
    for values in soc.values():
        values[first + 1 : last] = np.nan
    return replace(
        measured,
        import_kw=cut(measured.import_kw),
        export_kw=cut(measured.export_kw),
        pv_kw=all_cut(measured.pv_kw),
        charge_kw=all_cut(measured.charge_kw),
        discharge_kw=all_cut(measured.discharge_kw),
        car_kw=all_cut(measured.car_kw),
        load_kw=all_cut(measured.load_kw),
        soc=soc,
    )


def account_of(
    site: Site,
    measured: Measured,
    capacities: Mapping[str, float] = CAPACITY,
    begin: datetime | None = None,
    now: Callable[[datetime], datetime] = lambda end: end + timedelta(days=30),
) -> Account:
    """The account of all that was measured, looked at a month later."""
    return account(site, measured, capacities, ZONE, begin or measured.start, measured.end, now(measured.end))
