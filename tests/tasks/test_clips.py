import gymnasium
import numpy as np
import pytest

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.curriculum import HardClips
from kinesis_env.errors import ConfigError
from kinesis_env.tasks.clips import PARTS, Clips

NAMES = ("run", "stand", "walk", "walk-slow")


def drawn(clips, count=4000):
    rng = np.random.default_rng(0)
    return np.bincount([clips.draw(rng) for _ in range(count)], minlength=4) / count


def test_weights_by_pattern():
    clips = Clips(NAMES, np.ones(4))
    np.testing.assert_allclose(drawn(clips), 0.25, atol=0.03)
    clips.set_weights({"walk*": 3.0, "walk-slow": 0.0})
    assert clips.weights == {"run": 0.2, "stand": 0.2, "walk": 0.6, "walk-slow": 0.0}
    np.testing.assert_allclose(drawn(clips), [0.2, 0.2, 0.6, 0.0], atol=0.03)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"jump": 1.0}, "no clip matches 'jump'; the clips are run, stand, walk, walk-slow"),
        ({"run": -1.0}, r"weights\['run'\] must be a finite number from 0, given -1.0"),
        ({"run": float("nan")}, "must be a finite number"),
        ({"run": "often"}, "must be a finite number"),
        ({"*": 0.0}, "at least one clip needs a weight above 0"),
    ],
)
def test_impossible_weights_change_nothing(weights, message):
    clips = Clips(NAMES, np.ones(4))
    with pytest.raises(ConfigError, match=message):
        clips.set_weights(weights)
    assert clips.weights["run"] == 0.25


def test_starts_by_part():
    clips = Clips(NAMES, np.ones(4))
    clips.set_starts({"walk": [0.0, 1.0, 3.0, 0.0]})
    assert [clips.start(2, share) for share in (0.0, 0.25, 0.625, 1.0)] == pytest.approx(
        [0.0, 0.5, 0.625, 0.75], abs=0.26
    )
    shares = np.array([clips.start(2, share) for share in np.linspace(0.001, 0.999, 999)])
    counts = np.histogram(shares, bins=4, range=(0, 1))[0]
    np.testing.assert_allclose(counts / 999, [0.0, 0.25, 0.75, 0.0], atol=0.01)
    assert clips.start(0, 0.3) == 0.3
    clips.set_starts({"walk": None})
    assert clips.start(2, 0.3) == 0.3
    for starts in ({"jump": [1.0]}, {"walk": [0.0]}, {"walk": [1.0, -1.0]}, {"walk": []}):
        with pytest.raises(ConfigError):
            clips.set_starts(starts)


def test_episodes_are_counted():
    clips = Clips(NAMES, np.ones(4))
    clips.count(
        np.array([0, 2, 2]), np.array([0.5, 1.0, 0.2]), np.array([True, False, True]), np.array([0.55, 1.0, 1.0])
    )
    statistics = clips.statistics()
    assert statistics["run"] | {"failures_by_part": []} == {
        "episodes": 1,
        "coverage": 0.5,
        "failures": 1,
        "failures_by_part": [],
    }
    assert statistics["run"]["failures_by_part"] == [0] * 5 + [1] + [0] * 4
    assert statistics["walk"]["coverage"] == pytest.approx(0.6)
    assert statistics["walk"]["failures_by_part"] == [0] * (PARTS - 1) + [1]
    assert statistics["stand"]["episodes"] == 0


def test_environments_draw_by_weight_and_count(motions):
    """The same seeds and weights give the same clips, single and vector; each failure is one episode of its clip."""
    names = sorted(gymnasium.make("Kinesis-Imitate-v0", motions=motions).unwrapped.clip_statistics())
    envs = gymnasium.make_vec(
        "Kinesis-Imitate-v0", 6, motions=motions, motion_weights={"*": 0.0, names[0]: 1.0}
    ).unwrapped
    _, info = envs.reset(seed=0)
    assert set(info["clip"]) == {names[0]}
    envs.set_clip_weights({names[0]: 0.0, names[1]: 2.0})
    _, info = envs.reset(seed=0)
    assert set(info["clip"]) == {names[1]}
    failures = 0
    for _ in range(30):
        *_, terminated, _, _ = envs.step(np.zeros((6, 80), dtype=np.float32))
        failures += int(terminated.sum())
    assert failures > 0
    statistics = envs.clip_statistics()
    assert statistics[names[1]]["failures"] == sum(statistics[names[1]]["failures_by_part"]) == failures
    assert 0.0 < statistics[names[1]]["coverage"] < 1.0
    assert statistics[names[0]]["episodes"] == 0


def test_hard_clips_are_drawn_more_often(motions):
    rule, env = HardClips(floor=0.1, memory=10.0), gymnasium.make("Kinesis-Imitate-v0", motions=motions)
    assert set(rule.update(env).values()) == {1.0}  # nothing is known yet
    first = next(iter(env.unwrapped.clip_statistics()))
    clips = env.unwrapped.task.clips
    row = np.zeros(90, dtype=np.int64)
    clips.count(row, np.ones(90), np.zeros(90, dtype=bool), np.ones(90))
    assert rule.update(env)[first] == pytest.approx(0.1 + 0.9 * 10 / 100)
    assert clips.weights[first] == pytest.approx(0.19 / (0.19 + len(clips.weights) - 1))
    clips.count(row[:10], np.full(10, 0.5), np.ones(10, dtype=bool), np.full(10, 0.5))
    assert rule.update(env)[first] == pytest.approx(0.1 + 0.9 * (10 * 0.1 + 10) / 20)
    assert HardClips(starts=True).update(env)
    assert clips.start(0, 0.5) == pytest.approx(0.5, abs=0.1)
    with pytest.raises(ConfigError, match="ReachEnv has no clips to weigh"):
        rule.update(gymnasium.make("Kinesis-Reach-v0"))
