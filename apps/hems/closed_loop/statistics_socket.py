"""Home Assistant's websocket: logged in, one command after the other, and everything that goes wrong as a sentence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from ..domain.faults import Refused, shown

_CONNECT_S, _ANSWER_S = 15.0, 120.0
# All states of a large home, or a month of an entity, in one message.
_MOST_BYTES = 256 * 1024 * 1024
_EXAMPLE = "http://homeassistant.local:8123"


class Conversation:
    """A socket on which Home Assistant knows who asks."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, where: str) -> None:
        self._socket, self._where = socket, where
        self._number = 0

    async def ask(self, command: str, **more: Any) -> Any:
        """The result of a command (``get_states``). Raises Refused with Home Assistant's own words."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "type": command, **more})
        while True:
            message = await asyncio.wait_for(_message(self._socket, self._where), _ANSWER_S)
            if message.get("id") == self._number and message.get("type") == "result":
                break
        if message.get("success"):
            return message.get("result")
        error = message.get("error")
        words = error.get("message") or error.get("code") if isinstance(error, dict) else None
        if isinstance(error, dict) and error.get("code") == "unknown_command":
            words = "it does not know the command; it is too old, or its recorder does not run"
        raise Refused([f"{self._where}: Home Assistant did not answer {command}: {words or 'no reason given'}"])


def place_of(url: str) -> str:
    """The address without a name and a password in it. Raises Refused where it is none."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused([f"--url: is not an address; write for example {_EXAMPLE}"]) from None
    if parts.scheme not in ("http", "https") or not host:
        words = shown(url) if "@" not in url else "what is given"
        raise Refused([f"--url: {words} is not an address; write for example {_EXAMPLE}"])
    shelled = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shelled}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


@asynccontextmanager
async def conversation(url: str, token: str) -> AsyncIterator[Conversation]:
    """Connects and logs in. Raises Refused: no such host, nothing there, no Home Assistant, a token that it does not take."""
    where = place_of(url)
    timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_S)
    address = f"{url.strip().rstrip('/')}/api/websocket"
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            opening = session.ws_connect(address, max_msg_size=_MOST_BYTES, heartbeat=None)
            async with await asyncio.wait_for(opening, _CONNECT_S) as socket:
                await asyncio.wait_for(_log_in(socket, where, token), _CONNECT_S)
                yield Conversation(socket, where)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise Refused([f"--url: {where}: {_words(error)}"]) from None


async def _log_in(socket: aiohttp.ClientWebSocketResponse, where: str, token: str) -> None:
    greeting = await _message(socket, where)
    if greeting.get("type") != "auth_required":
        raise Refused([f"--url: {where}: answers, but not as Home Assistant does; write its address, as {_EXAMPLE}"])
    await socket.send_json({"type": "auth", "access_token": token})
    answer = await _message(socket, where)
    if answer.get("type") != "auth_ok":
        raise Refused(
            [
                f"--token: {where} refuses it; make a long-lived access token in your profile of Home Assistant "
                "(Security), and give it as HA_TOKEN"
            ]
        )


async def _message(socket: aiohttp.ClientWebSocketResponse, where: str) -> dict[str, Any]:
    received = await socket.receive()
    if received.type != aiohttp.WSMsgType.TEXT:
        raise Refused([f"--url: {where}: ended the connection; look into Home Assistant's log, and try again"])
    try:
        message = received.json()
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise Refused([f"--url: {where}: answers, but not as Home Assistant does; write its address, as {_EXAMPLE}"])
    return message


def _words(error: BaseException) -> str:
    """What went wrong with the connection, without what was sent over it."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"answers (status {error.status}), but not as Home Assistant does; write its address, as {_EXAMPLE}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not one that this machine trusts; write its address with http, or another host name"
    if isinstance(error, aiohttp.ClientSSLError):
        return "no secure connection; write the address with http where Home Assistant has no certificate"
    if isinstance(error, asyncio.TimeoutError):
        return "does not answer; is this Home Assistant's address, and does it run?"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, gaierror):
        return (
            "there is no such host; write Home Assistant's address, if need be with its number: http://192.168.1.5:8123"
        )
    if isinstance(error, OSError):
        return f"cannot be reached ({error.strerror or 'no connection'}); is this Home Assistant's address, and does it run?"
    return "the connection was lost; try again"
