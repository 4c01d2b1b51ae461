"""Export of motions: OpenSim's ``.mot``, BVH and CSV.

    export_motion(load_motions("walk")[0], "walk.bvh")

All hold the angles of the 14 hinges and the pose of the pelvis: ``.mot`` and ``.csv`` with OpenSim's names, in degrees
and meters, knee flexion positive; BVH in centimeters, y up, x to the left, with names that Blender and MotionBuilder
recognize.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinesis_env import rotations
from kinesis_env.checks import check_choice
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import MotionError
from kinesis_env.files import whole_file
from kinesis_env.model.bodies import Body, body_in_use
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS, NQ
from kinesis_env.typing import Array

__all__ = ["EXPORTS", "States", "export_motion", "opensim_columns", "opensim_table"]

#: From this package's axes (x forward, y left, z up) to BVH axes (x left, y up, z forward), as rows.
_TO_BVH = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
_CENTIMETERS = 100.0
#: Names of the joints of a leg, from the hip down, after the bodies they carry; a point of the trunk near the hips, and
#: one at the base of the neck [m], relative to the pelvis.
_LEG = ("UpLeg", "Leg", "Foot", "Subtalar", "ToeBase")
_TRUNK = (("Spine", (-0.056, 0.0, 0.05)), ("Neck", (0.0, 0.0, 0.4)))
_TOE_END = (0.05, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class States:
    """Evenly sampled states, such as those of a recorded episode.

    Attributes:
        qpos: positions (T, 21).
        qvel: velocities (T, 20).
        fps: frames per second.
        body: the body; by default the one in use.
    """

    qpos: Array
    qvel: Array
    fps: float
    body: Body = field(default_factory=body_in_use)


@of_its_body
def export_motion(trajectory: Trajectory, path: str | os.PathLike[str], to: str | None = None) -> None:
    """Write a motion, or anything else with ``qpos`` and ``fps``, to a file in another format.

    Tables keep the clock of a motion with a ``start``.

    Args:
        trajectory: the motion.
        path: the file to write.
        to: "mot", "bvh" or "csv"; by default from the suffix of the file.

    Raises:
        MotionError: another format, or states that are not of this body.
    """
    kind = to if to is not None else Path(path).suffix.lstrip(".").lower()
    check_choice("the format of an export", kind, tuple(EXPORTS), error=MotionError)
    qpos = np.asarray(trajectory.qpos, dtype=np.float64)
    if qpos.ndim != 2 or qpos.shape[1] != NQ or len(qpos) < 2 or not np.isfinite(qpos).all():
        raise MotionError(f"an export needs finite qpos (T, {NQ}), T >= 2, given {qpos.shape}")
    text = EXPORTS[kind](qpos, times_of(trajectory), Path(path).stem)
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def opensim_columns(qpos: Array) -> dict[str, Array]:
    """Return OpenSim's coordinates (T,) [deg, m] of qpos (T, 21), by name."""
    # The pelvis rotates by tilt (about right), list (forward) and rotation (up), each about the rotated axis.
    first, second, third = _euler(qpos[:, 3:7], (1, 0, 2)).T
    columns = {"pelvis_tilt": -first, "pelvis_list": second, "pelvis_rotation": third}
    columns |= {"pelvis_tx": qpos[:, 0], "pelvis_ty": qpos[:, 2], "pelvis_tz": -qpos[:, 1]}
    return columns | {joint: np.rad2deg(qpos[:, 7 + i]) for i, joint in enumerate(JOINTS)}


def opensim_table(name: str, times: Array, columns: Mapping[str, Array], *, in_degrees: bool = False) -> str:
    """Return the text of an OpenSim table (``.mot``, ``.sto``): columns (T,) by name, at times (T,) [s]."""
    degrees = "yes" if in_degrees else "no"
    head = [name, "version=1", f"nRows={len(times)}", f"nColumns={1 + len(columns)}", f"inDegrees={degrees}",
            "endheader", "\t".join(("time", *columns))]  # fmt: skip
    return "\n".join([*head, *_rows(times, columns, "\t")]) + "\n"


def _mot(qpos: Array, times: Array, name: str) -> str:
    return opensim_table(name, times, opensim_columns(qpos), in_degrees=True)


def _csv(qpos: Array, times: Array, name: str) -> str:  # noqa: ARG001  (all writers take the name)
    columns = opensim_columns(qpos)
    labels = [f"{key} ({'m' if key[:-1] == 'pelvis_t' else 'deg'})" for key in columns]
    return "\n".join([",".join(("time (s)", *labels)), *_rows(times, columns, ",")]) + "\n"


def _rows(times: Array, columns: Mapping[str, Array], separator: str) -> list[str]:
    table = np.stack([times, *columns.values()], axis=1)
    return [separator.join(f"{value:.8f}" for value in row) for row in table]


def _euler(quat: Array, axes: tuple[int, int, int]) -> Array:
    """Return angles (T, 3) [deg] about three different axes, each rotated by the previous ones, without jumps."""
    i, j, k = axes
    matrix = rotations.to_matrix(quat)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    second = np.arcsin(np.clip(sign * matrix[:, i, k], -1.0, 1.0))
    first = np.arctan2(-sign * matrix[:, j, k], matrix[:, k, k])
    third = np.arctan2(-sign * matrix[:, i, j], matrix[:, i, i])
    return np.rad2deg(np.unwrap(np.stack((first, second, third), axis=1), axis=0))


def _bvh(qpos: Array, times: Array, name: str) -> str:  # noqa: ARG001
    tree = skeleton()
    poses = tree.poses(qpos)
    lines = ["HIERARCHY", "ROOT Hips", "{", f"OFFSET {_triple(np.zeros(3))}"]
    lines.append("CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation")
    columns = [_CENTIMETERS * poses.pos[:, tree.root] @ _TO_BVH.T, _zxy(poses.quat[:, tree.root])]
    for side, at in (("Left", 1), ("Right", 0)):
        _write_leg(lines, columns, side, 7 * at, poses.quat)
    for part, offset in _TRUNK:
        lines += [
            f"JOINT {part}",
            "{",
            f"OFFSET {_triple(np.array(offset))}",
            "CHANNELS 3 Zrotation Xrotation Yrotation",
        ]
        columns.append(np.zeros((len(qpos), 3)))
    lines += ["End Site", "{", f"OFFSET {_triple(np.array((0.0, 0.0, 0.2)))}", "}", "}", "}", "}"]
    lines += ["MOTION", f"Frames: {len(qpos)}", f"Frame Time: {np.ptp(times) / (len(times) - 1):.9f}"]
    table = np.concatenate(columns, axis=1)
    return "\n".join([*lines, *(" ".join(f"{value:.6f}" for value in row) for row in table)]) + "\n"


def _write_leg(lines: list[str], columns: list[Array], side: str, first: int, quat: Array) -> None:
    """Add the joints of a leg and their channels: each at its hinges, oriented like its body."""
    tree = skeleton()
    links = [link for link in tree.links if any(first <= address - 7 < first + 7 for address in link.addresses)]
    above = np.zeros(3)
    for link, part in zip(links, _LEG, strict=True):
        # Hinges do not move in the parent body; offsets are from the parent's own hinges.
        anchor = link.anchors.mean(axis=0)
        offset = link.offset + rotations.rotate(link.quat, anchor) - above
        above = anchor
        lines += [f"JOINT {side}{part}", "{", f"OFFSET {_triple(offset)}", "CHANNELS 3 Zrotation Xrotation Yrotation"]
        columns.append(_zxy(rotations.multiply(rotations.conjugate(quat[:, link.parent]), quat[:, link.body])))
    lines += ["End Site", "{", f"OFFSET {_triple(np.array(_TOE_END))}", "}", *("}" for _ in links)]


def _zxy(quat: Array) -> Array:
    """Return rotations (T, 4) as angles (T, 3) [deg] about the z, x and y axes of a BVH, which are x, y and z here."""
    return _euler(quat, (0, 1, 2))


def _triple(offset: Array) -> str:
    return "{:.6f} {:.6f} {:.6f}".format(*(_CENTIMETERS * _TO_BVH @ offset))


#: Writers by format: functions of qpos, times and a name that return text.
EXPORTS: dict[str, Callable[[Array, Array, str], str]] = {"mot": _mot, "bvh": _bvh, "csv": _csv}
