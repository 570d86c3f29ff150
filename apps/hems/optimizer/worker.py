"""The solver's own process: ``python -m hems.optimizer.worker``.

A long-lived child with python-mip and CBC loaded. Each request forks a fresh process that solves and answers; past its
deadline it is killed. So a crash, a hang or a leak in native code never reaches AppDaemon, and none outlives its solve.
(multiprocessing's spawn and forkserver run the appdaemon script again and fail; measured 14-35 ms a solve this way.)

Frames on the pipes: four bytes of length, then JSON. Request: {"problem": document, "seconds": solving time,
"deadline": seconds until the kill}. Answer: {"plan": document} or {"error": sentence}.
"""

import json
import os
import select
import signal
import struct
from typing import Any

from ..domain.parse import parse_problem
from ..domain.plan import plan_to_dict
from .plan import make_plan


def read_exactly(descriptor: int, count: int) -> bytes | None:
    """``count`` bytes, or None at the end of the pipe."""
    data = b""
    while len(data) < count:
        part = os.read(descriptor, min(count - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return data


def read_frame(descriptor: int) -> bytes | None:
    """The next frame's content, or None at the end of the pipe."""
    head = read_exactly(descriptor, 4)
    return read_exactly(descriptor, struct.unpack(">I", head)[0]) if head else None


def write_frame(descriptor: int, content: bytes) -> None:
    """Writes one frame whole."""
    data = struct.pack(">I", len(content)) + content
    while data:
        data = data[os.write(descriptor, data) :]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Solves one request; never raises."""
    try:
        problem = parse_problem(json.dumps(request["problem"]))
        return {"plan": plan_to_dict(make_plan(problem, float(request["seconds"])))}
    except Exception as error:  # what goes wrong here is answered by the fallback, not by a dead pipe
        return {"error": f"{type(error).__name__}: {error}"}


def solve_in_child(request: dict[str, Any]) -> bytes:
    """Forks, lets the child solve, and kills it past its deadline."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            write_frame(writing, json.dumps(answer(request)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    try:
        return _awaited(reading, float(request["deadline"]))
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _awaited(reading: int, deadline: float) -> bytes:
    ready, _, _ = select.select([reading], [], [], deadline)
    content = read_frame(reading) if ready else None
    if content is not None:
        return content
    why = "the solver's process ended without an answer" if ready else f"no answer within {deadline:g} s"
    return json.dumps({"error": why}).encode()


def main() -> None:
    """Serves requests until the pipe closes. CBC prints to C's standard output, so the answers get a pipe of their own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; the closed pipe ends this process
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    while (frame := read_frame(requests)) is not None:
        write_frame(answers, solve_in_child(json.loads(frame)))


if __name__ == "__main__":
    main()
