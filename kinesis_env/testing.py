"""Reward regression: record the rewards of an environment, and detect every change.

    from kinesis_env.testing import check, record

    record("Kinesis-Imitate-v0", rewards={"energy": {"weight": 0.2}}).save("my_rewards.npz")
    report = check("my_rewards.npz")     # a year later, in CI
    assert report.ok, report

With pytest, ``pytest --kinesis-reward-trace=my_rewards.npz`` does the same in one line, and the fixture
``reward_trace`` does it in your own tests. The package ships traces of the registered ids: :func:`shipped_traces`.
"""

from kinesis_env import regression
from kinesis_env.regression import *  # noqa: F403  (the same public names)

__all__: list[str] = []
__all__ += regression.__all__
