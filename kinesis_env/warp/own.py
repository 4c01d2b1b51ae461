"""The user's own terms on a device: the same functions, called with tensors.

A term that computes with operators, methods of arrays, and :func:`kinesis_env.arrays.array_namespace` works on both.
"""

from __future__ import annotations

from typing import Any

import torch

from kinesis_env.errors import TermError
from kinesis_env.terms.own import Context, OwnTerms

__all__ = ["DeviceOwnTerms"]


class DeviceOwnTerms:
    """The user's terms of one environment on a device; methods as those of :class:`~kinesis_env.terms.own.OwnTerms`.

    Args:
        own: the terms.
        device: PyTorch's device.
    """

    def __init__(self, own: OwnTerms, device: torch.device) -> None:
        self._own, self._device = own, device
        self.after_step = own.after_step

    def reward(self, context: Context) -> torch.Tensor:
        """Return the values, (terms, n).

        Raises:
            TermError: a value of the wrong shape, or one that is not finite (on the GPU, only the shape is checked).
        """
        found = [self._numbers("reward", name, value, 1, context) for name, value in self._own.call("rewards", context)]
        return torch.stack(found) if found else torch.zeros((0, context.num), device=self._device)

    def observe(self, context: Context) -> dict[str, torch.Tensor]:
        """Return the observations by name, (n, k) each; errors as for :meth:`reward`."""
        called = self._own.call("observations", context)
        return {name: self._numbers("observation", name, value, 2, context) for name, value in called}

    def terminated(self, context: Context) -> torch.Tensor:
        """Return each row's first termination that applies, from 1, or 0, (n,); errors as for :meth:`reward`."""
        which = torch.zeros(context.num, dtype=torch.int64, device=self._device)
        for number, (name, value) in enumerate(self._own.call("terminations", context), 1):
            mask = torch.as_tensor(value, device=self._device)
            if tuple(mask.shape) != (context.num,) or mask.dtype != torch.bool:
                raise TermError(
                    f"termination {name!r} must return bool ({context.num},), given {mask.dtype} {tuple(mask.shape)}"
                )
            which = torch.where(mask & (which == 0), number, which)
        return which

    def _numbers(self, kind: str, name: str, value: Any, axes: int, context: Context) -> torch.Tensor:
        wanted = f"({context.num},)" if axes == 1 else f"({context.num}, k)"
        try:
            numbers: torch.Tensor = torch.as_tensor(value, dtype=torch.float32, device=self._device)
        except (TypeError, ValueError, RuntimeError) as error:
            raise TermError(f"{kind} {name!r} must return numbers {wanted}, given {value!r}") from error
        if numbers.ndim != axes or len(numbers) != context.num:
            raise TermError(f"{kind} {name!r} must return numbers {wanted}, given shape {tuple(numbers.shape)}")
        if self._device.type == "cpu" and not bool(torch.isfinite(numbers).all()):
            raise TermError(f"{kind} {name!r} must return finite numbers, given {numbers}")
        return numbers
