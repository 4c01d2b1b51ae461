"""Alternative anatomical parameters of the muscles.

``"rajagopal"`` has the parameters of A. Rajagopal et al., IEEE Trans. Biomed. Eng. 63, 2016: peak forces, optimal fiber
lengths, tendon slack lengths, pennation and the widths of the curves. They were measured in cadavers and images,
whereas 11 of the default body's muscles have lengths fitted to something else. Paths and moment arms do not change.

MuJoCo's muscles have no pennation and rigid tendons: fibers and force are their components along the tendon at the
optimal length, cos(pennation) of each. Their passive force is not the published one, which is for elastic tendons, but
a factor of MuJoCo's curve for each muscle, fitted to measured passive joint moments
(:mod:`kinesis_env.making.passive_fit`).
"""

from __future__ import annotations

import math
from dataclasses import replace

from kinesis_env.model.anatomy import Anatomy, Muscle, Row, read_table

__all__ = ["published_muscle", "with_anatomy"]

#: Fiber lengths between which muscles are active [optimal lengths], and their force when stretched fast [peak forces],
#: from the published model, the same for all muscles.
WIDTH, STRETCHED = (0.25, 1.9), 1.4


def with_anatomy(anatomy: Anatomy, name: str) -> Anatomy:
    """Return an anatomy with named muscle parameters: ``"default"`` or ``"rajagopal"``."""
    if name == "default":
        return anatomy
    published = {row["name"]: row for row in read_table("rajagopal2016")}
    passive = {row["name"]: float(row["fpmax"]) for row in read_table("fitted_passive")}
    muscles = (published_muscle(muscle, published[muscle.name], passive[muscle.name]) for muscle in anatomy.muscles)
    return replace(anatomy, muscles=tuple(muscles))


def published_muscle(muscle: Muscle, row: Row, fpmax: float) -> Muscle:
    """Return a muscle with the parameters of a row of ``rajagopal2016.csv`` and a passive force."""
    along = math.cos(float(row["pennation"]))
    fiber, tendon = along * float(row["optimal_fiber_length"]), float(row["tendon_slack_length"])
    low, high = ((length - tendon) / fiber for length in muscle.length_range)
    return replace(
        muscle,
        max_force=along * float(row["max_force"]),
        operating_range=(low, high),
        lmin=WIDTH[0],
        lmax=WIDTH[1],
        fpmax=fpmax,
        fvmax=STRETCHED,
    )
