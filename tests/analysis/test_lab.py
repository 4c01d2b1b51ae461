"""A C3D of a laboratory, whole: markers, plates and EMG of one file, from a made walk whose forces are known."""

import json

import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.cli import main as cli
from kinesis_env.dynamics import inverse_dynamics, static_optimization
from kinesis_env.motions import Motion, read_loads, read_recorded
from kinesis_env.motions.gait import Gait
from tests.motions import sources
from tests.motions.formats.lab import Plate, write_lab

#: The laboratory's axes: the walk goes along its -y, and begins away from its origin.
YAW, PLACE = -np.pi / 2.0, np.array([0.5, 2.0, 0.0])
#: Samples of plates and EMG for each frame; half a plate [m].
EVERY, HALF = 10, np.array([0.25, 0.2])


def sampled(values, times, at):
    """Return values (T, ...) at other times."""
    flat = np.stack([np.interp(at, times, column) for column in values.reshape(len(values), -1).T], axis=1)
    return flat.reshape(len(at), *values.shape[1:])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The file, and the forces (n, 2, 3), points and free moments on its feet, in the laboratory."""
    walk = Gait(1.2).motion(3.6)
    times = np.arange(int(3.5 * 100)) / 100.0
    qpos = sampled(walk.qpos, np.arange(len(walk)) / walk.fps, times)
    turn = np.array(rotations.to_matrix(rotations.from_yaw(np.asarray(YAW))))
    qpos[:, :3] = qpos[:, :3] @ turn.T + PLACE
    qpos[:, 3:7] = rotations.multiply(rotations.from_yaw(np.asarray(YAW)), rotations.normalize(qpos[:, 3:7]))
    motion = Motion.from_qpos(qpos, 100.0, name="walk")
    moments = inverse_dynamics(motion)
    activity = static_optimization(motion, moments)
    at = np.arange(EVERY * len(times)) / (100.0 * EVERY)
    loads = moments.loads
    force = sampled(loads.force, times, at)
    carried = force[..., 2] > 20.0
    # A point moves little while it is pressed; outside, it has no meaning.
    pressed = [loads.force[:, side, 2] > 5.0 for side in range(2)]
    point = np.stack([sampled(loads.point[on, side], times[on], at) for side, on in enumerate(pressed)], axis=1)
    free = sampled(loads.torque[..., 2], times, at)
    force, free = np.where(carried[..., None], force, 0.0), np.where(carried, free, 0.0)
    plates = []
    for side in range(2):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], carried[:, side].astype(int), [0])))).reshape(-1, 2)
        for number, (first, stop) in enumerate(edges):
            part = np.zeros(len(at), dtype=bool)
            part[first:stop] = True
            middle = 0.5 * (point[part, side].min(axis=0) + point[part, side].max(axis=0))
            half = HALF if number % 2 else HALF[::-1]
            signs = np.array([[1, -1], [-1, -1], [-1, 1], [1, 1]])
            corners = np.column_stack((signs * half + middle[:2], np.zeros(4)))
            corners = np.roll(corners, number % 4, axis=0)
            plates.append(Plate(corners, force[:, side] * part[:, None], point[:, side], free[:, side] * part))
    emg = {name: sampled(activity.activation[:, activity.muscles.index(muscle)], times, at)
           for name, muscle in (("R_SOL", "soleus_r"), ("R_TA", "tibant_r"), ("R_MED_GAS", "gasmed_r"))}  # fmt: skip
    path = tmp_path_factory.mktemp("lab") / "trial.c3d"
    write_lab(path, sources.markers(qpos), plates, emg)
    return path, force, point, free


def test_the_plates_of_a_walk_reach_the_feet(lab):
    path, force, point, free = lab
    loads = read_loads(path, read_recorded(path))
    np.testing.assert_allclose(loads.force, force, atol=1.0)
    on = force[..., 2] > 50.0
    assert np.abs(loads.point - point)[on].max() < 1e-3
    assert np.abs(loads.torque[..., 2] - free).max() < 0.1


def test_one_file_is_recording_loads_and_emg(lab, tmp_path, capsys):
    path = str(lab[0])
    assert cli.main(["analyze", path, "--loads", path, "--emg", path, "--out", str(tmp_path), "--json"]) == 0
    out, _ = capsys.readouterr()
    about = json.loads(out)
    assert about["ground_force"]["source"] == "measured"
    assert about["gait"]["figures"]["speed"] == pytest.approx(1.2, rel=0.05)
    assert about["emg"]["mean_r"] > 0.8
    assert set(about["emg"]["muscles"]) == {"R_SOL", "R_TA", "R_MED_GAS"}
    # Forward is where the body faces, along the laboratory's -y.
    right = about["ground_force"]["right"]
    assert right["minimum"]["forward"] < -0.1
    assert right["maximum"]["forward"] > 0.1
    assert max(abs(right[end]["left"]) for end in ("minimum", "maximum")) < 0.1


def test_a_marker_map_is_for_the_recording(lab, tmp_path, capsys):
    (tmp_path / "map.yaml").write_text("toe_r: NOTHING\n")
    arguments = ["analyze", str(lab[0]), "--marker-map", str(tmp_path / "map.yaml"), "--out", str(tmp_path / "out")]
    assert cli.main(arguments) == 2
    assert "the marker map names the marker 'NOTHING'" in capsys.readouterr().err
