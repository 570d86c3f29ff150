"""The optimizer as the rest of the suite sees it: a problem in, a plan out, always."""

import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from ..domain.parse import problem_to_dict
from ..domain.plan import Plan, plan_to_dict
from ..domain.problem import Problem
from .check import faults_in
from .fallback import fallback_plan

# The kill comes this long after the solver's own limit: building, the last stages and the way back.
GRACE_SECONDS = 5.0


class Optimizer:
    """Keeps one worker process; replaces it when it has died. One solve at a time; safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._closed = False
        self.last_error: str | None = None

    def solve(self, problem: Problem, deadline_s: float, last: Plan | None = None) -> Plan:
        """A checked plan. Solves for ``deadline_s`` at most; never raises.

        ``last``: the plan in force, from which the solver starts and from which it does not move without a gain. Status
        ``fallback`` where the solver crashed, hung, found nothing, or answered with a plan that breaks a rule of the
        contract: then the last plan carried on, or the rules' plan (``solver.name`` says which); ``last_error`` says why.
        """
        with self._lock:
            began = time.monotonic()
            plan = self._planned(problem, deadline_s, last)
            return plan if plan is not None else fallback_plan(problem, time.monotonic() - began, last)

    def close(self) -> None:
        """Ends the worker, in the middle of a solve too (which then answers with the rules' plan)."""
        self._closed = True
        worker = self._worker
        if worker is not None:
            _kill(worker)

    def _planned(self, problem: Problem, deadline_s: float, last: Plan | None) -> Plan | None:
        known = plan_to_dict(last) if last is not None else None
        request = {"problem": problem_to_dict(problem), "seconds": deadline_s, "last": known}
        try:
            answer = self._asked(json.dumps(request).encode(), deadline_s + GRACE_SECONDS)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.last_error = f"the solver's worker: {error}"
            self._end()
            return None
        if "plan" not in answer:
            self.last_error = str(answer.get("error"))
            return None
        plan = Plan.model_validate_json(json.dumps(answer["plan"]))
        faults = faults_in(problem, plan)
        self.last_error = f"the plan breaks a rule: {faults[0]}" if faults else None
        return None if faults else plan

    def _asked(self, request: bytes, seconds: float) -> dict[str, Any]:
        worker = self._worker
        if self._closed:
            raise EOFError("has been closed")
        if worker is None or worker.poll() is not None:
            self._end()
            worker = self._worker = start_worker()
        assert worker.stdin is not None and worker.stdout is not None
        worker.stdin.write(struct.pack(">I", len(request)) + request)
        worker.stdin.flush()
        end = time.monotonic() + seconds
        length = struct.unpack(">I", _read(worker.stdout, 4, end))[0]
        answer: dict[str, Any] = json.loads(_read(worker.stdout, length, end))
        return answer

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            _kill(worker)
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


def start_worker() -> "subprocess.Popen[bytes]":
    """The worker process, with this package on its path whatever the package's folder is called."""
    package = __name__.rsplit(".", 1)[0]
    root = Path(__file__).resolve().parents[package.count(".") + 1]
    environment = dict(os.environ, PYTHONPATH=str(root), OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")
    command = [sys.executable, "-m", f"{package}.worker"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
    )


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    """Ends the worker and what it forked: a solve that lives on would hold the answer's pipe open."""
    with contextlib.suppress(OSError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.kill()


def _read(pipe: IO[bytes], count: int, end: float) -> bytes:
    """``count`` bytes by ``end`` (monotonic seconds). Raises TimeoutError, or EOFError where the pipe closed."""
    data = b""
    descriptor = pipe.fileno()
    while len(data) < count:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            raise TimeoutError("gave no answer in time")
        part = os.read(descriptor, min(count - len(data), 1 << 20))
        if not part:
            raise EOFError("ended without an answer")
        data += part
    return data
