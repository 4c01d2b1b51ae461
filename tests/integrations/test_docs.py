"""What docs/libraries.md shows works. Run by ``make test-integrations``."""

from __future__ import annotations

import re

import pytest

from tests.test_docs import NEEDS_LIBRARIES, ROOT, blocks

pytestmark = pytest.mark.integration

pytest.importorskip("stable_baselines3", reason="the extra 'integrations' is not installed")


@pytest.mark.filterwarnings("ignore:You have specified a mini-batch size:UserWarning")
def test_python_runs_one_snippet_after_the_other() -> None:
    surroundings: dict[str, object] = {}
    for text in blocks(ROOT / "docs" / NEEDS_LIBRARIES, "python"):
        short = re.sub(r"learn\([\d_]+", "learn(64", text).replace("range(100)", "range(2)").replace(", 64,", ", 4,")
        exec(compile(short, NEEDS_LIBRARIES, "exec"), surroundings)
