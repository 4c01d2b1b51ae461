"""The anatomy tables as typed records.

The tables in ``kinesis_env/assets/anatomy`` hold the trunk and the *right* leg in the axes of their source (OpenSim: x
forward, y up, z to the right; meters, kilograms, newtons, radians). :func:`read_anatomy` reads them, converts every
vector to this package's axes (x forward, y to the left, z up) and leaves the mirroring to
:mod:`kinesis_env.model.mjcf`. ``assets/PROVENANCE.md`` names the source of every figure.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import ModelError

__all__ = [
    "TABLES",
    "Anatomy",
    "Body",
    "Bone",
    "Contact",
    "Joint",
    "Muscle",
    "PathElement",
    "Standing",
    "read_anatomy",
    "read_standing",
    "read_table",
]

Vector: TypeAlias = NDArray[np.float64]
Row: TypeAlias = dict[str, str]
INERTIA = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")

#: Folder of the package's tables.
TABLES = Path(str(resources.files("kinesis_env") / "assets" / "anatomy"))
#: Rows are this package's axes in the tables' axes: (x, y, z) -> (x, -z, y).
AXES = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class Body:
    """A rigid body: pose in its parent, mass [kg], center of mass [m] and inertia about it [kg m^2], (3, 3)."""

    name: str
    parent: str
    pos: Vector
    mass: float
    com: Vector
    inertia: Vector


@dataclass(frozen=True)
class Joint:
    """A hinge: axis and anchor in the child body, range [rad], damping [N m s/rad], armature [kg m^2]."""

    name: str
    body: str
    axis: Vector
    anchor: Vector
    range: tuple[float, float]
    damping: float
    armature: float


@dataclass(frozen=True)
class PathElement:
    """A point of a muscle's path, or a surface that the path wraps around.

    ``site`` is a point fixed in ``body``. ``sphere`` and ``cylinder`` have a ``radius`` and a ``side`` point on the
    side where the muscle passes; a cylinder also has an ``axis`` (unit vector).
    """

    kind: Literal["site", "sphere", "cylinder"]
    body: str
    pos: Vector
    axis: Vector | None = None
    radius: float | None = None
    side: Vector | None = None


@dataclass(frozen=True)
class Muscle:
    """A muscle: peak force [N], length range [m], operating range and force-curve parameters (MuJoCo's names)."""

    name: str
    max_force: float
    length_range: tuple[float, float]
    operating_range: tuple[float, float]
    lmin: float
    lmax: float
    vmax: float
    fpmax: float
    fvmax: float
    tau_act: float
    tau_deact: float
    path: tuple[PathElement, ...]

    @property
    def optimal_fiber_length(self) -> float:
        """Length of the fibers at peak active force [m]."""
        lo, hi = self.length_range
        return (hi - lo) / (self.operating_range[1] - self.operating_range[0])

    @property
    def tendon_slack_length(self) -> float:
        """Muscle-tendon length at zero fiber length [m]."""
        return self.length_range[0] - self.operating_range[0] * self.optimal_fiber_length


@dataclass(frozen=True)
class Contact:
    """A capsule that touches the ground and the other leg: its two ends and radius [m]."""

    name: str
    body: str
    radius: float
    ends: tuple[Vector, Vector]


@dataclass(frozen=True)
class Bone:
    """A shape for rendering only. ``size`` is a radius, or the three radii of an ellipsoid [m]."""

    body: str
    type: Literal["sphere", "capsule", "ellipsoid"]
    size: tuple[float, ...]
    points: tuple[Vector, ...]


@dataclass(frozen=True)
class Anatomy:
    """The trunk and the right leg. Names carry no side.

    Attributes:
        scales: size of bodies along x, y and z relative to the tables, for shapes that are in no table.
    """

    pelvis: Body
    trunk: tuple[Body, ...]
    leg: tuple[Body, ...]
    joints: tuple[Joint, ...]
    muscles: tuple[Muscle, ...]
    contacts: tuple[Contact, ...]
    bones: tuple[Bone, ...]
    scales: Mapping[str, Vector] = field(default_factory=dict)

    def scale(self, body: str) -> Vector:
        """Return the size of a body relative to the tables, (3,)."""
        return self.scales.get(body, np.ones(3))


@dataclass(frozen=True)
class Standing:
    """The standing pose, symmetric, and the activations that hold it.

    Attributes:
        height: height of the pelvis [m].
        pitch: pitch of the pelvis [rad].
        angles: joint angles of a leg [rad], in order.
        activation: muscle activations of a leg, in order.
    """

    height: float
    pitch: float
    angles: Vector
    activation: Vector


def read_standing(anatomy: Anatomy, folder: Path = TABLES) -> Standing:
    """Read ``standing.csv``, written by :mod:`kinesis_env.making.standing`.

    Muscles that it does not name are at rest.

    Raises:
        ModelError: it lacks the pelvis or a joint of the anatomy.
    """
    values = {(row["kind"], row["name"]): _number(row, "value") for row in read_table("standing", folder)}
    pose = [("root", "height"), ("root", "pitch"), *(("joint", joint.name) for joint in anatomy.joints)]
    missing = [name for kind, name in pose if (kind, name) not in values]
    if missing:
        raise ModelError(f"standing.csv lacks {', '.join(missing)}")
    height, pitch, *angles = (values[key] for key in pose)
    activation = [values.get(("muscle", muscle.name), 0.0) for muscle in anatomy.muscles]
    return Standing(height, pitch, np.array(angles), np.array(activation))


def read_table(name: str, folder: Path = TABLES) -> list[Row]:
    """Return the rows of the anatomy table ``name`` (without ``.csv``) as dicts of strings."""
    return list(csv.DictReader((folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


def read_anatomy(folder: Path = TABLES, *, fitted: bool = True) -> Anatomy:
    """Read every table and return it in this package's axes.

    Args:
        folder: folder of the tables.
        fitted: take the knee's axis and the paths across it from ``fitted_knee.csv`` and ``fitted_paths.csv``, written
            by :mod:`kinesis_env.making.knee_fit`, instead of the published ones.

    Raises:
        ModelError: a table has a value that is not a number, an unknown kind, or a path of an unknown muscle.
    """

    def rows(name: str) -> list[Row]:
        return read_table(name, folder)

    bodies = [_body(row) for row in rows("bodies")]
    joints = [_joint(row) for row in rows("joints")]
    paths = _paths(rows("paths"))
    if fitted:
        paths |= _paths(rows("fitted_paths"))
        lines = {row["name"]: (_unit(_vector(row, "axis")), _vector(row, "pos")) for row in rows("fitted_knee")}
        joints = [
            replace(joint, axis=lines[joint.name][0], anchor=lines[joint.name][1]) if joint.name in lines else joint
            for joint in joints
        ]
    muscles = tuple(_muscle(row, paths) for row in rows("muscles"))
    unknown = sorted(set(paths) - {muscle.name for muscle in muscles})
    if unknown:
        raise ModelError(f"paths.csv has paths of muscles that muscles.csv lacks: {', '.join(unknown)}")
    return Anatomy(
        pelvis=bodies[0],
        trunk=tuple(_body(row) for row in rows("trunk")),
        leg=tuple(bodies[1:]),
        joints=tuple(joints),
        muscles=muscles,
        contacts=tuple(_contact(row) for row in rows("contacts")),
        bones=tuple(_bone(row) for row in rows("bones")),
    )


def _numbers(row: Row, keys: Iterable[str]) -> Vector:
    try:
        return np.array([float(row[key]) for key in keys])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"an anatomy table has a row with a missing or bad number: {row}") from error


def _number(row: Row, key: str) -> float:
    return float(_numbers(row, (key,))[0])


def _vector(row: Row, prefix: str) -> Vector:
    return AXES @ _numbers(row, (f"{prefix}_{axis}" for axis in "xyz"))


def _point(row: Row, index: int) -> Vector:
    return AXES @ _numbers(row, (f"{axis}{index}" for axis in "xyz"))


def _unit(vector: Vector) -> Vector:
    return vector / float(np.linalg.norm(vector))


def _body(row: Row) -> Body:
    xx, yy, zz, xy, xz, yz = _numbers(row, INERTIA)
    inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    return Body(
        name=row["name"],
        parent=row.get("parent", ""),
        pos=_vector(row, "pos") if "pos_x" in row else np.zeros(3),
        mass=_number(row, "mass"),
        com=_vector(row, "com"),
        inertia=AXES @ inertia @ AXES.T,
    )


def _joint(row: Row) -> Joint:
    lo, hi, damping, armature = _numbers(row, ("range_lo", "range_hi", "damping", "armature")).tolist()
    return Joint(
        name=row["name"],
        body=row["body"],
        axis=_unit(_vector(row, "axis")),
        anchor=_vector(row, "pos"),
        range=(lo, hi),
        damping=damping,
        armature=armature,
    )


def _paths(rows: Iterable[Row]) -> dict[str, list[PathElement]]:
    paths: dict[str, list[PathElement]] = {}
    for row in rows:
        paths.setdefault(row["muscle"], []).append(_path_element(row))
    return paths


def _path_element(row: Row) -> PathElement:
    kind = row["kind"]
    if kind == "site":
        return PathElement("site", row["body"], _vector(row, "pos"))
    if kind not in ("sphere", "cylinder"):
        raise ModelError(f"paths.csv: unknown kind {kind!r}; the kinds are site, sphere, cylinder")
    return PathElement(
        kind="sphere" if kind == "sphere" else "cylinder",
        body=row["body"],
        pos=_vector(row, "pos"),
        axis=_vector(row, "axis") if kind == "cylinder" else None,
        radius=_number(row, "radius"),
        side=_vector(row, "side"),
    )


def _muscle(row: Row, paths: dict[str, list[PathElement]]) -> Muscle:
    if row["name"] not in paths:
        raise ModelError(f"paths.csv has no path of muscle {row['name']!r}")
    keys = ("length_lo", "length_hi", "range_lo", "range_hi")
    length_lo, length_hi, range_lo, range_hi = _numbers(row, keys).tolist()
    curve = ("max_force", "lmin", "lmax", "vmax", "fpmax", "fvmax", "tau_act", "tau_deact")
    max_force, lmin, lmax, vmax, fpmax, fvmax, tau_act, tau_deact = _numbers(row, curve).tolist()
    return Muscle(
        name=row["name"],
        max_force=max_force,
        length_range=(length_lo, length_hi),
        operating_range=(range_lo, range_hi),
        lmin=lmin,
        lmax=lmax,
        vmax=vmax,
        fpmax=fpmax,
        fvmax=fvmax,
        tau_act=tau_act,
        tau_deact=tau_deact,
        path=tuple(paths[row["name"]]),
    )


def _contact(row: Row) -> Contact:
    return Contact(row["name"], row["body"], _number(row, "radius"), (_point(row, 1), _point(row, 2)))


def _bone(row: Row) -> Bone:
    kind = row["type"]
    if kind not in ("sphere", "capsule", "ellipsoid"):
        raise ModelError(f"bones.csv: unknown type {kind!r}; the types are sphere, capsule, ellipsoid")
    try:
        size = np.array([float(number) for number in row["size"].split()])
    except ValueError as error:
        raise ModelError(f"bones.csv: the size {row['size']!r} is not a list of numbers") from error
    if kind == "ellipsoid":
        size = np.abs(AXES @ size)
    points = (_point(row, 1), _point(row, 2)) if kind == "capsule" else (_point(row, 1),)
    return Bone(row["body"], kind, tuple(float(radius) for radius in size), points)  # type: ignore[arg-type]
