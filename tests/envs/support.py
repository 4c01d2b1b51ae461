"""What the tests of all environments share."""

from __future__ import annotations

import inspect

import numpy as np

from tests.support import random_actions

HEADINGS = [
    "Description",
    "Action Space",
    "Observation Space",
    "Rewards",
    "Starting State",
    "Episode End",
    "Arguments",
    "Version History",
]


def headings_of(cls) -> list[str]:
    """The headings of the page of an environment, which is its docstring."""
    return [line[3:] for line in inspect.getdoc(cls).splitlines() if line.startswith("## ")]


def same(one, other) -> bool:
    """Whether observations are equal, number by number."""
    return (
        all(np.array_equal(one[key], other[key]) for key in other)
        if isinstance(other, dict)
        else np.array_equal(one, other)
    )


def row_of(observations, row):
    return (
        {key: value[row] for key, value in observations.items()}
        if isinstance(observations, dict)
        else observations[row]
    )


def assert_rows_are_single_environments(vector, envs, *, seed: int, steps: int = 40) -> int:
    """Step a vector environment that resets at the next step, and single ones; return how many episodes ended."""
    observations, infos = vector.reset(seed=seed)
    for row, env in enumerate(envs):
        observation, info = env.reset(seed=seed + row)
        assert same(row_of(observations, row), observation)
        assert {key: infos[key][row] for key in info} == info
    over, ends = np.zeros(len(envs), dtype=bool), 0
    for actions in random_actions(0, steps, len(envs), scale=0.5):
        observations, rewards, terminated, truncated, infos = vector.step(actions)
        for row, env in enumerate(envs):
            if over[row]:
                observation, info = env.reset()
                expected = (0.0, False, False)
            else:
                observation, *expected, info = env.step(actions[row])
            assert same(row_of(observations, row), observation)
            assert (rewards[row], terminated[row], truncated[row]) == tuple(expected)
            assert {key: infos[key][row] for key in info} == info
            assert all(infos[f"_{key}"][row] for key in info)
            over[row] = expected[1] or expected[2]
            ends += over[row]
    return ends
