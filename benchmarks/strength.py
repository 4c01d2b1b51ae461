"""Strength of the body compared with that of people, and its hip moment arms compared with OpenSim.

    python benchmarks/strength.py [--plot FILE.png] [--write] [--json]
    python benchmarks/strength.py --osim Rajagopal2016.osim     moment arms of the hip, with the package opensim

Torques are those of all muscles of a direction, fully active, without passive forces and without antagonists. The
published torques are those of Anderson, Madigan and Nussbaum, J. Biomech. 40, 2007, without hip abduction, adduction
and rotation; for these, only the body's own are given. --write updates the tables in docs/strength.md, --plot draws
the curves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import commandline
import mujoco
import numpy as np
from tables import DOCS, table, write_tables

from kinesis_env.config.tracking import PEOPLE
from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.model.bodies import make_body
from kinesis_env.model.names import JOINTS, ModelNames
from kinesis_env.model.strength import (
    DIRECTIONS,
    Direction,
    body_torques,
    published_torque,
    stature,
    strength_factors,
)

#: Directions that Anderson et al. did not measure: a hinge, a sign, angles and posture [degrees].
OTHERS = {
    "hip_abduction": Direction("hip_adduction_r", -1.0, (-40.0, 20.0), {}, ""),
    "hip_adduction": Direction("hip_adduction_r", 1.0, (-40.0, 20.0), {}, ""),
    "hip_internal_rotation": Direction("hip_rotation_r", 1.0, (-35.0, 35.0), {}, ""),
    "hip_external_rotation": Direction("hip_rotation_r", -1.0, (-35.0, 35.0), {}, ""),
    "hip_internal_rotation, hip at 90": Direction("hip_rotation_r", 1.0, (-35.0, 35.0), {"hip_flexion_r": 90.0}, ""),
    "hip_external_rotation, hip at 90": Direction("hip_rotation_r", -1.0, (-35.0, 35.0), {"hip_flexion_r": 90.0}, ""),
}
#: Speeds of shortening [degrees/s]; below zero the muscles are stretched.
SPEEDS = (-60.0, 0.0, 60.0, 120.0, 180.0)
#: Muscles of which the moment arms are compared with OpenSim's, and the hip's hinges.
HIP_MUSCLES = "glmed1 glmed2 glmed3 glmin1 glmin2 glmin3 piri glmax1 glmax2 glmax3 tfl iliacus psoas"
#: Their angles [degrees]: flexion, and rotation; adduction is of 15 to either side.
FLEXION, TURNS = np.arange(-20.0, 91.0, 10.0), np.arange(-30.0, 31.0, 15.0)
HINGES = {"hip_flexion_r": "flexion", "hip_adduction_r": "adduction", "hip_rotation_r": "rotation"}


def isometric() -> dict[str, Any]:
    """Return the greatest isometric torque of each direction: of the bodies, and of people [N m]."""
    bodies = {name: make_body(anatomy=name).load() for name in ("default", "rajagopal")}
    model = bodies["default"]
    size = float(model.body_mass.sum()) * 9.81 * stature(model)
    scaled = strength_factors(model, "published")
    rows = {}
    for name, direction in {**DIRECTIONS, **OTHERS}.items():
        row: dict[str, Any] = {}
        for body, its in bodies.items():
            angles, torque = body_torques(its, direction)
            whole = torque.sum(axis=1)
            row[body], row[f"{body}_at"] = float(whole.max()), float(angles[whole.argmax()])
        row["strength_published"] = float((body_torques(model, direction)[1] @ scaled).max())
        if name in DIRECTIONS:
            row |= {people: size * published_torque(name, people).c1 for people in PEOPLE}
            row["published_at"] = float(np.degrees(published_torque(name).c3))
        rows[name] = row
    return rows


def isokinetic() -> dict[str, dict[str, float]]:
    """Return the greatest torque at each speed, in parts of the isometric one: of the body, and of young men."""
    model = make_body().load()
    rows = {}
    for name, direction in DIRECTIONS.items():
        row = {}
        rest = float(body_torques(model, direction)[1].sum(axis=1).max())
        person = published_torque(name)
        for speed in SPEEDS:
            moving = float(body_torques(model, direction, float(np.radians(speed)))[1].sum(axis=1).max())
            row[f"body {speed:g}"] = moving / rest
            row[f"people {speed:g}"] = float(person.at(np.array(person.c3), np.radians(speed)) / person.c1)
        rows[name] = row
    return rows


def make_tables(facts: dict[str, Any]) -> dict[str, str]:
    """Return the tables in Markdown, by the name of their place."""
    head = ["maximum isometric torque [N m]", "default body", "at [deg]", "young men", "at [deg]", "ratio",
            '`strength="published"`', '`anatomy="rajagopal"`', "at [deg]"]  # fmt: skip
    rows = [head]
    for name, row in facts["isometric"].items():
        known = "published" in row
        rows.append(
            [
                name.replace("_", " "),
                f"{row['default']:.0f}",
                f"{row['default_at']:.0f}",
                f"{row['published']:.0f}" if known else "-",
                f"{row['published_at']:.0f}" if known else "-",
                f"{row['default'] / row['published']:.2f}" if known else "-",
                f"{row['strength_published']:.0f}",
                f"{row['rajagopal']:.0f}",
                f"{row['rajagopal_at']:.0f}",
            ]
        )
    people = [["N m", *PEOPLE]]
    speeds = [["torque as a fraction of isometric", *(f"{speed:g} deg/s" for speed in SPEEDS)]]
    for name, row in facts["isokinetic"].items():
        people.append([name.replace("_", " "), *(f"{facts['isometric'][name][each]:.0f}" for each in PEOPLE)])
        speeds += [
            [f"{name.replace('_', ' ')}, {who}", *(f"{row[f'{who} {speed:g}']:.2f}" for speed in SPEEDS)]
            for who in ("body", "people")
        ]
    return {"isometric": table(rows), "people": table(people), "isokinetic": table(speeds)}


def plot(path: Path) -> None:
    """Draw isometric torque over angle: the body, the body as strong as young men, and young men."""
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415

    model = make_body().load()
    size = float(model.body_mass.sum()) * 9.81 * stature(model)
    factors = strength_factors(model, "published")
    other = make_body(anatomy="rajagopal").load()
    figure = Figure(figsize=(11.0, 6.4), layout="constrained")
    for axes, (name, direction) in zip(figure.subplots(2, 3).flat, DIRECTIONS.items(), strict=True):
        angles, torque = body_torques(model, direction)
        axes.plot(angles, torque.sum(axis=1), color="0.3", label="default body")
        axes.plot(angles, body_torques(other, direction)[1].sum(axis=1), color="0.6", ls="--", label="rajagopal")
        axes.plot(angles, torque @ factors, color="tab:blue", label='strength="published"')
        for people, color in (("published", "tab:red"), ("old-women", "tab:orange")):
            label = "young men, Anderson 2007" if people == "published" else "women over 65"
            axes.plot(
                angles, size * published_torque(name, people).at(np.radians(angles)), color=color, ls=":", label=label
            )
        axes.set(title=name.replace("_", " "), xlabel="angle [deg]", ylabel="torque [N m]", ylim=(0.0, None))
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)


def moment_arms(osim: Path) -> dict[str, Any]:
    """Compare moment arms of hip muscles with those that OpenSim computes of its model [mm]."""
    import opensim  # type: ignore[import-not-found]  # noqa: PLC0415

    theirs = opensim.Model(str(osim))
    state = theirs.initSystem()
    coordinates = theirs.getCoordinateSet()
    body = make_body().load()
    names = ModelNames.of(body).muscles
    data = mujoco.MjData(body)
    dense = np.zeros((body.nu, body.nv))
    facts: dict[str, Any] = {}
    zero, bent = (int(np.flatnonzero(angle == FLEXION)[0]) * (3 + len(TURNS)) for angle in (0.0, 90.0))
    for muscle in HIP_MUSCLES.split():
        actuator = theirs.getMuscles().get(f"{muscle}_r")
        own: dict[str, list[float]] = {hinge: [] for hinge in HINGES}
        other: dict[str, list[float]] = {hinge: [] for hinge in HINGES}
        others = [(0.0, 0.0), (-15.0, 0.0), (15.0, 0.0), *((0.0, float(turn)) for turn in TURNS)]
        poses = [(float(angle), *other) for angle in FLEXION for other in others]
        for pose in poses:
            mujoco.mj_resetDataKeyframe(body, data, 0)
            data.qpos[7:] = 0.0
            for hinge, angle in zip(HINGES, np.radians(pose), strict=True):
                data.qpos[7 + JOINTS.index(hinge)] = angle
                coordinates.get(hinge).setValue(state, float(angle), False)
            mujoco.mj_fwdPosition(body, data)
            mujoco.mju_sparse2dense(
                dense, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind
            )
            theirs.realizePosition(state)
            for hinge in HINGES:
                own[hinge].append(-1000.0 * dense[names.index(f"{muscle}_r"), 6 + JOINTS.index(hinge)])
                other[hinge].append(1000.0 * actuator.computeMomentArm(state, coordinates.get(hinge)))
        facts[muscle] = {
            HINGES[hinge]: {
                "r": float(np.corrcoef(own[hinge], other[hinge])[0, 1]),
                "rms": float(np.sqrt(np.mean((np.array(own[hinge]) - other[hinge]) ** 2))),
                "own at 0 and 90": [own[hinge][zero], own[hinge][bent]],
                "OpenSim at 0 and 90": [other[hinge][zero], other[hinge][bent]],
            }
            for hinge in HINGES
        }
    facts["poses"] = len(poses)
    return facts


def arm_tables(facts: dict[str, Any]) -> dict[str, str]:
    """Return the comparison of moment arms in Markdown."""
    rows = [["muscle", "r: flexion", "adduction", "rotation", "RMS [mm]: flexion", "adduction", "rotation",
             "rotation at 0 and 90 deg of flexion [mm]", "OpenSim's"]]  # fmt: skip
    for muscle, found in facts.items():
        if muscle == "poses":
            continue
        rows.append([
            muscle,
            *(f"{found[hinge]['r']:.2f}" for hinge in HINGES.values()),
            *(f"{found[hinge]['rms']:.1f}" for hinge in HINGES.values()),
            *(", ".join(f"{arm:.0f}" for arm in found["rotation"][f"{who} at 0 and 90"]) for who in ("own", "OpenSim")),
        ])  # fmt: skip
    return {"moment arms": table(rows)}


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--osim", type=Path, help="model file of Rajagopal et al. 2016, to compare moment arms")
    parser.add_argument("--plot", type=Path, help="write a plot of the curves")
    parser.add_argument("--write", action="store_true", help="update the tables in docs/strength.md")
    arguments = parser.parse_args()
    if arguments.osim:
        facts = moment_arms(arguments.osim)
        tables = arm_tables(facts)
    else:
        facts = {"isometric": isometric(), "isokinetic": isokinetic()}
        tables = make_tables(facts)
    if arguments.plot:
        plot(arguments.plot)
    if arguments.write:
        write_tables(DOCS / "strength.md", tables)
    commandline.print_facts(facts, tables, as_json=arguments.json)


if __name__ == "__main__":
    main()
