"""With Numba where it is installed, as users run it; the other tests leave it out."""

from __future__ import annotations

import pytest

from kinesis_env.loops import compiled


@pytest.fixture(autouse=True)
def with_numba(monkeypatch):
    monkeypatch.setenv("KINESIS_COMPILED", "1")
    compiled.forget()
    yield
    compiled.forget()
