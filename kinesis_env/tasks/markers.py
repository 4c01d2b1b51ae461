"""What is drawn beside a body, such as its goal."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Marker"]


@dataclass(frozen=True)
class Marker:
    """A shape that is drawn beside the body and does not collide.

    Attributes:
        shape: ``"sphere"``, ``"cylinder"`` or ``"arrow"``.
        pos: its center, or the foot of an arrow [m].
        size: half sizes [m] across and along the axis; of an arrow, its radius twice and its length.
        rgba: its color.
        axis: where the axis of a cylinder or an arrow points, a unit vector.
    """

    shape: str
    pos: tuple[float, float, float]
    size: tuple[float, float, float]
    rgba: tuple[float, float, float, float]
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
