"""Moments, ground forces and activity of real recordings, where there are some: set KINESIS_RECORDINGS."""

import numpy as np
import pytest

from kinesis_env.dynamics import estimate_ground_force, inverse_dynamics, metabolic_cost, static_optimization
from kinesis_env.model.names import JOINTS
from kinesis_env.motions import read_loads, read_recorded
from kinesis_env.motions.formats.table import read_table
from kinesis_env.signals import lowpass
from tests.motions.retargeting.fits import FOLDER

WALKS = {
    "treadmill": ("emg/treadmill_walk_1.0_ik.sto", "emg/treadmill_walk_1.0_grf.mot", 58.0, 1.016),
    "overground": ("opensim/subject_walk_armless_ik.mot", "emg/subject_walk_armless_grf.mot", 84.3, 0.0),
}


def cut(source, target, seconds):
    """Write the first seconds of a table."""
    lines = source.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip() == "endheader")
    start += 1 + next(i for i, line in enumerate(lines[start + 1 :]) if line.strip())
    first = float(lines[start + 1].split()[0])
    kept = [line for line in lines[start + 1 :] if line.strip() and float(line.split()[0]) <= first + seconds]
    head = [line for line in lines[: start + 1] if not line.lower().startswith(("nrows", "datarows"))]
    target.write_text("\n".join(head + kept) + "\n")
    return target


@pytest.fixture(scope="module", params=WALKS)
def walk(request, tmp_path_factory):
    """A recording of at most 6 s, its loads, and what is known of it."""
    motion, loads, mass, belt = WALKS[request.param]
    if not (FOLDER / motion).is_file():
        pytest.skip(f"no {FOLDER / motion}: set KINESIS_RECORDINGS to the folder of recordings")
    folder = tmp_path_factory.mktemp("walk")
    recorded = read_recorded(cut(FOLDER / motion, folder / "ik.sto", 6.0))
    return recorded, read_loads(cut(FOLDER / loads, folder / "grf.mot", 6.0), recorded), mass, belt


@pytest.fixture(scope="module")
def moments(walk):
    return inverse_dynamics(walk[0], walk[1])


def test_the_residual_is_small_with_plates_and_a_trunk_that_turns(walk, moments):
    at = moments.covered
    rms = np.sqrt((moments.residual[at] ** 2).mean(axis=0))
    assert (rms < [25, 22, 35, 9, 11, 7]).all()
    rigid = inverse_dynamics(walk[0], walk[1], "rigid")
    worse = np.sqrt((rigid.residual[at] ** 2).mean(axis=0))
    assert worse[:2].min() > 1.5 * rms[:2].max()
    assert any(f"{walk[2]:.1f} kg" in note or f"{walk[2] - 0.1:.1f} kg" in note for note in moments.notes)


def test_the_estimated_force_is_that_of_the_plates(walk, moments):
    found = inverse_dynamics(walk[0])
    at = moments.covered
    for axis, least in enumerate((0.93, 0.8, 0.99)):
        pair = (each.ground_force[at][..., axis].ravel() for each in (moments, found))
        assert np.corrcoef(*pair)[0, 1] > least
    assert np.linalg.norm(estimate_ground_force(walk[0], every=50).belt) == pytest.approx(walk[3], abs=0.03)


def test_muscles_provide_the_moments(walk, moments):
    activity = static_optimization(walk[0], moments)
    at = moments.covered
    assert np.abs(activity.reserve[at]).max() < 3.0
    assert 0.03 < activity.activation[at].mean() < 0.1
    assert 3.0 < metabolic_cost(walk[0], activity).mean < 5.0


def test_moments_are_opensims(walk, moments, tmp_path):
    if walk[3] == 0.0:
        pytest.skip("only the treadmill walk has OpenSim's moments")
    table = read_table(cut(FOLDER / "emg/treadmill_walk_1.0_id.sto", tmp_path / "id.sto", 6.0))
    _, filtered = lowpass(table.times, table.values, 6.0)
    for side in "rl":
        for joint, least in (("hip_flexion", 0.97), ("hip_adduction", 0.97), ("hip_rotation", 0.96),
                             ("ankle_angle", 0.99)):  # fmt: skip
            name = f"{joint}_{side}"
            theirs = filtered[:, table.labels.index(f"{name}_moment")]
            own = moments.moments[:, JOINTS.index(name)]
            assert np.corrcoef(own[: len(theirs)], theirs[: len(own)])[0, 1] > least, name
