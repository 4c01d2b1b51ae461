"""The code and files that an outcome depends on in addition to the package, by content.

A user's module is identified by its source and the source of every other user module that it uses, at any depth; a
module of an installed package, by its source and the package's version. The files that a policy is made from are those
opened while its factory runs (:func:`opened_files`).
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from types import ModuleType
from typing import Any

from kinesis_env.files import is_regular

__all__ = ["digest_of_files", "opened_files", "source_of"]

_PACKAGE = Path(__file__).resolve().parent.parent


def source_of(thing: Any, module: str = "") -> str:
    """Return a digest of the source of a function, class or object, and of the user's modules that its module uses.

    Args:
        thing: a function, a class, an instance, or a ``functools.partial`` of those.
        module: the name of the module in which ``thing`` was looked up.
    """
    names = {module, _home(thing), _home(getattr(thing, "func", None))} - {""}
    found: dict[str, ModuleType] = {}
    for name in names:
        _collect(sys.modules.get(name), found)
    total = hashlib.sha256()
    for name in sorted(found):
        file = getattr(found[name], "__file__", None)
        content = Path(file).read_bytes() if file is not None and is_regular(file) else b""
        total.update(f"{name} {_version(name)} {len(content)} ".encode() + content)
    return total.hexdigest()


def digest_of_files(files: Iterator[Path] | list[Path]) -> str:
    """Return a digest of the contents of files, in order of their names."""
    total = hashlib.sha256()
    for content in sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files if is_regular(path)):
        total.update(content.encode())
    return total.hexdigest()


@contextmanager
def opened_files() -> Iterator[list[Path]]:
    """Collect the files that this thread opens for reading: weights, tables, but no code or installed files."""
    files: list[Path] = []
    _install()
    _watched.files = files
    try:
        yield files
    finally:
        _watched.files = None
        files[:] = [path for path in dict.fromkeys(files) if _is_data(path)]


_watched = threading.local()


@cache
def _install() -> None:
    """Start watching opened files; this cannot be undone, but nothing is recorded outside of :func:`opened_files`."""

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        files = getattr(_watched, "files", None)
        if files is not None and event == "open" and isinstance(arguments[0], str | os.PathLike):
            files.append(Path(os.path.abspath(arguments[0])))  # noqa: PTH100

    sys.addaudithook(look)


def _is_data(path: Path) -> bool:
    return path.suffix not in (".py", ".pyc", ".so") and not _installed(path) and is_regular(path)


def _home(thing: Any) -> str:
    own = getattr(thing, "__module__", None) or getattr(type(thing), "__module__", None)
    return own if isinstance(own, str) and thing is not None else ""


def _collect(module: ModuleType | None, found: dict[str, ModuleType]) -> None:
    """Add a module and, if it is the user's own, the user's modules that it uses."""
    if module is None or module.__name__ in found:
        return
    file = getattr(module, "__file__", None)
    found[module.__name__] = module
    if file is None or _installed(Path(file)):
        return
    for value in list(vars(module).values()):
        other = value if isinstance(value, ModuleType) else sys.modules.get(_home(value))
        place = getattr(other, "__file__", None)
        if place is not None and not _installed(Path(place)):
            _collect(other, found)


def _installed(path: Path) -> bool:
    """Return whether a file belongs to Python, an installed package, or this package, which has its own digest."""
    resolved = path.resolve()
    return any(resolved.is_relative_to(folder) for folder in _folders())


@cache
def _folders() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    named = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    system = [Path(folder) for folder in ("/proc", "/sys", "/dev") if Path(folder).is_dir()]
    return (_PACKAGE, *(Path(folder).resolve() for folder in sorted(named)), *system)


def _version(module: str) -> str:
    for distribution in packages_distributions().get(module.partition(".")[0], ()):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return ""
