"""The page's own routes behind a plain aiohttp server on 127.0.0.1, for tests and for a look."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from hems.web.assets import load_assets
from hems.web.documents import Documents, build_documents
from hems.web.routes import Routes
from hems.web.status import Live, Made, build_status

WEB_FOLDER = Path(__file__).parents[2] / "apps" / "hems" / "web"


class FixtureSource:
    """What the routes show: set `made`, `live` and `now` from the test."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.made: Made | None = None
        self.live = Live(control="on")

    async def documents(self) -> Documents | None:
        return build_documents(self.made) if self.made else None

    async def status(self) -> dict[str, Any]:
        return build_status(self.made, self.live, self.now, "input_boolean.hems_control")


class PageServer:
    """Serves in a thread of its own; `stop` and `start` again on the same port to lose the connection."""

    def __init__(self, source: FixtureSource) -> None:
        self.source = source
        self.requests: list[tuple[str, int]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/app/hems"
        self._assets = load_assets(WEB_FOLDER)

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the fixture server did not start within 10 s"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        for route, callback in Routes(self.source, self._assets).callbacks().items():
            app.router.add_get(f"/app/{route}", self._handler(route, callback))
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        self._loop.run_until_complete(site.start())
        ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def _handler(self, route: str, callback: Any) -> Any:
        async def handle(request: web.Request) -> web.Response:
            response: web.Response = await callback(request, {})
            self.requests.append((route, response.status))
            return response

        return handle
