"""What docs/gpu.md shows works."""

from __future__ import annotations

import pytest

from tests.test_docs import NEEDS_WARP, ROOT, blocks

pytestmark = pytest.mark.integration


def test_python_runs():
    [text] = blocks(ROOT / "docs" / NEEDS_WARP, "python")
    short = text.replace("4096", "4").replace("range(1000)", "range(2)")
    assert short != text
    surroundings = {}
    exec(compile(short, NEEDS_WARP, "exec"), surroundings)
    assert surroundings["observation"].shape == (4, 234)
