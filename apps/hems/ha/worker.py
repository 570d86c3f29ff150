"""Jobs that write to disk, one after another in a thread of their own: a memory card may take a second for one."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

Job = tuple[str, Callable[..., object], tuple[Any, ...]]


class Worker:
    """``problems``: what has failed and was not mended since, a sentence by the name of the job. Never raises."""

    def __init__(self, name: str) -> None:
        self.problems: dict[str, str] = {}
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # A daemon: a disk that hangs must not keep AppDaemon from ending.
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, name: str, job: Callable[..., object], *arguments: Any) -> None:
        """Puts a job into the queue."""
        self._jobs.put((name, job, arguments))

    def close(self, seconds: float) -> None:
        """Ends it once everything is done; waits for that at most so long."""
        self._jobs.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            name, function, arguments = job
            try:
                function(*arguments)
            except Exception as error:  # said with the other faults; the next job is tried all the same
                self.problems = {**self.problems, name: f"{name}: cannot be written: {_why(error)}"}
            else:
                self.problems = {key: line for key, line in self.problems.items() if key != name}


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or f"{type(error).__name__}: {error}"
