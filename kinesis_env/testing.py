"""Reward regression: record what an environment gives, and detect every change.

    from kinesis_env.testing import check, record

    record("Kinesis-Imitate-v0", rewards={"energy": {"weight": 0.2}}).save("my_rewards.npz")
    report = check("my_rewards.npz")     # a year later, in CI
    assert report.ok, report

With pytest, ``pytest --kinesis-reward-trace=my_rewards.npz`` is the same in one line, and the fixture ``reward_trace``
does it in a test of your own. The registered ids have traces in the package: :func:`shipped_traces`.
"""

from kinesis_env import regression
from kinesis_env.regression import *  # noqa: F403  (the same public names)

__all__: list[str] = []
__all__ += regression.__all__
