"""Motions may be named, or given themselves; other values may be NumPy's, paths, or any sequence or mapping."""

from __future__ import annotations

import pickle
from collections import UserDict, UserList
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from kinesis_env.config import as_yaml
from kinesis_env.envs import ImitateEnv, ImitateVectorEnv, ReachEnv
from kinesis_env.errors import ConfigError, UnknownArgumentError
from kinesis_env.motions import MotionLibrary, load_motions, trim


@pytest.fixture(scope="module")
def short():
    return trim(load_motions("walk")[0], 0.0, 1.0).replace(name="short")


def names(env):
    return env.unwrapped.task.library.names


def test_a_motion_a_library_and_lists_of_them(short, tmp_path):
    file = short.replace(name="saved").save(tmp_path / "saved.npz")
    assert names(ImitateEnv(motions=short)) == ("short",)
    assert names(ImitateEnv(motions=MotionLibrary([short]))) == ("short",)
    assert names(ImitateEnv(motions=[short, Path(file), "walk"])) == ("short", "saved", "walk")
    assert names(gymnasium.make("Kinesis-Imitate-v0", motions=Path(file))) == ("saved",)
    assert ReachEnv(start=short).reset(seed=0)


def test_pickling_with_a_motion(short):
    env = ImitateVectorEnv(2, motions=[short])
    assert names(pickle.loads(pickle.dumps(env))) == ("short",)


def test_what_is_no_plain_data_says_so(short):
    env = gymnasium.make("Kinesis-Imitate-v0", motions=short)
    with pytest.raises(ConfigError, match="a Motion object is not plain data; save it, and give the file name"):
        as_yaml("Kinesis-Imitate-v0", env.unwrapped.config)


@pytest.mark.parametrize("wrong", [5, None, {"walk": 1}, ["walk", 3]])
def test_what_is_no_motion(wrong):
    with pytest.raises(ConfigError, match=r"motions.* must be a string or a Motion"):
        ImitateEnv(motions=wrong)


def test_values_as_numpy_and_others_have_them():
    env = ReachEnv(
        lookahead=np.int64(2),
        radius=np.float32(0.25),
        fatigue=np.True_,
        goals=np.array(3),
        mass_scale=np.array([0.9, 1.1]),
        muscle_observations=UserList(["length"]),
        weakness=UserDict({"soleus_*": np.float64(0.5)}),
    )
    config = env.config
    assert (config.lookahead, config.radius, config.fatigue, config.goals) == (2, 0.25, True, 3)
    assert config.mass_scale == (0.9, 1.1)
    assert config.muscle_observations == ("length",)
    assert dict(config.weakness) == {"soleus_*": 0.5}


def test_an_unknown_keyword_is_what_python_raises():
    with pytest.raises(TypeError, match="unexpected keyword argument 'frameskip'; the keyword arguments are ") as e:
        gymnasium.make("Kinesis-Imitate-v0", frameskip=1)
    assert isinstance(e.value, UnknownArgumentError)
    assert isinstance(e.value, ConfigError)
