"""The exceptions of this package.

Every message says what was wrong, what was given and what is allowed. All exceptions derive from
:class:`KinesisError`, and also from the built-in exception that a caller would expect.
"""

from __future__ import annotations

__all__ = [
    "ActionError",
    "AnalysisError",
    "ConfigError",
    "ControlError",
    "DeviceError",
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


#: Maximum length of a message: it repeats the user's input, which can be of any length.
LONGEST = 1500


class KinesisError(Exception):
    """Base class of every error raised by kinesis_env. A message that is too long is cut in the middle."""

    def __init__(self, *args: object) -> None:
        if len(args) == 1 and isinstance(args[0], str):
            args = (shortened(args[0]),)
        super().__init__(*args)


def shown(value: object, longest: int = 120) -> str:
    """Return a user's value as text for a message, however long it is, or even if its ``repr`` fails."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"a whole number of {value.bit_length()} bits"
    try:
        return shortened(repr(value), longest)
    except Exception:  # a user's object
        return f"a {type(value).__name__}"


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text, with the middle cut if it is longer than ``longest`` characters."""
    if len(text) <= longest:
        return text
    end = longest // 4
    left_out = f" [... {len(text)} characters ...] "
    return text[: longest - end - len(left_out)] + left_out + text[-end:]


class ConfigError(KinesisError, ValueError):
    """A keyword argument or configuration value that is unknown, of the wrong type or impossible."""


class UnknownArgumentError(ConfigError, TypeError):
    """An unexpected keyword argument, as for any Python function; libraries probe for this."""


class ActionError(KinesisError, ValueError):
    """An action of the wrong shape, or with a value that is not finite."""


class ResetError(KinesisError, ValueError):
    """A reset option that is unknown or impossible, or a step before the first reset."""


class ModelError(KinesisError, ValueError):
    """An inconsistent anatomy table or model, or a name that the model lacks."""


class MotionError(KinesisError, ValueError):
    """A motion whose arrays are inconsistent, or a motion that cannot be found."""


class MotionFormatError(MotionError):
    """A motion file that cannot be read; the message names the file, the place and the reason."""


class PromptError(MotionError):
    """A prompt that is not understood, or asks for something the body cannot do."""


class OutputError(KinesisError, OSError):
    """A file or folder that cannot be written; the message names it and the reason."""


class UnreadableFileError(KinesisError, OSError):
    """A file that cannot be read: missing, not a file, or absurdly large; the message names it and the reason."""


class WorkerError(KinesisError, RuntimeError):
    """A worker process that died: killed, or out of memory."""


class OptionalDependencyError(KinesisError, ImportError):
    """A feature needs a package that is not installed; the message says how to install it."""


class RenderingError(KinesisError, RuntimeError):
    """Rendering is not possible; the message says what to install or set."""


class TermError(KinesisError, ValueError):
    """A user's term that returns the wrong shape, or a value that is not finite."""


class TraceError(KinesisError, ValueError):
    """A trace of rewards that cannot be recorded or read."""


class ControlError(KinesisError, ValueError):
    """A controller with nothing to follow, or a solution that cannot be read or does not match."""


class PolicyError(KinesisError, RuntimeError):
    """A policy that cannot be loaded, raises, or returns something that is not an action."""


class DeviceError(KinesisError, RuntimeError):
    """A GPU, or Warp's CPU device, that cannot do what it should: too little memory, or too many contacts."""


class AnalysisError(KinesisError, ValueError):
    """Signals that cannot be compared or decomposed: no cycles, unknown channels, or shapes that do not match."""


class EvaluationError(KinesisError, ValueError):
    """An evaluation that cannot be read, continued or compared."""
