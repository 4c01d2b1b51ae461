"""Batched kinematics of the model: positions and velocities of all bodies, for many poses at once.

Works on whole motions without a loop over frames; agrees with ``mj_kinematics`` to rounding (tested).
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinesis_env import rotations
from kinesis_env.model.in_use import per_body
from kinesis_env.model.names import ModelNames, shared_model
from kinesis_env.typing import Array

__all__ = ["Capsule", "Link", "Poses", "Skeleton", "differentiate", "skeleton"]


@dataclass(frozen=True)
class Link:
    """One body below the pelvis and the hinges that move it, in order."""

    body: int
    parent: int
    offset: Array
    quat: Array
    axes: Array
    anchors: Array
    addresses: tuple[int, ...]


@dataclass(frozen=True)
class Capsule:
    """A contact capsule of a foot: the body it is fixed to, its two end points there [m], and its radius [m]."""

    name: str
    body: int
    ends: Array
    radius: float


@dataclass(frozen=True)
class Poses:
    """World pose of every body of the model in T poses.

    Attributes:
        pos: origins (T, nbody, 3) [m].
        quat: orientations (T, nbody, 4), wxyz.
        anchors: a point on the axis of each hinge (T, 14, 3) [m].
        axes: direction of each hinge (T, 14, 3).
    """

    pos: Array
    quat: Array
    anchors: Array
    axes: Array

    def points(self, body: int, local: ArrayLike) -> Array:
        """Return world positions (T, k, 3) of points (k, 3) or (T, k, 3) fixed in a body."""
        return self.pos[:, body, None] + rotations.rotate(self.quat[:, body, None], np.asarray(local, dtype=float))

    def every(self, step: int) -> Poses:
        """Return every ``step``-th pose."""
        return Poses(self.pos[::step], self.quat[::step], self.anchors[::step], self.axes[::step])


@dataclass(frozen=True)
class Skeleton:
    """The kinematic tree of a model.

    Attributes:
        root: id of the pelvis.
        links: the bodies below it, parents first.
        nbody: number of bodies of the model, the world included.
        tracked: ids of the tracked bodies (7,).
        ranges: limits of the 14 hinges (14, 2) [rad].
        feet: contact capsules of the right and of the left foot.
        chains: for each body, the hinges (0..13) between it and the pelvis.
    """

    root: int
    links: tuple[Link, ...]
    nbody: int
    tracked: NDArray[np.int32]
    ranges: Array
    feet: tuple[tuple[Capsule, ...], tuple[Capsule, ...]]
    chains: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, model: mujoco.MjModel) -> Skeleton:
        """Read the tree from an ``mujoco.MjModel`` of this package."""
        names = ModelNames.of(model)
        links = []
        chains: list[tuple[int, ...]] = [() for _ in range(model.nbody)]
        for body in range(names.root + 1, model.nbody):
            joints = range(model.body_jntadr[body], model.body_jntadr[body] + model.body_jntnum[body])
            addresses = tuple(int(model.jnt_qposadr[j]) for j in joints)
            parent = int(model.body_parentid[body])
            chains[body] = chains[parent] + tuple(address - 7 for address in addresses)
            links.append(
                Link(
                    body=body,
                    parent=parent,
                    offset=model.body_pos[body].copy(),
                    quat=model.body_quat[body].copy(),
                    axes=np.array([model.jnt_axis[j] for j in joints]).reshape(-1, 3),
                    anchors=np.array([model.jnt_pos[j] for j in joints]).reshape(-1, 3),
                    addresses=addresses,
                )
            )
        return cls(
            root=names.root,
            links=tuple(links),
            nbody=model.nbody,
            tracked=names.tracked,
            ranges=model.jnt_range[1:].copy(),
            feet=(_capsules(model, "r"), _capsules(model, "l")),
            chains=tuple(chains),
        )

    def poses(self, qpos: ArrayLike) -> Poses:
        """Return the poses of all bodies for qpos (T, 21)."""
        qpos = np.asarray(qpos, dtype=np.float64)
        frames = len(qpos)
        pos = np.zeros((frames, self.nbody, 3))
        quat = np.zeros((frames, self.nbody, 4))
        quat[..., 0] = 1.0
        anchors = np.zeros((frames, 14, 3))
        axes = np.zeros((frames, 14, 3))
        pos[:, self.root], quat[:, self.root] = qpos[:, :3], qpos[:, 3:7]
        for link in self.links:
            at = pos[:, link.parent] + rotations.rotate(quat[:, link.parent], link.offset)
            turn = rotations.multiply(quat[:, link.parent], link.quat)
            for address, axis, anchor in zip(link.addresses, link.axes, link.anchors, strict=True):
                offset = bool(anchor.any())  # most hinges are at the origin of their body
                pivot = at + rotations.rotate(turn, anchor) if offset else at
                anchors[:, address - 7] = pivot
                axes[:, address - 7] = rotations.rotate(turn, axis)
                half = 0.5 * qpos[:, address, None]
                turn = rotations.multiply(turn, np.concatenate((np.cos(half), np.sin(half) * axis), axis=-1))
                at = pivot - rotations.rotate(turn, anchor) if offset else pivot
            pos[:, link.body], quat[:, link.body] = at, turn
        return Poses(pos, quat, anchors, axes)

    def body_velocities(self, poses: Poses, qvel: ArrayLike, bodies: ArrayLike) -> Array:
        """Return world linear velocities (T, k, 3) [m/s] of the origins of ``bodies`` (k,) for qvel (T, 20)."""
        qvel = np.asarray(qvel, dtype=np.float64)
        spin = rotations.rotate(poses.quat[:, self.root], qvel[:, 3:6])
        chosen = [int(body) for body in np.asarray(bodies)]
        out = np.empty((len(qvel), len(chosen), 3))
        for column, body in enumerate(chosen):
            at = poses.pos[:, body]
            velocity = qvel[:, :3] + np.cross(spin, at - poses.pos[:, self.root])
            for hinge in self.chains[body]:
                rate = qvel[:, 6 + hinge, None]
                velocity += rate * np.cross(poses.axes[:, hinge], at - poses.anchors[:, hinge])
            out[:, column] = velocity
        return out

    def tracked_bodies(self, qpos: ArrayLike, qvel: ArrayLike) -> tuple[Array, Array]:
        """Return positions [m] and velocities [m/s] of the tracked bodies, (T, 7, 3) each."""
        poses = self.poses(qpos)
        return poses.pos[:, self.tracked], self.body_velocities(poses, qvel, self.tracked)

    def sole(self, poses: Poses, side: int) -> tuple[Array, Array]:
        """Return the end points (T, 8, 3) of the contact capsules of a foot (0 right, 1 left) and their radii (8,)."""
        ends = [poses.points(capsule.body, capsule.ends) for capsule in self.feet[side]]
        return np.concatenate(ends, axis=1), np.repeat([capsule.radius for capsule in self.feet[side]], 2)


def _capsules(model: mujoco.MjModel, side: str) -> tuple[Capsule, ...]:
    found = []
    for geom in range(model.ngeom):
        body = int(model.geom_bodyid[geom])
        if model.geom_contype[geom] == 0 or model.body(body).name not in (f"calcn_{side}", f"toes_{side}"):
            continue
        radius, half = float(model.geom_size[geom, 0]), float(model.geom_size[geom, 1])
        if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_CAPSULE:
            half = 0.0
        along = rotations.rotate(model.geom_quat[geom], np.array([0.0, 0.0, half]))
        ends = np.array([model.geom_pos[geom] - along, model.geom_pos[geom] + along])
        found.append(Capsule(model.geom(geom).name, body, ends, radius))
    return tuple(found)


@per_body
def skeleton() -> Skeleton:
    """Return the tree of the body in use, see :mod:`kinesis_env.model.in_use`."""
    return Skeleton.of(shared_model())


def differentiate(qpos: ArrayLike, fps: float) -> Array:
    """Return qvel (T, 20) of qpos (T, 21): central differences, second order at the ends too.

    The convention is MuJoCo's: linear velocity of the root in the world, angular velocity in the body, hinge rates.
    """
    qpos = np.asarray(qpos, dtype=np.float64)
    out = np.empty((len(qpos), qpos.shape[1] - 1))
    if len(qpos) == 2:
        out[:] = _difference(qpos[0], qpos[1]) * fps
        return out
    out[1:-1] = _difference(qpos[:-2], qpos[2:]) * (0.5 * fps)
    out[0] = (4 * _difference(qpos[0], qpos[1]) - _difference(qpos[0], qpos[2])) * (0.5 * fps)
    out[-1] = (_difference(qpos[-1], qpos[-3]) - 4 * _difference(qpos[-1], qpos[-2])) * (0.5 * fps)
    return out


def _difference(start: Array, end: Array) -> Array:
    turn = rotations.to_rotvec(rotations.multiply(rotations.conjugate(start[..., 3:7]), end[..., 3:7]))
    return np.concatenate((end[..., :3] - start[..., :3], turn, end[..., 7:] - start[..., 7:]), axis=-1)
