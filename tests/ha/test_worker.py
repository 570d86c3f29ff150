"""Jobs in a thread of their own: in order, and one that fails stops no other."""

import errno
import time
from threading import Event, current_thread

from hems.ha.worker import Worker


def test_jobs_are_done_in_their_order_and_in_another_thread() -> None:
    worker, done = Worker("writer"), list[tuple[int, str]]()
    for k in range(20):
        worker.do("count", lambda k=k: done.append((k, current_thread().name)))
    worker.close(5)
    assert done == [(k, "writer") for k in range(20)]


def test_job_that_fails_is_said_until_it_succeeds_and_stops_no_other() -> None:
    worker, full, seen = Worker("writer"), Event(), list[dict[str, str]]()

    def write() -> None:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")

    full.set()
    worker.do("plan.json", write)
    worker.do("look", lambda: seen.append(worker.problems))
    worker.do("free", full.clear)
    worker.do("plan.json", write)
    worker.close(5)
    assert seen == [{"plan.json": "plan.json: cannot be written: No space left on device"}]
    assert worker.problems == {}


def test_disk_that_hangs_does_not_keep_the_suite_from_ending() -> None:
    worker, hangs = Worker("writer"), Event()
    worker.do("hang", hangs.wait, 10)
    began = time.monotonic()
    worker.close(0.1)
    assert time.monotonic() - began < 2
    hangs.set()
