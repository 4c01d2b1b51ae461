"""Motion of foot and pelvis over one gait cycle: shapes derived from the published curves on this body.

A shape is sampled over the stance (0 to 1) and over the swing (0 to 1), so that shapes with different stance fractions
can be mixed. Backward walking is forward walking in reverse (Thorstensson 1986, Acta Physiol.
Scand. 126:211).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.in_use import per_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.motions.formats.opensim import pelvis_quat
from kinesis_env.motions.gait.curves import Curve, published_curves
from kinesis_env.motions.retargeting.ground import bend_toes, soles
from kinesis_env.signals import smooth_step
from kinesis_env.typing import Array

__all__ = ["SAMPLES", "SHAPES", "CycleShapes", "cycle_shapes", "sample", "shape_weights"]


#: Names of the shapes, in the order of every array of :class:`CycleShapes`.
SHAPES = ("walk 0.9", "walk 1.2", "walk 1.3", "run", "backward", "step", "march")
#: Samples over the stance, and over the swing.
SAMPLES = 61
_LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle")
#: The two sources of walking differ by about 10 degrees at the knee, which depends on marker placement: the more flexed
#: one is shifted toward the other by this angle [rad].
_KNEE_SHIFT = np.deg2rad(2.0)
#: Phases of the published walks and run at which the foot of this body, with their angles, has reached the ground.
_WALK_STRIKE, _RUN_STRIKE = 0.03, 0.06
#: Fraction of the stance to which the height of the pelvis is fitted.
_FITTED = 0.7
#: Part of the stance of a run in which the sole is on the ground.
_CARRIED = (0.3, 0.8)
#: How much lower the pelvis of a runner is, so that no knee is too straight at foot strike [m].
_RUN_LOWER = 0.012
#: How much closer to the body a foot stands than the angles give [m], so that its knee is not too straight at foot
#: strike, by speed [m/s]; the steps of the slower source are shorter.
_NEARER = {0.9: 0.02, 1.2: 0.02, 1.3: 0.008, 2.8: 0.02}
#: Part of the stance from which the position of the published foot is taken.
_SETTLED = (0.02, 0.2)
#: Leg angles of standing [rad], from the model's keyframe with slightly bent knees.
_STANDING = np.array([0.03, 0.0, 0.0, 0.09, 0.02, 0.0])
#: Forward position of the heel relative to the pelvis, and height of the pelvis, in standing [m].
_STAND_X, _STAND_HEIGHT = -0.149, 0.941


@dataclass(frozen=True)
class CycleShapes:
    """Shapes of a gait cycle, one row for each of :data:`SHAPES`.

    Attributes:
        pitch: pitch of the foot over stance and swing (7, 2, 61) [rad], heel up positive.
        progress: progress of the heel over the swing (7, 61), 0 at toe-off and 1 at foot strike.
        lift: lift of the heel bone over the swing (7, 61) [m], above the line between these two.
        angles: the six joints of the leg over stance and swing (7, 2, 61, 6) [rad].
        pelvis: tilt, list, rotation [rad], height without its mean, and forward deviation from constant speed [m],
            over the cycle of the right foot (7, 5, 61).
        reach: forward position of the foot relative to the pelvis at mid-stance (7,) [m].
        height: mean height of the pelvis (7,) [m].
    """

    pitch: Array
    progress: Array
    lift: Array
    angles: Array
    pelvis: Array
    reach: Array
    height: Array


def shape_weights(forward: Array, side: Array, running: Array, marching: Array) -> Array:
    """Return the weight of each shape (T, 7); the weights sum to one.

    Args:
        forward: speed along the forward axis of the body (T,) [m/s].
        side: speed to the left (T,) [m/s].
        running: 0 to 1 (T,).
        marching: 0 to 1 (T,).
    """
    speed = np.hypot(forward, side)
    share = forward**2 / np.maximum(speed**2, 1e-9)
    moving = smooth_step(np.minimum(1.0, speed / 0.25)) * np.minimum(1.0, 0.4 + 0.6 * speed / 0.9) * share
    back = moving * smooth_step(-forward / 0.2)
    ahead = moving * smooth_step(forward / 0.2)
    knots = np.array([0.9, 1.2, 1.3])
    walks = np.stack([np.interp(forward, knots, row) for row in np.eye(3)], axis=-1)
    still = np.clip(1.0 - ahead - back, 0.0, 1.0)
    plain = np.concatenate((ahead[:, None] * walks, np.zeros((len(speed), 1)), back[:, None]), axis=1)
    steps = np.stack((still * (1 - marching), still * marching), axis=1)
    out: Array = np.concatenate((plain, steps), axis=1) * (1 - running)[:, None]
    out[:, SHAPES.index("run")] = running
    out /= out.sum(axis=1, keepdims=True)
    return out


def sample(table: Array, weights: Array, share: Array) -> Array:
    """Return a mix of tables (7, 61) with weights (T, 7), interpolated at fractions (T,) from 0 to 1."""
    place = np.clip(share, 0.0, 1.0) * (table.shape[1] - 1)
    low = np.minimum(place.astype(np.int64), table.shape[1] - 2)
    part = place - low
    values = table[:, low] * (1 - part) + table[:, low + 1] * part
    out: Array = np.einsum("tk,kt->t", weights, values)
    return out


@per_body
def cycle_shapes() -> CycleShapes:
    """Return the shapes, computed once."""
    walks = [_published(*_walk_curves(speed), speed, 0.70 - 0.06 * speed) for speed in (0.9, 1.2, 1.3)]
    run = _published(dict(published_curves()["falisse2019run", 2.8]), _RUN_STRIKE, 2.8, 0.34)
    rows = [*walks, run, _reversed(walks[0]), _stepping(0.05), _stepping(0.16)]
    keys = CycleShapes.__dataclass_fields__
    return CycleShapes(**{key: np.stack([row[key] for row in rows]) for key in keys})


def _walk_curves(speed: float) -> tuple[dict[str, Curve], float]:
    """Return curves of walking by name, and the phase of heel strike."""
    full = dict(published_curves()["falisse2019", 1.3])
    knee = full["knee_angle"]
    full["knee_angle"] = Curve(knee.mean - _KNEE_SHIFT, knee.cosines, knee.sines)
    if speed == 1.3:
        return full, _WALK_STRIKE
    own = dict(published_curves()["fukuchi2018", speed])
    # Hips that are more flexed on average go with a pelvis that is tilted forward by as much.
    tilt = full["pelvis_tilt"]
    lean = full["hip_flexion"].mean - own["hip_flexion"].mean
    scaled = {name: _scaled(curve, speed / 1.3) for name, curve in full.items() if name.startswith("pelvis")}
    scaled["pelvis_tilt"] = Curve(tilt.mean + lean, tilt.cosines, tilt.sines)
    return {**full, **scaled, **own}, _WALK_STRIKE


def _scaled(curve: Curve, factor: float) -> Curve:
    return Curve(curve.mean, curve.cosines * factor, curve.sines * factor)


def _published(curves: dict[str, Curve], strike: float, speed: float, stance: float) -> dict[str, Array]:
    """Return the shape of published curves on this body."""
    cadence = 100 * np.sqrt(speed) / 60 if speed < 2 else 1 / 0.3503
    share = np.linspace(0.0, 1.0, SAMPLES)
    parts = [strike + stance * share, strike + stance + (1 - stance) * share]
    found: dict[str, Array] = {"pelvis": _pelvis(curves, strike)}
    poses = [_right_foot(curves, phase, speed * (phase - strike) * 2 / cadence) for phase in parts]
    found["angles"] = np.stack([angles for _, _, angles, _ in poses])
    found["pitch"] = np.stack([pitch for _, pitch, _, _ in poses])
    standing, _, _, sole = poses[0]
    swing = poses[1][0]
    middle = slice(int(_SETTLED[0] * SAMPLES), int(_SETTLED[1] * SAMPLES))
    # The heel is at rest in the world and the pelvis is on its path: where is the foot when the pelvis passes it?
    found["reach"] = np.asarray(standing[middle, 0].mean() - _NEARER.get(speed, 0.0) - speed * stance / cadence)
    if speed > 2:
        # The published height has the right bounce; the soles of this body are on the ground in mid-stance.
        carried = sole[round(_CARRIED[0] * SAMPLES) : round(_CARRIED[1] * SAMPLES)]
        found["height"] = np.asarray(-np.median(carried) - _RUN_LOWER)
    else:
        height = curves["pelvis_ty"](parts[0]) - curves["pelvis_ty"].mean - sole
        found["height"], found["pelvis"][3] = _height(parts[0] - strike, height)
    travel = swing[:, 0]
    found["progress"] = (travel - travel[0]) / (travel[-1] - travel[0])
    found["lift"] = swing[:, 2] - (1 - share) * swing[0, 2] - share * swing[-1, 2]
    return found


def _height(phase: Array, height: Array) -> tuple[Array, Array]:
    """Return mean and deviation over the cycle (61,) of the pelvis height that puts the stance foot on the ground.

    Repeats every half cycle; fitted until the heel rises, from where the published ankle would go through the ground.
    """

    def basis(at: Array) -> Array:
        turns = 4 * np.pi * at
        rows = [np.ones_like(at), *(wave(k * turns) for k in (1, 2) for wave in (np.cos, np.sin))]
        return np.stack(rows, axis=1)

    until = slice(0, round(_FITTED * SAMPLES))
    fitted = np.linalg.lstsq(basis(phase[until]), height[until], rcond=None)[0]
    return fitted[0], basis(np.linspace(0.0, 1.0, SAMPLES))[:, 1:] @ fitted[1:]


def _right_foot(curves: dict[str, Curve], phase: Array, traveled: Array) -> tuple[Array, Array, Array, Array]:
    """Return heel bone (n, 3), pitch (n,), angles (n, 6) and lowest point (n,), below a pelvis at mean height zero."""
    angles = np.stack([curves[joint](phase) for joint in _LEG], axis=1)
    qpos = np.zeros((len(phase), 21))
    qpos[:, 3:7] = pelvis_quat(*(curves[f"pelvis_{turn}"](phase) for turn in ("tilt", "list", "rotation")))
    qpos[:, 7:13] = qpos[:, 14:20] = angles
    qpos[:, 7:] = np.clip(qpos[:, 7:], *skeleton().ranges.T)
    qpos[:, [13, 20]] = bend_toes(qpos[:, 7:], qpos[:, 3:7])
    qpos[:, 0] = traveled + curves["pelvis_tx"](phase)
    qpos[:, 2] = curves["pelvis_ty"](phase) - curves["pelvis_ty"].mean
    body = skeleton().feet[0][0].body
    poses = skeleton().poses(qpos)
    ahead = rotations.rotate(poses.quat[:, body], np.array([1.0, 0.0, 0.0]))
    pitch = np.arctan2(-ahead[:, 2], ahead[:, 0])
    return poses.pos[:, body], pitch, angles, soles(qpos).lowest[:, 0]


def _pelvis(curves: dict[str, Curve], strike: float) -> Array:
    phase = strike + np.linspace(0.0, 1.0, SAMPLES)
    rows = [curves[f"pelvis_{turn}"](phase) for turn in ("tilt", "list", "rotation")]
    height = curves["pelvis_ty"](phase) - curves["pelvis_ty"].mean
    return np.stack([*rows, height, curves["pelvis_tx"](phase)])


def _reversed(shape: dict[str, Array]) -> dict[str, Array]:
    """Return a reversed walk with flatter feet: toes strike first, heels leave last."""
    out = {key: value.copy() for key, value in shape.items()}
    out["pitch"] = 0.5 * shape["pitch"][:, ::-1]
    out["angles"] = shape["angles"][:, ::-1]
    out["progress"] = 1.0 - shape["progress"][::-1]
    out["lift"] = 0.8 * shape["lift"][::-1]
    # In reverse, a cycle starts where the stance ended.
    stance = 0.70 - 0.06 * 0.9
    phase = np.linspace(0.0, 1.0, SAMPLES)
    source = np.mod(stance - phase, 1.0)
    out["pelvis"] = np.stack([np.interp(source, phase, row) for row in shape["pelvis"]])
    return out


def _stepping(lift: float) -> dict[str, Array]:
    """Return a step in place: the heel rises first, then the foot is lifted and put down flat."""
    share = np.linspace(0.0, 1.0, SAMPLES)
    leaving = 0.35 * smooth_step((share - 0.75) / 0.25)
    swing = 0.35 * smooth_step((0.95 - share) / 0.75)
    bump = np.sin(np.pi * share) ** 2
    bent = np.stack((_STANDING, _STANDING))[:, None] * np.ones((1, SAMPLES, 1))
    bent[1, :, 0] += bump * (2.5 * lift + 0.15)
    bent[1, :, 3] += bump * (5.0 * lift + 0.3)
    walk = published_curves()["falisse2019", 1.3]
    pelvis = _pelvis(dict(walk), 0.0) * np.array([[0.0], [0.6], [0.3], [1.0], [0.0]])
    return {
        "pitch": np.stack((leaving, swing)),
        "progress": smooth_step(share),
        "lift": lift * bump,
        "angles": bent,
        "pelvis": pelvis,
        "reach": np.asarray(_STAND_X),
        "height": np.asarray(_STAND_HEIGHT),
    }
