"""The body that is in use: that of the shipped model, unless another is entered.

What a pose means depends on the body: how long its legs are, what it weighs. The kinematics, inverse dynamics and
retargeting of this package are functions of arrays that ask for the model when they need it, as arithmetic asks for the
precision of :mod:`decimal`'s context. :func:`kinesis_env.model.names.shared_model` is that of the body in use::

    with body.in_use():
        motion = retarget(recording)

The context belongs to the thread or task that enters it. What holds a body of its own, such as a motion or an
environment, enters it where it works, so that nobody needs to remember to.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import mujoco

__all__ = ["HasModel", "entered", "of_its_body", "own_body", "per_body"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

#: How many results of one function are kept for all bodies together.
_KEPT = 64


class HasModel(Hashable, Protocol):
    """A body other than the default one; equal bodies are equal, and have equal hashes."""

    @property
    def model(self) -> mujoco.MjModel:
        """Its ``mujoco.MjModel``, which is only read."""

    @property
    def xml(self) -> str:
        """Its MJCF text."""


_own: ContextVar[HasModel | None] = ContextVar("kinesis_env_body", default=None)


def own_body() -> HasModel | None:
    """Return the body in use, None for the default one."""
    return _own.get()


@contextmanager
def entered(body: HasModel | None) -> Iterator[None]:
    """Use a body, or for None the default one, until the block ends."""
    token = _own.set(body)
    try:
        yield
    finally:
        _own.reset(token)


def per_body(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Cache what a function returns for its arguments, for each body anew."""

    @lru_cache(maxsize=_KEPT)
    def kept(_: HasModel | None, *args: Any, **kwargs: Any) -> Result:
        return function(*args, **kwargs)

    @wraps(function)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return kept(_own.get(), *args, **kwargs)  # type: ignore[arg-type]

    return wrapper


def of_its_body(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a function of a motion use the body of that motion, its first argument.

    What has no attribute ``body``, a trajectory of arrays alone, is one of the body in use.
    """

    @wraps(function)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        first = args[0] if args else next(iter(kwargs.values()))
        body = getattr(first, "body", None)
        if body is None:
            return function(*args, **kwargs)
        with body.in_use():
            return function(*args, **kwargs)

    return wrapper
