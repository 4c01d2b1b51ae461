"""PPO of RLlib on its runners. Run by ``make test-integrations``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import gymnasium
import pytest

from kinesis_env.errors import UnknownArgumentError

pytestmark = pytest.mark.integration

EXAMPLE = Path(__file__).parents[2] / "examples" / "17_rllib.py"


def test_the_example_trains_on_two_runners() -> None:
    pytest.importorskip("ray.rllib", reason="the extra 'integrations' is not installed")
    environment = {**os.environ, "STEPS": "512", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    steps = [int(line.split()[0]) for line in done.stdout.splitlines() if " steps: an episode lasts " in line]
    assert steps, done.stdout
    assert steps[-1] >= 512


def test_a_creator_of_one_environment_is_told_what_to_make() -> None:
    with pytest.raises(UnknownArgumentError, match=r"make_vec\(ID, num_envs=\.\.\.\)") as caught:
        gymnasium.make("Kinesis-Imitate-v0", num_envs=4)
    assert isinstance(caught.value, TypeError)
