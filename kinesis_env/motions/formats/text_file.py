"""Text files with any line endings, UTF-8 or UTF-16, with or without a byte order mark."""

from __future__ import annotations

import codecs
import os
import re

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.files import read_bytes
from kinesis_env.motions.archive import MAX_BYTES
from kinesis_env.typing import Array

__all__ = ["number", "read_lines", "row_of_numbers"]

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NOT_A_NUMBER = re.compile(r"[+-]?(nan(\(.*\))?|\d+\.?#\w*|1\.#.*|inf(inity)?|-|n/?a|null|none)?", re.IGNORECASE)


def read_lines(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> list[str]:
    """Return the lines of a text file.

    Raises:
        MotionFormatError: no such file, or one that is too large, empty or not text; the message names the file and the
            reason.
    """
    where = str(path)
    raw = read_bytes(path, max_bytes, MotionFormatError)
    if not raw.strip():
        raise MotionFormatError(f"{where}: the file is empty")
    mark, encoding = next(((mark, name) for mark, name in _MARKS if raw.startswith(mark)), (b"", ""))
    if not mark:
        # UTF-16 without a mark: every other byte of the first line is null.
        even, odd = raw[:200:2].count(0), raw[1:200:2].count(0)
        encoding = "utf-16-le" if odd > 40 > even else "utf-16-be" if even > 40 > odd else "utf-8"
    text = raw.removeprefix(mark).decode(encoding, errors="replace")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise MotionFormatError(f"{where}: line {line}: a null byte; this is not a text file")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def row_of_numbers(words: list[str]) -> Array:
    """Return the numbers of a row; see :func:`number`.

    Raises:
        ValueError: a word is anything else.
    """
    try:
        return np.fromiter(map(float, words), np.float64, len(words))
    except ValueError:
        return np.fromiter((number(word.strip()) for word in words), np.float64, len(words))


def number(word: str) -> float:
    """Return a number; NaN for what programs write for a missing one (``-1.#IND``, ``NaN``, ``-``, nothing).

    Raises:
        ValueError: the word is anything else.
    """
    try:
        return float(word)
    except ValueError:
        if _NOT_A_NUMBER.fullmatch(word):
            return float("nan")
        raise ValueError(f"{word[:40]!r} is not a number") from None
