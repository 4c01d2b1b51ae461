"""Effect of a subject's own body, and results for bodies of other sizes.

    python benchmarks/bodies.py RECORDINGS
    python benchmarks/bodies.py RECORDINGS --write        # update the tables in docs/bodies.md
    python benchmarks/bodies.py RECORDINGS --only building standing steps

Every recording is converted to the default body and to a body of the subject's size, with the lengths between the
joint centers or the height of the pelvis. The mass is known for the two recordings with force plates, and otherwise
follows from the height. Root moments are in percent of body weight times hip height, because they scale with both; in
the middle are those of the default body with time scaled by the square root of size, so that its accelerations are in
proportion too (Froude similarity: R. McN. Alexander, J. Zool. 201, 1983). The small woman and the large man are about
the 5th and the 95th percentile of height and mass in ANSUR II (C. Gordon et al., "2012 Anthropometric Survey of U.S.
Army Personnel", Natick/TR-15/007, 2014), rounded.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import commandline
import gymnasium
import numpy as np
from standing import seconds
from tables import DOCS, table, write_tables

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.analysis import EMG_PROTOCOLS, compare_emg, foot_events, read_emg
from kinesis_env.control import track
from kinesis_env.dynamics import inverse_dynamics, static_optimization
from kinesis_env.errors import ConfigError, KinesisError
from kinesis_env.model import JOINTS
from kinesis_env.model.bodies import Body, make_body
from kinesis_env.motions import Motion, body_of, load_motions, read_loads, read_motions, read_recorded, trim
from kinesis_env.motions.formats.table import read_table
from kinesis_env.motions.retargeting import leg_length_of, measure_physics
from kinesis_env.signals import lowpass, resample

HEIGHT, GRAVITY = 1.70, 9.81
SMALL, LARGE = {"height": 1.52, "mass": 50.0, "sex": "f"}, {"height": 1.87, "mass": 110.0, "sex": "m"}
PEOPLE: Mapping[str, dict[str, Any]] = {"default": {}, "small woman": SMALL, "large man": LARGE}
RECORDINGS = (
    "opensim/subject_walk_armless_ik.mot",
    "opensim/subject01_walk1_ik.mot",
    "opensim/gait10dof18musc_ik_CRLF_line_ending.mot",
    "emg/treadmill_walk_1.0_ik.sto",
    "amass_like/video_walk_level1.npz",
    "amass_like/video_walk_level2.npz",
    "humanml3d/hml3d_new_joints_012314.npy",
    "humanml3d/t2m_263d_walk_turn.npy",
    "bvh/cmu_12_01_walk.bvh",
    "bvh/scaled_131_03.bvh",
    "bvh/t2m_17_joint.bvh",
)
#: Recording, ground forces, EMG, its side, the comparison, and the mass that the plates carry [kg].
PLATES = {
    "treadmill walk": (
        "emg/treadmill_walk_1.0_ik.sto",
        "emg/treadmill_walk_1.0_grf.mot",
        "emg/treadmill_walk_1.0_emg.sto",
        "r",
        "kinesis-long-head",
        58.0,
    ),
    "overground walk": (
        "opensim/subject_walk_armless_ik.mot",
        "emg/subject_walk_armless_grf.mot",
        "emg/subject_walk_armless_emg.sto",
        "l",
        "heel-strike",
        84.3,
    ),
}
MASSES = {files[0]: files[-1] for files in PLATES.values()}
#: OpenSim's joint moments of the treadmill walk, the cut-off that this package's have [Hz], and the joints compared.
OPENSIM_MOMENTS, CUTOFF = "emg/treadmill_walk_1.0_id.sto", 6.0
OPENSIM_JOINTS = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
#: Digits, and the figures of a cell, in the table of subjects.
SUBJECT_CELLS = (
    (1, (("default", "error"), ("own", "error"))),
    (0, (("default", "worst"), ("own", "worst"))),
    (2, (("default", "missing"), ("default", "similar"), ("own", "missing"))),
    (0, (("default", "newton_meters"), ("own", "newton_meters"))),
)
#: Longer recordings are measured in their first seconds.
LONGEST = 10.0
STEPS, ROWS = 300, 64


def subject_of(path: Path, mass: float | None) -> dict[str, Any]:
    """Return the description of the body of a recording's subject."""
    known = {} if mass is None else {"mass": mass}
    try:
        return body_of({"markers": str(path), **known}).description
    except ConfigError:
        return {"height": round(HEIGHT / read_recorded(path).scale, 3), **known}


def building(_: Path) -> list[dict[str, Any]]:
    """Return how long it takes to build bodies, and to get them again."""
    make_body({"height": 1.6}).load()  # loads SciPy
    rows = []
    for name, said in {**PEOPLE, "thigh of 0.44 m": {"lengths": {"femur": 0.44}}}.items():
        if said:
            clock = [time.perf_counter()]
            for _ in range(2):
                _ = make_body(said).model
                clock.append(time.perf_counter())
            rows.append({"body": name, "first": clock[1] - clock[0], "again": clock[2] - clock[1]})
    return rows


def converted(path: Path, body: Body) -> Motion:
    """Return a recording as a motion of a body."""
    motion = read_motions(path, body=body)[0]
    return trim(motion, 0.0, LONGEST) if motion.duration > LONGEST else motion


def subjects(folder: Path) -> list[dict[str, Any]]:
    """Return how each recording fits the default body and its subject's."""
    rows = []
    for file in RECORDINGS:
        said = subject_of(folder / file, MASSES.get(file))
        row: dict[str, Any] = {"recording": file, "body": str(body_of(said))}
        for kind, body in (("default", make_body()), ("own", body_of(said))):
            try:
                motion = converted(folder / file, body)
            except KinesisError as error:
                print(f"{file}: {error}", file=sys.stderr)
                continue
            moment, unit = missing_moment(motion), unit_of(body)
            size = leg_length_of(body) / leg_length_of(body_of(said))
            row[kind] = {
                "error": motion.fit["error_mean"],
                "worst": motion.fit["error_worst"],
                "direction": motion.fit["direction_error"],
                "missing": 100.0 * moment / unit,
                "similar": 100.0 * missing_moment(motion, 1.0 / math.sqrt(size)) / unit,
                "newton_meters": moment,
            }
        rows.append(row)
    return rows


def unit_of(body: Body) -> float:
    """Return weight times hip height [N m]."""
    return float(body.model.body_mass.sum()) * GRAVITY * leg_length_of(body)


def missing_moment(motion: Motion, faster: float = 1.0) -> float:
    """Return the moment at the root that no ground force provides, rms [N m], in a motion that is played faster."""
    if faster != 1.0:
        motion = Motion.from_qpos(motion.qpos, faster * motion.fps, name=motion.name, body=motion.body)
    physics = measure_physics(motion)
    return 0.0 if physics is None else math.hypot(physics.missing_roll, physics.missing_pitch, physics.missing_yaw)


def plates(folder: Path) -> list[dict[str, Any]]:
    """Return what is left at the root with force plates, and how muscles agree with EMG, on several bodies."""
    rows = []
    for name, (file, loads_file, emg_file, side, rules, mass) in PLATES.items():
        own = subject_of(folder / file, mass)
        for kind, said in {
            "default": {},
            "own size": own,
            **{f"own size, {s}": {**own, "sex": s} for s in "fm"},
        }.items():
            motion = read_recorded(folder / file, body=said)
            with motion.body.in_use():
                loads = read_loads(folder / loads_file, motion)
                moments = inverse_dynamics(motion, loads)
                activity = static_optimization(motion, moments)
                events = foot_events(loads, motion)
                emg = read_emg(folder / emg_file)
                found = compare_emg(activity, emg, events=events, side=side, protocol=EMG_PROTOCOLS[rules])
            at = slice(None) if moments.covered is None else moments.covered
            residual = np.sqrt(np.mean(moments.residual[at] ** 2, axis=0))
            unit = unit_of(motion.body)
            weight = unit / leg_length_of(motion.body)
            ankle = np.abs(moments.moments[at][:, 4]).max()
            rows.append(
                {
                    "recording": name,
                    "body": kind,
                    "scale": motion.scale,
                    "force": 100.0 * float(np.linalg.norm(residual[:3])) / weight,
                    "moment": 100.0 * float(np.linalg.norm(residual[3:])) / unit,
                    "newton_meters": float(np.linalg.norm(residual[3:])),
                    "ankle": float(ankle),
                    "emg": found.mean_r,
                }
            )
    return rows


def moments(folder: Path) -> list[dict[str, Any]]:
    """Return how far joint moments are from OpenSim's of the same person, as they are [N m], on several bodies."""
    file, loads_file, *_, mass = PLATES["treadmill walk"]
    table_of = read_table(folder / OPENSIM_MOMENTS)
    times, filtered = lowpass(table_of.times, table_of.values, CUTOFF)
    own = subject_of(folder / file, mass)
    rows = []
    for kind, said in {"default": {}, "own size": own, "own size, f": {**own, "sex": "f"}}.items():
        motion = read_recorded(folder / file, body=said)
        with motion.body.in_use():
            found = inverse_dynamics(motion, read_loads(folder / loads_file, motion))
        theirs = resample(times, filtered, motion.times)
        row: dict[str, Any] = {"body": kind}
        for joint in OPENSIM_JOINTS:
            sign = -1.0 if joint == "knee_angle" else 1.0  # knee flexion is negative in the file
            other = sign * theirs[:, table_of.labels.index(f"{joint}_r_moment")]
            mine = found.moments[:, JOINTS.index(f"{joint}_r")]
            row[joint] = float(np.sqrt(np.mean((mine - other) ** 2)))
            row[f"{joint} size"] = float(np.sqrt(np.mean(other**2)))
        rows.append(row)
    return rows


def standing(_: Path) -> list[dict[str, Any]]:
    """Return how long the standing poses stand."""
    return [
        {
            "body": name,
            "height": float(body.model.key_qpos[0, 2]),
            "activation": float(body.model.key_act[0].mean()),
            **{mode: seconds(mode, body=body) for mode in ("excitation", "length")},
            "rest": seconds("excitation", at_rest=True, body=body),
        }
        for name, body in ((name, make_body(said)) for name, said in PEOPLE.items())
    ]


def walking(_: Path) -> list[dict[str, Any]]:
    """Return how the tracker walks bodies."""
    rows = []
    for name, said in PEOPLE.items():
        motion = load_motions("walk", body=said)[0]
        solution = track(motion, num_threads=1)
        speed = float(motion.body_pos[-1, 0, 0] - motion.body_pos[0, 0, 0]) / motion.duration
        rows.append({"body": name, "speed": speed, **solution.metrics})
    return rows


def steps(_: Path) -> list[dict[str, Any]]:
    """Return steps per second of processor time of a vector environment, each body in turn, the best of three."""
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1.0, 1.0, (STEPS, ROWS, 80)).astype(np.float32)
    best = dict.fromkeys(PEOPLE, 0.0)
    for _ in range(3):
        for name, said in PEOPLE.items():
            envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=ROWS, num_threads=1, body=said or None)
            envs.reset(seed=0)
            start = time.process_time()
            for action in actions:
                envs.step(action)
            best[name] = max(best[name], ROWS * STEPS / (time.process_time() - start))
            envs.close()
    return [{"body": name, "steps": rate} for name, rate in best.items()]


PARTS: Mapping[str, Callable[[Path], list[dict[str, Any]]]] = {
    "building": building,
    "subjects": subjects,
    "plates": plates,
    "moments": moments,
    "standing": standing,
    "walking": walking,
    "steps": steps,
}


def make_tables(facts: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return the tables in Markdown, by the name of their place."""
    made = {
        "building": [["body", "built [s]", "again [s]"]]
        + [[row["body"], f"{row['first']:.2f}", f"{row['again']:.4f}"] for row in facts.get("building", ())],
        "subjects": [
            ["recording", "subject", "error [mm]", "largest error [mm]", "missing root moment [%]", "[N m]"],
            *(
                [
                    f"`{row['recording']}`",
                    row["body"].removeprefix("a body of "),
                    *(
                        " / ".join(f"{row[kind][key]:.{digits}f}" for kind, key in parts)
                        for digits, parts in SUBJECT_CELLS
                    ),
                ]
                for row in facts.get("subjects", ())
                if "default" in row and "own" in row
            ),
        ],
        "plates": [
            ["recording", "body", "size", "residual force [%]", "residual moment [%]", "[N m]", "ankle [N m]", "EMG r"],
            *(
                [
                    row["recording"],
                    row["body"],
                    *(f"{row[key]:.{n}f}" for key, n in (("scale", 3), ("force", 1), ("moment", 2))),
                    *(f"{row[key]:.{n}f}" for key, n in (("newton_meters", 0), ("ankle", 0), ("emg", 3))),
                ]
                for row in facts.get("plates", ())
            ),
        ],
        "moments": [
            ["body", *(joint.removesuffix("_angle").replace("_", " ") for joint in OPENSIM_JOINTS)],
            *([row["body"], *(f"{row[j]:.1f}" for j in OPENSIM_JOINTS)] for row in facts.get("moments", ())),
            *(
                ["OpenSim's, rms", *(f"{row[f'{j} size']:.1f}" for j in OPENSIM_JOINTS)]
                for row in facts.get("moments", ())[:1]
            ),
        ],
        "standing": [
            ["body", "pelvis [m]", "mean activation", "excitations [s]", "lengths [s]", "at rest [s]"],
            *(
                [
                    row["body"],
                    *(f"{row[key]:.3f}" for key in ("height", "activation")),
                    *(f"{row[key]:.2f}" for key in ("excitation", "length", "rest")),
                ]
                for row in facts.get("standing", ())
            ),
        ],
        "walking": [
            ["body", "speed [m/s]", "frame coverage", "MPJPE [mm]", "largest error [mm]", "activation", "power [W/kg]"],
            *(
                [
                    row["body"],
                    f"{row['speed']:.2f}",
                    f"{row['frame_coverage']:.3f}",
                    *(f"{row[key]:.{n}f}" for key, n in (("mpjpe", 1), ("worst", 0))),
                    *(f"{row[key]:.{n}f}" for key, n in (("activation", 3), ("muscle_power", 2))),
                ]
                for row in facts.get("walking", ())
            ),
        ],
        "steps": [["body", "steps per second"]]
        + [[row["body"], f"{row['steps']:.0f}"] for row in facts.get("steps", ())],
    }  # fmt: skip
    return {f"bodies {part}": table(rows) for part, rows in made.items() if part in facts}


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser_of_recordings(__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), help="parts to run; default: all"
    )
    arguments = parser.parse_args()
    facts = {part: PARTS[part](arguments.recordings) for part in arguments.only}
    tables = make_tables(facts)
    if arguments.write:
        write_tables(DOCS / "bodies.md", tables)
    if arguments.json:
        print(json.dumps(facts, indent=1))
    else:
        commandline.print_tables(tables)


if __name__ == "__main__":
    main()
