"""Running a command: errors become one line on the error stream and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kinesis_env.cli.outputs import check_outputs
from kinesis_env.errors import KinesisError, OutputError, shortened

__all__ = ["run_command"]

EXIT_ERROR, EXIT_INTERRUPTED, EXIT_PIPE, EXIT_TERMINATED = 2, 130, 141, 143
#: If set, errors are shown with tracebacks.
TRACEBACK = "KINESIS_TRACEBACK"


def run_command(arguments: argparse.Namespace) -> int:
    """Run a command and return its exit code; every error becomes one line."""
    with _termination_as_interruption() as signals:
        code = _run(arguments)
    return EXIT_TERMINATED if signals else code


def _run(arguments: argparse.Namespace) -> int:
    try:
        check_outputs(arguments)
        code = int(arguments.run(arguments))
        _flush()
        return code
    except BrokenPipeError:  # the reader of the output has closed it
        return EXIT_PIPE
    except KeyboardInterrupt:
        print("kinesis-env: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (Exception, SystemExit) as error:
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        print(f"kinesis-env: {_told(error)}", file=sys.stderr)
        return EXIT_ERROR


def _flush() -> None:
    """Flush the output; if that fails, leave nothing for the interpreter to write."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise OutputError(f"the output cannot be written ({error.strerror})") from error


def _told(error: BaseException) -> str:
    if isinstance(error, KinesisError):
        return str(error)
    if isinstance(error, MemoryError):
        return "not enough memory"
    what = shortened(" ".join(f"{type(error).__name__}: {error}".split()), 300)
    if isinstance(error, OSError):
        return what
    return f"{what}; this is a bug: please report it, with the traceback that {TRACEBACK}=1 prints"


@contextmanager
def _termination_as_interruption() -> Iterator[list[int]]:
    """Treat SIGTERM, sent by timeout, Slurm and docker stop, like an interruption.

    Yields:
        The received signals.
    """
    came: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield came
        return
    try:
        yield came
    finally:
        signal.signal(signal.SIGTERM, before)
