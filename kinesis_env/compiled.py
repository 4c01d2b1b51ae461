"""Machine code for the inner loops of a step, where Numba is installed (the extra ``fast``).

Numba is loaded with the first step, not before. ``KINESIS_COMPILED=0`` in the environment leaves it out. The loops are
in :mod:`kinesis_env.loops`.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

__all__ = ["Loop", "compiled"]

Loop: TypeAlias = Callable[..., Any]

_log = logging.getLogger(__name__)


@cache
def compiled(loop: Loop) -> Loop | None:
    """Return a loop as machine code, or None where Numba cannot be had or is not wanted."""
    if os.environ.get("KINESIS_COMPILED", "1") == "0" or importlib.util.find_spec("numba") is None:
        return None
    try:
        import numba  # noqa: PLC0415  (an extra)
    except ImportError as error:  # one that does not fit this NumPy
        _log.warning("Numba is installed but does not load (%s); steps are computed without it", error)
        return None
    made: Any
    try:
        made = numba.njit(loop, cache=True, error_model="numpy")
    except RuntimeError:  # no folder in which to keep the machine code
        made = numba.njit(loop, error_model="numpy")
    quick: Loop = made
    return quick
