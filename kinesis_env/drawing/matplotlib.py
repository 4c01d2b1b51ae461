"""Plots without a window; they need matplotlib (the extra ``plot``)."""

from __future__ import annotations

from importlib.util import find_spec

from kinesis_env.errors import OptionalDependencyError

__all__ = ["require_matplotlib"]


def require_matplotlib() -> None:
    """Raise a clear error now rather than after the work is done.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise OptionalDependencyError("plots need matplotlib: pip install 'kinesis-env[plot]'")
