"""Motions that come and go are looked up as in a library of them."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.errors import MotionError
from kinesis_env.motions import MotionLibrary, MotionPool, trim
from tests.support import small_motions


def many(count):
    base = small_motions()
    return [trim(base[i % 2], 0.1 * (i % 5)).replace(name=f"m{i}") for i in range(count)]


def same(pool, slots, motions):
    library = MotionLibrary(motions)
    times = np.linspace(-0.1, 3.2, 23)
    for slot, clip in zip(slots, range(len(motions)), strict=True):
        ours = pool.lookup(np.full(len(times), slot), times)
        theirs = library.lookup(np.full(len(times), clip), times)
        for name in ("qpos", "qvel", "body_pos", "body_vel"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name))


def test_it_gives_what_a_library_gives():
    motions = many(90)  # more than there are slots and rows at first
    pool = MotionPool(200)
    slots = [pool.add(motion) for motion in motions]
    assert slots == list(range(90))
    same(pool, slots, motions)
    assert pool.names[:2] == ("m0", "m1")
    assert pool[3] is motions[3]
    assert not pool.bodies.flags.writeable


def test_the_longest_unused_goes_first():
    motions = many(8)
    pool = MotionPool(3)
    slots = [pool.add(motion) for motion in motions[:3]]
    pool.touch(slots[0])
    new = pool.add(motions[3])
    assert new == slots[1]
    assert pool.names == ("m0", "m3", "m2")
    assert pool.kept == 3
    same(pool, [0, 1, 2], [motions[0], motions[3], motions[2]])


def test_what_is_in_use_stays():
    motions = many(6)
    pool = MotionPool(2)
    slots = [pool.add(motions[0]), pool.add(motions[1])]
    more = [pool.add(motion, in_use={*slots}) for motion in motions[2:4]]
    assert pool.names[slots[0]] == "m0"
    assert pool.names[slots[1]] == "m1"
    same(pool, [*slots, more[-1]], [*motions[:2], motions[3]])


def test_memory_is_bounded():
    pool = MotionPool(4)
    for number in range(200):
        pool.add(many(5)[number % 5].replace(name=f"n{number}"))
    assert pool.kept == 4
    assert len(pool.bodies) <= 8192


def test_what_it_refuses():
    with pytest.raises(MotionError, match="capacity of a pool must be at least 1"):
        MotionPool(0)
    pool = MotionPool(1)
    pool.add(many(1)[0])
    pool._motions[0] = None
    with pytest.raises(MotionError, match="no longer a motion in slot 0"):
        pool[0]
