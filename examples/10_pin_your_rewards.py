"""Record the rewards of an environment in a small file, and detect every change, as a test in CI does."""

import tempfile
from pathlib import Path

from kinesis_env.testing import check, record

mine = {"motions": "walk", "rewards": {"energy": {"weight": 0.2}}}

with tempfile.TemporaryDirectory() as folder:
    file = record("Kinesis-Imitate-v0", **mine).save(Path(folder) / "my_rewards.npz")
    print(check(file))  # a test only needs assert check(file).ok

    # Someone makes the position term 0.1 % stricter.
    stricter = {**mine, "rewards": {"energy": {"weight": 0.2}, "position": {"scale": 200.2}}}
    print(check(file, stricter, terms_only=True))
