"""The names of the model, and their ids and addresses, resolved once.

Nothing else in the package indexes the model by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import mujoco
import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import ModelError
from kinesis_env.model.in_use import own_body

__all__ = [
    "FOOT_SENSORS",
    "JOINTS",
    "LOWER_BODY",
    "NQ",
    "NU",
    "NV",
    "ROOT",
    "TRACKED_BODIES",
    "ModelNames",
    "load_model",
    "model_spec",
    "shared_model",
]

Ids: TypeAlias = NDArray[np.int32]

#: The shipped model.
LOWER_BODY = Path(str(resources.files("kinesis_env") / "assets" / "lower_body.xml"))
ROOT = "pelvis"
_LEG_JOINTS = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_angle",
    "ankle_angle",
    "subtalar_angle",
    "mtp_angle",
)
#: The 14 hinges in the order of qpos[7:].
JOINTS = tuple(f"{joint}_{side}" for side in "rl" for joint in _LEG_JOINTS)
#: The bodies whose distance to the reference is measured: pelvis, knees, ankles and toes.
TRACKED_BODIES = ("pelvis", "tibia_r", "tibia_l", "talus_r", "talus_l", "toes_r", "toes_l")
#: The touch sensors of the feet.
FOOT_SENSORS = ("foot_touch_r", "toes_touch_r", "foot_touch_l", "toes_touch_l")
NQ, NV, NU = 21, 20, 80


@dataclass(frozen=True)
class ModelNames:
    """Names to ids and addresses of one compiled model.

    Attributes:
        muscles: the 80 muscles in the order of the action.
        bodies: the moving bodies, root first (the trunk is part of the root's rigid body).
        body_ids: their ids, (11,).
        root: id of the pelvis.
        moving: their ids as a slice: they come first.
        tracked: ids of :data:`TRACKED_BODIES`, (7,).
        tracked_among_moving: their indices in ``bodies``, (7,).
        feet: addresses of the four foot sensors in ``sensordata``.
    """

    muscles: tuple[str, ...]
    bodies: tuple[str, ...]
    body_ids: Ids
    root: int
    moving: slice
    tracked: Ids
    tracked_among_moving: NDArray[np.int64]
    feet: slice

    @classmethod
    def of(cls, model: mujoco.MjModel) -> ModelNames:
        """Resolve the names in ``model``, an ``mujoco.MjModel``.

        Raises:
            ModelError: the model lacks a name, or has other joints or muscles than this package's.
        """
        joints = tuple(model.joint(i).name for i in range(model.njnt))
        if joints[1:] != JOINTS or (model.nq, model.nv, model.nu) != (NQ, NV, NU):
            raise ModelError(
                f"not a lower body of this package: it needs a free root, then the hinges {', '.join(JOINTS)}, and "
                f"{NU} muscles, given the joints {', '.join(joints)} and {model.nu} actuators"
            )
        names = [model.body(i).name for i in range(model.nbody)]
        moving = [i for i in range(1, model.nbody) if model.body_jntnum[i] > 0]
        if moving != list(range(moving[0], moving[-1] + 1)):
            raise ModelError("the moving bodies must be consecutive, with the trunk after the legs")
        tracked = _ids(names, TRACKED_BODIES, "body")
        feet = [int(model.sensor(name).adr[0]) for name in FOOT_SENSORS]
        if feet != list(range(feet[0], feet[-1] + 1)):
            raise ModelError("the touch sensors of the feet must be consecutive")
        return cls(
            muscles=tuple(model.actuator(i).name for i in range(model.nu)),
            bodies=tuple(names[i] for i in moving),
            body_ids=np.array(moving, dtype=np.int32),
            root=names.index(ROOT),
            moving=slice(moving[0], moving[-1] + 1),
            tracked=tracked,
            tracked_among_moving=np.asarray(tracked - moving[0], dtype=np.int64),
            feet=slice(feet[0], feet[-1] + 1),
        )

    def muscle(self, name: str) -> int:
        """Return the index of a muscle.

        Raises:
            ModelError: there is no such muscle; the message lists them.
        """
        if name not in self.muscles:
            raise ModelError(f"unknown muscle {name!r}; the muscles are {', '.join(self.muscles)}")
        return self.muscles.index(name)


def _ids(names: Sequence[str], wanted: Sequence[str], kind: str) -> Ids:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ModelError(
            f"the model has no {kind} {', '.join(missing)}; its names are {', '.join(filter(None, names))}"
        )
    return np.array([names.index(name) for name in wanted], dtype=np.int32)


def load_model() -> mujoco.MjModel:
    """Compile the shipped model, the default body, and return a new ``mujoco.MjModel`` that the caller may change."""
    return mujoco.MjModel.from_xml_path(str(LOWER_BODY))


def shared_model() -> mujoco.MjModel:
    """Return the shared ``mujoco.MjModel`` of the body in use, which must not be changed."""
    body = own_body()
    return _default_model() if body is None else body.model


def model_spec() -> mujoco.MjSpec:
    """Return a new ``mujoco.MjSpec`` of the body in use, to change the model before it is compiled."""
    body = own_body()
    return mujoco.MjSpec.from_file(str(LOWER_BODY)) if body is None else mujoco.MjSpec.from_string(body.xml)


@cache
def _default_model() -> mujoco.MjModel:
    return load_model()
