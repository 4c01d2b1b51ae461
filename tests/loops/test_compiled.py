"""When Numba is loaded, and when it is left out; it need not be installed."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace

import pytest

from kinesis_env.loops import compiled


def loop(x):
    return x


@pytest.fixture
def numba(monkeypatch):
    """A stand-in that notes what it compiles, and with which options."""
    made = []

    def njit(function, **options):
        made.append(options)
        return lambda x: ("quick", function(x))

    stand_in = SimpleNamespace(njit=njit)
    monkeypatch.setitem(sys.modules, "numba", stand_in)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.setenv("KINESIS_COMPILED", "1")
    compiled.forget()
    yield stand_in, made
    compiled.forget()


def test_a_loop_is_compiled_once(numba):
    assert compiled.compiled(loop)(3) == ("quick", 3)
    assert compiled.compiled(loop) is compiled.compiled(loop)
    assert numba[1] == [{"cache": True, "error_model": "numpy"}]


def test_it_can_be_left_out(numba, monkeypatch):
    monkeypatch.setenv("KINESIS_COMPILED", "0")
    assert compiled.compiled(loop) is None
    assert not numba[1]


def test_loading_can_wait(numba):
    with compiled.loading_later():
        assert compiled.compiled(loop) is None
    quick = compiled.compiled(loop)
    assert quick is not None
    with compiled.loading_later():
        assert compiled.compiled(loop) is quick  # what is there is used


def test_loading_waits_no_longer_after_an_error(numba):
    with pytest.raises(ZeroDivisionError), compiled.loading_later():
        raise ZeroDivisionError
    assert compiled.compiled(loop) is not None


def test_without_a_folder_for_the_machine_code(numba):
    stand_in, made = numba
    plain = stand_in.njit

    def njit(function, **options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return plain(function, **options)

    stand_in.njit = njit
    assert compiled.compiled(loop)(1) == ("quick", 1)
    assert made == [{"error_model": "numpy"}]


def test_one_that_does_not_load_is_reported_once(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "numba", None)  # makes the import fail
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.setenv("KINESIS_COMPILED", "1")
    compiled.forget()
    assert compiled.compiled(loop) is None
    assert compiled.compiled(loop) is None
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == ["Numba is installed but does not load"]
    compiled.forget()
