"""What only the moment knows, written down for the ledger: the plan in force, the meter's counters, who asked for what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from ..config.site import Site
from ..planner.latest import Latest
from ..planner.tariff_sessions import free_windows, rewards, sessions_in
from .ledger_measured import CARBON, EXPORT, IMPORT, PLAN_EXPORT, PLAN_IMPORT
from .ledger_store import LedgerStore, Noted, Session
from .measurements_rows import QUARTER, Mean, Series
from .measurements_sums import SlotSums
from .port import States
from .readings import energy_kwh, is_on, known, number

# A look holds until the next; after so long a silence nobody knows what was in between.
_LONGEST_HOLD = timedelta(minutes=3)
# A counter that is read so soon after a quarter of an hour began stands for its begin.
_SOON = timedelta(seconds=90)


@dataclass(frozen=True)
class Meters:
    """Entities of the ledger's own: the meter's counters, and the carbon intensity of the grid's power."""

    import_energy: str | None = None
    export_energy: str | None = None
    carbon: str | None = None

    @property
    def counters(self) -> dict[str, str]:
        """The counters by direction."""
        both = {IMPORT: self.import_energy, EXPORT: self.export_energy}
        return {name: entity for name, entity in both.items() if entity}


class Notes:
    """Takes looks in and writes them down. ``resumed``: what was noted of the quarter hour in progress before a restart."""

    def __init__(self, site: Site, meters: Meters, zone: tzinfo, resumed: Iterable[Noted] = ()) -> None:
        self._site, self._meters, self._zone = site, meters, zone
        self._sums = SlotSums(QUARTER)
        self._sums.seed(Mean(Series(one.name), one.begin, QUARTER, one.value, one.share) for one in resumed)
        self._held: dict[str, float] = {}
        self._at: datetime | None = None
        self._asked: list[tuple[str, datetime]] = []
        self._wanted: dict[str, bool | None] = {}
        self._counters: dict[str, float] = {}
        self._counted_at: datetime | None = None
        self._sessions: list[Session] = []

    def look(self, home: States, latest: Latest | None, now: datetime) -> bool:
        """One look; whether a quarter of an hour has begun since the last."""
        last, self._at = self._at, now
        if last is not None and timedelta() < now - last <= _LONGEST_HOLD:
            for name, value in self._held.items():
                self._sums.add(Series(name), last, now, value)
        self._held = self._values(home, latest, now)
        self._see_wishes(home, now)
        begin = _quarter(now)
        if last is not None and last >= begin:
            return False
        if now - begin <= _SOON:
            read = {name: energy_kwh(home, entity) for name, entity in self._meters.counters.items()}
            self._counters = {name: kwh for name, kwh in read.items() if kwh is not None}
            self._counted_at = begin
        self._sessions = list(self._found_sessions(home))
        return True

    def write(self, store: LedgerStore, now: datetime) -> None:
        """Writes down what is new."""
        means = [Noted(one.begin, one.series.name, one.value, one.share) for one in self._sums.take(now)]
        if store.note(now, means, self._counters, self._counted_at, self._asked, self._sessions):
            self._counters, self._counted_at, self._asked, self._sessions = {}, None, [], []

    def _values(self, home: States, latest: Latest | None, now: datetime) -> dict[str, float]:
        found: dict[str, float] = {}
        k = latest.plan.horizon.step_at(now) if latest is not None else None
        if latest is not None and k is not None:
            found[PLAN_IMPORT], found[PLAN_EXPORT] = latest.plan.grid.import_kw[k], latest.plan.grid.export_kw[k]
        carbon = _kg_per_kwh(home, self._meters.carbon) if self._meters.carbon else None
        return found if carbon is None else found | {CARBON: carbon}

    def _see_wishes(self, home: States, now: datetime) -> None:
        """A program is asked for when its entity goes from off to on; one that is on at the first look was before."""
        for name, load in self._site.loads.items():
            entity = getattr(load, "requested", None)
            if entity:
                wanted = is_on(home, entity)
                if wanted and self._wanted.get(name) is False:
                    self._asked.append((name, now))
                self._wanted[name] = wanted if wanted is not None else self._wanted.get(name)

    def _found_sessions(self, home: States) -> Iterable[Session]:
        prices = self._site.prices
        for config, kind in ((prices.saving_sessions, "saving"), (prices.free_sessions, "free")):
            if config is None:
                continue
            listed = config.entity is not None and known(home.state(config.entity)) is not None
            found = sessions_in(home.attributes(config.entity), self._zone) if listed and config.entity else ()
            if kind == "saving":
                yield from (Session(o.begin, kind, o.end, o.per_kwh) for o in rewards(prices.saving_sessions, found))
            elif prices.free_sessions is not None:
                per_kwh = prices.free_sessions.per_kwh
                yield from (Session(b, kind, e, per_kwh) for b, e in free_windows(prices.free_sessions, found))


def _quarter(now: datetime) -> datetime:
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)


def _kg_per_kwh(home: States, entity: str) -> float | None:
    """A carbon intensity in kg per kWh; None where it is unknown, or its unit is neither g nor kg per kWh."""
    unit = str(home.attributes(entity).get("unit_of_measurement") or "").replace(" ", "")
    mass, _, per = unit.partition("/")
    factor = 1.0 if mass.startswith("kg") else 1e-3 if mass.startswith("g") else None
    value = number(home, entity)
    return value * factor if value is not None and factor is not None and per == "kWh" else None
