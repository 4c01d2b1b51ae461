from __future__ import annotations

import json
import math

import mujoco
import numpy as np
import pytest

from kinesis_env.dynamics.instruments import Instruments, mean_forces
from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation import RowPolicy, evaluate, read_episode
from kinesis_env.evaluation.recorder import UNITS
from kinesis_env.model import JOINTS, load_model
from tests.support import make_env


@pytest.fixture(scope="module")
def folder(motions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("episodes")
    evaluate("random", motions=motions, seeds=2, rows=3, record=folder, config={"termination_distance": 0.4})
    return folder


def test_a_file_for_each_episode(folder):
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["amble-seed0.npz", "amble-seed1.npz", "sway-seed0.npz", "sway-seed1.npz"]


def test_every_array_is_of_numbers_and_has_its_place_in_the_documentation(folder):
    with np.load(folder / "amble-seed1.npz", allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    about = json.loads(arrays.pop("metadata").tobytes())
    terms = {"reward_position", "reward_velocity", "reward_upright", "reward_energy"}
    assert set(arrays) == {*UNITS, *terms, "observation"} - {"push_force"}  # nobody pushes
    np.testing.assert_allclose(sum(arrays[term] for term in terms), arrays["reward"], rtol=1e-12)
    assert all(array.dtype.kind == "f" for array in arrays.values())
    steps = len(arrays["reward"])
    assert steps == about["metrics"]["duration"] * 30
    shapes = {
        "time": (steps + 1,),
        "qpos": (steps + 1, 21),
        "qvel": (steps + 1, 20),
        "activation": (steps + 1, 80),
        "excitation": (steps, 5, 80),
        "action": (steps, 80),
        "muscle_force": (steps + 1, 80),
        "joint_moment": (steps + 1, 14),
        "ground_force": (steps + 1, 2, 3),
        "observation": (steps + 1, 234),
        "reference_qpos": (steps + 1, 21),
    }
    assert {key: arrays[key].shape for key in shapes} == shapes
    assert about["names"]["joints"] == list(JOINTS)
    assert len(about["names"]["muscles"]) == 80
    assert about["units"]["joint_moment"] == "N m"
    assert about["clip"] == "amble"
    assert about["seed"] == 1


def test_played_again_it_is_the_same(folder, motions):
    episode = read_episode(folder / "sway-seed1.npz")
    env = make_env(**episode.metadata["arguments"]).unwrapped
    observation, _ = env.reset(seed=1, options={"clip": "sway", "start_time": 0.0})
    arrays = episode.arrays
    assert np.array_equal(observation, arrays["observation"][0])
    for step, action in enumerate(arrays["action"]):
        observation, reward, terminated, truncated, info = env.step(action)
        simulation = env.task.simulation
        assert reward == arrays["reward"][step]
        assert np.array_equal(observation, arrays["observation"][step + 1])
        assert np.array_equal(simulation.qpos[0], arrays["qpos"][step + 1])
        assert np.array_equal(simulation.excitation[0], arrays["excitation"][step])
        assert np.array_equal(env.reference.qpos, arrays["reference_qpos"][step + 1])
    assert (terminated, truncated) == (episode.metadata["terminated"], episode.metadata["truncated"])
    assert terminated or truncated
    assert info["termination_reason"] == episode.metadata["termination_reason"]


def test_what_is_recorded_is_taken_and_other_files_are_written_anew(motions, tmp_path):
    record, kept = tmp_path / "record", tmp_path / "kept"
    arguments = {"motions": motions, "folder": kept, "record": record}
    evaluate("zero", **arguments)
    times = {path.name: path.stat().st_mtime_ns for path in record.iterdir()}
    (record / "sway-seed0.npz").unlink()
    evaluate("zero", **arguments)
    assert (record / "sway-seed0.npz").is_file()
    assert (record / "amble-seed0.npz").stat().st_mtime_ns == times["amble-seed0.npz"]
    evaluate("passive", **arguments)
    assert (record / "amble-seed0.npz").stat().st_mtime_ns != times["amble-seed0.npz"]


def test_names_that_are_no_file_names_stay_in_the_folder(tmp_path):
    from kinesis_env.evaluation.cases import Case
    from kinesis_env.evaluation.recorder import Recorder

    recorder = Recorder(tmp_path, "Kinesis-Imitate-v0", {}, {})
    paths = [recorder.path(Case(clip, 0)) for clip in ("../../etc/passwd", "a/b", "a b", "a-b", "..", "walk", "")]
    assert all(path.parent == tmp_path for path in paths)
    assert len(set(paths)) == len(paths)
    assert paths[-2].name == "walk-seed0.npz"
    assert paths[-1].name == "seed0.npz"


def test_goal_tasks_record_the_parts_of_their_observations(tmp_path):
    evaluate("zero", "Kinesis-ReachGoal-v0", seeds=1, config={"time_limit": 4}, record=tmp_path)
    arrays = read_episode(tmp_path / "seed0.npz").arrays
    assert arrays["observation.observation"].shape == (5, 173)
    assert arrays["observation.desired_goal"].shape == (5, 2)
    assert "reference_qpos" not in arrays


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"no zip")
    np.savez(tmp_path / "b.npz", x=np.zeros(3))
    np.savez(tmp_path / "c.npz", metadata=np.array([{"format": 1}], dtype=object))
    np.savez(tmp_path / "d.npz", metadata=np.frombuffer(b'{"format": 7}', np.uint8))
    (tmp_path / "e.npz").write_bytes(b"")
    np.savez(tmp_path / "f.npz", metadata=np.frombuffer(b"[" * 100_000, np.uint8))
    with (tmp_path / "g.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    np.savez_compressed(tmp_path / "h.npz", metadata=np.frombuffer(b'{"format": 1}', np.uint8))
    squeezed = bytearray((tmp_path / "h.npz").read_bytes())
    squeezed[50:80] = b"\xff" * 30
    (tmp_path / "h.npz").write_bytes(bytes(squeezed))
    for name in "abcdefgh":
        with pytest.raises(EvaluationError, match=f"{name}.npz"):
            read_episode(tmp_path / f"{name}.npz")
    with pytest.raises(EvaluationError, match=r"nothing.npz"):
        read_episode(tmp_path / "nothing.npz")


def test_the_ground_carries_a_standing_body():
    model = load_model()
    found = Instruments(model).measure(model.key_qpos[0], np.zeros(20), model.key_act[0], model.key_act[0])
    weight = model.body_mass.sum() * 9.81
    force = found["ground_force"]
    assert force[:, 2].sum() == pytest.approx(weight, rel=0.02)
    assert force[0, 2] == pytest.approx(force[1, 2], rel=1e-3)
    assert abs(force[:, :2].sum()) < 0.02 * weight
    assert force[0, 1] == pytest.approx(-force[1, 1], abs=1.0)
    # under the feet, the right one at negative y, and under the center of mass in the middle
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    mujoco.mj_forward(model, data)
    for side, letter in enumerate("rl"):
        foot = data.body(f"talus_{letter}").xpos
        assert found["center_of_pressure"][side, :2] == pytest.approx(foot[:2], abs=0.12)
    middle = (force[:, 2, None] * found["center_of_pressure"]).sum(0)[:2] / force[:, 2].sum()
    assert middle == pytest.approx(data.subtree_com[0][:2], abs=0.01)
    assert found["center_of_pressure"][:, 2] == pytest.approx([0, 0])
    assert np.abs(found["free_moment"]).max() < 2.0


def test_in_the_air_there_is_no_ground():
    model = load_model()
    qpos = model.key_qpos[0].copy()
    qpos[2] += 1.0
    found = Instruments(model).measure(qpos, np.zeros(20), np.zeros(80), np.zeros(80))
    assert np.array_equal(found["ground_force"], np.zeros((2, 3)))
    assert np.isnan(found["center_of_pressure"]).all()


def test_joint_moments_are_forces_times_moment_arms():
    """A moment arm is minus the change of the muscle's length with the angle."""
    model = load_model()
    qpos, activation = model.key_qpos[0].copy(), np.linspace(0.0, 1.0, 80)
    found = Instruments(model).measure(qpos, np.zeros(20), activation, activation)
    small = 1e-6
    for joint, name in enumerate(JOINTS):
        lengths = []
        for sign in (-1, 1):
            moved = qpos.copy()
            moved[7 + joint] += sign * small
            lengths.append(Instruments(model).measure(moved, np.zeros(20), activation, activation)["muscle_length"])
        slope = (lengths[1] - lengths[0]) / (2 * small)
        assert found["joint_moment"][joint] == pytest.approx(found["muscle_force"] @ slope, rel=1e-3, abs=1e-2), name
    assert (found["muscle_force"] <= 0).all()


def test_weak_and_heavy_bodies_are_measured_as_such(motions, tmp_path):
    config = {"weakness": {"*": 0.5}, "mass_scale": 2.0, "termination_distance": math.inf}
    evaluate("zero", motions=motions, config=config, record=tmp_path / "weak", rows=2)
    plain = load_model()
    arrays = read_episode(tmp_path / "weak" / "amble-seed0.npz").arrays
    own = Instruments(plain).measure(*(arrays[key][9] for key in ("qpos", "qvel", "activation", "activation")))
    passive = Instruments(plain).measure(*(arrays[key][9] for key in ("qpos", "qvel")), np.zeros(80), np.zeros(80))
    active = own["muscle_force"] - passive["muscle_force"]
    strong = np.abs(active) > 50
    recorded = arrays["muscle_force"][9]
    assert strong.sum() > 10
    assert (np.abs(recorded[strong]) < np.abs(own["muscle_force"][strong]) - 0.3 * np.abs(active[strong])).all()


def test_forces_are_those_that_moved_the_body(motions, tmp_path):
    """Their means over a control step give the change of its momentum; those of its end do not."""
    config = {"termination_distance": math.inf}
    evaluate("zero", motions=motions, config=config, record=tmp_path, record_physics=True, rows=2)
    arrays = read_episode(tmp_path / "amble-seed0.npz").arrays
    model = load_model()
    data = mujoco.MjData(model)
    momentum = []
    for qpos, qvel in zip(arrays["qpos"], arrays["qvel"], strict=True):
        data.qpos[:], data.qvel[:] = qpos, qvel
        mujoco.mj_forward(model, data)
        mujoco.mj_subtreeVel(model, data)
        momentum.append(model.body_mass.sum() * data.subtree_linvel[0])
    impulse = np.diff(momentum, axis=0) * 30.0 + [0, 0, model.body_mass.sum() * 9.81]
    force = arrays["ground_force"][1:].sum(axis=1)
    alone = arrays["physics.ground_force"].sum(axis=2)
    assert alone.shape == (len(force), 5, 3)
    np.testing.assert_allclose(alone.mean(axis=1), force, atol=1e-9)
    legs = (force[:, 2] > 50.0) & (arrays["qpos"][1:, 2] > 0.6)  # before it falls on other parts
    assert legs.sum() >= 8
    off = np.abs(force - impulse)[legs]
    assert np.median(off[:, 2]) < 5.0
    assert np.corrcoef(force[legs, 2], impulse[legs, 2])[0, 1] > 0.99


def test_forces_of_a_step_are_replayed_to_the_state_that_it_reached(motions, tmp_path):
    evaluate("random", motions=motions, record=tmp_path, rows=2)
    arrays = read_episode(tmp_path / "sway-seed0.npz").arrays
    model = load_model()
    model.opt.timestep = 1 / 150
    instruments = Instruments(model)
    for step in range(len(arrays["reward"])):
        state = [arrays[key][step] for key in ("qpos", "qvel", "activation")]
        instruments.over_steps(*state, arrays["excitation"][step])
        np.testing.assert_allclose(instruments._data.qpos, arrays["qpos"][step + 1], atol=1e-7)


def test_the_mean_center_of_pressure_is_that_of_the_mean_force():
    push = np.zeros((2, 2, 3))
    push[:, 0, 2] = 100.0, 300.0
    center = np.full((2, 2, 3), np.nan)
    center[0, 0], center[1, 0] = (0.0, 0.0, 0.0), (0.4, -0.1, 0.0)
    forces = {"ground_force": push, "center_of_pressure": center, "free_moment": np.array([[1.0, 0.0], [3.0, 0.0]]),
              "muscle_force": np.zeros((2, 80)), "joint_moment": np.zeros((2, 14))}  # fmt: skip
    mean = mean_forces(forces)
    np.testing.assert_allclose(mean["ground_force"][0], [0, 0, 200])
    np.testing.assert_allclose(mean["center_of_pressure"][0], [0.3, -0.075, 0])
    np.testing.assert_allclose(mean["free_moment"], [2, 0])
    assert np.isnan(mean["center_of_pressure"][1]).all()


def test_a_step_that_diverged_is_left_out(motions, tmp_path):
    class Breaks(RowPolicy):
        def prepare(self, task):
            self.task = task

        def act(self, observation, rows):
            if self.task.clock.elapsed[rows[0]] == 3:
                self.task.simulation.qvel[rows] = 1e12
            return np.zeros((len(rows), 80))

    config = {"termination_distance": math.inf}
    evaluation = evaluate(Breaks(), motions=motions, config=config, record=tmp_path)
    assert evaluation.endings == {"diverged": 2}
    for episode in evaluation.episodes:
        assert episode.steps == 4
        assert len(episode.series) == 3
        recorded = read_episode(tmp_path / f"{episode.clip}-seed0.npz")
        assert recorded.metadata["terminated"]
        assert recorded.metadata["termination_reason"] == "diverged"
        assert recorded.arrays["reward"].shape == (3,)
        assert recorded.arrays["qpos"].shape == (4, 21)
        assert all(np.isfinite(a).all() for key, a in recorded.arrays.items() if key != "center_of_pressure")
