"""The learned policies of baselines/ do what their evaluations say. Run by ``make test-integrations``."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinesis_env.evaluation import Evaluation, load_policy, verify

pytestmark = pytest.mark.integration

pytest.importorskip("onnxruntime", reason="the extra 'integrations' is not installed")
BASELINES = Path(__file__).parents[2] / "baselines"
LEARNED = [path for path in sorted(BASELINES.glob("*.json")) if "onnx" in path.read_text(encoding="utf-8")[:2000]]


@pytest.mark.parametrize("path", LEARNED, ids=lambda path: path.stem)
def test_a_learned_policy_is_as_claimed(path):
    claim = Evaluation.load(path)
    found = verify(claim, load_policy(BASELINES / claim.policy["file"]))
    assert found.holds, found.table()


def test_files_are_small():
    assert [path.name for path in BASELINES.glob("*.onnx") if path.stat().st_size > 2_000_000] == []
    assert LEARNED
