"""OpenSim's tables come back as what was written."""

from types import SimpleNamespace

import numpy as np
import pytest

from kinesis_env.analysis import write_opensim
from kinesis_env.dynamics import JointMoments, inverse_dynamics
from kinesis_env.errors import AnalysisError
from kinesis_env.model.names import JOINTS
from kinesis_env.motions import load_motions, read_loads, read_motions
from kinesis_env.motions.formats import read_recordings
from kinesis_env.motions.formats.table import read_table
from tests.analysis.synthetic import MUSCLES, walking_activity


@pytest.fixture(scope="module")
def walk():
    motion = load_motions("walk")[0]
    part = slice(0, 60)
    return SimpleNamespace(qpos=motion.qpos[part], qvel=motion.qvel[part], fps=motion.fps, start=3.0)


def test_a_motion_comes_back_on_its_own_clock(walk, tmp_path):
    (path,) = write_opensim(tmp_path / "new", motion=walk)
    (recording,) = read_recordings(path)
    assert recording.times[0] == 3.0
    assert np.abs(recording.angles - walk.qpos[:, 7:]).max() < 1e-6
    assert len(read_motions(path)) == 1


def test_moments_activity_and_forces_are_under_opensims_names(walk, tmp_path):
    moments = inverse_dynamics(walk)
    activity = walking_activity(seconds=2.0)
    files = write_opensim(tmp_path, moments=moments, activity=activity)
    assert [file.name for file in files] == [
        "moments.sto",
        "ground_forces.mot",
        "activations.sto",
        "excitations.sto",
        "muscle_forces.sto",
    ]
    table = read_table(files[0])
    assert table.labels == tuple(f"{joint}_moment" for joint in JOINTS)
    assert np.abs(table.values - moments.moments).max() < 1e-7
    assert np.allclose(table.times, 3.0 + np.arange(60) / 30)
    loads = read_loads(files[1])
    assert np.abs(loads.force - moments.ground_force).max() < 1e-6
    assert np.abs(loads.point - moments.loads.point).max() < 1e-6
    table = read_table(files[4])
    assert table.labels == MUSCLES
    assert np.abs(table.values - activity.force).max() < 1e-6


def test_loads_on_this_body_have_the_moment_of_those_that_were_measured(walk):
    """Loads that were estimated, given as measured ones, come out where they act."""
    estimated = inverse_dynamics(walk)
    measured = inverse_dynamics(walk, estimated.loads)
    pressed = measured.loads.force[..., 2] > 200
    off = np.linalg.norm(measured.loads.point - estimated.loads.point, axis=-1)[pressed]
    assert np.median(off) < 0.02


def test_nothing_is_written_of_what_cannot_be(walk, tmp_path):
    with pytest.raises(AnalysisError, match="nothing to write"):
        write_opensim(tmp_path / "none")
    bad = np.zeros((60, 14))
    bad[3, 2] = np.nan
    moments = JointMoments(np.arange(60) / 30, JOINTS, bad, bad, np.zeros((60, 6)), np.zeros((60, 2, 3)))
    with pytest.raises(AnalysisError, match=r"moments\.sto: column 'hip_rotation_r_moment' has values"):
        write_opensim(tmp_path / "none", motion=walk, moments=moments)
    assert not (tmp_path / "none").exists()
