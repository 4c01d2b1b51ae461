"""The errors this package raises on purpose.

Every message says what was wrong, what was given and what is allowed. All of them derive from
:class:`KinesisError`; the children also derive from the built-in error that a caller would expect.
"""

from __future__ import annotations

__all__ = [
    "ActionError",
    "ConfigError",
    "ControlError",
    "EvaluationError",
    "KinesisError",
    "ModelError",
    "MotionError",
    "MotionFormatError",
    "OptionalDependencyError",
    "PolicyError",
    "PromptError",
    "RenderingError",
    "ResetError",
    "TermError",
    "TraceError",
    "UnknownArgumentError",
]


class KinesisError(Exception):
    """Base class of every error raised by kinesis_env."""


class ConfigError(KinesisError, ValueError):
    """A keyword argument or configuration value that is unknown, of the wrong type or impossible."""


class UnknownArgumentError(ConfigError, TypeError):
    """An unexpected keyword argument, as any Python function would refuse it; libraries probe for this."""


class ActionError(KinesisError, ValueError):
    """An action of the wrong shape, or with a value that is not finite."""


class ResetError(KinesisError, ValueError):
    """A reset option that is unknown or impossible, or a step before the first reset."""


class ModelError(KinesisError, ValueError):
    """An anatomy table or a model that does not fit together, or a name that the model lacks."""


class MotionError(KinesisError, ValueError):
    """A motion whose arrays are inconsistent, or a motion that cannot be found."""


class MotionFormatError(MotionError):
    """A motion file that cannot be read; the message names the file, the place and the reason."""


class PromptError(MotionError):
    """A prompt that is not understood, or asks for something the body cannot do."""


class OptionalDependencyError(KinesisError, ImportError):
    """A feature needs a package that is not installed; the message says how to install it."""


class RenderingError(KinesisError, RuntimeError):
    """Rendering is not possible here; the message says what to install or set."""


class TermError(KinesisError, ValueError):
    """A user's term that returns the wrong shape, or a value that is not finite."""


class TraceError(KinesisError, ValueError):
    """A trace of rewards that cannot be recorded or read."""


class ControlError(KinesisError, ValueError):
    """A controller that has nothing to follow, or a solution that cannot be read or does not fit."""


class PolicyError(KinesisError, RuntimeError):
    """A policy that cannot be loaded, raises, or returns something that is not an action."""


class EvaluationError(KinesisError, ValueError):
    """An evaluation that cannot be read, continued or compared."""
