"""Share of each joint moment that survives with only the leading components of muscle activity.

It is the counterpart, without a policy, of :func:`kinesis_env.evaluation.redundancy`: it shows how many patterns it
takes to reproduce the motion of a leg.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinesis_env.analysis.factors import synergies
from kinesis_env.checks import check_choice, check_integer
from kinesis_env.dynamics.probe import Probe
from kinesis_env.dynamics.records import MuscleActivity
from kinesis_env.dynamics.trajectory import Trajectory
from kinesis_env.errors import AnalysisError
from kinesis_env.model.names import JOINTS, shared_model
from kinesis_env.typing import Array

__all__ = ["DIMENSIONS", "MomentShares", "moment_shares"]

#: Numbers of components tried by default.
DIMENSIONS = (1, 2, 3, 4, 5, 6, 8, 12, 20, 40)
#: States computed at once: more take memory without gain.
_CHUNK = 512


@dataclass(frozen=True, eq=False)
class MomentShares:
    """Shares of the joint moments of a leg that survive.

    Attributes:
        side: "r" or "l".
        dimensions: numbers of components kept of the leg's 40 muscles.
        joints: the hinges of the leg except the toes', whose moment is negligible.
        shares: surviving share of each moment (len(dimensions), 6): 1 - |moment - kept|^2 / |moment - its mean|^2.
        vaf: VAF of the activity itself (len(dimensions),).
    """

    side: str
    dimensions: tuple[int, ...]
    joints: tuple[str, ...]
    shares: Array
    vaf: Array

    def table(self) -> str:
        """Return the figures for people."""
        names = [joint.removesuffix(f"_{self.side}") for joint in self.joints]
        heads = (f"{name:>{max(6, len(name))}}" for name in names)
        lines = ["  ".join((f"{'components':>10}", f"{'activity':>8}", *heads))]
        for n, vaf, row in zip(self.dimensions, self.vaf, self.shares, strict=True):
            cells = (f"{share:>{max(6, len(name))}.3f}" for name, share in zip(names, row, strict=True))
            lines.append("  ".join((f"{n:>10}", f"{vaf:>8.3f}", *cells)))
        return "\n".join(lines)


def moment_shares(
    activity: MuscleActivity, motion: Trajectory, *, side: str = "r", dimensions: Sequence[int] = DIMENSIONS
) -> MomentShares:
    """Return the shares of the joint moments that the leading components of a leg's activity produce.

    Args:
        activity: muscle activity of the motion, such as from static optimization.
        motion: the motion, with the same number of frames.
        side: "r" or "l".
        dimensions: numbers of principal components to keep, 1 to 40.

    Raises:
        AnalysisError: another number of frames, or impossible dimensions.
    """
    check_choice("side", side, ("r", "l"), error=AnalysisError)
    frames = len(motion.qpos)
    if len(activity.times) != frames:
        raise AnalysisError(
            f"activity and motion must be of the same recording, given {len(activity.times)} and {frames} frames"
        )
    leg = [i for i, muscle in enumerate(activity.muscles) if muscle.endswith(f"_{side}")]
    hinges = [i for i, joint in enumerate(JOINTS) if joint.endswith(f"_{side}") and not joint.startswith("mtp")]
    wanted = tuple(check_integer("dimensions", n, 1, len(leg), error=AnalysisError) for n in dimensions)
    used = np.ones(frames, dtype=np.bool_) if activity.covered is None else activity.covered
    qpos, qvel = (np.asarray(array, dtype=np.float64)[used] for array in (motion.qpos, motion.qvel))
    states = Probe(shared_model(), min(_CHUNK, len(qpos))).look(qpos, qvel)
    full = activity.activation[used]
    moment = states.moment(full)[:, hinges]
    spread = ((moment - moment.mean(axis=0)) ** 2).sum(axis=0)
    shares, vaf = [], []
    for n in wanted:
        found = synergies(full[:, leg], n, "pca")
        kept = full.copy()
        kept[:, leg] = found.reconstruction
        missing = ((moment - states.moment(kept)[:, hinges]) ** 2).sum(axis=0)
        shares.append(1.0 - missing / np.where(spread > 0, spread, np.nan))
        vaf.append(found.vaf)
    return MomentShares(side, wanted, tuple(JOINTS[i] for i in hinges), np.array(shares), np.array(vaf))
