"""Published joint angles over the gait cycle, as Fourier series.

Sources of the figures: ``assets/gait/PROVENANCE.md``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.typing import Array

__all__ = ["Curve", "published_curves", "published_spread"]


_TABLES = ("walk_curves.csv", "run_curves.csv")
_SPREAD = "spread.csv"


@dataclass(frozen=True)
class Curve:
    """A periodic curve: mean + sum of cos_k cos(2 pi k phase) + sin_k sin(2 pi k phase).

    Attributes:
        mean: in radians or meters.
        cosines: (8,).
        sines: (8,).
    """

    mean: float
    cosines: Array
    sines: Array

    def __call__(self, phase: ArrayLike) -> Array:
        """Return the values at phases (...), in cycles since the heel strike of the right foot."""
        turns = 2 * np.pi * np.asarray(phase, dtype=np.float64)[..., None] * np.arange(1, len(self.cosines) + 1)
        out: Array = self.mean + np.cos(turns) @ self.cosines + np.sin(turns) @ self.sines
        return out


@cache
def published_curves() -> Mapping[tuple[str, float], Mapping[str, Curve]]:
    """Return (source, speed [m/s]) -> name of a coordinate -> its curve [rad or m] over the cycle of the right leg.

    Sources are "falisse2019" (walking at 1.3 m/s; all joints and the pelvis, left and right averaged), "fukuchi2018"
    (walking at 0.9 and 1.2 m/s; hip, knee and ankle) and "falisse2019run" (running at 2.8 m/s; as the first).
    """
    curves: dict[tuple[str, float], dict[str, Curve]] = {}
    folder = files("kinesis_env").joinpath("assets", "gait")
    tables = [folder.joinpath(table).read_text(encoding="utf-8").splitlines() for table in _TABLES]
    for row in (row for table in tables for row in csv.DictReader(table)):
        unit = np.pi / 180 if row["unit"] == "deg" else 1.0
        cosines, sines = (np.array([float(row[f"{kind}{k}"]) * unit for k in range(1, 9)]) for kind in ("cos", "sin"))
        group = curves.setdefault((row["source"], float(row["speed"])), {})
        group[row["curve"]] = Curve(float(row["mean"]) * unit, cosines, sines)
    return curves


@cache
def published_spread() -> Mapping[tuple[str, str], Array]:
    """Return (pace, joint) -> standard deviation between people (11,) [rad], each tenth of the cycle from heel strike.

    Paces are "slow", "free" and "very_fast"; joints are hip_flexion, hip_adduction, knee_angle and ankle_angle. The
    people are 83 children at their own speeds: bands of plausibility around an adult curve.
    """
    text = files("kinesis_env").joinpath("assets", "gait", _SPREAD).read_text(encoding="utf-8")
    return {
        (row["pace"], row["joint"]): np.deg2rad([float(row[f"sd{10 * k}"]) for k in range(11)])
        for row in csv.DictReader(text.splitlines())
    }
