"""A function in a thread of its own.

Not in AppDaemon's executor: at its end AppDaemon waits for the executor while the executor's callback waits for AppDaemon,
a minute long (4.5.13).
"""

from collections.abc import Callable
from threading import Thread
from typing import Any


def run_beside(
    function: Callable[..., Any], arguments: tuple[Any, ...], done: Callable[[Any], None], log: Callable[..., object]
) -> None:
    """``done`` gets the result, in that thread; None after a failure, which is logged: or nobody would ever hear of it."""

    def job() -> None:
        try:
            result = function(*arguments)
        except Exception as error:
            result = None
            log("%s: %s: %s", function.__name__, type(error).__name__, error, level="ERROR")
        done(result)

    Thread(target=job, name=f"hems {function.__name__}", daemon=True).start()
