"""How the tests talk to Home Assistant: its REST API, and its websocket for what REST does not offer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")
Json = Any


def wait_for(what: str, look: Callable[[], T | None], timeout_s: float, every_s: float = 0.1) -> T:
    """Return what `look` finds, asking until it is truthy; AssertionError after `timeout_s` seconds."""
    end = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(every_s)


def fetch(url: str, *, token: str = "", body: Json = None, timeout_s: float = 10.0) -> Json:
    """GET, or POST when there is a body; the answer's JSON. Raises OSError (HTTPError among them)."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=timeout_s) as answer:
        return json.loads(answer.read())


class Client:
    """One user's access to a Home Assistant at `url`."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    def states(self) -> list[dict[str, Any]]:
        """All entities with state and attributes."""
        states: list[dict[str, Any]] = fetch(f"{self.url}/api/states", token=self.token)
        return states

    def entity(self, entity_id: str) -> dict[str, Any] | None:
        """One entity with state and attributes; None when there is none of this name."""
        try:
            entity: dict[str, Any] = fetch(f"{self.url}/api/states/{entity_id}", token=self.token)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return entity

    def state(self, entity_id: str) -> str | None:
        """One entity's state; None when there is none of this name."""
        entity = self.entity(entity_id)
        return None if entity is None else str(entity["state"])

    def publish(self, entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        """Make or change an entity that no integration owns, as a script outside Home Assistant would."""
        body = {"state": state, "attributes": attributes}
        fetch(f"{self.url}/api/states/{entity_id}", token=self.token, body=body)

    def act(self, action: str, entity_id: str, **data: Any) -> None:
        """Perform an action (`input_boolean.turn_on`) on an entity; returns when it is done."""
        path = action.replace(".", "/")
        fetch(f"{self.url}/api/services/{path}", token=self.token, body={"entity_id": entity_id, **data})

    def ask(self, *commands: dict[str, Any]) -> list[Json]:
        """Send websocket commands one after the other; their results. AssertionError when one is refused."""

        async def converse() -> list[Json]:
            async with _conversation(self) as socket:
                return [await _command(socket, number, command) for number, command in enumerate(commands, 1)]

        return asyncio.run(asyncio.wait_for(converse(), 60))


@contextlib.asynccontextmanager
async def _conversation(client: Client) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket to Home Assistant, logged in."""
    address = f"{client.url}/api/websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": client.token})
        greeting = await socket.receive_json()
        assert greeting["type"] == "auth_ok", greeting
        yield socket


async def _command(socket: aiohttp.ClientWebSocketResponse, number: int, command: dict[str, Any]) -> Json:
    await socket.send_json({"id": number, **command})
    answer = await socket.receive_json()
    assert answer["success"], (command["type"], answer)
    return answer["result"]


class ActionWatch:
    """Collects the actions that Home Assistant is asked to perform while it is open, whoever asks.

    An action that leaves its entity as it was changes no state, so looking at states would miss it.
    """

    def __init__(self, client: Client, domains: frozenset[str]) -> None:
        self.seen: list[str] = []
        self._client = client
        self._domains = domains
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> ActionWatch:
        self._thread.start()
        assert self._ready.wait(10), "no answer to the subscription"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        self._task = self._loop.create_task(self._listen())
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)

    async def _listen(self) -> None:
        async with _conversation(self._client) as socket:
            await _command(socket, 1, {"type": "subscribe_events", "event_type": "call_service"})
            self._ready.set()
            async for message in socket:
                data = message.json()["event"]["data"]
                if data["domain"] in self._domains:
                    self.seen.append(f"{data['domain']}.{data['service']} {data['service_data']}")
