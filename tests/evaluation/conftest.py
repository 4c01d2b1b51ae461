"""Policies and evaluations that the tests share."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.evaluation import Evaluation, RowPolicy, evaluate


class Network:
    """A small network of float32: its products of matrices are rounded as the number of rows has it."""

    def __init__(self, size: int = 234, hidden: int = 64) -> None:
        rng = np.random.default_rng(1)
        self.first = rng.normal(0, 0.3, (size, hidden)).astype(np.float32)
        self.second = rng.normal(0, 0.1, (hidden, 80)).astype(np.float32)

    def __call__(self, observation: np.ndarray) -> np.ndarray:
        return np.tanh(np.tanh(observation @ self.first) @ self.second)


class Remembers(RowPolicy):
    """Acts by the mean of what it has seen in its episode."""

    def prepare(self, task):
        self.network = Network(task.observation_size)
        self.total = np.zeros((task.simulation.num, task.observation_size), np.float32)
        self.seen = np.zeros(task.simulation.num)

    def reset(self, rows, cases):
        self.total[rows] = 0.0
        self.seen[rows] = 0

    def act(self, observation, rows):
        self.total[rows] += observation
        self.seen[rows] += 1
        return self.network((self.total[rows] / self.seen[rows, None]).astype(np.float32))


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def remembers() -> Remembers:
    return Remembers()


@pytest.fixture(scope="session")
def zero(motions) -> Evaluation:
    return evaluate("zero", motions=motions, seeds=2, protocol=None)


@pytest.fixture(scope="session")
def passive(motions) -> Evaluation:
    return evaluate("passive", motions=motions, seeds=2, protocol=None)
