"""Random numbers on the device: each row has a key and a place in its own sequence, so that nothing else matters.

The numbers are those of :func:`kinesis_env.model.draws.uniform`, bit for bit; a test compares them. PyTorch has no
unsigned arithmetic, so 64-bit words are signed here, and shifts to the right are masked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["Draws"]


def _signed(word: int) -> int:
    return word - (1 << 64) if word >= 1 << 63 else word


_GOLDEN = _signed(0x9E3779B97F4A7C15)
_MIX = _signed(0xBF58476D1CE4E5B9), _signed(0x94D049BB133111EB)


class Draws:
    """The random numbers of ``num`` rows.

    Args:
        num: the number of rows.
        device: PyTorch's device.

    Attributes:
        keys: key of each row, int64 (num,).
        place: how many numbers each row has used, int64 (num,).
    """

    def __init__(self, num: int, device: Any) -> None:
        self.keys = torch.zeros(num, dtype=torch.int64, device=device)
        self.place = torch.zeros(num, dtype=torch.int64, device=device)

    def seed(self, rows: Sequence[int], seeds: Sequence[int]) -> None:
        """Start the sequences of rows again, each from its own seed."""
        device = self.keys.device
        where = torch.as_tensor(list(rows), dtype=torch.int64, device=device)
        words = torch.tensor([_signed(seed % (1 << 64)) for seed in seeds], dtype=torch.int64, device=device)
        # Seeds are often consecutive numbers; their keys are not.
        self.keys[where] = _mixed(words + _GOLDEN)
        self.place[where] = 0

    def uniform(self, count: int, rows: torch.Tensor) -> torch.Tensor:
        """Return uniform numbers between 0 and 1, float64 (num, count).

        Args:
            count: number of values.
            rows: mask of the rows that use them, bool (num,); the sequences of the others do not advance.
        """
        drawn = uniform(self.keys, self.place, count)
        self.place += rows * count
        return drawn

    def words(self, rows: torch.Tensor) -> torch.Tensor:
        """Return a new key for each row, int64 (num,); arguments as for :meth:`uniform`."""
        self.place += rows
        return _mixed(self.keys + self.place * _GOLDEN)


def uniform(keys: torch.Tensor, place: torch.Tensor, count: int) -> torch.Tensor:
    """Return the numbers after ``place`` (n,) of the sequences of keys (n,), float64 (n, count)."""
    ahead = place[:, None] + torch.arange(1, count + 1, dtype=torch.int64, device=keys.device)
    bits = _mixed(keys[:, None] + ahead * _GOLDEN)
    return (_shifted(bits, 11).to(torch.float64) + 0.5) * 2.0**-53


def standard_normal(keys: torch.Tensor, place: torch.Tensor, count: int) -> torch.Tensor:
    """Return standard normal numbers, like :func:`kinesis_env.model.draws.standard_normal`, float64 (n, count)."""
    drawn = uniform(keys, place, count)
    half = count // 2
    radius = torch.sqrt(-2.0 * torch.log(drawn[:, :half]))
    angle = 2.0 * math.pi * drawn[:, half:]
    return torch.cat((radius * torch.cos(angle), radius * torch.sin(angle)), dim=1)


def _shifted(bits: torch.Tensor, count: int) -> torch.Tensor:
    """Shift 64-bit words to the right, filling with zeros."""
    return (bits >> count) & ((1 << (64 - count)) - 1)


def _mixed(bits: torch.Tensor) -> torch.Tensor:
    bits = (bits ^ _shifted(bits, 30)) * _MIX[0]
    bits = (bits ^ _shifted(bits, 27)) * _MIX[1]
    return bits ^ _shifted(bits, 31)
