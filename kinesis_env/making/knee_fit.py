"""Fit the knee and the muscles that cross it to the reference.

The published knee slides, rolls and carries a patella: five coupled joints per leg that cost a third of the simulation
time. Here it is one hinge. :func:`fit_knee` finds the axis about which the tibia rotates so that it stays closest to
the reference. :func:`fit_muscle` then moves the points and wrapping surfaces of each knee-crossing muscle until its
length and its moment arms about every joint match the reference over random poses, as evaluated by MuJoCo.

``python -m kinesis_env.making.knee_fit`` writes ``fitted_knee.csv`` and ``fitted_paths.csv`` and prints the residuals
over held-out poses. It is deterministic. Run ``python -m kinesis_env.making.model`` afterward.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import mujoco
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from kinesis_env.making.accuracy import REFERENCE, Reference, compare, lengths_and_moment_arms, read_reference
from kinesis_env.model.anatomy import AXES, TABLES, Anatomy, Joint, Muscle, PathElement, read_anatomy
from kinesis_env.model.mjcf import build_xml
from kinesis_env.typing import Array

__all__ = ["fit", "fit_knee", "fit_muscle", "main"]

#: The reference is an artifact of its polynomials beyond this knee flexion [rad].
KNEE_LIMIT = np.deg2rad(100)
#: One unit of a fitted parameter: 1 cm, or 0.1 rad of a cylinder's axis.
CENTIMETRE, TILT = 0.01, 0.1
#: Errors of equal weight: moment arm [m], length in optimal fiber lengths, a point's distance from its start [cm].
ARM_ERROR, FIBER_ERROR, STRAY = 0.001, 0.02, 2.0
#: Clearance [m] of path points from the surface that the path wraps around.
CLEARANCE = 0.002
#: How far joints may leave their ranges, whose limits are soft [rad].
OVERSHOOT = 0.2
#: Every HOLD_OUT-th pose is held out to measure the fit.
HOLD_OUT = 4
#: A side site's distance from its cylinder's axis, in radii: well outside the surface.
SIDE_RADII = 1.6

QUADRICEPS = ("recfem", "vasint", "vaslat", "vasmed")
#: The surface for the quadriceps instead of the patella, before the fit: a cylinder in front of the knee's axis.
KNEECAP = PathElement(
    kind="cylinder",
    body="femur",
    pos=np.array([0.02, 0.0, -0.404]),
    axis=np.array([0.0, 1.0, 0.0]),
    radius=0.02,
    side=np.array([0.045, 0.0, -0.429]),
)
#: Where the gastrocnemii pass behind the knee, before the fit.
BEHIND_KNEE = {
    "gaslat": PathElement("site", "tibia", np.array([-0.035, -0.015, -0.02])),
    "gasmed": PathElement("site", "tibia", np.array([-0.035, 0.015, -0.02])),
}
#: Points of the tibia [m] whose positions the knee fit preserves: origin, ankle, quadriceps and hamstring insertions,
#: toes.
TIBIA_POINTS = np.array(
    [
        [0.0, 0.0, 0.0],
        [-0.01, 0.0, -0.4],
        [0.03, 0.0, -0.06],
        [-0.03, -0.03, -0.04],
        [-0.03, 0.03, -0.04],
        [0.09, 0.0, -0.43],
    ]
)


#: Position and orientation of bodies in each pose, by name.
Frames: TypeAlias = dict[str, tuple[Array, Array]]


@dataclass(frozen=True)
class Problem:
    """The fit of one muscle: the initial path, its movable elements, and the model around it."""

    anatomy: Anatomy
    muscle: Muscle
    free: tuple[bool, ...]

    @property
    def size(self) -> int:
        """Number of parameters: three per free point, six per free cylinder."""
        return sum(
            (3 if element.axis is None else 6)
            for element, free in zip(self.muscle.path, self.free, strict=True)
            if free
        )

    def path(self, x: Array) -> tuple[PathElement, ...]:
        """Return the path for the parameters ``x``, (size,), all zero for the start."""
        elements, rest = [], x
        for element, free in zip(self.muscle.path, self.free, strict=True):
            count = (3 if element.axis is None else 6) if free else 0
            elements.append(_moved(element, rest[:count]) if free else element)
            rest = rest[count:]
        return tuple(elements)

    def evaluate(self, vectors: Sequence[Array], angles: Array) -> tuple[Array, Array]:
        """Return lengths (n, k, 2) and moment arms (n, k, 2, 14) for k sets of parameters, right side first."""
        copies = tuple(
            replace(self.muscle, name=f"copy{i}", path=self.path(vector)) for i, vector in enumerate(vectors)
        )
        model = mujoco.MjModel.from_xml_string(build_xml(replace(self.anatomy, muscles=copies)))
        lengths, moment_arms = lengths_and_moment_arms(model, angles)
        shape = (len(angles), 2, len(vectors))
        return lengths.reshape(shape).swapaxes(1, 2), moment_arms.reshape(*shape, -1).swapaxes(1, 2)


def _moved(element: PathElement, x: Array) -> PathElement:
    pos = element.pos + CENTIMETRE * x[:3]
    if element.axis is None:
        return replace(element, pos=pos)
    assert element.radius is not None
    assert element.side is not None
    first = np.cross(element.axis, np.eye(3)[np.argmin(np.abs(element.axis))])
    first /= np.linalg.norm(first)
    axis = element.axis + TILT * (x[3] * first + x[4] * np.cross(element.axis, first))
    axis /= np.linalg.norm(axis)
    radius = element.radius * float(np.exp(x[5]))
    outwards = element.side - element.pos
    outwards -= (outwards @ axis) * axis
    side = pos + SIDE_RADII * radius * outwards / np.linalg.norm(outwards)
    return replace(element, pos=pos, axis=axis, radius=radius, side=side)


def fit_knee(knee: Joint, reference: Reference) -> Joint:
    """Return ``knee`` with the axis and anchor that keep the tibia closest to the reference up to 100 degrees."""
    used = reference.knee_angles <= KNEE_LIMIT + 1e-6
    angles = reference.knee_angles[used]
    turn = Rotation.from_quat(np.roll(reference.tibia_quat[used], -1, axis=1))
    points = TIBIA_POINTS @ AXES  # in the axes of the reference
    origin = reference.tibia_pos[0]
    target = np.stack([turn.apply(point) for point in points], axis=1) + (reference.tibia_pos[used] - origin)[:, None]

    def residual(x: Array) -> Array:
        hinge = Rotation.from_rotvec(np.outer(angles, x[:3] / np.linalg.norm(x[:3])))
        placed = np.stack([hinge.apply(point - x[3:]) for point in points], axis=1) + x[3:]
        return np.concatenate([((placed - target) / CENTIMETRE).ravel(), [np.linalg.norm(x[:3]) - 1, x[3:] @ x[:3]]])

    x = least_squares(residual, np.concatenate([AXES.T @ knee.axis, np.zeros(3)]), x_scale=0.1).x
    axis = AXES @ x[:3] / np.linalg.norm(x[:3])
    anchor = AXES @ x[3:]
    return replace(knee, axis=axis, anchor=anchor - (anchor @ axis) * axis)


def body_frames(anatomy: Anatomy, angles: Array) -> Frames:
    """Return positions (n, 3) and orientations (n, 3, 3) of the pelvis and the right leg's bodies in the pelvis."""
    model = mujoco.MjModel.from_xml_string(build_xml(anatomy))
    data = mujoco.MjData(model)
    names = {"pelvis": "pelvis"} | {body.name: f"{body.name}_r" for body in anatomy.leg}
    frames = {name: (np.zeros((len(angles), 3)), np.zeros((len(angles), 3, 3))) for name in names}
    for i, pose in enumerate(angles):
        data.qpos[:7], data.qpos[7:] = (0, 0, 0, 1, 0, 0, 0), pose
        mujoco.mj_kinematics(model, data)
        for name, full in names.items():
            body = data.body(full)
            frames[name][0][i], frames[name][1][i] = body.xpos, body.xmat.reshape(3, 3)
    return frames


def roomy_poses(anatomy: Anatomy, count: int = 100) -> Array:
    """Return random poses of both legs [rad], (count, 14), in ranges slightly wider than the joints' own."""
    lo, hi = np.array([joint.range for joint in anatomy.joints] * 2).T
    return np.random.default_rng(0).uniform(lo - OVERSHOOT, hi + OVERSHOOT, (count, len(lo)))


def crowding(path: Sequence[PathElement], frames: Frames) -> Array:
    """Return how deep the neighbors of each cylinder lie inside its clearance [mm / sqrt(n)], (n * neighbors,).

    MuJoCo drops a wrap whose end point is inside the surface, and the length jumps.
    """
    depths = []
    for before, surface, after in zip(path, path[1:], path[2:], strict=False):
        if surface.axis is None or surface.radius is None:
            continue
        center, turn = frames[surface.body]
        for point in (before, after):
            origin, rotation = frames[point.body]
            local = np.einsum("nji,nj->ni", turn, origin + rotation @ point.pos - center) - surface.pos
            distance = np.linalg.norm(np.cross(local, surface.axis), axis=1)
            depths.append(np.maximum(0.0, surface.radius + CLEARANCE - distance) * 1e3 / np.sqrt(len(local)))
    return np.concatenate(depths) if depths else np.zeros(0)


def fit_muscle(problem: Problem, reference: Reference, train: NDArray[np.bool_]) -> Muscle:
    """Return the muscle with the path whose lengths and moment arms match the reference best.

    Args:
        problem: the start and the movable elements.
        reference: the figures to match.
        train: mask of the poses to use, bool (n,).
    """
    muscle = problem.muscle
    columns = [reference.muscles.index(f"{muscle.name}_{side}") for side in "rl"]
    lengths = reference.lengths[train][:, columns]
    moment_arms = reference.moment_arms[train][:, columns]
    angles = reference.angles[train]
    frames = body_frames(problem.anatomy, roomy_poses(problem.anatomy))
    crossed = np.flatnonzero(np.any(moment_arms[:, 0], axis=0))
    crossed = np.stack([crossed, crossed + 7])
    flexed = np.stack([~reference.knee_within(side, KNEE_LIMIT)[train] for side in "rl"], axis=1)
    weight = np.where(flexed, 0.0 if muscle.name in QUADRICEPS else 0.15, 1.0) / np.sqrt(len(angles))

    def residuals(vectors: Sequence[Array]) -> Array:
        """Return the residuals of k sets of parameters, (m, k)."""
        model_lengths, model_arms = problem.evaluate(vectors, angles)
        fiber = (model_lengths - lengths[:, None]) / (FIBER_ERROR * muscle.optimal_fiber_length)
        parts = [(fiber * weight[:, None]).swapaxes(0, 1).reshape(len(vectors), -1)]
        for side in range(2):
            arm = (model_arms[:, :, side] - moment_arms[:, None, side])[..., crossed[side]] / ARM_ERROR
            parts.append((arm * weight[:, None, side, None]).swapaxes(0, 1).reshape(len(vectors), -1))
        parts.append(np.stack(vectors) / STRAY)
        parts.append(np.stack([crowding(problem.path(x), frames) for x in vectors]))
        return np.concatenate(parts, axis=1).T

    def jacobian(x: Array) -> Array:
        step = 0.01
        values = residuals([x, *(x + step * np.eye(len(x)))])
        slopes: Array = (values[:, 1:] - values[:, :1]) / step
        return slopes

    def single(x: Array) -> Array:
        return residuals([x])[:, 0]

    solution = least_squares(single, np.zeros(problem.size), jac=jacobian, max_nfev=150, xtol=1e-5, ftol=1e-5)
    return replace(muscle, path=problem.path(solution.x))


def start(anatomy: Anatomy, muscle: Muscle) -> Problem:
    """Return the start of the fit of ``muscle``: the published path with fewer surfaces, and without a patella.

    A cylinder in front of the knee's axis takes the patella's place: as the knee flexes, the quadriceps' moment arm
    decreases as it does with the patella. The hamstrings and the gracilis match to 2 mm without their surfaces, and the
    gastrocnemii with a point behind the knee in place of theirs; such paths are faster and cannot flip sides. The
    remaining surfaces are movable, as are points on the tibia and points on the femur near the knee.
    """
    points = [element for element in muscle.path if element.axis is None]
    instead = KNEECAP if muscle.name in QUADRICEPS else BEHIND_KNEE.get(muscle.name)
    if instead is not None:
        shank = next(i for i, point in enumerate(points) if point.body not in ("pelvis", "femur"))
        points.insert(shank, instead)
    muscle = replace(muscle, path=tuple(points))
    free = tuple(
        element.axis is not None or element.body == "tibia" or (element.body == "femur" and element.pos[2] < -0.3)
        for element in muscle.path
    )
    return Problem(anatomy, muscle, free)


def fit(anatomy: Anatomy, reference: Reference, train: NDArray[np.bool_]) -> Anatomy:
    """Return the anatomy with the knee and the muscles that cross it fitted to the poses ``train`` of the reference."""
    joints = tuple(fit_knee(joint, reference) if joint.name == "knee_angle" else joint for joint in anatomy.joints)
    anatomy = replace(anatomy, joints=joints)
    knee = reference.joints.index("knee_angle_r")
    crossing = {
        name.removesuffix("_r") for i, name in enumerate(reference.muscles) if np.any(reference.moment_arms[:, i, knee])
    }
    muscles = tuple(
        fit_muscle(start(anatomy, muscle), reference, train) if muscle.name in crossing else muscle
        for muscle in anatomy.muscles
    )
    return replace(anatomy, muscles=muscles)


def write_tables(published: Anatomy, fitted: Anatomy, folder: Path) -> None:
    """Write the joints and paths in which ``fitted`` differs from ``published``."""
    with (folder / "fitted_knee.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["name", *(f"{key}_{axis}" for key in ("pos", "axis") for axis in "xyz")])
        for joint, old in zip(fitted.joints, published.joints, strict=True):
            if joint is not old:
                writer.writerow([joint.name, *_cells(joint.anchor), *_cells(joint.axis)])
    with (folder / "fitted_paths.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        keys = (f"{key}_{axis}" for key in ("pos", "axis") for axis in "xyz")
        writer.writerow(["muscle", "kind", "body", *keys, "radius", *(f"side_{axis}" for axis in "xyz")])
        for muscle, before in zip(fitted.muscles, published.muscles, strict=True):
            if muscle is before:
                continue
            for element in muscle.path:
                row = [muscle.name, element.kind, element.body, *_cells(element.pos)]
                if element.axis is not None and element.radius is not None and element.side is not None:
                    row += [*_cells(element.axis), f"{element.radius:.6f}", *_cells(element.side)]
                writer.writerow(row)


def _cells(vector: Array) -> list[str]:
    """Convert a vector in this package's axes to cells in the axes of the tables."""
    return [f"{round(float(number), 6) + 0.0:.7g}" for number in AXES.T @ vector]


def main(argv: Sequence[str] | None = None) -> int:
    """Fit the knee, write the tables, and print the residuals over held-out poses."""
    parser = argparse.ArgumentParser(prog="python -m kinesis_env.making.knee_fit", description=main.__doc__)
    parser.add_argument("--reference", type=Path, default=REFERENCE, help="npz file of the reference figures")
    parser.add_argument("--out", type=Path, default=TABLES, help="folder of the tables (default: the shipped ones)")
    arguments = parser.parse_args(argv)
    reference = read_reference(arguments.reference)
    held_out = np.arange(len(reference.angles)) % HOLD_OUT == 0
    published = read_anatomy(fitted=False)
    fitted = fit(published, reference, ~held_out)
    write_tables(published, fitted, arguments.out)
    _report(published, fitted, reference, held_out)
    return 0


def _report(published: Anatomy, fitted: Anatomy, reference: Reference, held_out: NDArray[np.bool_]) -> None:
    model = mujoco.MjModel.from_xml_string(build_xml(fitted))
    changed = {m.name for m, before in zip(fitted.muscles, published.muscles, strict=True) if m is not before}
    sys.stdout.write(f"{'muscle':<12}{'fiber':>8}  RMS moment arm error [mm] over {int(held_out.sum())} unseen poses\n")
    for residual in compare(model, fitted, reference, held_out, KNEE_LIMIT):
        if residual.muscle[:-2] in changed:
            arms = "  ".join(f"{joint.rsplit('_', 1)[0]} {1e3 * rms:.2f}" for joint, rms in residual.arm_rms.items())
            sys.stdout.write(f"{residual.muscle:<12}{residual.fiber_rms:>8.4f}  {arms}\n")


if __name__ == "__main__":
    sys.exit(main())
