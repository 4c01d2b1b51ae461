"""Plots without a window; they need matplotlib (the extra ``plot``)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from kinesis_env.errors import OptionalDependencyError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["new_figure", "require_matplotlib"]


def require_matplotlib() -> None:
    """Raise a clear error before any work is done.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise OptionalDependencyError("plots need matplotlib: pip install 'kinesis-env[plot]'")


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of the given size [inch] that needs no window.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  (an extra)

    return Figure(figsize=(width, height), layout="constrained")
