"""Pools of processes that die, or whose parent does, really killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from kinesis_env.errors import ConfigError, WorkerError
from kinesis_env.processes import checked_jobs, worker_pool

PARENT = """
import os, time
from kinesis_env.processes import worker_pool
if __name__ == "__main__":
    with worker_pool(1, "waiting") as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 60).result()
"""


def is_running(pid):
    """Whether there is such a process; one that nobody has asked about yet (a zombie) is not running."""
    try:
        with open(f"/proc/{pid}/stat") as stream:  # noqa: PTH123
            return stream.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_killed_worker_is_a_clear_error():
    died = pytest.raises(WorkerError, match="a process died while converting: it was killed")
    with died as caught, worker_pool(1, "converting") as pool:
        pool.submit(os.kill, pool.submit(os.getpid).result(), signal.SIGKILL).result()
    assert "run the same command again" in str(caught.value)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="asks /proc what is running")  # noqa: PTH112
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent(how):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    assert is_running(worker)
    parent.send_signal(how)
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        if not is_running(worker):
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker was still there after ten seconds")


def test_jobs():
    assert checked_jobs(3, ConfigError) == 3
    assert checked_jobs(0, ConfigError) == (os.cpu_count() or 1)
    for wrong in (-1, 1.5, "two", True, 10**9):
        with pytest.raises(ConfigError, match="jobs"):
            checked_jobs(wrong, ConfigError)
