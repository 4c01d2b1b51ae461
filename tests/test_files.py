from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kinesis_env.errors import ConfigError, OutputError, UnreadableFileError, shown
from kinesis_env.files import check_output, check_output_folder, is_regular, read_bytes, read_text, whole_file


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


def test_pipes_devices_and_links_to_them_are_not_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to("/dev/zero")
    for path, kind in ((pipe, "a pipe"), (link, "a device"), ("/dev/zero", "a device"), (tmp_path, "a folder")):
        assert not is_regular(path)
        with pytest.raises(UnreadableFileError, match=f"must be a regular file, given {kind}"):
            read_bytes(path)
    with pytest.raises(ConfigError, match="no such file"):
        read_bytes(tmp_path / "absent", 10, ConfigError)
    (tmp_path / "large").write_bytes(b"0" * 11)
    with pytest.raises(UnreadableFileError, match="11 bytes; at most 10 are allowed"):
        read_bytes(tmp_path / "large", 10)
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(UnreadableFileError, match="not UTF-8"):
        read_text(tmp_path / "latin")


@pytest.mark.parametrize("name", ["file/x.npz", "x" * 300, "folder"])
def test_what_cannot_be_written_is_known_before(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="cannot be written"):
        check_output(tmp_path / name)

    def write():
        with whole_file(tmp_path / name) as temporary:
            temporary.write_text("half")

    with pytest.raises(OutputError, match="cannot be written"):
        write()
    assert sorted(tmp_path.rglob("*")) == before


def test_checking_an_output_leaves_nothing(tmp_path):
    check_output(tmp_path / "new" / "deep" / "x.npz")
    check_output_folder(tmp_path / "other" / "deep")
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_that_the_file_system_allows(tmp_path):
    target = tmp_path / ("字" * 82 + ".npz")
    with whole_file(target) as temporary:
        temporary.write_text("x")
    assert target.read_text() == "x"


def test_messages_have_an_end():
    error = ConfigError("a" * 10_000 + "the end")
    assert len(str(error)) <= 1500
    assert str(error).endswith("the end")
    assert len(shown("x" * 10_000)) < 200
    assert shown(10**5000) == "a whole number of 16610 bits"


FULL = """
import resource, sys
import numpy as np
from kinesis_env.errors import MotionError, OutputError
from kinesis_env.files import save_arrays
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    save_arrays(sys.argv[1], "noise", MotionError, values=np.random.default_rng(0).normal(size=100_000))
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as no other system can")
def test_a_disk_that_is_full_half_way_leaves_the_old_file(tmp_path):
    """A real limit: the first 50 kB of 800 are written, then the system refuses."""
    target = tmp_path / "arrays.npz"
    target.write_bytes(b"old")
    said = subprocess.run([sys.executable, "-c", FULL, target], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"{target}: cannot be written (File too large")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["arrays.npz"]
