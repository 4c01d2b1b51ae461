"""Terms as users write them, named by the tests as ``tests.terms.own:...``."""

from __future__ import annotations

import numpy as np

number = 3


def low(context):
    return np.exp(-2.0 * context.body_position("pelvis")[:, 2])


def shanks(context):
    return np.stack([context.body_position(f"tibia_{side}")[:, 2] for side in "rl"], axis=1)


def late(context):
    return context.time > 0.15


def always(context):
    return np.ones(context.num, dtype=bool)


def everything(context):
    """One number of each thing that can be seen, in one row per body."""
    parts = [
        context.qpos,
        context.qvel,
        context.activation,
        context.excitation.reshape(context.num, -1),
        context.muscle_force,
        context.foot_force,
        context.body_velocity("toes_l"),
        context.body_matrix("pelvis").reshape(context.num, 9),
        context.time[:, None],
    ]
    parts += [part for part in (context.goal, context.command) if part is not None]
    if context.reference is not None:
        parts.append(context.reference.qpos)
    return np.concatenate(parts, axis=1)


def growing(context):
    return np.zeros((context.num, 1 + int(context.time[0] > 0.0)))


def wrong_shape(context):
    return np.zeros(context.num + 1)


def not_a_number(context):
    return np.full(context.num, np.nan)


def text(context):
    return ["much"] * context.num


def not_bool(context):
    return np.zeros(context.num)


def writes(context):
    context.qpos[:] = 0.0
    return np.zeros(context.num)


def raises(context):
    return context.body_position("wing")[:, 0]
