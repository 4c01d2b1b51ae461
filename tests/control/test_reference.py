"""What a reference says that the muscles can do."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.control.reference import Reference
from kinesis_env.control.twin import MOMENT_UNIT, Twin
from kinesis_env.dynamics.probe import Probe
from kinesis_env.model import JOINTS
from kinesis_env.model.names import load_model
from kinesis_env.motions.load import load_motions


@pytest.fixture(scope="module")
def limits():
    """Return the lower limits (T, 14) in N m with excitations, and with the servo."""
    walk = load_motions("walk")[0]
    twin = Twin(1, physics_rate=150.0, substeps=5, num_threads=1)
    probe = Probe(load_model(), 64)
    ways = (
        Reference.of(walk.qpos[:90], walk.qvel[:90], walk.fps, twin=twin, probe=probe, servo=servo)
        for servo in (False, True)
    )
    return [way.low * MOMENT_UNIT for way in ways]


def test_with_target_lengths_the_short_muscles_of_the_hip_are_weaker(limits):
    direct, servo = limits
    hip, knee = (JOINTS[-14:].index(name) for name in ("hip_adduction_r", "knee_angle_r"))
    assert direct[:, hip].mean() == pytest.approx(-247.0, abs=10.0)
    assert servo[:, hip].mean() == pytest.approx(-174.0, abs=10.0)  # gluteus medius and minimus are 6 to 14 cm long
    assert direct[:, knee].mean() <= servo[:, knee].mean() < 0.95 * direct[:, knee].mean()  # those of the knee are long


def test_the_servo_makes_no_muscle_stronger(limits):
    direct, servo = limits
    assert np.all(servo >= direct - 1e-9)
