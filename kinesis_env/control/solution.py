"""Solution files: actions that follow a motion, with the states and versions needed to replay and check them.

    solution = track(load_motions("walk")[0])
    solution.save("walk.npz")
    Solution.load("walk.npz").metrics["mpjpe"]

In open loop, actions follow a motion only if the physics is identical to the last bit: an initial velocity that differs
by 1e-15 loses a walk within seconds. A solution therefore stores the versions it was made with, and the states along
it, so that the first difference is detected.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.twin import NM
from kinesis_env.errors import ControlError, MotionFormatError
from kinesis_env.files import save_arrays
from kinesis_env.installation import installed_versions
from kinesis_env.model.muscles import ACTION_MODES
from kinesis_env.model.names import NQ, NU, NV
from kinesis_env.motions import archive
from kinesis_env.typing import Array

__all__ = ["FORMAT", "Solution", "versions"]


FORMAT = 1
#: Columns of each array, and the number of rows it has more than the actions.
_ARRAYS = {"actions": (NU, 0), "moments": (NM, 0), "qpos": (NQ, 1), "qvel": (NV, 1), "activation": (NU, 1)}
_TEXTS = ("motion", "digest", "action_mode")
_RATES = ("physics_rate", "control_rate")


@dataclass(frozen=True, eq=False)
class Solution:
    """Actions that follow a motion, and their result.

    Attributes:
        motion: name of the motion.
        digest: the motion's :attr:`~kinesis_env.motions.motion.Motion.digest`.
        action_mode: ``"length"`` or ``"excitation"``.
        physics_rate, control_rate: physics steps and actions per second [Hz].
        actions: one per control step, (T, 80), float32.
        moments: joint moments that the plan required of the muscles, (T, 14) [N m].
        qpos, qvel, activation: state at the start and after each action, (T + 1, 21), (T + 1, 20), (T + 1, 80).
        metrics: ``success``, ``frame_coverage``, ``mpjpe`` [mm], ``worst`` (greatest distance of any tracked body from
            its reference) [mm], ``activation``, ``excitation``, ``muscle_power`` [W/kg], ``retries`` (steps discarded
            by backtracking) and ``seconds`` (duration of the search).
        versions: the versions it was made with, see :func:`versions`.
    """

    motion: str
    digest: str
    action_mode: str
    physics_rate: float
    control_rate: float
    actions: NDArray[np.float32]
    moments: Array
    qpos: Array
    qvel: Array
    activation: Array
    metrics: Mapping[str, float]
    versions: Mapping[str, str]

    @property
    def exact(self) -> bool:
        """Whether it was made with the installed versions, so that it can be replayed bit for bit."""
        return dict(self.versions) == versions()

    def fits(self, digest: str, action_mode: str, physics_rate: float, control_rate: float) -> bool:
        """Return whether it is a solution of a motion in this action mode and at these rates."""
        mine = self.digest, self.action_mode, round(self.physics_rate, 6), round(self.control_rate, 6)
        return mine == (digest, action_mode, round(physics_rate, 6), round(control_rate, 6))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write an ``.npz`` file atomically, and return its path.

        Raises:
            ControlError: the path does not end in ``.npz``.
        """
        about = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        arrays = {name: about.pop(name) for name in _ARRAYS}
        about |= {"metrics": dict(self.metrics), "versions": dict(self.versions)}
        return save_arrays(path, "a solution", ControlError, solution_format=FORMAT, metadata=about, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Solution:
        """Read a file written by :meth:`save`.

        Raises:
            ControlError: the file does not exist, is damaged, or is not a solution; the message names file and reason.
        """
        try:
            arrays = archive.read(path, ("solution_format", "metadata", *_ARRAYS))
        except MotionFormatError as error:
            raise ControlError(f"not a solution: {error}") from error
        where = str(path)
        form = arrays.pop("solution_format")
        if form.shape != () or form.dtype.kind not in "iu" or int(form) != FORMAT:
            raise ControlError(f"{where}: solution_format must be {FORMAT}, given {form}")
        about = _parsed(arrays.pop("metadata"), where)
        _check_arrays(arrays, where)
        fields: dict[str, Any] = {**about, **arrays}
        return cls(**fields)


def versions() -> dict[str, str]:
    """Return everything that determines the physics bit for bit: versions, platform, and the hash of the model."""
    installed = installed_versions()
    return {key: installed[key] for key in ("kinesis_env", "mujoco", "numpy", "platform", "model")}


def _parsed(raw: NDArray[Any], where: str) -> dict[str, Any]:
    try:
        about = json.loads(raw.astype(np.uint8).tobytes().decode())
        known = {key: about[key] for key in (*_TEXTS, *_RATES, "metrics", "versions")}
    except (ValueError, KeyError, TypeError) as error:
        raise ControlError(f"{where}: the solution's metadata is damaged: {type(error).__name__}: {error}") from error
    for key in _TEXTS:
        if not isinstance(known[key], str):
            raise ControlError(f"{where}: {key} must be a string, given {known[key]!r}")
    for key in _RATES:
        if isinstance(known[key], bool) or not isinstance(known[key], int | float) or not 0 < known[key] < np.inf:
            raise ControlError(f"{where}: {key} must be a positive number, given {known[key]!r}")
    for key, kind in (("metrics", int | float), ("versions", str)):
        if not isinstance(known[key], dict) or not all(isinstance(value, kind) for value in known[key].values()):
            raise ControlError(f"{where}: {key} has values of the wrong type: {known[key]!r}")
    if known["action_mode"] not in ACTION_MODES:
        raise ControlError(
            f"{where}: action_mode must be one of {', '.join(ACTION_MODES)}, given {known['action_mode']!r}"
        )
    return known


def _check_arrays(arrays: Mapping[str, NDArray[Any]], where: str) -> None:
    steps = len(arrays["actions"]) if arrays["actions"].ndim else 0
    for name, (width, more) in _ARRAYS.items():
        array, kind = arrays[name], np.float32 if name == "actions" else np.float64
        if array.shape != (steps + more, width) or steps < 1 or array.dtype != kind:
            raise ControlError(
                f"{where}: {name} must be {np.dtype(kind)} ({steps + more}, {width}), given {array.dtype} {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ControlError(f"{where}: {name} has values that are not finite")
