"""Worker processes that end with their parent, however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait

from kinesis_env.checks import check_integer
from kinesis_env.errors import KinesisError, WorkerError

__all__ = ["checked_jobs", "worker_pool"]

_MOST = 4096


def checked_jobs(jobs: object, error: type[KinesisError]) -> int:
    """Return a number of processes: 0 means one per processor.

    Raises:
        KinesisError: not a whole number of at least 0.
    """
    return check_integer("jobs (0 is one for each processor)", jobs, 0, _MOST, error=error) or os.cpu_count() or 1


@contextmanager
def worker_pool(workers: int, doing: str) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes that leave interruptions to the parent, and end with it.

    At the end of the block, running tasks are completed, and others are canceled.

    Args:
        workers: the number of processes.
        doing: what they do, for the message, such as "converting".

    Raises:
        WorkerError: a process died: it was killed, or ran out of memory.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
    try:
        yield pool
    except BrokenProcessPool as problem:
        raise WorkerError(
            f"a process died while {doing}: it was killed, or ran out of memory. Finished work is kept: run the same "
            "command again to continue. Fewer jobs need less memory"
        ) from problem
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
