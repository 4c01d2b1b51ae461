"""Machine code for the inner loops of a step, if Numba is installed (the extra ``fast``).

Numba takes half a second to load, so it is loaded only with the first episode. ``KINESIS_COMPILED=0`` in the
environment disables it. The loops are in :mod:`kinesis_env.loops`.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any, TypeAlias

__all__ = ["Loop", "compiled", "forget", "loading_later", "numba_version", "replace"]

Loop: TypeAlias = Callable[..., Any]

_log = logging.getLogger(__name__)

#: Loaded loops: their machine code, or None if there is none.
_loaded: dict[Loop, Loop | None] = {}
_later: ContextVar[bool] = ContextVar("_later", default=False)


def compiled(loop: Loop) -> Loop | None:
    """Return a loop as machine code, or None if Numba is unavailable or disabled."""
    try:
        return _loaded[loop]
    except KeyError:
        if _later.get():
            return None
        return _loaded.setdefault(loop, _load(loop))


@contextmanager
def loading_later() -> Iterator[None]:
    """Inside the block, use only loops that are already loaded: for work done once, when an environment is made."""
    token = _later.set(True)
    try:
        yield
    finally:
        _later.reset(token)


def replace(loop: Loop, machine_code: Loop | None) -> None:
    """Run a loop as other machine code from now on, or as array code (None), for tests and measurements."""
    _loaded[loop] = machine_code


def numba_version() -> str:
    """Return the version of Numba that compiles the loops, or "" if it is not installed or disabled."""
    return version("numba") if _is_wanted() else ""


def forget() -> None:
    """Check again, at the next use, whether Numba is installed and enabled."""
    _loaded.clear()


def _is_wanted() -> bool:
    return os.environ.get("KINESIS_COMPILED", "1") != "0" and importlib.util.find_spec("numba") is not None


def _load(loop: Loop) -> Loop | None:
    if not _is_wanted():
        return None
    try:
        import numba  # noqa: PLC0415  (an extra)
    except ImportError as error:  # incompatible with this NumPy
        _log.warning("Numba is installed but does not load (%s); steps are computed without it", error)
        return None
    made: Any
    try:
        made = numba.njit(loop, cache=True, error_model="numpy")
    except RuntimeError:  # no folder to cache the machine code
        made = numba.njit(loop, error_model="numpy")
    quick: Loop = made
    return quick
