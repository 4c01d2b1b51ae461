from __future__ import annotations

import pytest

from kinesis_env.files import whole_file


def test_written_whole(tmp_path):
    target = tmp_path / "a" / "b.txt"
    with whole_file(target) as temporary:
        assert temporary.suffix == ".txt"
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["b.txt"]


def test_or_not_at_all(tmp_path):
    target = tmp_path / "b.txt"
    target.write_text("old")

    def fail_half_way():
        with whole_file(target) as temporary:
            temporary.write_text("new")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
