"""Results as OpenSim tables, with OpenSim's names: motion, joint moments, ground forces, muscle activity and forces.

    write_opensim("out/", motion=motion, moments=moments, activity=activity)

Angles are in degrees, knee flexion positive; moments in the same directions. Times are the recording's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kinesis_env.dynamics.records import JointMoments, Loads, MuscleActivity
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import AnalysisError
from kinesis_env.files import whole_file
from kinesis_env.motions.export import opensim_columns, opensim_table
from kinesis_env.typing import Array

__all__ = ["write_opensim"]

#: OpenSim's axes (x forward, y up, z to the right) in this package's axes.
_AXES = (("x", 0, 1.0), ("y", 2, 1.0), ("z", 1, -1.0))


def write_opensim(
    folder: str | os.PathLike[str],
    *,
    motion: Trajectory | None = None,
    moments: JointMoments | None = None,
    activity: MuscleActivity | None = None,
    loads: Loads | None = None,
) -> list[Path]:
    """Write the given results and return the files.

    ``motion.mot`` (coordinates), ``moments.sto`` (``hip_flexion_r_moment``, as OpenSim's inverse dynamics writes them),
    ``ground_forces.mot`` (external loads: ``ground_force_r_vx`` and so on), ``activations.sto``, ``excitations.sto``
    and ``muscle_forces.sto`` (columns are muscles).

    Args:
        folder: output folder; created if needed.
        motion: the motion.
        moments: joint moments; their ground forces are written too, unless ``loads`` are given.
        activity: muscle activity.
        loads: ground forces.

    Raises:
        AnalysisError: nothing is given, or values that are not finite.
        OutputError: the folder cannot be written.
    """
    tables: dict[str, tuple[Array, Mapping[str, Array], bool]] = {}
    if motion is not None:
        tables["motion.mot"] = (times_of(motion), opensim_columns(np.asarray(motion.qpos, dtype=np.float64)), True)
    if moments is not None:
        columns = {f"{joint}_moment": moments.moments[:, i] for i, joint in enumerate(moments.names)}
        tables["moments.sto"] = (moments.times, columns, False)
        loads = moments.loads if loads is None else loads
    if loads is not None:
        tables["ground_forces.mot"] = (loads.times, _load_columns(loads), False)
    if activity is not None:
        for name, values in (("activations", activity.activation), ("excitations", activity.excitation),
                             ("muscle_forces", activity.force)):  # fmt: skip
            columns = {muscle: values[:, i] for i, muscle in enumerate(activity.muscles)}
            tables[f"{name}.sto"] = (activity.times, columns, False)
    if not tables:
        raise AnalysisError("nothing to write: give a motion, moments, activity or loads")
    for name, (_, table, _) in tables.items():
        wrong = [key for key, column in table.items() if not np.isfinite(column).all()]
        if wrong:
            raise AnalysisError(f"{name}: column {wrong[0]!r} has values that are not finite")
    where = Path(folder)
    written = []
    for name, (times, table, degrees) in tables.items():
        with whole_file(where / name) as temporary:
            text = opensim_table(Path(name).stem, times, table, in_degrees=degrees)
            temporary.write_text(text, encoding="utf-8")
        written.append(where / name)
    return written


def _load_columns(loads: Loads) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for foot, side in enumerate("rl"):
        for letter, values in (("v", loads.force), ("p", loads.point)):
            columns |= {f"ground_force_{side}_{letter}{axis}": sign * values[:, foot, i] for axis, i, sign in _AXES}
        columns |= {f"ground_torque_{side}_{axis}": sign * loads.torque[:, foot, i] for axis, i, sign in _AXES}
    return columns
