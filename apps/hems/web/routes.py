"""The page's routes for aiohttp: thin, async, nothing in them that blocks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from .documents import Documents
from .reply import Body, Reply, answer, answer_json, unavailable

Callback = Callable[[web.Request, dict[str, Any]], Awaitable[web.Response]]

# Everything comes from here: no other host, no inline script. Plotly writes its own style elements.
# eval stays allowed: the page never evaluates text, but tools that drive a browser wait with its help.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


class Source(Protocol):
    """Where the routes get what they show."""

    async def documents(self) -> Documents | None:
        """The newest plan's documents; None while there is no plan."""

    async def status(self) -> dict[str, Any]:
        """The status document of this moment; its `message` says what is waited for."""


class Routes:
    """Callbacks by route name, each `async (request, kwargs) -> web.Response`."""

    def __init__(self, source: Source, assets: Mapping[str, Body]) -> None:
        self._source = source
        self._assets = assets

    def callbacks(self) -> dict[str, Callback]:
        """Every route of the page."""
        table: dict[str, Callback] = {name: self._asset(body) for name, body in self._assets.items()}
        table["hems_plan"] = self._document(lambda documents: documents.plan)
        table["hems_problem"] = self._document(lambda documents: documents.problem)
        table["hems_summary"] = self._document(lambda documents: documents.summary)
        table["hems_status"] = self._status
        return table

    def _asset(self, body: Body) -> Callback:
        async def send_asset(request: web.Request, kwargs: dict[str, Any]) -> web.Response:
            return to_response(_answer(body, request))

        return send_asset

    def _document(self, pick: Callable[[Documents], Body]) -> Callback:
        async def send_document(request: web.Request, kwargs: dict[str, Any]) -> web.Response:
            documents = await self._source.documents()
            if documents is None:
                status = await self._source.status()
                return to_response(unavailable(status["message"]))
            reply = _answer(pick(documents), request)
            # Lets the page see that plan, problem and summary belong together.
            reply.headers["X-Hems-Plan"] = str(documents.made.number)
            return to_response(reply)

        return send_document

    async def _status(self, request: web.Request, kwargs: dict[str, Any]) -> web.Response:
        return to_response(answer_json(await self._source.status()))


def to_response(reply: Reply) -> web.Response:
    """The answer with the headers that every answer of the page carries."""
    headers = {
        **reply.headers,
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def _answer(body: Body, request: web.Request) -> Reply:
    return answer(body, request.headers.get("If-None-Match"), request.headers.get("Accept-Encoding", ""))
