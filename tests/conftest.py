"""What every test may use. Chooses an OpenGL backend before MuJoCo is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinesis_env.gl import prepare_headless

prepare_headless()


@pytest.fixture(scope="session")
def motions(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with two small motions, ``amble`` (3 s) and ``sway`` (2 s)."""
    from tests.support import write_motions  # imports MuJoCo

    return write_motions(Path(tmp_path_factory.mktemp("motions")))
