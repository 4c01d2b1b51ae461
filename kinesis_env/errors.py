"""The errors this package raises on purpose.

Every message says what was wrong, what was given and what is allowed. All of them derive from
:class:`KinesisError`; the children also derive from the built-in error that a caller would expect.
"""

from __future__ import annotations

__all__ = [
    "ActionError",
    "AnalysisError",
    "ConfigError",
    "ControlError",
    "EvaluationError",
    "KinesisError",
    "ModelError",
    "MotionError",
    "MotionFormatError",
    "OptionalDependencyError",
    "OutputError",
    "PolicyError",
    "PromptError",
    "RenderingError",
    "ResetError",
    "TermError",
    "TraceError",
    "UnknownArgumentError",
    "UnreadableFileError",
    "WorkerError",
    "shortened",
    "shown",
]


#: The longest message: what a user gave is repeated in it, and that can be of any length.
LONGEST = 1500


class KinesisError(Exception):
    """Base class of every error raised by kinesis_env. A message that is too long is cut in its middle."""

    def __init__(self, *args: object) -> None:
        if len(args) == 1 and isinstance(args[0], str):
            args = (shortened(args[0]),)
        super().__init__(*args)


def shown(value: object, longest: int = 120) -> str:
    """Return what a user gave for a message, however long it is, or however badly it can be written."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"a whole number of {value.bit_length()} bits"
    try:
        return shortened(repr(value), longest)
    except Exception:  # an object of the user's
        return f"a {type(value).__name__}"


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text, without its middle where it is longer than ``longest`` characters."""
    if len(text) <= longest:
        return text
    end = longest // 4
    left_out = f" [... {len(text)} characters ...] "
    return text[: longest - end - len(left_out)] + left_out + text[-end:]


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


class OutputError(KinesisError, OSError):
    """A file or folder that cannot be written; the message names it and the reason."""


class UnreadableFileError(KinesisError, OSError):
    """A file that cannot be read: not there, not a file, or of an absurd size; the message names it and the reason."""


class WorkerError(KinesisError, RuntimeError):
    """A worker process that died: killed, or out of memory."""


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


class AnalysisError(KinesisError, ValueError):
    """Signals that cannot be compared or taken apart: no cycles, unknown channels, or shapes that do not fit."""


class EvaluationError(KinesisError, ValueError):
    """An evaluation that cannot be read, continued or compared."""
