"""Orientation of a trunk that is rigid with the pelvis: from the recorded pelvis, or from the recorded trunk.

This body has no joint between pelvis and trunk, and half of its mass is trunk. In a walk, a pelvis lists by 8 to 12
degrees and the trunk by 3 to 5; a rigid trunk that follows the pelvis needs moments that nothing provides. Where the
trunk was recorded, the pelvis can rotate as the trunk did, about the mean posture of the pelvis; the hips then
compensate for the difference.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.ik import BodyTarget, solve
from kinesis_env.motions.recording import AngleRecording
from kinesis_env.typing import Array

__all__ = ["TRUNKS", "about_mean", "carry_trunk", "how_carried"]

#: Names of the choices: without and with :func:`carry_trunk`.
TRUNKS = ("pelvis", "carry")


def about_mean(pelvis: Array, trunk: Array) -> Array:
    """Return orientations (T, 4) that rotate with the trunk, with the pelvis' mean orientation relative to it."""
    between = rotations.multiply(rotations.conjugate(pelvis), trunk)
    mean = rotations.from_rotvec(rotations.to_rotvec(between).mean(axis=0))
    return rotations.multiply(trunk, rotations.conjugate(mean))


def how_carried(pelvis: Array, turned: Array) -> str:
    """Return a note on a pelvis (T, 4) that rotates with the trunk."""
    before, after = (np.rad2deg(np.ptp(rotations.roll_pitch(quat)[0])) for quat in (pelvis, turned))
    return (
        f"the trunk keeps its recorded turns: the pelvis lists by {after:.1f} rather than {before:.1f} deg, and the "
        "hips make up for it"
    )


def carry_trunk(recording: AngleRecording, notes: list[str]) -> AngleRecording:
    """Return a recording whose pelvis rotates with its trunk, with unchanged orientations of the thighs.

    Args:
        recording: the recording; returned unchanged if it has no trunk.
        notes: a description of the change is appended.
    """
    if recording.trunk_quat is None:
        notes.append("no trunk in the file: the trunk follows the pelvis")
        return recording
    turned = about_mean(recording.root_quat, recording.trunk_quat)
    tree = skeleton()
    before = np.concatenate((recording.root_pos, recording.root_quat, recording.angles), axis=1)
    poses = tree.poses(before)
    knees = [next(link for link in tree.links if link.body == body) for body in tree.tracked[1:3]]
    hips = poses.pos[:, [knee.parent for knee in knees]].mean(axis=1)
    after = before.copy()
    after[:, 3:7] = turned
    # The midpoint of the hips stays in place.
    after[:, :3] += hips - tree.poses(after).pos[:, [knee.parent for knee in knees]].mean(axis=1)
    thighs = [
        BodyTarget(knee.parent, np.zeros((len(after), 3)), poses.quat[:, knee.parent], pos_weight=0.0, quat_weight=1e4)
        for knee in knees
    ]
    solved = solve(after, thighs, rest_weight=1e-3, iterations=12)
    notes.append(how_carried(recording.root_quat, turned))
    return replace(recording, angles=solved[:, 7:], root_quat=turned, root_pos=after[:, :3])
