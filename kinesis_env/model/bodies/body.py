"""A body: its anatomy, compiled model and digest."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import Any

import mujoco
import numpy as np

from kinesis_env.checks import check_choice
from kinesis_env.config.tracking import ANATOMIES
from kinesis_env.errors import ConfigError, ModelError, shown
from kinesis_env.model.anatomy import Anatomy, Standing, read_anatomy, read_standing
from kinesis_env.model.bodies.anatomies import with_anatomy
from kinesis_env.model.bodies.muscles import leg_muscle_volume, match_operating_ranges, scale_forces
from kinesis_env.model.bodies.opensim import read_osim
from kinesis_env.model.bodies.proportions import with_inertias
from kinesis_env.model.bodies.scaling import scale_anatomy
from kinesis_env.model.bodies.sizes import HEIGHT, Sizes, read_sizes
from kinesis_env.model.in_use import entered, own_body
from kinesis_env.model.kinematics.forward import Skeleton, skeleton
from kinesis_env.model.mjcf import build_xml
from kinesis_env.model.names import LOWER_BODY
from kinesis_env.model.standing import solve

__all__ = ["Body", "body_in_use", "make_body"]

_log = logging.getLogger(__name__)


#: Number of cached bodies.
_KEPT = 32


@dataclass(frozen=True, repr=False)
class Body:
    """A body; equal descriptions give equal bodies.

    Attributes:
        sizes: its sizes; None for the default body's.
        anatomy: its muscle parameters, see :mod:`kinesis_env.model.bodies.anatomies`.
    """

    sizes: Sizes | None = None
    anatomy: str = "default"

    def __hash__(self) -> int:
        return hash(self._key)

    def __reduce__(self) -> tuple[Any, ...]:
        return make_body, (self.description,)

    @property
    def is_default(self) -> bool:
        """Whether this is the shipped model."""
        return not self.description

    @property
    def description(self) -> dict[str, Any]:
        """Description as JSON types, from which :func:`make_body` makes an equal body; empty for the default body."""
        own = {} if self.anatomy == "default" else {"anatomy": self.anatomy}
        return own if self.sizes is None else {**self.sizes.as_mapping(), **own}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its MJCF text."""
        return hashlib.sha256(self.xml.encode()).hexdigest()

    @cached_property
    def skeleton(self) -> Skeleton:
        """Its kinematic tree."""
        with self.in_use():
            return skeleton()

    @cached_property
    def shape(self) -> str:
        """SHA-256 of its lengths, contact shapes and joint ranges: equal shapes can perform the same motions."""
        tree = self.skeleton
        total = hashlib.sha256()
        for link in tree.links:
            for array in (link.offset, link.quat, link.axes, link.anchors):
                total.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        for capsule in (*tree.feet[0], *tree.feet[1]):
            total.update(np.append(capsule.ends, capsule.radius).astype("<f8").tobytes())
        total.update(tree.ranges.astype("<f8").tobytes())
        return total.hexdigest()

    @cached_property
    def xml(self) -> str:
        """Its MJCF text, of the shipped model or built in memory."""
        return LOWER_BODY.read_text(encoding="utf-8") if self.is_default else _build(self)

    @cached_property
    def model(self) -> mujoco.MjModel:
        """Its ``mujoco.MjModel``, read-only."""
        return self.load()

    def load(self) -> mujoco.MjModel:
        """Compile the model and return a new ``mujoco.MjModel`` that the caller may change."""
        return mujoco.MjModel.from_xml_string(self.xml)

    def in_use(self) -> AbstractContextManager[None]:
        """Use this body in a ``with`` block, see :mod:`kinesis_env.model.in_use`."""
        return entered(None if self.is_default else self)

    def __str__(self) -> str:
        muscles = "" if self.anatomy == "default" else f", muscles of {self.anatomy}"
        if self.sizes is None:
            return f"the default body{muscles}"
        sex = {"f": ", f", "m": ", m"}.get(self.sizes.sex, "")
        return f"a body of {self.sizes.height:.3g} m, {self.sizes.mass:.3g} kg{sex}{muscles}"

    def __repr__(self) -> str:
        return f"<Body: {self}>"

    @cached_property
    def _key(self) -> str:
        return json.dumps(self.description, sort_keys=True)


def make_body(body: Mapping[str, Any] | None = None, anatomy: str | None = None) -> Body:
    """Return the body of a description.

    Args:
        body: see :func:`~kinesis_env.model.bodies.sizes.read_sizes`; None or an empty mapping is the default body.
            ``anatomy`` may be among its keys.
        anatomy: its muscle parameters: ``"default"`` or ``"rajagopal"``.

    Raises:
        ConfigError: an unknown key or segment, an impossible number, keys that contradict each other, or a file that
            cannot be read.
    """
    told = dict(body or {})
    own = told.pop("anatomy", None)
    chosen = own or "default" if anatomy in (None, "default") else anatomy
    check_choice("anatomy", chosen, ANATOMIES)
    if "osim" in told:
        if len(told) > 1:
            others = ", ".join(key for key in told if key != "osim")
            raise ConfigError(f"body: an OpenSim model defines the whole body; remove {others}")
        if not isinstance(told["osim"], str | os.PathLike):
            raise ConfigError(f"body['osim'] must be a path, given {shown(told['osim'])}")
        told = dict(read_osim(told["osim"], _tables()))
    return _kept(Body(read_sizes(told, _tables()) if told else None, chosen))


def body_in_use() -> Body:
    """Return the body in use, see :mod:`kinesis_env.model.in_use`."""
    body = own_body()
    return body if isinstance(body, Body) else make_body()


@lru_cache(maxsize=_KEPT)
def _kept(body: Body) -> Body:
    """Return an equal body that has already been built, if there is one; otherwise this body."""
    return body


@cache
def _tables() -> Anatomy:
    return read_anatomy()


def _build(body: Body) -> str:
    """Return the MJCF text of a body, built step by step from the tables."""
    tables = _tables()
    anatomy = with_anatomy(tables, body.anatomy)
    if body.sizes is not None:
        anatomy = _of_size(anatomy, body.sizes)
    return build_xml(anatomy, _standing(anatomy))


def _of_size(anatomy: Anatomy, sizes: Sizes) -> Anatomy:
    before = mujoco.MjModel.from_xml_string(build_xml(anatomy))
    grown = with_inertias(scale_anatomy(anatomy, sizes.scales, sizes.masses), sizes.sex)
    after = mujoco.MjModel.from_xml_string(build_xml(grown))
    muscles = match_operating_ranges(grown, before, after)
    volume = leg_muscle_volume(sizes.height, sizes.mass) / leg_muscle_volume(HEIGHT, float(before.body_mass.sum()))
    return replace(grown, muscles=scale_forces(anatomy.muscles, muscles, volume))


def _standing(anatomy: Anatomy) -> Standing:
    """Return the pose of the table with the height, pitch and activations that hold this body in it."""
    model = mujoco.MjModel.from_xml_string(build_xml(anatomy))
    near = read_standing(anatomy)
    near = replace(near, height=near.height + float(model.body_pos[1, 2]) - _rest_height())
    try:
        return solve(model, near)
    except ModelError as problem:
        _log.warning("the standing pose of this body is not an equilibrium: %s", problem)
        return near


@cache
def _rest_height() -> float:
    return float(make_body().model.body_pos[1, 2])
