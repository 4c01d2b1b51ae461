"""From what a user says of a body to the body: sizes, or a file that they are measured in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kinesis_env.config.tracking import BodyConfig
from kinesis_env.model.bodies import Body, make_body

__all__ = ["body_of", "body_of_config"]


def body_of(body: Mapping[str, Any] | Body | None = None, anatomy: str | None = None) -> Body:
    """Return the body of a description, as the argument ``body`` of every environment takes it.

    Args:
        body: any of ``height`` [m], ``mass`` [kg], ``sex`` ("f" or "m") and ``lengths`` of segments [m]; or a file they
            are read from: ``osim``, a scaled OpenSim model, or ``markers``, a static trial; a
            :class:`~kinesis_env.model.bodies.Body` itself; None is the default body.
        anatomy: which muscle parameters it has: ``"default"`` or ``"rajagopal"``; not used for a ``Body``.

    Raises:
        ConfigError: an unknown key or segment, an impossible number, or keys that contradict each other.
        MotionFormatError: a file that cannot be read.
    """
    return body if isinstance(body, Body) else make_body(body, anatomy)


def body_of_config(config: BodyConfig) -> Body:
    """Return the body that the settings of an environment describe; arguments and errors as for :func:`body_of`."""
    return body_of(config.body, config.anatomy)
