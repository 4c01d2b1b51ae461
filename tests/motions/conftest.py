"""Small motions that the tests of this folder share."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinesis_env.model import JOINTS
from kinesis_env.motions import Motion, MotionLibrary
from kinesis_env.motions.gait.gait import walk
from tests.support import make_wandering_qpos


@pytest.fixture(scope="session")
def motion():
    return Motion.from_qpos(make_wandering_qpos(), 30.0, name="wander", caption="wanders", notes=("made up",))


@pytest.fixture(scope="session")
def other():
    return Motion.from_qpos(make_wandering_qpos(77, 50.0, seed=1), 50.0, name="other")


@pytest.fixture(scope="session")
def walking():
    return walk()


@pytest.fixture
def write_mot(tmp_path):
    """Return a writer of OpenSim files: columns in degrees or radians as they are, with the header given."""

    def write(columns, times, name="trial.mot", header="inDegrees=yes", separator="\t", newline="\n", rows=None):
        table = np.column_stack([times, *columns.values()])
        lines = ["Coordinates", "version=1", f"nRows={rows or len(table)}", f"nColumns={table.shape[1]}"]
        lines += [*header.split("|"), "endheader", separator.join(("time", *columns))]
        lines += [separator.join(f"{value:.8f}" for value in row) for row in table]
        path = tmp_path / name
        path.write_bytes((newline.join(lines) + newline).encode())
        return path

    return write


@pytest.fixture(scope="session")
def as_columns():
    """Return a function that gives the OpenSim columns (degrees, meters) and times of a motion at another rate."""

    def columns(motion, rate, knee_sign=1.0, seconds=None):
        times = np.arange(int((seconds or motion.duration) * rate) + 1) / rate
        frames = MotionLibrary([motion]).lookup([0], times[None])
        qpos = frames.qpos[0]
        # Rz(tilt) Rx(list) Ry(rotation) in OpenSim's axes is R(-y) R(x) R(z) here: an intrinsic "yxz" sequence.
        turn = Rotation.from_quat(qpos[:, 3:7], scalar_first=True).as_euler("YXZ", degrees=True)
        out = {"pelvis_tilt": -turn[:, 0], "pelvis_list": turn[:, 1], "pelvis_rotation": turn[:, 2]}
        out |= {"pelvis_tx": qpos[:, 0], "pelvis_ty": qpos[:, 2], "pelvis_tz": -qpos[:, 1]}
        for column, joint in enumerate(JOINTS):
            sign = knee_sign if "knee" in joint else 1.0
            out[joint] = sign * np.rad2deg(qpos[:, 7 + column])
        return out, times

    return columns
