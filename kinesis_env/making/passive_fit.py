"""Fit the passive forces of muscles with published lengths to measured passive joint moments.

R. Riener and T. Edrich, "Identification of passive elastic joint moments in the lower extremities", J. Biomech. 32,
1999, doi:10.1016/S0021-9290(99)00009-3, measured the moments of hip, knee and ankle at rest, which also depend on the
angles of neighboring joints. The passive force of a muscle is proportional to its parameter ``fpmax``, so that the
moments over many poses are linear in the parameters: the fit is bounded least squares, regularized toward a common
value.

``python -m kinesis_env.making.passive_fit`` writes ``fitted_passive.csv`` and prints the residuals.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import mujoco
import numpy as np
from scipy.optimize import lsq_linear

from kinesis_env.files import whole_file
from kinesis_env.model.anatomy import TABLES, Anatomy, read_anatomy, read_table
from kinesis_env.model.bodies.anatomies import published_muscle
from kinesis_env.model.mjcf import build_xml
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import JOINTS, NV
from kinesis_env.typing import Array

__all__ = ["fit", "main", "passive_moments", "published_moments"]

#: Angles of the poses: hip flexion, knee flexion and ankle dorsiflexion [degrees].
HIP, KNEE, ANKLE = np.arange(-10.0, 91.0, 10.0), np.arange(5.0, 106.0, 10.0), np.arange(-30.0, 21.0, 10.0)
#: Smallest and largest passive parameter, the common value, and the cost of a distance of 1 from it [N m].
LEAST, MOST, COMMON, STRAY = 0.01, 2.0, 0.1, 3.0


def published_moments(hip: Array, knee: Array, ankle: Array) -> Array:
    """Return the passive moments of hip flexion, knee flexion and dorsiflexion [N m], (..., 3), at angles [degrees]."""
    at_hip = np.exp(1.4655 - 0.0034 * knee - 0.0750 * hip) - np.exp(1.3403 - 0.0226 * knee + 0.0305 * hip) + 8.072
    # Its ankle angle and moment are positive in plantarflexion.
    plantar = -ankle
    at_knee = np.exp(1.800 - 0.0460 * plantar - 0.0352 * knee + 0.0217 * hip) + np.exp(2.220 - 0.150 * knee) - 4.820
    at_knee = at_knee - np.exp(-3.971 - 0.0004 * plantar + 0.0495 * knee - 0.0128 * hip)
    at_ankle = np.exp(2.1016 - 0.0843 * plantar - 0.0176 * knee) - np.exp(-7.9763 + 0.1949 * plantar + 0.0008 * knee)
    return np.stack((at_hip, at_knee, 1.792 - at_ankle), axis=-1)


def passive_moments(model: mujoco.MjModel, poses: Array) -> Array:
    """Return the passive moments of each muscle of the right leg at hip, knee and ankle, (n, 3, 40) [N m].

    Args:
        model: an ``mujoco.MjModel`` of this package's lower body.
        poses: hip flexion, knee flexion and ankle dorsiflexion [degrees], (n, 3).
    """
    data, curves = mujoco.MjData(model), MuscleCurves(model)
    hinges = [JOINTS.index(name) for name in ("hip_flexion_r", "knee_angle_r", "ankle_angle_r")]
    rows = NV - len(JOINTS) + np.array(hinges)
    out = np.empty((len(poses), 3, model.nu))
    dense = np.zeros((model.nu, model.nv))
    for place, angles in enumerate(np.radians(poses)):
        mujoco.mj_resetDataKeyframe(model, data, -1)
        data.qpos[7 + np.array(hinges)] = angles
        mujoco.mj_fwdPosition(model, data)
        mujoco.mju_sparse2dense(dense, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind)
        out[place] = (dense[:, rows] * curves.passive_force(data.actuator_length[None])[0][:, None]).T
    return out[:, :, : model.nu // 2]


def grid() -> Array:
    """Return the poses of the fit, (n, 3) [degrees]."""
    return np.stack(np.meshgrid(HIP, KNEE, ANKLE, indexing="ij"), axis=-1).reshape(-1, 3)


def with_passive(anatomy: Anatomy, fpmax: Array | Sequence[float]) -> mujoco.MjModel:
    """Return the model of published muscles with given passive parameters (40,)."""
    rows = {row["name"]: row for row in read_table("rajagopal2016")}
    muscles = tuple(
        published_muscle(muscle, rows[muscle.name], float(value))
        for muscle, value in zip(anatomy.muscles, fpmax, strict=True)
    )
    return mujoco.MjModel.from_xml_string(build_xml(replace(anatomy, muscles=muscles)))


def fit(anatomy: Anatomy) -> Array:
    """Return the passive parameters of the muscles, (40,)."""
    poses = grid()
    unit = passive_moments(with_passive(anatomy, np.ones(len(anatomy.muscles))), poses)
    wanted = published_moments(*poses.T)
    count = len(anatomy.muscles)
    scale = 1.0 / np.sqrt(len(poses))
    system = np.concatenate((scale * unit.reshape(-1, count), STRAY * np.eye(count)))
    right = np.concatenate((scale * wanted.reshape(-1), np.full(count, STRAY * COMMON)))
    return np.asarray(lsq_linear(system, right, bounds=(LEAST, MOST)).x)


def residuals(model: mujoco.MjModel) -> Array:
    """Return the root mean square difference between passive and measured moments of hip, knee and ankle [N m]."""
    poses = grid()
    found = passive_moments(model, poses).sum(axis=2)
    return np.asarray(np.sqrt(np.mean((found - published_moments(*poses.T)) ** 2, axis=0)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the table, and print the residuals."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args(
        arguments
    )
    anatomy = read_anatomy()
    found = np.round(fit(anatomy), 4)
    with whole_file(TABLES / "fitted_passive.csv") as temporary:
        lines = [f"{muscle.name},{value:g}" for muscle, value in zip(anatomy.muscles, found, strict=True)]
        temporary.write_text("\n".join(["name,fpmax", *lines, ""]), encoding="utf-8")
    size = np.sqrt(np.mean(published_moments(*grid().T) ** 2, axis=0))
    default = mujoco.MjModel.from_xml_string(build_xml(anatomy))
    rows = {
        "measured, root mean square": size,
        "error, default body": residuals(default),
        "error, published lengths with MuJoCo's passive curve": residuals(with_passive(anatomy, np.full(40, 1.3))),
        "error, fitted": residuals(with_passive(anatomy, found)),
    }
    for name, row in rows.items():
        print(f"{name:<52} hip {row[0]:6.1f}, knee {row[1]:6.1f}, ankle {row[2]:6.1f} N m")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
