"""MuJoCo Warp's launches, captured as graphs."""

from __future__ import annotations

import pytest
import torch

from kinesis_env.model.names import load_model
from kinesis_env.warp.physics import Physics

pytestmark = pytest.mark.integration


class Bodies(Physics):
    """Three standing bodies with muscles at half."""

    def __init__(self):
        super().__init__(load_model(), 3, "cpu")
        self.ctrl.fill_(0.5)
        self.launched = 0

    def advance(self):
        self.launched += 1
        self.before_control()
        self.after_control()


def test_a_graph_does_what_its_launches_do():
    captured, launched = Bodies(), Bodies()
    for _ in range(6):
        captured.run(captured.advance)
        with launched.on_device():
            launched.advance()
    assert captured.launched == 2  # once to compile and to do it, and once to capture
    for one, other in ((captured.qpos, launched.qpos), (captured.qvel, launched.qvel), (captured.act, launched.act)):
        assert torch.equal(one, other)
    assert captured.qvel.abs().max() > 0.1


def test_gravity_of_its_own_reaches_a_graph_that_was_captured_before():
    bodies = Bodies()
    bodies.run(bodies.advance)
    bodies.gravity()[1] = torch.tensor([3.0, 0.0, -9.0])
    for _ in range(3):
        bodies.run(bodies.advance)
    assert bodies.qvel[1, 0] - bodies.qvel[0, 0] > 0.01
    assert torch.equal(bodies.qvel[2], bodies.qvel[0])
