"""The ledger as an AppDaemon app: notes what only the moment knows, reckons beside AppDaemon's threads, publishes."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any, cast

from appdaemon.adapi import ADAPI

from .config.site import Site
from .ha.appdaemon_home import AppDaemonHome
from .ha.ledger_book import Shown, capacities_of, reckon
from .ha.ledger_entities import ledger_entities
from .ha.ledger_notes import Meters, Notes
from .ha.ledger_store import LedgerStore
from .ha.publisher import publish
from .planner.latest import Latest

NAMESPACE = "hems"
_LOOK_EVERY_S = 60
_QUARTER = timedelta(minutes=15)
# What was measured is written within five minutes: so long after a quarter of an hour its rows are there.
_WRITTEN_AFTER = timedelta(minutes=6)


class Ledger(ADAPI):
    """What the suite did and what it brought; ``summary`` is the page's document. Keys: ``planner``, ``import_energy`` and
    ``export_energy`` (the meter's counters), ``carbon`` (a sensor in g or kg per kWh)."""

    def initialize(self) -> None:
        """Opens the file, looks once a minute, reckons after every quarter of an hour and at the start."""
        self.set_namespace(NAMESPACE)  # an own namespace outlives Home Assistant's restarts
        self.summary: dict[str, Any] = {}
        self._ended, self._reckoning = False, False
        self._shown: Shown | None = None
        self._said: tuple[str, ...] = ()
        site = getattr(self._planner(), "site", None)
        if site is None:
            self._ended = True
            return self.log("There is no ledger: the planner has no configuration yet", level="WARNING")
        self._site: Site = site
        self._home, self._zone = AppDaemonHome(self, site.home_namespace), self.AD.tz
        self._folder = Path(site.data_dir or Path(self.config_dir) / "hems_data")
        now = self._now()
        self._store = LedgerStore(self._folder, now)
        self._store.set_meta("zone", str(self._zone))
        self._notes = Notes(site, self._meters(), self._zone, self._store.noted(_begin(now), now))
        self._listen(now)

    def _listen(self, now: datetime) -> None:
        self.listen_event(cast(Any, self.on_plan), "hems_plan", namespace=NAMESPACE)
        for event in ("plugin_started", "homeassistant_started"):
            self.listen_event(cast(Any, self.on_home_back), event, namespace=self._site.home_namespace)
        minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        self.run_every(self.on_look, minute, _LOOK_EVERY_S)
        due = _begin(now) + _WRITTEN_AFTER
        self.run_every(self.on_reckon, due if due > now else due + _QUARTER, _QUARTER.total_seconds())
        self.run_in(self.on_reckon, 1)

    def terminate(self) -> None:
        """Writes down what was noted. Never raises."""
        if not self._ended:
            self._ended = True
            self._home.close()
            self._notes.write(self._store, self._now())
            self._store.close()

    def on_plan(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """There is a new plan: from now on it is the one in force."""
        self.on_look()

    def on_look(self, **kwargs: Any) -> None:
        """One look at what only this moment knows."""
        now = self._now()
        latest: Latest | None = getattr(self._planner(), "latest", None)
        if self._notes.look(self._home.moment(), latest, now):
            capacities_of(self._site, self._store, latest)
            self._notes.write(self._store, now)

    def on_home_back(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Home Assistant is back: our sensors are gone there."""
        if self._shown is not None:
            publish(self._home, ledger_entities(self._shown, self._site.currency))

    def on_reckon(self, **kwargs: Any) -> None:
        """Reckons in a thread of its own: some tenths of a second in which no other app is to wait."""
        if not self._reckoning and not self._ended:
            self._reckoning = True
            Thread(target=self._reckon, args=(self._now(),), name=f"{self.name} reckon", daemon=True).start()

    def _reckon(self, now: datetime) -> None:
        shown = None
        try:
            shown = reckon(self._folder, self._store, self._site, self._zone, now)
        except Exception as error:  # said here, or nobody would ever hear of it
            self.log("The ledger could not be reckoned: %s: %s", type(error).__name__, error, level="ERROR")
        if not self._ended:
            self.run_in(self.on_reckoned, 0, shown=shown)

    def on_reckoned(self, **kwargs: Any) -> None:
        """The figures are there. A day that has ended gets its last word before the new one begins at 0."""
        self._reckoning = False
        shown: Shown | None = kwargs["shown"]
        if shown is None:
            return
        self._shown, self.summary = shown, shown.summary
        for problem in shown.problems:
            if problem not in self._said:
                self.log(problem, level="WARNING")
        self._said = shown.problems
        publish(self._home, ledger_entities(shown, self._site.currency))

    def _meters(self) -> Meters:
        own = {key: str(self.args[key]) for key in ("import_energy", "export_energy", "carbon") if self.args.get(key)}
        return Meters(**({"import_energy": self._site.grid.import_energy} | own))

    def _planner(self) -> Any:
        return cast(Any, self.get_app(str(self.args.get("planner", NAMESPACE))))

    def _now(self) -> datetime:
        now: datetime = self.datetime(aware=True)
        return now.astimezone(timezone.utc)


def _begin(now: datetime) -> datetime:
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
