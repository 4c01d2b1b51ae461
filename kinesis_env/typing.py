"""Array types."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Actions", "Array", "Ints", "Mask", "Objects", "RowInfo", "Rows"]

#: Numbers; docstrings give shapes and units.
Array: TypeAlias = NDArray[np.float64]
#: True or false for each row or element.
Mask: TypeAlias = NDArray[np.bool_]
#: Whole numbers: counts and indices.
Ints: TypeAlias = NDArray[np.int64]
#: Indices of rows, sorted, (k,).
Rows: TypeAlias = NDArray[np.int64]
#: Actions and observations in Gymnasium's type.
Actions: TypeAlias = NDArray[np.float32]
#: Strings, or other Python objects.
Objects: TypeAlias = NDArray[np.object_]
#: Info of each row, by name, (n,) each.
RowInfo: TypeAlias = dict[str, NDArray[Any]]
