"""The files of baselines/ hold, and the leaderboard is made from them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from kinesis_env.evaluation import Evaluation, load_policy, verify

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["zero", "servo"])
def test_what_learns_nothing_is_as_claimed(name):
    found = verify(Evaluation.load(ROOT / "baselines" / f"{name}.json"), load_policy(name))
    assert found.holds, found.table()


def test_the_leaderboard_is_made_from_the_files():
    spec = importlib.util.spec_from_file_location("leaderboard", ROOT / "docs" / "leaderboard.py")
    leaderboard = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(leaderboard)
    assert leaderboard.PAGE.read_text(encoding="utf-8") == leaderboard.page()
