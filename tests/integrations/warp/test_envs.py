"""The environments of ``backend="warp"`` against the other vector environments, and on their own."""

from __future__ import annotations

import pickle
import subprocess
import sys

import gymnasium
import jax
import numpy as np
import pytest
import torch
import warp
from gymnasium.vector import AutoresetMode

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.arrays import array_namespace
from kinesis_env.errors import ActionError, ConfigError, DeviceError, ResetError, TermError
from kinesis_env.registration import ENV_IDS

pytestmark = pytest.mark.integration

ROWS = 4
IMITATE = "Kinesis-Imitate-v0"
PROMPTS = ["walk forward", "turn left 90 degrees", "step to the right"]
#: Settings of each id that bring much of its code into play.
SETTINGS = {
    IMITATE: {
        "motions": ["walk*", "run*", "turn*", "backward"],
        "lookahead": 2,
        "random_heading": True,
        "muscle_observations": ["length", "activation"],
    },
    "Kinesis-Reach-v0": {"goals": 2, "start": "walk*"},
    "Kinesis-ReachGoal-v0": {"reward": "dense"},
    "Kinesis-Direction-v0": {"observation": "imitation", "muscle_observations": ["velocity", "force"]},
    "Kinesis-Text-v0": {"prompts": PROMPTS, "variants": 2},
}


def make(env_id=IMITATE, num=ROWS, **settings):
    return gymnasium.make_vec(env_id, num_envs=num, backend="warp", device="cpu", **settings)


def make_host(env_id, num=ROWS, **settings):
    return gymnasium.make_vec(env_id, num_envs=num, vectorization_mode="vector_entry_point", **settings)


def small_actions(rng, num=ROWS):
    return torch.as_tensor(rng.uniform(-0.2, 0.2, (num, 80)), dtype=torch.float32)


def starts_of(envs) -> dict:
    """Return reset options with which another environment starts as the rows of a device did."""
    task = envs.unwrapped.device_task
    qpos = task.simulation.qpos.double().numpy()
    w, x, y, z = qpos[:, 3:7].T
    options = {"heading": np.arctan2(2 * (x * y + w * z), 1 - 2 * (y * y + z * z))}
    if hasattr(task, "clock"):
        options["start_time"] = task.clock.start_time.numpy()
        options["clip"] = list(envs.unwrapped.device_task._clip_names())
    return options


def same_start(host, task):
    """Move the bodies of a goal task on the host to where those of the device are; return observations and infos."""
    on_host, rows = host.unwrapped.task, np.arange(ROWS)
    bodies = task.simulation.physics
    on_host.simulation.set_state(rows, *(part.double().numpy() for part in (bodies.qpos, bodies.qvel, bodies.act)))
    for row in range(ROWS):
        on_host._place_start(row, task._origin[row].numpy(), float(task._cos[row]), float(task._sin[row]))
    on_host._refresh()
    on_host._begin(rows)
    return host.unwrapped._observe(), on_host.info()


def parts(observation):
    return observation if isinstance(observation, dict) else {"observation": observation}


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_one_step_is_that_of_the_other_vector_environment(env_id, rng):
    settings = dict(SETTINGS[env_id])
    if "Reach" in env_id or "Direction" in env_id:
        # The knees of the standing pose are at their limit to 1e-12 rad, on either side of it in single precision.
        settings["start"] = "walk*"
    envs, host = make(env_id, **settings), make_host(env_id, **settings)
    observation, info = envs.reset(seed=3)
    options = starts_of(envs)
    task = envs.unwrapped.device_task
    if "Reach" in env_id:
        goal = task._goals.numpy()
        options = {"goal": goal if goal.shape[1] > 1 else goal[:, 0]}
    elif "Direction" in env_id:
        options = {"command": np.stack([part.numpy() for part in task.command], axis=1)}
        observation, info = envs.reset(seed=3, options=options)
    elif "Text" in env_id:
        entries = [task.entries[number] for number in task.clock.clip.tolist()]
        options["prompt"] = [entry.prompt for entry in entries]
        options["variant"] = [entry.variant for entry in entries]
        del options["clip"]
    expected, expected_info = host.reset(seed=3, options=options)
    if "start" in settings:
        expected, expected_info = same_start(host, task)
    assert expected_info.keys() <= info.keys()
    for _ in range(2):
        for key, part in parts(observation).items():
            assert part.dtype == torch.float32
            if key == "observation":
                contacts = host.unwrapped.task.layout["foot_contacts"]
                # Heel and toes share the weight, which the solver finds to its tolerance.
                assert part[:, contacts].numpy() == pytest.approx(parts(expected)[key][:, contacts], abs=0.03)
                part[:, contacts] = torch.as_tensor(parts(expected)[key][:, contacts])
            assert part.numpy() == pytest.approx(parts(expected)[key], abs=5e-3), key
        for key, value in expected_info.items():
            found = np.asarray(info[key])
            if key.startswith("_"):
                assert found.all(), key
            elif value.dtype == object:
                assert key == "clip" or found.tolist() == value.tolist(), key
            else:
                assert found == pytest.approx(value, abs=2e-2 if key == "mpjpe" else 2e-3), key
        action = small_actions(rng)
        observation, reward, terminated, truncated, info = envs.step(action)
        expected, wanted, over, cut, expected_info = host.step(action.numpy())
        scale = 100.0 if "Reach-" in env_id else 1.0  # the reward of an approach is 16 per meter
        assert reward.numpy() == pytest.approx(wanted, abs=1e-4 * scale)
        assert terminated.tolist() == over.tolist()
        assert truncated.tolist() == cut.tolist()


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_rewards_add_up_and_spaces_hold(env_id, rng):
    envs = make(env_id, **SETTINGS[env_id])
    observation, _ = envs.reset(seed=0)
    for _ in range(30):
        numpy = {key: value.numpy() for key, value in parts(observation).items()}
        numpy = numpy if isinstance(observation, dict) else numpy["observation"]
        assert envs.observation_space.contains(numpy)
        observation, reward, _, _, info = envs.step(small_actions(rng))
        total = sum(value for key, value in info.items() if key.startswith("reward_"))
        assert total.numpy() == pytest.approx(reward.numpy(), abs=1e-5)


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_rows_depend_on_their_seed_alone(env_id, rng):
    few, many = make(env_id, 2, **SETTINGS[env_id]), make(env_id, 5, **SETTINGS[env_id])
    action = small_actions(rng, 5)
    first, _ = few.reset(seed=11)
    second, _ = many.reset(seed=10)
    for _ in range(25):  # long enough for some to fall and start again
        for key, part in parts(first).items():
            assert torch.equal(part, parts(second)[key][1:3]), key
        first, *_ = few.step(action[1:3])
        second, *_ = many.step(action)
    again, _ = few.reset(seed=11)
    fresh, _ = make(env_id, 2, **SETTINGS[env_id]).reset(seed=11)
    for key, part in parts(again).items():
        assert torch.equal(part, parts(fresh)[key])


def roll(envs, steps, rng):
    """Return what ``steps`` steps with the same actions give, as NumPy's."""
    observation, _ = envs.reset(seed=5)
    seen = []
    for _ in range(steps):
        observation, reward, terminated, truncated, info = envs.step(small_actions(rng, envs.num_envs))
        seen.append((observation.clone(), reward, terminated | truncated, info))
    return seen


def test_next_step_autoreset():
    envs = make(start_time=0.0)
    seen = roll(envs, 40, np.random.default_rng(1))
    overs = torch.stack([over for _, _, over, _ in seen])
    assert overs.any(dim=0).all()
    row = 0
    end = int(overs[:, row].to(torch.int64).argmax())
    start, reward, over, info = seen[end + 1]
    first, _ = envs.reset(seed=5)
    assert torch.allclose(start[row], first[row], atol=1e-3)
    assert reward[row] == 0.0
    assert not over[row]
    assert info["time"][row] == 0.0
    assert info["frame_coverage"][row] == 0.0
    assert seen[end][3]["termination_reason"][row] == "tracking_lost"
    after = seen[end + 2][3]
    assert float(after["time"][row]) == pytest.approx(1.0 / 30.0)


def test_same_step_autoreset():
    envs = make(start_time=0.0, autoreset_mode="SameStep")
    seen = roll(envs, 40, np.random.default_rng(1))
    overs = torch.stack([over for _, _, over, _ in seen])
    end = int(overs[:, 0].to(torch.int64).argmax())
    observation, _, _, info = seen[end]
    first, _ = envs.reset(seed=5)
    assert torch.allclose(observation[0], first[0], atol=1e-3)
    assert info["time"][0] == 0.0
    assert bool(info["_final_obs"][0])
    assert not torch.allclose(info["final_obs"][0], first[0], atol=1e-3)
    assert float(info["final_info"]["time"][0]) == pytest.approx((end + 1) / 30.0)
    assert info["final_info"]["termination_reason"][0] == "tracking_lost"
    # The other mode plays the same episodes.
    other = roll(make(start_time=0.0), 40, np.random.default_rng(1))
    assert torch.equal(other[end][0][0], info["final_obs"][0])


def test_disabled_autoreset_and_masked_resets(rng):
    envs = make(start_time=0.0, autoreset_mode="Disabled")
    assert envs.metadata["autoreset_mode"] is AutoresetMode.DISABLED
    envs.reset(seed=5)
    over = torch.zeros(ROWS, dtype=torch.bool)
    while not over.all():
        observation, _, terminated, truncated, _ = envs.step(small_actions(rng))
        over |= terminated | truncated
    before = observation.clone()
    mask = np.array([True, False, False, True])
    observation, _ = envs.reset(seed=[5, None, None, 8], options={"reset_mask": mask, "clip": ["walk", "walk"]})
    assert torch.equal(observation[1:3], before[1:3])
    assert not torch.equal(observation[0], before[0])
    moved, *_ = envs.step(small_actions(rng))
    assert torch.equal(moved[1, :5], before[1, :5])
    assert not torch.equal(moved[0], observation[0])
    with pytest.raises(ResetError, match="reset_mask"):
        envs.reset(options={"reset_mask": np.zeros(ROWS, dtype=bool)})


def test_a_time_limit_truncates(rng):
    envs = make("Kinesis-Reach-v0", max_episode_steps=3)
    envs.reset(seed=0)
    cut = [envs.step(small_actions(rng))[3].tolist() for _ in range(5)]
    assert cut == [[False] * ROWS, [False] * ROWS, [True] * ROWS, [False] * ROWS, [False] * ROWS]


@pytest.mark.parametrize("output", ["numpy", "warp", "torch", "jax"])
def test_outputs_and_actions_of_libraries(output, rng):
    envs = make(output=output)
    kind = {"numpy": np.ndarray, "warp": warp.array, "torch": torch.Tensor, "jax": jax.Array}[output]
    observation, info = envs.reset(seed=0)
    action = small_actions(rng)
    given = {
        "numpy": action.numpy(),
        "warp": warp.from_torch(action),
        "torch": action,
        "jax": jax.numpy.asarray(action.numpy()),
    }[output]
    observation, reward, terminated, truncated, info = envs.step(given)
    for value in (observation, reward, terminated, truncated, info["time"], info["_time"]):
        assert isinstance(value, kind)
    if output == "numpy":
        assert envs.observation_space.contains(observation)
        assert reward.dtype == np.float64
        assert info["clip"].tolist() == ["walk"] * ROWS
    assert np.asarray(info["termination_reason"]).tolist() == [""] * ROWS


def test_what_a_user_keeps_does_not_change(rng):
    envs = make("Kinesis-Text-v0", prompts=PROMPTS)
    kept = [envs.reset(seed=0)]
    copies = [pickle.dumps([value.numpy() for value in (kept[0][0], kept[0][1]["time"], kept[0][1]["mpjpe"])])]
    for _ in range(20):
        step = envs.step(small_actions(rng))
        kept.append((step[0], step[4]))
        copies.append(pickle.dumps([value.numpy() for value in (step[0], step[4]["time"], step[4]["mpjpe"])]))
    for (observation, info), copy in zip(kept, copies, strict=True):
        again = [value.numpy() for value in (observation, info["time"], info["mpjpe"])]
        for value, was in zip(again, pickle.loads(copy), strict=True):
            assert value.tolist() == was.tolist()


def test_bad_actions(rng):
    envs = make()
    with pytest.raises(ResetError, match="reset"):
        envs.step(small_actions(rng))
    envs.reset(seed=0)
    with pytest.raises(ActionError, match=r"shape \(4, 80\), given \(4, 79\)"):
        envs.step(torch.zeros((4, 79)))
    with pytest.raises(ActionError, match="numbers"):
        envs.step("left")
    action = small_actions(rng)
    action[1, 3] = float("nan")
    with pytest.raises(ActionError, match="nan in row 1, muscle 3"):
        envs.step(action.numpy())
    observation, reward, terminated, _, info = envs.step(action)
    assert info["termination_reason"][1] == "diverged"
    assert terminated.tolist() == [False, True, False, False]
    assert reward[1] == 0.0
    assert torch.isfinite(observation).all()
    with pytest.raises(ActionError, match="finite"):
        envs.step(small_actions(rng))
    envs.step(small_actions(rng))


def test_options():
    envs = make(motions=["walk*", "turn*"])
    _, info = envs.reset(seed=0, options={"clip": "walk", "start_time": 1.5, "heading": 0.3})
    assert list(info["clip"]) == ["walk"] * ROWS
    assert info["time"].tolist() == [1.5] * ROWS
    for options, words in (
        ({"clip": "wlak"}, "walk"),
        ({"start_time": 1e6}, "at least one step"),
        ({"speed": 1.0}, "unknown reset options"),
        ({"heading": [1.0, 2.0]}, "one for each of 4"),
        ([1], "dict"),
    ):
        with pytest.raises(ResetError, match=words):
            envs.reset(options=options)
    with pytest.raises(ResetError, match="seed"):
        envs.reset(seed=-1)
    text = make("Kinesis-Text-v0", prompts=PROMPTS)
    _, info = text.reset(seed=0, options={"prompt": PROMPTS[1]})
    assert list(info["prompt"]) == [PROMPTS[1]] * ROWS
    with pytest.raises(ResetError, match="one of the environment's prompts"):
        text.reset(options={"prompt": "walk a mile"})


def test_settings_that_do_not_work_here():
    for settings, words in (
        ({"output": "tensorflow"}, "'torch', 'jax', 'warp', 'numpy'"),
        ({"render_rows": [ROWS]}, "render_rows"),
        ({"device": "tpu"}, "not one of Warp's"),
    ):
        with pytest.raises(ConfigError, match=words):
            gymnasium.make_vec(IMITATE, num_envs=ROWS, backend="warp", **{"device": "cpu", **settings})
    with pytest.raises(ConfigError, match="capacity=4"):
        make("Kinesis-Text-v0", prompts=PROMPTS[:2], variants=2, capacity=3)
    with pytest.raises(ConfigError, match="needs backend"):
        make_host(IMITATE, device="cpu")
    with pytest.raises(ConfigError, match="'mujoco', 'warp'"):
        make_host(IMITATE, backend="brax")


def test_clip_statistics_and_weights(rng):
    envs = make(motions=["walk*", "run*", "turn*"], num=8)
    envs.unwrapped.set_clip_weights({"*": 0.0, "run-*": 1.0, "walk": 1.0})
    envs.unwrapped.set_clip_starts({"walk": [0.0, 0.0, 0.0, 1.0]})
    clips, times = set(), []
    for seed in range(4):
        _, info = envs.reset(seed=100 * seed)
        names = list(info["clip"])
        clips |= set(names)
        times += [float(time) for name, time in zip(names, info["time"], strict=True) if name == "walk"]
    assert "walk" in clips
    assert all(name == "walk" or name.startswith("run-") for name in clips)
    assert min(times) >= 0.75 * 10.6
    for _ in range(40):
        envs.step(small_actions(rng, 8))
    statistics = envs.unwrapped.clip_statistics()
    assert sum(clip["episodes"] for clip in statistics.values()) >= 8
    assert all(0.0 <= clip["coverage"] <= 1.0 for clip in statistics.values())
    assert statistics["walk"]["failures"] == sum(statistics["walk"]["failures_by_part"])


def test_semantic_success_of_bodies_that_do_it_and_that_do_not(rng):
    envs = make("Kinesis-Text-v0", prompts=["stand for 2 seconds", "walk forward"], termination_distance=100.0, num=2)
    envs.reset(seed=0, options={"prompt": ["stand for 2 seconds", "walk forward"]})
    task = envs.unwrapped.device_task
    model = task.simulation.model
    rows = torch.ones(2, dtype=torch.bool)
    standing = [task.simulation.tensor(part) for part in (model.key_qpos, np.zeros((1, 20)), model.key_act)]
    over = torch.zeros(2, dtype=torch.bool)
    met = np.zeros(2, dtype=bool)
    for _ in range(200):
        task.simulation.set_state(rows, *(part.expand(2, -1) for part in standing))
        _, _, terminated, truncated, info = envs.step(torch.zeros((2, 80)))
        ended = (terminated | truncated) & ~over
        judged = np.asarray(info["semantic_success"])
        assert not judged[~(terminated | truncated).numpy()].any()
        met |= judged & ended.numpy()
        over |= ended
        if over.all():
            break
    assert met.tolist() == [True, False]
    assert isinstance(info["semantic_success"][0], bool)


def test_commands_from_outside(rng):
    envs = make("Kinesis-Direction-v0")
    envs.reset(seed=0)
    envs.unwrapped.set_command(0.5, 1.25, [1, 2])
    _, _, _, _, info = envs.step(small_actions(rng))
    assert info["command_speed"].tolist()[1:3] == [1.25, 1.25]
    with pytest.raises(ResetError, match="speed"):
        envs.unwrapped.set_command(0.5, 9.0)


def test_goal_env_api(rng):
    envs = make("Kinesis-ReachGoal-v0", reward="dense")
    envs.reset(seed=0)
    observation, reward, *_, info = envs.step(small_actions(rng))
    again = envs.unwrapped.compute_reward(
        observation["achieved_goal"].numpy(), observation["desired_goal"].numpy(), info
    )
    assert again == pytest.approx(reward.numpy(), abs=1e-6)


@pytest.mark.parametrize("settings", [{"action_mode": "residual"}, {"start_activation": "hold"}])
def test_residual_actions_and_held_activations_as_on_the_host(settings):
    envs, host = make(**settings), make_host(IMITATE, **settings)
    envs.reset(seed=1)
    host.reset(seed=1, options=starts_of(envs))
    action = torch.zeros((ROWS, 80))
    for _ in range(2):
        _, reward, *_ = envs.step(action)
        _, wanted, *_ = host.step(action.numpy())
        assert reward.numpy() == pytest.approx(wanted, abs=1e-3)


def test_residual_of_a_standing_body_stands():
    envs = make("Kinesis-Reach-v0", action_mode="residual", num=2)
    envs.reset(seed=0)
    for _ in range(60):
        _, _, terminated, _, info = envs.step(torch.zeros((2, 80)))
    assert not terminated.any()
    assert float(info["time"][0]) == pytest.approx(2.0)


def test_starts_with_noise_and_fatigue():
    envs = make(start_noise=[0.02, 0.1], fatigue=True, initial_fatigue=[0.0, 0.5], muscle_observations=["fatigue"])
    observation, info = envs.reset(seed=0, options={"clip": "walk", "start_time": 1.0})
    fatigue = observation[:, envs.unwrapped.task.layout["muscle_fatigue"]]
    assert 0.2 < float(fatigue.mean()) < 0.3
    assert info["fatigue"].numpy() == pytest.approx(fatigue.mean(dim=1).numpy(), rel=1e-5)
    qpos = envs.unwrapped.device_task.simulation.qpos
    assert 0.001 < float(qpos[:, 0].std()) < 0.02
    assert 0.01 < float(qpos[:, 8].std()) < 0.1
    _, info = envs.reset(options={"fatigue": 0.25})
    assert info["fatigue"].tolist() == pytest.approx([0.25] * ROWS)


def test_rendering_of_chosen_rows(rng):
    envs = make(render_mode="rgb_array", render_rows=[0, 2], width=64, height=48)
    envs.reset(seed=0)
    envs.step(small_actions(rng))
    first, second = envs.render()
    assert first.shape == second.shape == (48, 64, 3)
    assert (first != second).any()
    # The host's body stands where the device's does.
    envs.unwrapped.device_task.mirror(2)
    assert envs.unwrapped.task.simulation.qpos[0] == pytest.approx(
        envs.unwrapped.device_task.simulation.qpos[2].numpy(), abs=1e-6
    )
    reference = envs.unwrapped.task.reference()
    assert reference.qpos[0] == pytest.approx(envs.unwrapped.device_task.clock.now().qpos[2].numpy(), abs=1e-4)
    envs.close()


def test_attributes_and_methods_of_each_body():
    envs = make(render_mode="rgb_array", width=32, height=24)
    envs.reset(seed=0)
    assert envs.get_attr("render_mode") == ("rgb_array",) * ROWS
    envs.set_attr("own", 3)
    assert envs.call("own") == (3,) * ROWS
    assert len(envs.call("render")) == 1
    envs.close()


def test_too_little_memory(monkeypatch):
    def full(*arguments, **keywords):
        raise RuntimeError("Failed to allocate 5000000 bytes on device 'cuda:0'")

    monkeypatch.setattr("mujoco_warp.put_data", full)
    with pytest.raises(DeviceError, match="too little memory for 4 bodies"):
        make()


def test_a_copy_by_pickling():
    envs = make(lookahead=2)
    copy = pickle.loads(pickle.dumps(envs.unwrapped))
    first, _ = envs.reset(seed=4)
    second, _ = copy.reset(seed=4)
    assert torch.equal(first, second)


def test_nothing_of_it_is_imported_without_it():
    code = (
        "import sys, gymnasium, kinesis_env; gymnasium.make_vec('Kinesis-Reach-v0', num_envs=2); "
        "print('torch' in sys.modules, 'warp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def low_pelvis(context):
    xp = array_namespace(context.qpos)
    return xp.exp(-2.0 * context.body_position("pelvis")[:, 2])


def shanks(context):
    xp = array_namespace(context.qpos)
    parts = [context.body_position(f"tibia_{side}")[:, 2] for side in "rl"]
    return xp.stack([*parts, context.reference.qpos[:, 2], context.body_velocity("toes_l")[:, 2]], -1)


def late(context):
    return context.time > 0.15


def wrong_shape(context):
    return context.time[:2]


def test_terms_of_the_user(rng):
    name = "tests.integrations.warp.test_envs"
    settings = {
        "rewards": {"low": {"weight": 0.5, "term": f"{name}:low_pelvis"}},
        "extra_observations": {"shanks": f"{name}:shanks"},
        "extra_terminations": {"late": f"{name}:late"},
        "start_time": 1.0,
    }
    envs, host = make(**settings), make_host(IMITATE, **settings)
    envs.reset(seed=0)
    host.reset(seed=0)
    for step in range(6):
        action = small_actions(rng)
        observation, reward, terminated, _, info = envs.step(action)
        expected, wanted, over, _, wanted_info = host.step(action.numpy())
        if step < 2:  # bodies with random muscles come apart slowly
            assert observation[:, -4:].numpy() == pytest.approx(expected[:, -4:], abs=2e-3)
            assert reward.numpy() == pytest.approx(wanted, abs=1e-3)
        assert info["reward_low"].numpy() == pytest.approx(wanted_info["reward_low"], abs=1e-2)
        assert terminated.tolist() == over.tolist()
    wrong = make(rewards={"wrong": {"weight": 1.0, "term": f"{name}:wrong_shape"}})
    wrong.reset(seed=0)
    with pytest.raises(TermError, match=r"must return numbers \(4,\)"):
        wrong.step(small_actions(rng))


@pytest.mark.parametrize("env_id", ENV_IDS)
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_a_step_copies_nothing_between_host_and_device(env_id, mode, rng, monkeypatch):
    conditions = {
        "fatigue": True,
        "initial_fatigue": [0.0, 0.2],
        "weakness": {"soleus_*": [0.5, 1.0]},
        "excitation_noise": 0.1,
        "activation_delay": 0.01,
        "slope": [0.0, 2.0],
        "push": 5.0,
        "start_noise": [0.01, 0.01],
        "muscle_observations": ["length", "velocity", "force", "fatigue"],
    }
    envs = make(env_id, autoreset_mode=mode, max_episode_steps=3, **(conditions | SETTINGS[env_id]))
    envs.reset(seed=0)
    actions = [small_actions(rng) for _ in range(6)]
    envs.step(actions[0])
    envs.unwrapped._look = lambda: None  # which waits only now and then, with a GPU

    def copies(*arguments, **keywords):
        raise AssertionError("a copy between host and device")

    with monkeypatch.context() as patch:
        for name in ("tensor", "as_tensor", "from_numpy"):
            patch.setattr(torch, name, copies)
        for name in ("item", "cpu", "numpy", "tolist", "__bool__", "__float__", "__int__", "__index__", "__array__"):
            patch.setattr(torch.Tensor, name, copies)
        for action in actions[1:]:
            envs.step(action)
