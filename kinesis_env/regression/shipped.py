"""The traces shipped with the package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["shipped_traces"]

_TRACES = Path(__file__).parents[1] / "traces"


def shipped_traces() -> dict[str, Path]:
    """Return the trace of each registered id."""
    return {path.stem: path for path in sorted(_TRACES.glob("*.npz"))}
