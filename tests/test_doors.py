"""Every room of the package has a door, and what stands on it is there."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import kinesis_env

ROOMS = ["kinesis_env", *(m.name for m in pkgutil.walk_packages(kinesis_env.__path__, "kinesis_env.") if m.ispkg)]


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_are_there(room):
    door = importlib.import_module(room)
    names = getattr(door, "__all__", ())
    assert len(set(names)) == len(names)
    assert set(names) <= set(dir(door))
    for name in names:
        assert getattr(door, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = door.nothing_of_the_kind


def test_no_two_public_names_are_the_same_word():
    homes: dict[str, object] = {}
    for room in ROOMS:
        door = importlib.import_module(room)
        for name in getattr(door, "__all__", ()):
            assert homes.setdefault(name, getattr(door, name)) is getattr(door, name), f"{name} of {room}"
