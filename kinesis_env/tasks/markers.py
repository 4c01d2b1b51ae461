"""Markers drawn beside a body, such as its goal."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Marker"]


@dataclass(frozen=True)
class Marker:
    """A shape drawn beside the body, without collisions.

    Attributes:
        shape: ``"sphere"``, ``"cylinder"`` or ``"arrow"``.
        pos: its center, or the tail of an arrow [m].
        size: half sizes [m] across and along the axis; for an arrow, its radius twice and its length.
        rgba: its color.
        axis: direction of the axis of a cylinder or an arrow, a unit vector.
    """

    shape: str
    pos: tuple[float, float, float]
    size: tuple[float, float, float]
    rgba: tuple[float, float, float, float]
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
