"""C3D files as a laboratory writes them: markers, force plates of any type, and analog channels."""

from dataclasses import dataclass

import numpy as np
import pytest


@dataclass
class Plate:
    """A plate, and the force of the ground on the foot (n, 3) [N] at a point (n, 3) [m], with a free moment (n,)."""

    corners: np.ndarray
    force: np.ndarray
    point: np.ndarray
    free: np.ndarray
    kind: int = 2
    depth: float = 0.04
    sign: float = -1.0

    @property
    def axes(self):
        """x from corners 2 and 3 to 1 and 4, y from 3 and 4 to 1 and 2, as the C3D user guide draws them."""
        x, y = (self.corners[a] - self.corners[b] for a, b in ((0, 1), (1, 2)))
        x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
        return np.stack((x, y, np.cross(x, y)), axis=-1)

    @property
    def sensor(self):
        """Where forces are measured: below the middle of the plate."""
        return self.corners.mean(axis=0) - (0.0 if self.kind == 1 else self.depth) * self.up

    @property
    def up(self):
        vertical = self.axes[:, 2]
        return vertical * np.sign(vertical[np.abs(vertical).argmax()])

    def channels(self, arm):
        """What it measures, as a load of the body (sign -1) or the reaction to it, moments in N m / ``arm``."""
        force = self.sign * self.force @ self.axes
        arms = np.cross(self.point - self.sensor, self.sign * self.force) + self.sign * self.free[:, None] * self.up
        moment = arms @ self.axes
        if self.kind == 1:
            at = (self.point - self.corners.mean(axis=0)) @ self.axes
            free = moment[:, 2] - np.cross(at, force)[:, 2]
            return np.column_stack((force, at[:, :2] / 1e-3, free / arm)).T
        if self.kind == 3:
            a, b = 0.2, 0.12
            (x, y, z), (mx, my, mz) = force.T, moment.T
            corners = [(z + s * mx / b + t * my / a) / 4 for s, t in ((1, -1), (1, 1), (-1, 1), (-1, -1))]
            return np.stack((x / 2, x / 2, y / 2 + mz / (2 * a), y / 2 - mz / (2 * a), *corners))
        return np.concatenate((force, moment / arm), axis=1).T

    @property
    def origin(self):
        if self.kind == 3:
            return np.array([200.0, 120.0, -1000.0 * self.depth])
        return np.zeros(3) if self.kind == 1 else np.array([0.0, 0.0, -1000.0 * self.depth])


def write_lab(path, placed, plates=(), analog=(), *, rate=100.0, moments="Nmm", types=None):
    """Write markers by name (T, 3) [mm], plates, and other channels by name (n,); their length gives their rate."""
    ezc3d = pytest.importorskip("ezc3d")
    c3d = ezc3d.c3d()
    frames = len(next(iter(placed.values())))
    point, about = c3d["parameters"]["POINT"], c3d["parameters"]["ANALOG"]
    point["UNITS"]["value"], point["RATE"]["value"], point["LABELS"]["value"] = ["mm"], [rate], tuple(placed)
    data = np.ones((4, len(placed), frames))
    data[:3] = np.stack(list(placed.values())).transpose(2, 0, 1)
    c3d["data"]["points"] = data
    gain = np.eye(6) + 0.1 * np.diag(np.ones(5), 1)
    raw = [plate.channels(1e-3 if moments == "Nmm" else 1.0) for plate in plates]
    raw = [np.linalg.solve(gain, one) if plate.kind == 4 else one for plate, one in zip(plates, raw, strict=True)]
    channels = [*np.concatenate(raw), *dict(analog).values()] if plates else list(dict(analog).values())
    if channels:
        count = len(channels[0])
        names = [f"P{i}.{k}" for i, one in enumerate(raw) for k in range(len(one))]
        units = ["N" if k < 3 else moments for one in raw for k in range(len(one))]
        about["RATE"]["value"] = [rate * count / frames]
        about["LABELS"]["value"] = (*names, *dict(analog))
        about["UNITS"]["value"] = (*units, *("V" for _ in dict(analog)))
        c3d["data"]["analogs"] = np.array(channels)[None]
    if plates:
        most = max(len(one) for one in raw)
        at, columns = 1, np.zeros((most, len(plates)))
        for i, one in enumerate(raw):
            columns[: len(one), i] = np.arange(at, at + len(one))
            at += len(one)
        for key, value in (
            ("USED", [len(plates)]),
            ("TYPE", types or [plate.kind for plate in plates]),
            ("CHANNEL", columns),
            ("CORNERS", np.stack([1000.0 * plate.corners.T for plate in plates], axis=-1)),
            ("ORIGIN", np.stack([plate.origin for plate in plates], axis=-1)),
            ("CAL_MATRIX", np.stack([gain] * len(plates), axis=-1)),
        ):
            c3d.add_parameter("FORCE_PLATFORM", key, value)
    c3d.write(str(path))
    return path
