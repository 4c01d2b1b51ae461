"""Reading pickled plain data from untrusted sources without running anything.

Only plain containers, numbers, strings and numpy arrays come out. No class or function named in the file is ever looked
up: the four names that a pickled array needs stand for inert records of this module, which become arrays only after
their shape, type and bytes have been checked. The Python unpickler is used because, unlike the C one, it does not
allocate memory for sizes that the file only claims.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionFormatError

__all__ = ["load"]

_PLAIN_KINDS = "biuf"
_MAX_ITEMS = 100_000
#: Limit of text and numbers, counted each time the file names them; files of the largest size have less.
_MAX_BYTES = 512 * 2**20
_MAX_DEPTH = 8


class _Record:
    """A call in the file, recorded but not made."""

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Type(_Record):
    """A pickled numpy.dtype."""


class _Array(_Record):
    """A pickled numpy.ndarray."""


class _Buffer(_Record):
    """An array in protocol 5: bytes, type, shape, order, and the order of the axes."""


class _Scalar(_Record):
    """A pickled numpy scalar."""


class _ArrayClass:
    """Stands for the class ``numpy.ndarray``, which a pickled array names but does not call."""

    def __init__(self) -> None:
        raise pickle.UnpicklingError("an array without a shape")


class _Encoded(_Record):
    """Bytes as written by Python 2: a text and its encoding; not encoded until everything is read."""


_ALLOWED: dict[tuple[str, str], Any] = {("numpy", "ndarray"): _ArrayClass, ("numpy", "dtype"): _Type}
_ALLOWED[("_codecs", "encode")] = _Encoded
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _ALLOWED[(_module, "_reconstruct")] = _Array
    _ALLOWED[(_module, "scalar")] = _Scalar
for _module in ("numpy.core.numeric", "numpy._core.numeric"):
    _ALLOWED[(_module, "_frombuffer")] = _Buffer


_DISPATCH: dict[int, Any] = dict(pickle._Unpickler.dispatch)
_SET_ITEM, _SET_ITEMS, _DICT = (_DISPATCH[code[0]] for code in (pickle.SETITEM, pickle.SETITEMS, pickle.DICT))


class _Unpickler(pickle._Unpickler):
    stack: list[Any]
    dispatch: ClassVar[dict[int, Any]] = dict(_DISPATCH)

    def load_build(self) -> None:
        """Set the state of a record; nothing else has one."""
        if len(self.stack) < 2 or not isinstance(self.stack[-2], _Record):
            raise pickle.UnpicklingError("it sets the state of an object that is not an array")
        state = self.stack.pop()
        self.stack[-1].__setstate__(state)

    dispatch[pickle.BUILD[0]] = load_build

    def load_setitem(self) -> None:
        """Add an item to a dictionary; malicious large numbers as keys could make this take hours."""
        if len(self.stack) < 2 or not _is_key(self.stack[-2]):
            raise pickle.UnpicklingError("a dictionary whose keys are neither texts nor small whole numbers")
        _SET_ITEM(self)

    dispatch[pickle.SETITEM[0]] = load_setitem

    def load_setitems(self) -> None:
        """Add several items to a dictionary."""
        if not all(map(_is_key, self.stack[::2])):
            raise pickle.UnpicklingError("a dictionary whose keys are neither texts nor small whole numbers")
        _SET_ITEMS(self)

    dispatch[pickle.SETITEMS[0]] = load_setitems

    def load_dict(self) -> None:
        """Create a dictionary with its items."""
        if not all(map(_is_key, self.stack[::2])):
            raise pickle.UnpicklingError("a dictionary whose keys are neither texts nor small whole numbers")
        _DICT(self)

    dispatch[pickle.DICT[0]] = load_dict

    def load_additems(self) -> None:
        """Reject sets, which are not motion data."""
        raise pickle.UnpicklingError("a set")

    dispatch[pickle.ADDITEMS[0]] = load_additems
    dispatch[pickle.FROZENSET[0]] = load_additems

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("joblib"):
            raise pickle.UnpicklingError(
                "it was written by joblib; load it with joblib and write its arrays with numpy.savez(FILE, **arrays)"
            )
        if module.startswith("torch"):
            raise pickle.UnpicklingError(
                "it contains PyTorch tensors; load it with PyTorch and write numpy.savez(FILE, **arrays) of their "
                "numpy()"
            )
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it needs {module}.{name}; only plain containers and arrays are allowed")
        return _ALLOWED[(module, name)]

    def persistent_load(self, pid: object) -> Any:  # noqa: ARG002
        raise pickle.UnpicklingError("it refers to objects outside the file")

    def get_extension(self, code: int) -> Any:
        raise pickle.UnpicklingError(f"it uses extension code {code}")


def load(data: bytes, where: str) -> Any:
    """Return the plain data in a pickle.

    Raises:
        MotionFormatError: anything but plain containers, numbers, strings and arrays, or a damaged pickle.
    """
    try:
        raw = _Unpickler(io.BytesIO(data), encoding="latin1").load()
        return _plain(raw, _Budget(), 0)
    except Exception as error:
        # A damaged pickle raises nearly any kind of error.
        reason = "it ends early" if isinstance(error, EOFError) else str(error) or type(error).__name__
        raise MotionFormatError(f"{where}: refused: {reason}") from error


def _is_key(key: object) -> bool:
    return type(key) is str or (type(key) is int and abs(key) < _MAX_ITEMS)


class _Budget:
    """Remaining size that a file may hold; an item named twice counts twice."""

    def __init__(self) -> None:
        self._items, self._bytes = _MAX_ITEMS, _MAX_BYTES

    def take(self, size: int) -> None:
        """Count an item of this many bytes."""
        self._items -= 1
        self._bytes -= size
        if self._items < 0 or self._bytes < 0:
            raise ValueError(f"more than {_MAX_ITEMS} items, or than {_MAX_BYTES} bytes of text and numbers")


def _plain(value: Any, left: _Budget, depth: int) -> Any:
    """Return ``value`` with its records turned into arrays."""
    left.take(len(value) if isinstance(value, str | bytes) else 0)
    if depth > _MAX_DEPTH:
        raise ValueError(f"nested deeper than {_MAX_DEPTH}")
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if type(value) in (list, tuple):
        return [_plain(item, left, depth + 1) for item in value]
    if type(value) is dict:
        if not all(map(_is_key, value)):
            raise ValueError("a dictionary whose keys are neither texts nor whole numbers")
        return {str(key): _plain(item, left, depth + 1) for key, item in value.items()}
    if isinstance(value, _Record):
        return _made(value, left, depth)
    raise ValueError(f"an object of {type(value).__name__}")


def _made(value: _Record, left: _Budget, depth: int) -> Any:
    """Return what a record stands for."""
    if type(value) is _Array:
        return _array(value, left, depth)
    if type(value) is _Buffer:
        data, code, shape, order, *axes = value.args
        array = _from_bytes(_raw(data, left), _dtype(code), _shape(shape), fortran=order == "F")
        return array.transpose(_shape(axes[0])) if order == "K" and axes else array
    if type(value) is _Scalar:
        code, data = value.args
        return _from_bytes(_raw(data, left), _dtype(code), (), fortran=False)[()]
    if type(value) is _Encoded:
        return _raw(value, left)
    raise ValueError(f"an object of {type(value).__name__}")


def _array(record: _Array, left: _Budget, depth: int) -> Any:
    _, shape, code, fortran, data = record.state
    dtype = _dtype(code)
    shape = _shape(shape)
    if dtype is None:
        if not isinstance(data, list) or len(data) != _count(shape):
            raise ValueError(f"an array of objects of shape {shape} with other content")
        items = [_plain(item, left, depth + 1) for item in data]
        return items[0] if shape == () else items
    return _from_bytes(_raw(data, left), dtype, shape, fortran=bool(fortran))


def _shape(shape: object) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape) or len(shape) > 8:
        raise ValueError(f"an array of shape {shape!r}")
    return shape


def _dtype(record: Any) -> np.dtype[Any] | None:
    """Return the numeric or text type of a record, None for objects."""
    if type(record) is not _Type or not record.args or not isinstance(record.args[0], str):
        raise ValueError("an array without a type")
    code = record.args[0]
    state = record.state
    order = state[1] if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">") else ""
    if code == "O8":
        return None
    kind, width = code[:1], code[1:]
    if kind in _PLAIN_KINDS and width in ("1", "2", "4", "8"):
        return np.dtype(order + code)
    if kind == "U" and width.isdecimal() and 0 < int(width) <= 10_000:
        return np.dtype(order + code)
    raise ValueError(f"an array of type {code[:20]!r}")


def _from_bytes(data: bytes, dtype: np.dtype[Any] | None, shape: tuple[int, ...], *, fortran: bool) -> NDArray[Any]:
    if dtype is None:
        raise ValueError("an array without numbers")
    if _count(shape) * dtype.itemsize != len(data):
        raise ValueError(f"an array of shape {shape} and type {dtype} with {len(data)} bytes")
    return np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")


def _raw(data: Any, left: _Budget) -> bytes:
    """Return bytes, which protocols before 3 write as text."""
    if type(data) is _Encoded:
        text, encoding = data.args
        if type(text) is not str or encoding not in ("latin1", "latin-1"):
            raise ValueError("bytes in an unknown encoding")
        data = text
    # bytes(n) with a number would be n zeros.
    if not isinstance(data, bytes | bytearray | str):
        raise TypeError("an array without bytes")
    left.take(len(data))
    return data.encode("latin-1") if isinstance(data, str) else bytes(data)


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
