"""One solve with a choice fixed, in a process of its own."""

import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..domain.problem import Problem
from ..domain.schedule import Schedule
from .model import build_model
from .otherwise import Choice
from .schedule import schedule_of
from .solve import solve

# A solve is killed so long after its own limit, as the planner's is.
_GRACE_SECONDS = 5.0
# How often somebody who waits is told of it.
_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Solved:
    """A schedule with its shadow prices; ``proved``: the solver closed its gap."""

    schedule: Schedule
    energy_value: tuple[float, ...]
    proved: bool


def _solved(problem: Problem, choice: Choice | None, seconds: float) -> Solved | str:
    """The best plan with a choice fixed, or why there is none."""
    began = time.monotonic()
    try:
        model = build_model(problem)
        if choice is not None:
            choice.restrict(model)
        answer = solve(model, seconds)
    except Exception as error:  # what goes wrong in native code is said, not thrown
        return f"the solver: {type(error).__name__}: {error}"
    if answer is None:
        late = time.monotonic() - began >= 0.8 * seconds
        return (
            f"no answer within {seconds:g} s" if late else "the limits of the device or the grid leave no room for it"
        )
    return Solved(schedule_of(model, answer.values), answer.energy_value, answer.proved)


def solved_apart(problem: Problem, choice: Choice | None, seconds: float, told: Callable[[], None]) -> Solved | str:
    """``_solved`` in a forked process: what CBC prints, and a crash or a hang of it, stay there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(_solved(problem, choice, seconds), pipe)
        finally:
            os._exit(0)  # no handler and no test of the parent's may run here
    os.close(writing)
    try:
        return _awaited(reading, seconds + _GRACE_SECONDS, told)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _awaited(reading: int, seconds: float, told: Callable[[], None]) -> Solved | str:
    """What the child wrote. The pipe's end is the answer's end."""
    began, data = time.monotonic(), b""
    while time.monotonic() - began < seconds:
        told()
        ready, _, _ = select.select([reading], [], [], _LOOK_SECONDS)
        if ready:
            part = os.read(reading, 1 << 20)
            if not part:
                break
            data += part
    else:
        return f"no answer within {seconds:g} s"
    if not data:
        return "the solver's process ended without an answer"
    answer: Solved | str = pickle.loads(data)
    return answer
