"""Terminal output: progress, and text from untrusted files that must not control the terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO, cast

__all__ = ["named_each", "named_progress", "printable_streams"]

#: Control characters except line ends and tabs; a carriage return is allowed only at the start of a progress line.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|(?<!^)\r(?!\n)")


def named_progress(what: str) -> Callable[[int, int, str], None]:
    """Return a counter on the error stream: one line that changes on a terminal, a line for every tenth elsewhere."""
    terminal = sys.stderr.isatty()
    last = [0]

    def show(done: int, total: int, named: str) -> None:
        if terminal:
            bar = "#" * (30 * done // total)
            name = printable(named).replace("\n", " ")[:30]
            end = "\n" if done == total else ""
            print(f"\r[{bar:<30}] {done}/{total} {name:<30}", end=end, file=sys.stderr, flush=True)
        elif 10 * done // total > last[0]:
            last[0] = 10 * done // total
            print(f"{what} {done}/{total}", file=sys.stderr, flush=True)

    return show


def named_each(names: Sequence[str], what: str) -> Iterator[str]:
    """Yield names, and show how many are done."""
    show = named_progress(what)
    for number, name in enumerate(names, 1):
        yield name
        if len(names) > 1:
            show(number, len(names), name)


def printable(text: str) -> str:
    """Return a text with control characters escaped, so that a name cannot control a terminal."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Printable:
    """Wraps a text stream to escape control characters; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text; surrogates from undecodable file names are escaped too."""
        safe = printable(text)
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(safe.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def printable_streams() -> Iterator[None]:
    """Keep anything printed or logged inside the block from controlling the terminal."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, _Printable(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
