import gymnasium
import numpy as np
import pytest

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.errors import ConfigError

NOISE = [0.02, 0.1]


@pytest.mark.parametrize("env_id", ["Kinesis-Imitate-v0", "Kinesis-Reach-v0", "Kinesis-Direction-v0"])
def test_starts_are_off_by_no_more_than_allowed(env_id):
    options = {"start_time": 0.0} if env_id == "Kinesis-Imitate-v0" else {}
    usual, noisy = (gymnasium.make(env_id, start_noise=noise).unwrapped for noise in ([0.0, 0.0], NOISE))
    usual.reset(seed=0, options=options)
    off = []
    for seed in range(40):
        noisy.reset(seed=seed, options=options)
        off.append(noisy.data.qpos - usual.data.qpos)
        np.testing.assert_array_equal(noisy.data.qvel, usual.data.qvel)
    place, height, hinges = (np.abs(off)[:, part] for part in (slice(0, 2), slice(2, 7), slice(7, 21)))
    assert 0.018 < place.max() <= 0.02
    assert height.max() == 0.0
    assert 0.095 < hinges.max() <= 0.1 + 1e-12
    low, high = noisy.model.jnt_range[1:].T
    assert (noisy.data.qpos[7:] >= low).all()
    assert (noisy.data.qpos[7:] <= high).all()


def test_a_goal_is_as_far_from_a_start_that_is_off():
    env = gymnasium.make("Kinesis-Reach-v0", start_noise=NOISE).unwrapped
    _, info = env.reset(seed=3, options={"goal": [3.0, 4.0]})
    assert info["distance"] == pytest.approx(5.0, abs=1e-9)


def test_noise_is_drawn_last_and_row_by_row():
    """Without noise nothing else changes, and row i is the single environment with its seed."""
    rows = gymnasium.make_vec("Kinesis-Imitate-v0", 3, motions="walk*", start_noise=NOISE).unwrapped
    rows.reset(seed=5)
    for row in range(3):
        one, plain = (
            gymnasium.make("Kinesis-Imitate-v0", motions="walk*", start_noise=noise).unwrapped
            for noise in (NOISE, [0, 0])
        )
        one.reset(seed=5 + row)
        plain.reset(seed=5 + row)
        np.testing.assert_array_equal(rows.task.simulation.qpos[row], one.data.qpos)
        assert one.motion.name == plain.motion.name


@pytest.mark.parametrize("noise", [[0.1], [-0.1, 0.0], [0.0, 2.0]])
def test_what_is_not_allowed(noise):
    with pytest.raises(ConfigError, match=r"start_noise must be \[meters, radians\] from 0 to 1"):
        gymnasium.make("Kinesis-Imitate-v0", start_noise=noise)
