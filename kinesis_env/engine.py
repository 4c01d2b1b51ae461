"""MuJoCo's effects on its process: warnings, and threads after a fork."""

from __future__ import annotations

import logging
import os
import weakref
from functools import cache
from typing import Any, NoReturn

import mujoco

from kinesis_env.errors import KinesisError

__all__ = ["end_with_fork", "log_warnings"]

_log = logging.getLogger("kinesis_env.mujoco")
_owners: weakref.WeakSet[Any] = weakref.WeakSet()


@cache
def log_warnings() -> None:
    """Send MuJoCo's warnings to the logger ``kinesis_env.mujoco``, rather than to stderr and ``MUJOCO_LOG.TXT``.

    Their level is INFO: an unstable simulation ends its episode, with the reason "diverged".
    """
    mujoco.set_mju_user_warning(lambda text: _log.info("%s", text))


def end_with_fork(owner: Any) -> None:
    """Make an object whose ``_batch`` has threads raise an error in forked processes, which lack the threads."""
    _owners.add(owner)


class _Forked:
    """Stands for a batch whose threads belong to another process."""

    def __getattr__(self, name: str) -> NoReturn:
        raise KinesisError(
            "this environment was created before the process forked, and its threads stayed in the parent: create it "
            "in the child (with the start method 'spawn', or in a function that the child calls)"
        )


def _after_fork() -> None:
    for owner in list(_owners):
        _kept.append(owner._batch)  # keep alive: its threads cannot be joined here
        owner._batch = _Forked()


_kept: list[Any] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
