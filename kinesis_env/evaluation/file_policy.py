"""Base class of policies from files: their fingerprint, and the library that runs them."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kinesis_env.errors import OptionalDependencyError, PolicyError, shown
from kinesis_env.evaluation.policy import RowPolicy

__all__ = ["FilePolicy", "library", "version_of"]


class FilePolicy(RowPolicy):
    """A policy from a file; its fingerprint is the file's hash and the library's version.

    Args:
        path: the file.

    Raises:
        OptionalDependencyError: the library that reads it is not installed.
        PolicyError: the library cannot read the file.
    """

    kind = ""

    def __init__(self, path: Path, library: str) -> None:
        self._path = path
        self._fingerprint = {
            "kind": self.kind,
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "library": f"{library} {version_of(library)}",
        }

    def _opened(self, reader: Callable[[], Any], problem: str) -> Any:
        """Return the object that a library reads from the file.

        Raises:
            PolicyError: the library raised; the message begins with ``problem``.
        """
        try:
            return reader()
        except Exception as error:
            raise PolicyError(f"{self._path}: {problem} ({shown(str(error))})") from error

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The file's hash, and the library that runs it."""
        return self._fingerprint


def library(name: str, extra: str, path: Path) -> Any:
    """Return the library that reads a file.

    Raises:
        OptionalDependencyError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OptionalDependencyError(
            f"{path}: this policy needs {name}: pip install 'kinesis-env[{extra}]'"
        ) from error


def version_of(library: str) -> str:
    """Return the installed version of a library, or "unknown"."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "unknown"
