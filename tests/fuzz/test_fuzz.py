"""Mutated files, configurations, calls and traces: an error of the package, or a sane result, in a short time.

For about a minute in the tests; for hours by hand: ``KINESIS_FUZZ_SECONDS=3600 KINESIS_FUZZ_SEED=7 pytest tests/fuzz``.
A failure names its seed: with ``KINESIS_FUZZ_ROUND=seed,round`` only that round is run.
"""

from __future__ import annotations

import os
import time

import gymnasium
import numpy as np
import pytest

from kinesis_env.errors import KinesisError
from kinesis_env.model.bounds import beyond
from kinesis_env.motions import read_motions
from kinesis_env.registration import ENV_IDS
from kinesis_env.testing import check
from tests.fuzz.mutate import mutated_archive, mutated_bytes, mutated_value
from tests.fuzz.seeds import write_seeds

SECONDS = float(os.environ.get("KINESIS_FUZZ_SECONDS", "40")) / 4
SEED = int(os.environ.get("KINESIS_FUZZ_SEED", "0"))
ROUND = os.environ.get("KINESIS_FUZZ_ROUND")
#: The longest time of one round [s].
PATIENCE = 20.0


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    return write_seeds(tmp_path_factory.mktemp("seeds"))


def rounds(attack):
    """Call an attack with one generator after the other until the time is up; at least three times."""
    if ROUND is not None:
        attack(np.random.default_rng([int(part) for part in ROUND.split(",")]))
        return
    end, number = time.monotonic() + SECONDS, 0
    while number < 3 or time.monotonic() < end:
        start, message = time.monotonic(), ""
        try:
            attack(np.random.default_rng([SEED, number]))
        except KinesisError as error:
            message = str(error)
        except BaseException as error:
            error.add_note(f"KINESIS_FUZZ_ROUND={SEED},{number}")
            raise
        assert len(message) <= 800, f"round {SEED},{number}: a message without an end"
        assert time.monotonic() - start < PATIENCE, f"round {SEED},{number} took too long"
        number += 1


def mutant(seeds, rng, tmp_path, suffixes):
    chosen = [seed for seed in seeds if seed.suffix in suffixes]
    seed = chosen[int(rng.integers(len(chosen)))]
    data = seed.read_bytes()
    change = mutated_archive if seed.suffix == ".npz" and rng.integers(2) else mutated_bytes
    path = tmp_path / seed.name
    path.write_bytes(change(data, rng))
    return path


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_files(seeds, tmp_path):
    def attack(rng):
        for motion in read_motions(mutant(seeds, rng, tmp_path, (".bvh", ".npy", ".mot", ".npz"))):
            assert not beyond(motion.qpos, motion.qvel).any()
            assert np.isfinite(motion.body_vel).all()

    rounds(attack)


def played(env_id, rng, **kwargs):
    env = gymnasium.make(env_id, disable_env_checker=True, **kwargs).unwrapped
    observation, _ = env.reset(seed=0)
    for _ in range(3):
        observation, reward, *_ = env.step(rng.uniform(-1, 1, 80).astype(np.float32))
        parts = observation.values() if isinstance(observation, dict) else (observation,)
        assert all(np.abs(part).max() < 1e6 for part in parts)
        assert abs(reward) < 1e9
    return env


def test_configurations(seeds, tmp_path):
    def attack(rng):
        path = mutant(seeds, rng, tmp_path, (".yaml",))
        played(path.stem, rng, config=path)

    rounds(attack)


def test_calls(tmp_path):
    made = {}

    def attack(rng):
        env_id = ENV_IDS[int(rng.integers(len(ENV_IDS)))]
        if env_id not in made:
            made[env_id] = played(env_id, rng)
        env = made[env_id]
        keys = [*env.task.options, "unknown"]
        value = mutated_value(rng)
        kind = rng.integers(4)
        if kind == 0:
            fields = list(vars(env.config))
            played(env_id, rng, **{fields[int(rng.integers(len(fields)))]: value})
        elif kind == 1:
            env.reset(options={keys[int(rng.integers(len(keys)))]: value})
        elif kind == 2:
            env.reset(seed=0)
            env.step(value)
        else:
            env.set_state(value, np.zeros(20))

    rounds(attack)


def test_traces(seeds, tmp_path):
    def attack(rng):
        path = tmp_path / "trace.npz"
        path.write_bytes(mutated_archive(next(s for s in seeds if s.name == "trace.npz").read_bytes(), rng))
        check(path, terms_only=True)

    rounds(attack)
