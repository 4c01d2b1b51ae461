"""Trajectories that are no motions, for tests of forces."""

from dataclasses import dataclass

import numpy as np

from kinesis_env.model.kinematics.forward import differentiate, skeleton
from kinesis_env.model.kinematics.sole import sole_points
from kinesis_env.model.names import load_model


@dataclass
class Course:
    """A trajectory that is no motion."""

    qpos: np.ndarray
    qvel: np.ndarray
    fps: float


def course(qpos, fps):
    return Course(qpos, differentiate(qpos, fps), fps)


def standing(frames=20, fps=30.0):
    model = load_model()
    qpos = np.tile(model.key_qpos[0], (frames, 1))
    lowest = sole_points(skeleton().poses(qpos))[..., 2].min()
    qpos[:, 2] -= lowest
    return course(qpos, fps)


def swaying(frames=120, fps=100.0):
    """Return a body that sways, sinks and turns a little over feet that barely move."""
    at = 2 * np.pi * np.arange(frames)[:, None] / frames
    qpos = standing(frames, fps).qpos.copy()
    qpos[:, :3] += 0.004 * np.sin(at)
    qpos[:, 7:] += 0.008 * np.sin(at + np.arange(14))
    qpos[:, [7, 10, 11, 14, 17, 18]] += [0.15, 0.3, 0.15, 0.15, 0.3, 0.15]  # knees that are never straight
    qpos[:, 2] -= np.median(sole_points(skeleton().poses(qpos))[..., 2].min(axis=1))
    return course(qpos, fps)
