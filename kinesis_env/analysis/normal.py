"""Normal bands of joint angles over the gait cycle: published means of adults, and spread between people.

Means are the published curves of adults nearest in speed (Fukuchi 2018 at 0.9 and 1.2 m/s; hip adduction of Falisse
2019 at 1.3 m/s); two standard deviations between people on either side are from Schwartz 2008, children at
self-selected speeds. Sources: ``assets/gait/PROVENANCE.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.motions.gait import published_curves, published_spread
from kinesis_env.typing import Array

__all__ = ["NormalBand", "normal_bands"]

#: Range of walking speeds with bands [m/s], and the speed at which walking is free rather than slow.
_SLOWEST, _FREE, _FASTEST = 0.5, 1.05, 1.7
_MEANS = {"slow": ("fukuchi2018", 0.9), "free": ("fukuchi2018", 1.2)}
_REST = ("falisse2019", 1.3)
_JOINTS = ("hip_flexion", "hip_adduction", "knee_angle", "ankle_angle")
#: Standard deviations on either side of the mean.
_WIDTH = 2.0


@dataclass(frozen=True, eq=False)
class NormalBand:
    """The band of a joint.

    Attributes:
        mean: over the cycle from heel strike (points,) [deg].
        deviation: between people (points,) [deg].
        source: source of the mean and the deviation.
    """

    mean: Array
    deviation: Array
    source: str

    @property
    def low(self) -> Array:
        """Two standard deviations below the mean (points,) [deg]."""
        return self.mean - _WIDTH * self.deviation

    @property
    def high(self) -> Array:
        """Two standard deviations above the mean (points,) [deg]."""
        return self.mean + _WIDTH * self.deviation

    def inside(self, curve: Array) -> float:
        """Return the fraction of a curve (points,) [deg] within the band."""
        return float(((curve >= self.low) & (curve <= self.high)).mean())


def normal_bands(speed: float, points: int = 101) -> dict[str, NormalBand]:
    """Return the bands of walking at a speed [m/s] by joint, without a side; empty outside walking speeds."""
    if not _SLOWEST <= speed <= _FASTEST:
        return {}
    pace = "free" if speed >= _FREE else "slow"
    at = np.linspace(0.0, 1.0, points)
    bands = {}
    for joint in _JOINTS:
        key = _MEANS[pace] if joint in published_curves()[_MEANS[pace]] else _REST
        mean = np.rad2deg(published_curves()[key][joint](at))
        deviation = np.rad2deg(np.interp(at, np.linspace(0.0, 1.0, 11), published_spread()[pace, joint]))
        source = f"mean: {key[0]} at {key[1]:g} m/s; deviation: schwartz2008, {pace} speed"
        bands[joint] = NormalBand(mean, deviation, source)
    return bands
