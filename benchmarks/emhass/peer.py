"""EMHASS's process as this side sees it: a question in, a plan out."""

import contextlib
import json
import os
import select
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from environment import NoEmhass

DRIVER = Path(__file__).with_name("driver.py")
_START_SECONDS = 120.0
# Building and reading the result come on top of the solver's own limit; a relaxed second try may double it.
_SLACK_SECONDS = 60.0


@dataclass(frozen=True)
class Reply:
    """EMHASS's plan: seconds inside its process, its status, and its columns in W, shape (N,)."""

    seconds: float
    status: str
    columns: dict[str, list[float]]


class Peer:
    """A process with EMHASS loaded, one solver thread. Use it in a ``with`` block."""

    def __init__(self, python: Path) -> None:
        one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        self._process = subprocess.Popen(
            [str(python), "-I", "-B", str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **one},
        )
        self._read(_START_SECONDS)

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()

    def first(self, case: dict[str, Any]) -> Reply:
        """A new problem: build, compile, solve. Raises NoEmhass where EMHASS fails."""
        seconds = 2 * case["optim"]["lp_solver_timeout"] + _SLACK_SECONDS
        return self._ask({"do": "first", "case": case, "load_w": case["load_w"]}, seconds)

    def again(self, load_w: list[float], seconds: float) -> Reply:
        """The kept problem with another load; ``seconds`` is the solver's limit that it was built with."""
        return self._ask({"do": "again", "load_w": load_w}, 2 * seconds + _SLACK_SECONDS)

    def _ask(self, request: dict[str, Any], seconds: float) -> Reply:
        assert self._process.stdin is not None
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
        except OSError as error:
            raise NoEmhass(f"EMHASS's process has ended: {error}") from None
        said = self._read(seconds)
        if "error" in said:
            raise NoEmhass(f"EMHASS failed: {said['error']}")
        return Reply(said["seconds"], said["status"], said["columns"])

    def _read(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self.__exit__(None, None, None)
            why = "ended without an answer" if ready else f"gave no answer within {seconds:g} s"
            raise NoEmhass(f"EMHASS's process {why}")
        return dict(json.loads(line))
