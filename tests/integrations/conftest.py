"""With Numba where it is installed, as users run it; the other tests leave it out."""

from __future__ import annotations

import pytest

from tests.support import compiled_loops


@pytest.fixture(autouse=True)
def with_numba():
    with compiled_loops(True):
        yield
