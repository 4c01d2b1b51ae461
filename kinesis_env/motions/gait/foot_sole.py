"""Geometry of the sole, for generated gaits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.motions.retargeting.ground import toe_bend
from kinesis_env.typing import Array

__all__ = ["FootSole", "right_foot"]


#: Index of the inner end of the ball's capsule among the toes' capsule ends, and how far from the toe joint toward it
#: the rollover point lies: at the joint the sole would slip slightly, at the ball the knee of a run would be too
#: straight.
_BALL, _ROLLED_OVER = 2, 0.4


@dataclass(frozen=True)
class FootSole:
    """Sole of the right foot in the frame of its heel bone [m], and axis and range of the toe joint."""

    body: int
    heel: Array
    toe_joint: Array
    toe_axis: Array
    toe_range: Array
    hind: Array
    fore: Array
    radii: Array

    def bend(self, pitch: Array) -> Array:
        """Return the toe angle that levels the toes of a foot pitched down by ``pitch`` [rad]."""
        return toe_bend(pitch, -self.toe_axis[1], *self.toe_range)

    def toes(self, bend: Array) -> Array:
        """Return the rollover point of the toes (n, 3), with the toes bent by (n,) [rad]."""
        turn = rotations.from_rotvec(bend[:, None] * self.toe_axis)
        return self.toe_joint + rotations.rotate(turn, _ROLLED_OVER * self.fore[_BALL])

    def lowest(self, pos: Array, quat: Array, bend: Array) -> Array:
        """Return the height of the lowest point of the foot (n,) [m]."""
        turn = rotations.from_rotvec(bend[:, None] * self.toe_axis)
        fore = self.toe_joint + rotations.rotate(turn[:, None], self.fore)
        hind = np.broadcast_to(self.hind, (len(pos), *self.hind.shape))
        points = rotations.rotate(quat[:, None], np.concatenate((hind, fore), axis=1)) + pos[:, None]
        height: Array = (points[..., 2] - self.radii).min(axis=1)
        return height


def right_foot() -> FootSole:
    """Return the sole of the model's right foot; the left one is its mirror image."""
    tree = skeleton()
    capsules = tree.feet[0]
    body, toe_body = capsules[0].body, capsules[-1].body
    toes = next(link for link in tree.links if link.body == toe_body)
    hind = [capsule for capsule in capsules if capsule.body == body]
    fore = [capsule for capsule in capsules if capsule.body == toe_body]
    return FootSole(
        body=body,
        heel=np.mean([capsule.ends[capsule.ends[:, 0].argmin()] for capsule in hind], axis=0),
        toe_joint=toes.offset,
        toe_axis=toes.axes[0],
        toe_range=tree.ranges[toes.addresses[0] - 7],
        hind=np.concatenate([capsule.ends for capsule in hind]),
        fore=np.concatenate([capsule.ends for capsule in fore]),
        radii=np.repeat([capsule.radius for capsule in (*hind, *fore)], 2),
    )
