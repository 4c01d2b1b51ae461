"""Code for NumPy arrays and others: PyTorch, JAX, or any that follow the Python array API standard."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["array_namespace"]

_NUMPY = (np.ndarray, np.generic, float, int)


def array_namespace(array: Any) -> Any:
    """Return the module with the functions for an array: ``numpy``, ``torch``, ``jax.numpy``, ...

    Terms use only what these modules share: ``sqrt``, ``exp``, ``hypot``, ``arctan2``, ``asarray``, ``broadcast_to``,
    ``concatenate``, ``stack``, ``matmul`` and ``zeros_like``, and the methods ``sum``, ``reshape`` and ``swapaxes`` of
    arrays.

    Raises:
        TypeError: not an array.
    """
    if isinstance(array, _NUMPY):
        return np
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, torch.Tensor):
        return torch
    raise TypeError(f"expected an array, given {type(array).__name__}")
