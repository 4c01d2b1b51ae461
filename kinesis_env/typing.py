"""The types of arrays, each defined once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Actions", "Array", "Ints", "Mask", "Objects", "RowInfo", "Rows"]

#: Numbers; docstrings give shapes and units.
Array: TypeAlias = NDArray[np.float64]
#: True or false of each row, or of each element.
Mask: TypeAlias = NDArray[np.bool_]
#: Whole numbers: counts and indices.
Ints: TypeAlias = NDArray[np.int64]
#: Which rows, sorted, (k,).
Rows: TypeAlias = NDArray[np.int64]
#: Actions and observations as Gymnasium has them.
Actions: TypeAlias = NDArray[np.float32]
#: Strings, or other Python objects.
Objects: TypeAlias = NDArray[np.object_]
#: What is known of each row beside its observation, by name, (n,) each.
RowInfo: TypeAlias = dict[str, NDArray[Any]]
