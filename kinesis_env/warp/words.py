"""Words of many rows that stay on the device as numbers until somebody reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

__all__ = ["Words"]


class Words:
    """A word per row, such as ``info["termination_reason"]``; ``np.asarray`` gives them as an array of objects.

    Args:
        codes: number of each row's word, int64 (n,).
        table: the words.

    Attributes:
        codes: the numbers, on the device.
        table: the words.
    """

    def __init__(self, codes: torch.Tensor, table: Sequence[str]) -> None:
        self.codes, self.table = codes, table

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str:
        return self.table[int(self.codes[row])]

    def __iter__(self) -> Iterator[str]:
        return iter([self.table[code] for code in self.codes.tolist()])

    def __eq__(self, other: object) -> Any:
        """Compare each row's word with one word, or with an array of them: bool (n,) on the host."""
        return np.asarray(self) == np.asarray(other, dtype=object)

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """Return the words, objects (n,)."""
        words = np.array(list(self), dtype=object)
        return words if dtype is None else words.astype(dtype)

    def __repr__(self) -> str:
        return f"Words({list(self)})"
