"""The file of a trace: arrays of numbers and a JSON text in an ``.npz``; nothing in it is ever unpickled.

States are stored with few bits, and rewards are computed from the stored states, so that a trace is small and its terms
can still be checked to the last digits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionFormatError, TraceError
from kinesis_env.files import save_arrays
from kinesis_env.motions import archive
from kinesis_env.regression.paths import as_read, as_written
from kinesis_env.regression.playback import STATES
from kinesis_env.regression.scenarios import GRAIN, ROWS
from kinesis_env.typing import Array

__all__ = ["FORMAT_VERSION", "RewardTrace", "kept"]


FORMAT_VERSION = 1
#: Maximum size of a decompressed trace [bytes].
MAX_BYTES = 64 * 2**20
#: Resolution of activations and excitations.
_UNIT = 65535.0
_UNITS = ("act", "excitation")
#: Figures that every trace has.
_FIGURES = ("reward", "terminated", "truncated", "termination_reason")
_META: Mapping[str, type] = {
    "format_version": int,
    "env_id": str,
    "keywords": dict,
    "seed": int,
    "steps": int,
    "parts": list,
    "episodes": list,
    "figures": list,
    "reasons": list,
    "texts": list,
    "motions": str,
    "versions": dict,
}


@dataclass(frozen=True)
class RewardTrace:
    """States and rewards of episodes: P parts of T steps of n episodes.

    Attributes:
        meta: id, keyword arguments, seed, names, versions and hashes, as JSON types.
        actions: (P, T, n, 80).
        lived: whether each episode took each step, (P, T, n).
        start: positions and velocities at the start, (P, n, 41).
        states: see :data:`~kinesis_env.regression.playback.STATES`, (P, T, n, ...) each.
        played: figures from the recorded states, (P, figures, T, n).
        simulated: figures from the simulation itself, (P, figures, T, n).
    """

    meta: Mapping[str, Any]
    actions: Array
    lived: NDArray[np.bool_]
    start: Array
    states: Mapping[str, Array]
    played: Array
    simulated: Array

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures."""
        return tuple(self.meta["figures"])

    def reached(self) -> set[str]:
        """Return the reasons why episodes were terminated, and ``"truncated"`` if any was."""
        numbers = np.unique(self.simulated[:, self.figures.index("termination_reason")]).astype(int)
        found = {self.meta["reasons"][number] for number in numbers if number > 0}
        return found | ({"truncated"} if self.simulated[:, self.figures.index("truncated")].any() else set())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the trace, whole or not at all.

        Raises:
            TraceError: the path does not end in ``.npz``.
        """
        states = {f"state_{key}": _packed(key, value) for key, value in self.states.items()}
        kept = {key: getattr(self, key) for key in ("meta", "lived", "start", "played", "simulated")}
        kept["meta"] = {**self.meta, "keywords": as_written(self.meta["keywords"], Path(path).absolute().parent)}
        actions = np.rint(self.actions / GRAIN).astype(np.int16)
        return save_arrays(path, "a trace", TraceError, actions=actions, **kept, **states)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RewardTrace:
        """Read a trace.

        Raises:
            TraceError: no such file, not a trace, or a damaged one; the message names file, place and reason.
        """
        keys = ("meta", "actions", "lived", "start", "played", "simulated", *(f"state_{key}" for key in STATES))
        try:
            arrays = archive.read(path, keys, max_bytes=MAX_BYTES)
        except MotionFormatError as error:
            raise TraceError(str(error)) from error
        meta = _parsed(arrays["meta"], os.fspath(path))
        meta["keywords"] = as_read(meta["keywords"], Path(path).absolute().parent)
        _check_shapes(arrays, meta, os.fspath(path))
        return cls(
            meta=meta,
            actions=arrays["actions"] * GRAIN,
            lived=arrays["lived"].astype(np.bool_),
            start=arrays["start"],
            states={key: _unpacked(key, arrays[f"state_{key}"]) for key in STATES},
            played=arrays["played"],
            simulated=arrays["simulated"],
        )


def kept(states: Mapping[str, Array]) -> dict[str, Array]:
    """Return states as read back from a file."""
    return {key: _unpacked(key, _packed(key, value)) for key, value in states.items()}


def _packed(key: str, value: Array) -> NDArray[Any]:
    if key == "diverged":
        return value.astype(np.uint8)
    return np.rint(np.clip(value, 0.0, 1.0) * _UNIT).astype(np.uint16) if key in _UNITS else value.astype(np.float32)


def _unpacked(key: str, value: NDArray[Any]) -> Array:
    return value / _UNIT if key in _UNITS else value.astype(np.float64)


def _parsed(raw: NDArray[Any], where: str) -> dict[str, Any]:
    try:
        meta = json.loads(raw.astype(np.uint8).tobytes().decode())
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{where}: meta is not JSON ({error})") from error
    if not isinstance(meta, dict):
        raise TraceError(f"{where}: meta must be a mapping, given {type(meta).__name__}")
    if meta.get("format_version") != FORMAT_VERSION:
        raise TraceError(f"{where}: format_version must be {FORMAT_VERSION}, given {meta.get('format_version')!r}")
    for key, kind in _META.items():
        if not isinstance(meta.get(key), kind):
            raise TraceError(f"{where}: meta: {key} must be {kind.__name__}, given {meta.get(key)!r}")
    _check_meta(meta, where)
    return meta


def _check_meta(meta: Mapping[str, Any], where: str) -> None:
    """Raise a :class:`~kinesis_env.errors.TraceError` unless the parts of meta are consistent."""
    parts, episodes, texts = meta["parts"], meta["episodes"], meta["texts"]
    rows = [row for part in texts if isinstance(part, list) for row in part]
    wanted = {
        "seed must be 0 or more": meta["seed"] >= 0,
        "parts must be mappings": all(isinstance(part, dict) for part in parts),
        f"episodes must be {ROWS} mappings with names": len(episodes) == ROWS
        and all(isinstance(episode, dict) and isinstance(episode.get("name"), str) for episode in episodes),
        f"figures must be names, with {', '.join(_FIGURES)}": {*_FIGURES} <= {*map(str, meta["figures"])}
        and all(isinstance(name, str) for name in meta["figures"]),
        "reasons must be names": meta["reasons"][:1] == [""] and all(isinstance(n, str) for n in meta["reasons"]),
        f"texts must be {ROWS} mappings for each part": [len(part) if isinstance(part, list) else 0 for part in texts]
        == [ROWS] * len(parts)
        and all(isinstance(row, dict) for row in rows),
    }
    for what, holds in wanted.items():
        if not holds:
            raise TraceError(f"{where}: meta: {what}")


def _check_shapes(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any], where: str) -> None:
    part, steps, num = len(meta["parts"]), meta["steps"], len(meta["episodes"])
    frame = (part, steps, num)
    wanted: dict[str, Sequence[int | None]] = {
        "actions": (*frame, 80),
        "lived": frame,
        "start": (part, num, 41),
        "played": (part, len(meta["figures"]), steps, num),
        "simulated": (part, len(meta["figures"]), steps, num),
        **{f"state_{key}": (*frame, *shape) for key, shape in STATES.items()},
    }
    for key, shape in wanted.items():
        given = arrays[key].shape
        fits = len(given) == len(shape) and all(
            want is None or size == want for size, want in zip(given, shape, strict=True)
        )
        if not fits or arrays[key].dtype.kind == "U":
            raise TraceError(
                f"{where}: {key} must be numbers of shape {tuple(shape)}, given {arrays[key].dtype} {given}"
            )
        if arrays[key].dtype.kind == "f" and not np.isfinite(arrays[key]).all():
            raise TraceError(f"{where}: {key} has a value that is not finite")
