"""Writing files whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import KinesisError

__all__ = ["save_arrays", "whole_file"]


def save_arrays(path: str | os.PathLike[str], what: str, error: type[KinesisError], /, **arrays: Any) -> Path:
    """Write arrays of numbers as ``.npz``, whole or not at all, and return its path; nothing is pickled.

    Args:
        path: the file, which ends in ``.npz``.
        what: what it is, for the message, such as "a motion".
        error: what is raised where the path ends in something else.
        **arrays: the arrays by name; a mapping is written as JSON, an array of bytes.
    """
    target = Path(path)
    if target.suffix != ".npz":
        raise error(f"{what} is saved as .npz; given {str(target)!r}")
    packed: dict[str, Any] = {
        name: _as_json(array) if isinstance(array, Mapping) else array for name, array in arrays.items()
    }
    with whole_file(target) as temporary:
        np.savez_compressed(temporary, **packed)
    return target


def _as_json(content: Mapping[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(dict(content), sort_keys=True).encode(), dtype=np.uint8)


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path``; it takes the place of ``path`` if the block ends without an error.

    The temporary file keeps the suffix, so that writers which look at it write the same format. Missing folders are
    made.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
