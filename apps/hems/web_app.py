"""The AppDaemon app that serves the page at /app/hems. Thin: it fetches, `web` thinks."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any, cast

from appdaemon.adapi import ADAPI

from .domain.parse import problem_to_dict
from .domain.plan import plan_to_dict
from .web.assets import load_assets
from .web.documents import Documents, build_documents
from .web.routes import Routes
from .web.status import Live, Made, build_status


class Page(ADAPI):
    """Serves the page, the newest plan, its problem, and what is going on.

    Keys in apps.yaml, all optional: `planner` (default hems), `dispatcher` (default hems_dispatcher), `ledger` (default
    hems_ledger; without such an app the page has no card of it), `control` (default input_boolean.hems_control),
    `home_namespace` (default: the planner's).
    """

    _documents: Documents | None
    _built_from: Any

    def initialize(self) -> None:
        """Register the routes; say so and do nothing when AppDaemon has no web server."""
        self.set_namespace("hems")
        self._documents = None
        self._built_from = None
        if self.AD.http is None:
            sentence = "The page is not served: add an http: section with a url to appdaemon.yaml"
            self.log(sentence, level="WARNING")
            return
        assets = load_assets(Path(__file__).parent / "web")
        for route, callback in Routes(self, assets).callbacks().items():
            self.register_route(cast(Any, callback), route)
        self.log("The page is served at %s/app/hems", str(self.AD.http.http.get("url", "")).rstrip("/"))

    async def documents(self) -> Documents | None:
        """The newest plan's documents, built once a plan and away from the event loop."""
        latest = getattr(await self._app("planner", "hems"), "latest", None)
        if latest is None:
            return None
        if self._documents is None or self._built_from is not latest:
            built = await _result(self.run_in_executor(_documents_of, latest))
            self._documents, self._built_from = cast(Documents, built), latest
        return self._documents

    async def status(self) -> dict[str, Any]:
        """The status document of this moment."""
        planner = await self._app("planner", "hems")
        dispatcher = await self._app("dispatcher", "hems_dispatcher")
        documents = await self.documents()
        control_entity = str(self.args.get("control", "input_boolean.hems_control"))
        live = Live(
            control=await self._control(planner, control_entity),
            doing=_mapping(getattr(dispatcher, "doing", None)),
            readings=_mapping(getattr(planner, "now_readings", None)),
            message=_text(getattr(planner, "message", None)),
            planner_runs=planner is not None,
            faults=[*_sentences(getattr(planner, "faults", None)), *_sentences(getattr(dispatcher, "faults", None))],
            ledger=await self._ledger(),
        )
        now = await _result(self.get_now())
        return build_status(documents.made if documents else None, live, now, control_entity)

    async def _app(self, key: str, default: str) -> Any:
        """Another app, looked up on each request because it may restart; None when it does not run."""
        return await _result(self.get_app(str(self.args.get(key, default))))

    async def _ledger(self) -> dict[str, Any] | None:
        """The ledger's document, empty while nothing is reckoned; None where no ledger runs."""
        ledger = await self._app("ledger", "hems_ledger")
        return None if ledger is None else _mapping(getattr(ledger, "summary", None))

    async def _control(self, planner: Any, entity: str) -> str | None:
        """State of the master switch in the home's namespace; None when there is no such entity."""
        of_site = getattr(getattr(planner, "site", None), "home_namespace", "default")
        namespace = str(self.args.get("home_namespace", of_site))
        return _text(await _result(self.get_state(entity, namespace=namespace)))


def _documents_of(latest: Any) -> Documents:
    """Documents of the planner's `Latest`; runs in a thread of AppDaemon's pool."""
    made = Made(
        problem=problem_to_dict(getattr(latest, "paid", latest.problem)),
        plan=plan_to_dict(latest.plan),
        created=latest.created,
        reason=str(latest.reason),
        number=int(latest.number),
        prices=getattr(latest, "prices", None),
        recalled=getattr(latest, "recalled", False) is True,
    )
    return build_documents(made)


async def _result(value: Any) -> Any:
    """On the event loop AppDaemon's API gives tasks, though its signatures promise the results."""
    return await cast(Awaitable[Any], value)


def _mapping(value: Any) -> dict[str, Any]:
    # A copy, because the other app changes its own in another thread.
    return dict(value) if isinstance(value, dict) else {}


def _sentences(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, (list, tuple)) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
