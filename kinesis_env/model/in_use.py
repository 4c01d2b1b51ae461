"""The body in use: the shipped model, unless another is entered.

The meaning of a pose depends on the body: the length of its legs, its mass. The kinematics, inverse dynamics and
retargeting of this package are functions of arrays that look up the model when they need it, as arithmetic looks up the
precision of :mod:`decimal`'s context. :func:`kinesis_env.model.names.shared_model` is the model of the body in use::

    with body.in_use():
        motion = retarget(recording)

The context belongs to the thread or task that enters it. Objects with their own body, such as a motion or an
environment, enter it themselves where they work.
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

#: Number of cached results of a function, over all bodies.
_KEPT = 64


class HasModel(Hashable, Protocol):
    """A body other than the default one; equal bodies are equal, and have equal hashes."""

    @property
    def model(self) -> mujoco.MjModel:
        """Its ``mujoco.MjModel``, read-only."""

    @property
    def xml(self) -> str:
        """Its MJCF text."""


_own: ContextVar[HasModel | None] = ContextVar("kinesis_env_body", default=None)


def own_body() -> HasModel | None:
    """Return the body in use, None for the default one."""
    return _own.get()


@contextmanager
def entered(body: HasModel | None) -> Iterator[None]:
    """Use a body (None is the default one) until the block ends."""
    token = _own.set(body)
    try:
        yield
    finally:
        _own.reset(token)


def per_body(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Cache the results of a function by arguments, separately for each body."""

    @lru_cache(maxsize=_KEPT)
    def kept(_: HasModel | None, *args: Any, **kwargs: Any) -> Result:
        return function(*args, **kwargs)

    @wraps(function)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return kept(_own.get(), *args, **kwargs)  # type: ignore[arg-type]

    return wrapper


def of_its_body(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Make a function use the body of its first argument, a motion.

    An argument without an attribute ``body``, such as a trajectory of plain arrays, belongs to the body in use.
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
