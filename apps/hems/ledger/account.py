"""The account of a stretch of days: every quarter hour and every local day, from what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from ..config.site import Site
from ..planner.local_days import periods
from .counters import gains
from .day import Day, QuarterRow
from .days import Books, day_of
from .measured import HOURS, Measured, Values, unknown
from .money import costs, rewards, true_prices
from .silence import without_silence
from .unplanned import Unplanned, unplanned

_DECIMALS = 5


@dataclass(frozen=True)
class Account:
    """Rows in order of time; the days are local ones."""

    quarters: tuple[QuarterRow, ...]
    days: tuple[Day, ...]


def account(
    site: Site,
    measured: Measured,
    capacities: Mapping[str, float],
    zone: tzinfo,
    begin: datetime,
    end: datetime,
    now: datetime,
) -> Account:
    """The account from ``begin`` until ``end`` (UTC), a local month or its part until now.

    ``measured`` reaches some days farther in both directions: a car that charges on the first of the month came home on the
    last. The batteries of the house without planning begin with what the real ones hold at ``begin``, and go on from there.
    ``capacities``: kWh by battery; a battery without one leaves nothing to compare with.
    """
    measured = _without_silence(measured)
    first, last = measured.post(begin), measured.post(end)
    known = {n: capacities[n] for n in site.batteries if capacities.get(n, 0.0) > 0 and n in measured.charge_kw}
    comparable = set(known) == set(site.batteries)
    other = unplanned(site, measured, known, zone, first) if comparable else None
    books = _books(site, measured, other, known, zone)
    days = tuple(day_of(books, opens, closes, now) for opens, closes in _days(measured, zone, first, last))
    return Account(_rows(books, first, last), days)


def _days(measured: Measured, zone: tzinfo, first: int, last: int) -> list[tuple[int, int]]:
    """Fence-posts of each local day between two."""
    days = periods("day", measured.time(first), measured.time(last), zone)
    return [(max(first, measured.post(opens)), min(last, measured.post(closes))) for opens, closes in days]


def _without_silence(measured: Measured) -> Measured:
    """Silent sensors as 0. A car's or load's sensor without any value is left out: its use is in the rest."""

    def heard(series: Mapping[str, Values], all_needed: bool) -> dict[str, Values]:
        return {n: without_silence(kw) for n, kw in series.items() if all_needed or not np.isnan(kw).all()}

    changed = {
        "pv_kw": heard(measured.pv_kw, True),
        "charge_kw": dict(measured.charge_kw),
        "discharge_kw": dict(measured.discharge_kw),
        "car_kw": heard(measured.car_kw, False),
        "load_kw": heard(measured.load_kw, False),
    }
    return Measured(**{**measured.__dict__, **changed})


def _books(
    site: Site, measured: Measured, other: Unplanned | None, capacities: Mapping[str, float], zone: tzinfo
) -> Books:
    count, prices = measured.count, true_prices(site, measured, zone)
    by_power = measured.import_kw * HOURS, measured.export_kw * HOURS
    counted = [gains(c) if c is not None else unknown(count) for c in _counters(measured)]
    whole = ~np.isnan(counted[0] + counted[1])
    bought, sold = (np.where(whole, c, p) for c, p in zip(counted, by_power, strict=True))
    cost = costs(site, prices, bought, sold, measured, zone)
    paid = costs(site, prices, *by_power, measured, zone)
    without = (other.import_kw * HOURS, other.export_kw * HOURS) if other is not None else (unknown(count),) * 2
    unplanned_cost = costs(site, prices, *without, measured, zone)
    saving = np.where(np.isnan(cost), np.nan, unplanned_cost - paid)
    planned = [
        HOURS * p if p is not None else unknown(count) for p in (measured.planned_import_kw, measured.planned_export_kw)
    ]
    carbon = measured.carbon if measured.carbon is not None else unknown(count)
    return Books(
        site=site,
        measured=measured,
        capacities=capacities,
        zone=zone,
        prices=prices,
        bought=bought,
        sold=sold,
        cost=cost,
        saving=saving,
        reward=rewards(measured, by_power[0] - by_power[1], without[0] - without[1], ~np.isnan(saving)),
        without=without,
        kept_kwh=other.kept_kwh if other is not None else unknown(count + 1),
        batteries=other.batteries if other is not None else {},
        planned=(planned[0], planned[1]),
        planned_cost=costs(site, prices, planned[0], planned[1], measured, zone),
        pv=_total(measured.pv_kw, site.pv, count) * HOURS,
        charge=_total(measured.charge_kw, site.batteries, count) * HOURS,
        discharge=_total(measured.discharge_kw, site.batteries, count) * HOURS,
        carbon=bought * carbon,
        baseline_carbon=without[0] * carbon,
    )


def _counters(measured: Measured) -> tuple[Values | None, Values | None]:
    return measured.import_counter_kwh, measured.export_counter_kwh


def _total(series: Mapping[str, Values], devices: Mapping[str, object], count: int) -> Values:
    """What all devices of a kind do together; NaN where one of them is not known or has no sensor."""
    if set(devices) - set(series):
        return unknown(count)
    return sum(series.values(), np.zeros(count))


def _rows(books: Books, first: int, last: int) -> tuple[QuarterRow, ...]:
    pv, batteries = books.pv if books.site.pv else None, bool(books.site.batteries)
    columns = (
        books.bought,
        books.sold,
        books.prices.bought,
        books.prices.sold,
        books.cost,
        books.saving,
        books.house,
        pv,
        books.charge if batteries else None,
        books.discharge if batteries else None,
        *books.without,
        *books.planned,
        books.carbon,
    )
    cells = (_cells(column, first, last) for column in columns)
    begins = (books.measured.time(k) for k in range(first, last))
    return tuple(map(QuarterRow, begins, *cells))


def _cells(column: Values | None, first: int, last: int) -> list[float | None]:
    """The part of a column as rounded numbers, None for what is not known; no -0.0."""
    if column is None:
        return [None] * (last - first)
    rounded = np.round(column[first:last], _DECIMALS) + 0.0
    return [None if value != value else value for value in rounded.tolist()]
