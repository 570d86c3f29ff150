"""A local day's sums out of the books by quarter hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

import numpy as np

from ..config.site import Site
from ..planner.local_days import period_begin
from .batteries import Stored, real_energy
from .cars import open_since
from .counters import gained_between
from .day import Day, Source
from .measured import HOURS, Known, Measured, Values
from .money import TruePrices

# What runs after midnight may have been due before it; a sensor that was silent at night speaks in the morning.
_SETTLES = timedelta(hours=24)
# A car that is never unplugged does not keep its days open for ever.
_LONGEST_OPEN = timedelta(days=7)
_DECIMALS = 6


@dataclass(frozen=True)
class Books:
    """Energies in kWh and money by quarter hour, shape (N,) each, NaN where not known; ``without``: import and export of the
    house without planning; ``kept_kwh``: what the real house has stored more, at fence-posts, shape (N+1,)."""

    site: Site
    measured: Measured
    capacities: Mapping[str, float]
    zone: tzinfo
    prices: TruePrices
    bought: Values
    sold: Values
    cost: Values
    saving: Values
    reward: Values
    without: tuple[Values, Values]
    kept_kwh: Values
    batteries: Mapping[str, Stored]
    planned: tuple[Values, Values]
    planned_cost: Values
    pv: Values
    charge: Values
    discharge: Values
    carbon: Values
    baseline_carbon: Values

    @cached_property
    def house(self) -> Values:
        """What the house takes, cars and loads included: ``import - export + pv + discharge - charge``."""
        return self.bought - self.sold + self.pv + self.discharge - self.charge

    @cached_property
    def compared(self) -> Known:
        """Where the real house and the one without planning both have a cost."""
        return ~np.isnan(self.saving)


def day_of(books: Books, first: int, last: int, now: datetime) -> Day:
    """The day between two fence-posts."""
    part, begin = slice(first, last), books.measured.time(first)
    money = _money(books, first, last)
    source, imported, exported = _energy(books, first, last)
    planned = ~np.isnan(books.planned_cost[part])
    followed = planned & ~np.isnan(books.cost[part])
    carbon = ~np.isnan(books.carbon[part] + books.baseline_carbon[part])
    in_use, of_pv = ~np.isnan(books.house[part]), ~np.isnan(books.pv[part] + books.sold[part])
    pv = _sum(books.pv[part], of_pv) if books.site.pv else None
    return Day(
        day=begin.astimezone(books.zone).date().isoformat(),
        begin=begin,
        final=_is_final(books, first, last, now),
        quarters=last - first,
        measured=int((~np.isnan(books.cost[part])).sum()),
        compared=int(books.compared[part].sum()),
        planned=int(planned.sum()),
        energy_from=source,
        import_kwh=imported,
        export_kwh=exported,
        stored_per_kwh=_round(stored_worth(books, first, last)),
        planned_cost=_sum(books.planned_cost[part]),
        against_plan=_sum(books.planned_cost[part] - books.cost[part], followed),
        house_kwh=_sum(books.house[part]),
        bought_kwh=_sum(books.bought[part], in_use),
        pv_kwh=pv,
        sold_of_pv_kwh=_sum(books.sold[part], of_pv) if pv is not None else None,
        carbon_kg=_sum(books.carbon[part]),
        baseline_carbon_kg=_sum(books.baseline_carbon[part], carbon),
        **money,
        **_of_batteries(books, first, last),
    )


def _money(books: Books, first: int, last: int) -> dict[str, float | None]:
    """``saving = baseline_cost - cost + stored``; in quarter hours that cannot be compared both houses cost the same."""
    part = slice(first, last)
    cost, saved = _sum(books.cost[part]), _sum(books.saving[part])
    if cost is None or saved is None:
        return {"cost": cost}
    stored, reward = _stored(books, first, last), float(books.reward[part].sum())
    return {
        "cost": _round(cost - reward),
        "baseline_cost": _round(cost + saved),
        "saving": _round(saved + reward + stored),
        "stored": _round(stored),
        "reward": _round(reward),
    }


def stored_worth(books: Books, first: int, last: int) -> float:
    """What a kWh that is stored at the end of a day is worth: the least import price of that day, but not below 0.

    The mean price would make it pay to end each day with everything full; for the least of them energy could really have
    been stored. Without any price it is worth nothing.
    """
    prices = books.prices.bought[first:last]
    known = prices[~np.isnan(prices)]
    return max(0.0, float(known.min())) if len(known) else 0.0


def _stored(books: Books, first: int, last: int) -> float:
    """What more is stored at the end of the day, less what was at its begin (at the worth of the day before): so the days of
    a month add up to the worth at its end. What changed while one of the two houses was not known is left out."""
    before = stored_worth(books, _day_before(books, first), first)
    worth = stored_worth(books, first, last)
    unseen = np.where(books.compared[first:last], 0.0, np.diff(books.kept_kwh[first : last + 1]))
    kept = float(books.kept_kwh[last]) - float(unseen.sum())
    return worth * kept - before * float(books.kept_kwh[first])


def _day_before(books: Books, first: int) -> int:
    """The fence-post at which the local day before the one that begins at ``first`` began."""
    if first == 0:
        return 0
    return books.measured.post(period_begin("day", books.measured.time(first - 1), books.zone))


def _energy(books: Books, first: int, last: int) -> tuple[Source, float | None, float | None]:
    """Import and export of the day, by the meter's counters where both were read at its begin and its end."""
    counters = (books.measured.import_counter_kwh, books.measured.export_counter_kwh)
    imported, exported = (gained_between(c, first, last) if c is not None else None for c in counters)
    if imported is not None and exported is not None:
        return "counter", _round(imported), _round(exported)
    bought, sold = _sum(books.bought[first:last]), _sum(books.sold[first:last])
    return ("power" if bought is not None else "none"), bought, sold


def _of_batteries(books: Books, first: int, last: int) -> dict[str, float | None]:
    if not books.capacities:
        return {}
    part, capacity = slice(first, last), sum(books.capacities.values())
    charged, discharged = _sum(books.charge[part]), _sum(books.discharge[part])
    lost: float | None = None
    if not np.isnan(books.charge[part] + books.discharge[part]).any():
        lost = float((books.charge[part] - books.discharge[part]).sum())
        for name, kwh in books.capacities.items():
            real, near = real_energy(books.measured.soc[name], kwh)
            lost = lost - float(real[last] - real[first]) if lost is not None and near[first] and near[last] else None
    out = HOURS * sum(float(np.maximum(-one.net_kw[part], 0.0).sum()) for one in books.batteries.values())
    return {
        "charge_kwh": charged,
        "discharge_kwh": discharged,
        "losses_kwh": _round(lost),
        "cycles": _round(discharged / capacity) if discharged is not None else None,
        "baseline_cycles": _round(out / capacity) if books.compared[part].any() else None,
    }


def _is_final(books: Books, first: int, last: int, now: datetime) -> bool:
    """Whether the day has ended, and nothing that began in it goes on: a car that came home and is to be charged yet."""
    end = books.measured.time(last)
    opened = [open_since(books.measured, name) for name in books.measured.car_kw]
    going_on = any(post is not None and post < last for post in opened)
    return now - end >= (_LONGEST_OPEN if going_on else _SETTLES)


def _sum(values: Values, where: Known | None = None) -> float | None:
    known = ~np.isnan(values) if where is None else where & ~np.isnan(values)
    return _round(float(values[known].sum())) if known.any() else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS) + 0.0
