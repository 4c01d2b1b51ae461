"""Arrays for the user and from the user: PyTorch, JAX, Warp or NumPy, without a copy where memory can be shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kinesis_env.errors import ActionError, OptionalDependencyError, shown

__all__ = ["OUTPUTS", "array_of_user", "for_user"]

#: Libraries whose arrays an environment on a device may return.
OUTPUTS = ("torch", "jax", "warp", "numpy")


def for_user(values: Sequence[Any], output: str) -> tuple[Any, ...]:
    """Return tensors as arrays of a library; words stay what they are, except for NumPy.

    Raises:
        OptionalDependencyError: JAX is not installed.
    """
    if output == "torch":
        return tuple(values)
    if output == "numpy":
        return tuple(_on_host(value) for value in values)
    return tuple(_shared(value, output) if isinstance(value, torch.Tensor) else value for value in values)


def array_of_user(array: Any, device: torch.device) -> torch.Tensor:
    """Return an array of any library as a float32 tensor on the device.

    Raises:
        ActionError: it is no array of numbers.
    """
    try:
        if not isinstance(array, torch.Tensor):
            on_host = isinstance(array, np.ndarray) or not hasattr(array, "__dlpack__")
            array = torch.as_tensor(np.asarray(array)) if on_host else torch.from_dlpack(array)
        if array.is_complex():
            raise TypeError("complex numbers")
        found: torch.Tensor = array.detach().to(device=device, dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ActionError(f"actions must be an array of numbers, given {shown(array)}") from error
    return found


def _on_host(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return np.asarray(value)
    array: np.ndarray[Any, Any] = value.detach().cpu().numpy()
    # Gymnasium's vector environments have rewards and numbers in infos in double precision.
    return array.astype(np.float64) if array.ndim == 1 and array.dtype == np.float32 else array.copy()


def _shared(tensor: torch.Tensor, output: str) -> Any:
    tensor = tensor.contiguous()
    if output == "warp":
        import warp  # noqa: PLC0415  (slow to load)

        return warp.from_dlpack(tensor)
    try:
        import jax  # noqa: PLC0415  (an extra of others)
    except ImportError as error:
        raise OptionalDependencyError('output="jax" needs JAX: pip install jax') from error
    return jax.dlpack.from_dlpack(tensor)
