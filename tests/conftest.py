"""What every test may use. Chooses an OpenGL backend before MuJoCo is imported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from kinesis_env.drawing import prepare_headless

prepare_headless()

# The formulas are tested as they are written, whether Numba is installed or not; with it, by tests/integrations.
os.environ.setdefault("KINESIS_COMPILED", "0")

# The same cases on every run and machine; KINESIS_RANDOM_TESTS=1 looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
if not os.environ.get("KINESIS_RANDOM_TESTS"):
    settings.load_profile("same")


@pytest.fixture(scope="session")
def motions(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with two small motions, ``amble`` (3 s) and ``sway`` (2 s)."""
    from tests.support import write_motions  # imports MuJoCo

    return write_motions(Path(tmp_path_factory.mktemp("motions")))
