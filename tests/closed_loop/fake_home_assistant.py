"""A websocket on 127.0.0.1 that speaks Home Assistant's messages: states, and statistics of a made-up home."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import WSMsgType, web

TOKEN = "abc.secret.token"
ZONE = ZoneInfo("Europe/Berlin")
HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)
_KW = {"W": 1e-3, "kW": 1.0}
_KWH = {"Wh": 1e-3, "kWh": 1.0, "MJ": 1 / 3.6}


@dataclass
class Kept:
    """What the recorder keeps of an entity: rows by period, each a begin and what it holds."""

    unit: str
    measured: bool = True
    unit_class: str | None = None
    rows: dict[str, list[tuple[datetime, dict[str, Any]]]] = field(default_factory=dict)

    def about(self, entity: str) -> dict[str, Any]:
        """Its metadata, as ``recorder/get_statistics_metadata`` has it."""
        return {
            "statistic_id": entity,
            "display_unit_of_measurement": self.unit,
            "statistics_unit_of_measurement": self.unit,
            "unit_class": self.unit_class,
            "mean_type": 1 if self.measured else 0,
            "has_sum": not self.measured,
            "name": None,
            "source": "recorder",
        }

    def factor(self, units: Mapping[str, str]) -> float:
        """Home Assistant converts where it knows the class of the unit and is asked to."""
        if self.unit_class not in units:
            return 1.0
        table = _KW if self.unit_class == "power" else _KWH
        return table[self.unit] / table[units[self.unit_class]]


@dataclass
class FakeHomeAssistant:
    """Runs in a thread of its own from ``start`` to ``stop``; ``asked`` holds all commands but the token's."""

    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    time_zone: str = "Europe/Berlin"
    without: frozenset[str] = frozenset()
    greets: bool = True
    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_get("/api/websocket", self._talk)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._end.wait()
        await runner.cleanup()

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "auth_required", "ha_version": "2026.11.0"} if self.greets else {"hello": 1})
        if (await socket.receive_json()).get("access_token") != TOKEN:
            await socket.send_json({"type": "auth_invalid", "message": "Invalid access token or password"})
            return socket
        await socket.send_json({"type": "auth_ok", "ha_version": "2026.11.0"})
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                break
            command = message.json()
            self.asked.append(command)
            if command["type"] in self.without:
                error = {"code": "unknown_command", "message": "Unknown command."}
                await socket.send_json({"id": command["id"], "type": "result", "success": False, "error": error})
                continue
            await socket.send_json({"id": 999, "type": "event", "event": {}})
            result = self._result(command)
            await socket.send_json({"id": command["id"], "type": "result", "success": True, "result": result})
        return socket

    def _result(self, command: dict[str, Any]) -> Any:
        if command["type"] == "get_config":
            return {"time_zone": self.time_zone, "currency": "EUR"}
        if command["type"] == "get_states":
            return [{"entity_id": entity, **state} for entity, state in self.states.items()]
        wanted = [entity for entity in command["statistic_ids"] if entity in self.kept]
        if command["type"] == "recorder/get_statistics_metadata":
            return [self.kept[entity].about(entity) for entity in wanted]
        assert command["type"] == "recorder/statistics_during_period", command
        begin, end = (datetime.fromisoformat(command[key]) for key in ("start_time", "end_time"))
        return {entity: self._rows(self.kept[entity], command, begin, end) for entity in wanted}

    def _rows(self, kept: Kept, command: dict[str, Any], begin: datetime, end: datetime) -> list[dict[str, Any]]:
        factor = kept.factor(command["units"])
        length = HOUR if command["period"] == "hour" else FIVE
        found = []
        for start, row in kept.rows.get(command["period"], []):
            if begin <= start < end:
                numbers = {key: value * factor for key, value in row.items() if key in command["types"]}
                found.append({"start": _ms(start), "end": _ms(start + length), **numbers})
        return found


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def measured(
    watts: Callable[[datetime], float | None],
    begin: datetime,
    end: datetime,
    unit: str = "W",
    unit_class: str | None = "power",
    fine: tuple[datetime, datetime] | None = None,
) -> Kept:
    """Means of a measurement; None where the recorder has no row."""
    rows = {"hour": _sampled(watts, begin, end, HOUR)}
    if fine is not None:
        rows["5minute"] = _sampled(watts, *fine, FIVE)
    return Kept(unit, True, unit_class, rows)


def _sampled(
    value: Callable[[datetime], float | None], begin: datetime, end: datetime, length: timedelta
) -> list[tuple[datetime, dict[str, Any]]]:
    """Each row with the value at its begin."""
    found = []
    moment = begin.astimezone(timezone.utc)
    while moment < end:
        here = value(moment)
        if here is not None:
            found.append((moment, {"mean": here, "min": here, "max": here}))
        moment += length
    return found


def state(value: str, unit: str | None = None, **more: Any) -> dict[str, Any]:
    """A state as ``get_states`` has it."""
    return {"state": value, "attributes": ({"unit_of_measurement": unit} if unit else {}) | more}
