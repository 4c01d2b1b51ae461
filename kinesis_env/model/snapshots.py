"""Snapshots of simulations: everything that their future depends on, as arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from kinesis_env.errors import ResetError
from kinesis_env.typing import Rows

__all__ = ["Snapshot", "put", "take"]

#: A snapshot: arrays by name, each with the simulations as its first axis.
Snapshot: TypeAlias = Mapping[str, NDArray[Any]]


class _Part(Protocol):
    """An object with its own state, such as the muscle conditions."""

    def snapshot(self, rows: Rows) -> dict[str, NDArray[Any]]: ...

    def restore(self, rows: Rows, kept: Mapping[str, NDArray[Any]]) -> None: ...


def take(views: Mapping[str, NDArray[Any]], parts: Mapping[str, _Part | None], rows: Rows) -> Snapshot:
    """Return a copy of the state of rows (k,).

    Args:
        views: arrays of all simulations.
        parts: other objects with state, by name; None if absent.
        rows: indices of the simulations.
    """
    kept = {name: view[rows].copy() for name, view in views.items()}
    for name, part in parts.items():
        if part is not None:
            kept |= {f"{name}.{key}": own for key, own in part.snapshot(rows).items()}
    return kept


def put(views: Mapping[str, NDArray[Any]], parts: Mapping[str, _Part | None], rows: Rows, snapshot: Snapshot) -> None:
    """Write a snapshot into rows (k,); arguments as for :func:`take`.

    Raises:
        ResetError: the snapshot has another number of simulations, or other parts.
    """
    if snapshot.keys() != take(views, parts, rows[:0]).keys():
        raise ResetError("a snapshot can only be restored in a simulation with the same conditions")
    if any(len(part) != len(rows) for part in snapshot.values()):
        raise ResetError(f"a snapshot of {len(snapshot['qpos'])} simulations does not fit {len(rows)} rows")
    for name, part in parts.items():
        if part is not None:
            start = f"{name}."
            part.restore(rows, {key.removeprefix(start): own for key, own in snapshot.items() if key.startswith(start)})
    for name, view in views.items():
        view[rows] = snapshot[name]
