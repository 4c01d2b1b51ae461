"""An episode that is lost in its last frame is lost: neither a success nor truncated."""

from __future__ import annotations

import numpy as np

from tests.support import make_env


def test_lost_in_the_last_frame():
    env = make_env(motions="walk", start_time=0.0).unwrapped
    env.reset(seed=0)
    task = env.task
    task.clock.elapsed[:] = task.clock.length - 1
    qpos = env.reference.qpos.copy()
    qpos[0] += 5.0  # far from where it should be
    env.set_state(qpos, np.zeros(20))
    _, _, terminated, truncated, info = env.step(np.zeros(80, np.float32))
    assert (terminated, truncated) == (True, False)
    assert info["termination_reason"] == "tracking_lost"
    assert info["is_success"] is False
