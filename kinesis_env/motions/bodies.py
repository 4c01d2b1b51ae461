"""From a user's description of a body to the body: sizes, or a file to measure them in."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.config.tracking import BodyConfig
from kinesis_env.errors import ConfigError, MotionError, shown
from kinesis_env.model.anatomy import read_anatomy
from kinesis_env.model.bodies import Body, make_body
from kinesis_env.model.bodies.sizes import default_lengths
from kinesis_env.motions.formats import read_recordings
from kinesis_env.motions.recording import LANDMARKS, PointRecording

__all__ = ["body_of", "body_of_config", "measured_lengths"]

#: Fraction of the frames in which a length may differ from its median by more than the second fraction.
_MOST, _UNSTEADY = 0.2, 0.1
#: Accepted widths of the hips, relative to the legs.
_HIPS = (0.88, 1.2)
_log = logging.getLogger(__name__)


def body_of(body: Mapping[str, Any] | Body | None = None, anatomy: str | None = None) -> Body:
    """Return the body of a description, in the form of the argument ``body`` of every environment.

    Args:
        body: any of ``height`` [m], ``mass`` [kg], ``sex`` ("f" or "m") and ``lengths`` of segments [m]; or a file to
            read them from: ``osim``, a scaled OpenSim model, or ``markers``, a static trial for lengths; a
            :class:`~kinesis_env.model.bodies.Body` itself; None is the default body.
        anatomy: its muscle parameters: ``"default"`` or ``"rajagopal"``; not used for a ``Body``.

    Raises:
        ConfigError: an unknown key or segment, an impossible number, keys that contradict each other, or a file that
            cannot be read.
    """
    if isinstance(body, Body):
        return body
    if body and "markers" in body:
        clash = [key for key in ("lengths", "scales", "masses", "osim") if key in body]
        if clash:
            raise ConfigError(f"body: 'markers' and {clash[0]!r} contradict each other; give one of them")
        file = body["markers"]
        if not isinstance(file, str | os.PathLike):
            raise ConfigError(f"body['markers'] must be a path, given {shown(file)}")
        known = {key: value for key, value in body.items() if key != "markers"}
        return make_body({**known, "lengths": _plausible(measured_lengths(file))}, anatomy)
    return make_body(body, anatomy)


def body_of_config(config: BodyConfig) -> Body:
    """Return the body described by an environment's settings; errors as for :func:`body_of`."""
    return body_of(config.body, config.anatomy)


def measured_lengths(path: str | os.PathLike[str]) -> dict[str, float]:
    """Return the lengths of pelvis, femur and tibia [m] in a static trial: medians, right and left averaged.

    Args:
        path: markers or joint centers, in any supported format.

    Raises:
        ConfigError: a file that cannot be read, has no positions, or whose lengths change between frames.
    """
    try:
        about = os.stat(path)  # noqa: PTH116  (a path of any kind)
    except OSError as error:
        raise ConfigError(f"body['markers']: {shown(path)}: no such file") from error
    return dict(_measured(os.fspath(path), (about.st_mtime_ns, about.st_size)))


def _plausible(lengths: dict[str, float]) -> dict[str, float]:
    """Return lengths without a width of the hips that does not match the legs.

    Hip centers are accurate only to a centimeter or two, whether from regressions or from a motion capture skeleton.
    """
    default = default_lengths(read_anatomy())
    factors = {segment: length / default[segment] for segment, length in lengths.items()}
    legs = 0.5 * (factors["femur"] + factors["tibia"])
    if _HIPS[0] * legs <= factors["pelvis"] <= _HIPS[1] * legs and factors["pelvis"] >= _HIPS[0] * factors["femur"]:
        return lengths
    _log.info("a hip width of %.3g m does not match the legs and is not used", lengths["pelvis"])
    return {segment: length for segment, length in lengths.items() if segment != "pelvis"}


@lru_cache(maxsize=32)
def _measured(path: str, _: object) -> Mapping[str, float]:
    try:
        recording = read_recordings(Path(path))[0]
    except MotionError as error:
        raise ConfigError(f"body['markers']: {error}") from error
    if not isinstance(recording, PointRecording):
        raise ConfigError(f"body['markers']: {path}: joint angles do not give lengths; give markers or joint centers")
    points = {name: recording.points[:, column] for column, name in enumerate(LANDMARKS)}
    pairs = {
        "pelvis": [("hip_r", "hip_l")],
        "femur": [(f"hip_{side}", f"knee_{side}") for side in "rl"],
        "tibia": [(f"knee_{side}", f"ankle_{side}") for side in "rl"],
    }
    found = {}
    for segment, ends in pairs.items():
        lengths = np.stack([np.linalg.norm(points[start] - points[end], axis=1) for start, end in ends])
        middle = np.median(lengths, axis=1)
        unsteady = (np.abs(lengths - middle[:, None]) > _UNSTEADY * middle[:, None]).mean()
        if unsteady > _MOST:
            raise ConfigError(
                f"body['markers']: {path}: the length of the {segment} varies in {unsteady:.0%} of the frames"
            )
        found[segment] = float(middle.mean())
    return found
