"""The worker with a solve that goes wrong on request: ``currency`` says how. Run as a module by the tests."""

import os
import signal
import time
from typing import Any

from hems.optimizer import worker

_solve = worker.answer


def broken(request: dict[str, Any]) -> dict[str, Any]:
    """Hangs, crashes, lies or fails, as the problem's currency says; else solves."""
    how = request["problem"]["currency"]
    if how == "HANG":
        time.sleep(60)
    if how == "CRASH":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "RAISE":
        raise RuntimeError("broken")
    answer = _solve(request)
    if how == "LIE":
        answer["plan"]["costs"]["net"] -= 1
    return answer


worker.answer = broken

if __name__ == "__main__":
    worker.main()
