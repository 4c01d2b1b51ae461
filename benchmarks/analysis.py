"""How joint moments, ground forces and muscle activity of real recordings agree with OpenSim, plates and EMG.

    python benchmarks/analysis.py RECORDINGS [--write] [--json]

RECORDINGS is a folder with the recordings that docs/muscles.md names: a treadmill walk at 1.0 m/s with plates, EMG and
OpenSim's own inverse dynamics (CEINMS-RT), and a walk over plates at 1.25 m/s with EMG (OpenSim's 3D walking example).
Exits with 1 if a figure misses its target. --write puts the tables into docs/muscles.md and docs/emg.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import commandline
import numpy as np
from tables import DOCS, has_place, table, write_tables

from kinesis_env.analysis import (
    KINESIS_EMG,
    KINESIS_EMG_LONG_HEAD,
    EmgComparison,
    EmgProtocol,
    compare_emg,
    foot_events,
    read_emg,
)
from kinesis_env.dynamics import (
    GRAVITY,
    JointMoments,
    Loads,
    MuscleActivity,
    RecordedMotion,
    inverse_dynamics,
    metabolic_cost,
    static_optimization,
)
from kinesis_env.model import JOINTS, load_model
from kinesis_env.motions import read_loads, read_recorded
from kinesis_env.motions.formats.table import read_table
from kinesis_env.signals import lowpass, resample

TREADMILL, OVERGROUND = "treadmill, 1.0 m/s", "overground, 1.25 m/s"
FILES = {
    TREADMILL: (
        "emg/treadmill_walk_1.0_ik.sto",
        "emg/treadmill_walk_1.0_grf.mot",
        "emg/treadmill_walk_1.0_emg.sto",
    ),
    OVERGROUND: (
        "opensim/subject_walk_armless_ik.mot",
        "emg/subject_walk_armless_grf.mot",
        "emg/subject_walk_armless_emg.sto",
    ),
}
OPENSIM_MOMENTS = "emg/treadmill_walk_1.0_id.sto"
#: OpenSim's moments are of motions and forces with more noise: filtered as this package's are [Hz].
CUTOFF = 6.0
#: The correlations with OpenSim's moments that are to be reached, and the residual forces [N] and moments [N m].
MOMENTS = {"hip_flexion": 0.97, "hip_adduction": 0.98, "hip_rotation": 0.97, "knee_angle": 0.6, "ankle_angle": 0.99}
RESIDUAL = (20.0, 20.0, 30.0, 15.0, 12.0, 7.0)
GROUND = (0.9, 0.75, 0.98)
EMG = {
    ("plates", "long head"): 0.70,
    ("plates", "short head"): 0.58,
    ("estimated", "long head"): 0.62,
    ("estimated", "short head"): 0.52,
}
OVERGROUND_EMG = 0.50
#: Milliseconds a frame.
OPTIMIZATION_MS = 2.0
#: What the paper reports: its policy's correlation with EMG, by muscle (arXiv 2503.14637).
PUBLISHED = (0.73, 0.81, 0.89, 0.17, 0.12, 0.42, -0.18, 0.26, 0.26)


@dataclass(frozen=True)
class Trial:
    """A recording and everything made of it; moments and activity with plates and without."""

    name: str
    motion: RecordedMotion
    loads: Loads
    emg: Any
    moments: dict[str, JointMoments]
    activity: dict[str, MuscleActivity]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Figure:
    """A figure and its target."""

    name: str
    value: float
    target: float
    at_most: bool = False

    @property
    def passed(self) -> bool:
        """Whether the target is met."""
        return bool(self.value <= self.target if self.at_most else self.value >= self.target)


def trial(name: str, folder: Path) -> Trial:
    """Read a recording, and compute moments and activity both ways."""
    motion_file, loads_file, emg_file = (folder / file for file in FILES[name])
    motion = read_recorded(motion_file)
    loads = read_loads(loads_file, motion)
    clock = [time.perf_counter()]
    measured = inverse_dynamics(motion, loads)
    clock.append(time.perf_counter())
    estimated = inverse_dynamics(motion)
    clock.append(time.perf_counter())
    moments = {"plates": measured, "estimated": estimated}
    activity = {kind: static_optimization(motion, found) for kind, found in moments.items()}
    clock.append(time.perf_counter())
    parts = np.diff(clock) * 1000.0 / len(motion)
    seconds = {"inverse dynamics": parts[0], "ground force": parts[1], "static optimization": 0.5 * parts[2]}
    return Trial(name, motion, loads, read_emg(emg_file), moments, activity, seconds)


def covered(found: JointMoments) -> np.ndarray:
    """Return the frames whose loads carry the body."""
    return np.ones(len(found.times), bool) if found.covered is None else found.covered


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Pearson's r of all numbers of two arrays."""
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def rms(values: np.ndarray) -> np.ndarray:
    """Return the root mean square over the first axis."""
    found: np.ndarray = np.sqrt((values**2).mean(axis=0))
    return found


def against_opensim(walk: Trial, folder: Path) -> dict[str, dict[str, float]]:
    """Return how the moments of the right leg agree with OpenSim's, at this body's mass and size."""
    own = read_table(folder / OPENSIM_MOMENTS)
    times, filtered = lowpass(own.times, own.values, CUTOFF)
    theirs = resample(times, filtered, walk.motion.times)
    factor = load_model().body_mass.sum() / mass_of(walk) * walk.motion.scale
    found = {}
    for column, joint in enumerate(JOINTS[:7]):
        name = joint.removesuffix("_r")
        sign = -1.0 if name == "knee_angle" else 1.0  # knee flexion is negative in the file
        other = sign * factor * theirs[:, own.labels.index(f"{joint}_moment")]
        mine = walk.moments["plates"].moments[:, column]
        found[name] = {"r": correlation(mine, other), "rms": float(rms(mine - other)), "size": float(rms(other))}
    return found


def mass_of(walk: Trial) -> float:
    """Return the mass that the plates carry [kg]: forces are scaled by this body's over it."""
    note = next(note for note in walk.moments["plates"].notes if note.startswith("loads of a person"))
    return float(note.split()[5])


def ground(walk: Trial) -> list[dict[str, float]]:
    """Return how the estimated ground force agrees with the plates: forward, lateral and vertical."""
    weight = load_model().body_mass.sum() * GRAVITY
    at = covered(walk.moments["plates"])
    plates, found = (walk.moments[kind].ground_force[at] for kind in ("plates", "estimated"))
    return [
        {
            "r": correlation(plates[..., axis], found[..., axis]),
            "rms": float(rms((plates - found)[..., axis].ravel())) / weight,
        }
        for axis in range(3)
    ]


def emg(walk: Trial) -> dict[tuple[str, str], EmgComparison]:
    """Return comparisons in the published alignment, or at zero lag for EMG of the left leg overground."""
    events = foot_events(walk.loads, walk.motion)
    if walk.name == OVERGROUND:
        rules = {"zero lag": EmgProtocol()}
        side = "l"
    else:
        rules = {"long head": KINESIS_EMG_LONG_HEAD, "short head": KINESIS_EMG}
        side = "r"
    return {
        (kind, name): compare_emg(activity, walk.emg, events=events, side=side, protocol=rule)
        for kind, activity in walk.activity.items()
        for name, rule in rules.items()
    }


def figures(walks: dict[str, Trial], folder: Path) -> tuple[list[Figure], dict[str, str], dict[str, Any]]:
    """Return the figures with targets, the tables for the documents, and everything as JSON can hold it."""
    treadmill = walks[TREADMILL]
    moments = against_opensim(treadmill, folder)
    forces = {name: ground(walk) for name, walk in walks.items()}
    residuals = dict(residual_rows(walks))
    comparisons = {name: emg(walk) for name, walk in walks.items()}
    costs = {
        name: {kind: metabolic_cost(walk.motion, activity).mean for kind, activity in walk.activity.items()}
        for name, walk in walks.items()
    }
    targets = [
        *(Figure(f"moment of {joint}: r with OpenSim", moments[joint]["r"], least) for joint, least in MOMENTS.items()),
        *(
            Figure(f"root residual {axis} of the treadmill walk", value, most, at_most=True)
            for axis, value, most in zip(("Fx", "Fy", "Fz", "Mx", "My", "Mz"), residuals[TREADMILL], RESIDUAL,
                                         strict=True)
        ),
        *(
            Figure(f"ground force, {axis}, {name}: r with plates", row["r"], least)
            for name, rows in forces.items()
            for axis, row, least in zip(("forward", "lateral", "vertical"), rows, GROUND, strict=True)
        ),
        *(
            Figure(f"EMG, {TREADMILL}, {kind}, {head}: mean r", comparisons[TREADMILL][kind, head].mean_r, least)
            for (kind, head), least in EMG.items()
        ),
        Figure(f"EMG, {OVERGROUND}, plates, left leg, zero lag: mean r",
               comparisons[OVERGROUND]["plates", "zero lag"].mean_r, OVERGROUND_EMG),
        *(
            Figure(f"static optimization of {name} [ms a frame]", walk.seconds["static optimization"], OPTIMIZATION_MS,
                   at_most=True)
            for name, walk in walks.items()
        ),
    ]  # fmt: skip
    tables = {
        "moments": table(
            [
                ["joint", "r", "rms difference N m", "rms of OpenSim's N m"],
                *([joint, f"{row['r']:.3f}", f"{row['rms']:.1f}", f"{row['size']:.1f}"] for joint, row in
                  moments.items()),
            ]
        ),
        "residual": table(
            [
                ["recording", "Fx N", "Fy", "Fz", "Mx N m", "My", "Mz"],
                *([name, *(f"{value:.0f}" for value in row)] for name, row in residuals.items()),
            ]
        ),
        "ground force": table(
            [
                ["recording", "forward r", "lateral", "vertical", "forward rms % of weight", "lateral", "vertical"],
                *(
                    [name, *(f"{row['r']:.2f}" for row in rows), *(f"{100 * row['rms']:.1f}" for row in rows)]
                    for name, rows in forces.items()
                ),
            ]
        ),
        "metabolic": table(
            [
                ["recording", "plates W/kg", "estimated ground force"],
                *([name, f"{row['plates']:.1f}", f"{row['estimated']:.1f}"] for name, row in costs.items()),
            ]
        ),
        "emg": emg_table(comparisons),
        "emg muscles": muscle_table(comparisons[TREADMILL]),
        "emg overground": overground_table(comparisons[OVERGROUND]),
    }  # fmt: skip
    facts = {
        "moments": moments,
        "residual": {name: row.tolist() for name, row in residuals.items()},
        "ground_force": forces,
        "emg": {
            name: {", ".join(key): found.as_dict() for key, found in rows.items()} for name, rows in comparisons.items()
        },
        "metabolic": costs,
        "ms_a_frame": {name: walk.seconds for name, walk in walks.items()},
        "notes": {name: walk.moments["plates"].notes for name, walk in walks.items()},
    }
    return targets, tables, facts


def residual_rows(walks: dict[str, Trial]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the rms of the root residual with measured loads, with the recorded trunk and with a rigid one."""
    for name, walk in walks.items():
        found = walk.moments["plates"]
        yield name, rms(found.residual[covered(found)])
        rigid = inverse_dynamics(walk.motion, walk.loads, "rigid")
        yield f"{name}, rigid trunk", rms(rigid.residual[covered(rigid)])
        sliding = walk.moments["estimated"]
        yield f"{name}, estimated ground force", rms(sliding.residual)


def emg_table(comparisons: dict[str, dict[tuple[str, str], EmgComparison]]) -> str:
    """Return mean correlations by recording and comparison."""
    rows = [["recording", "ground force", "comparison", "mean r", "cycles"]]
    for name, found in comparisons.items():
        for (kind, rule), comparison in found.items():
            rows.append([name, kind, rule, f"{comparison.mean_r:.2f}", str(comparison.activity_cycles)])
    return table(rows)


def muscle_table(found: dict[tuple[str, str], EmgComparison]) -> str:
    """Return the correlations of the treadmill walk by muscle, beside those of the paper's policy."""
    plates, estimated = found["plates", "long head"], found["estimated", "long head"]
    rows = [["electrode", "muscle", "plates", "estimated ground force", "KINESIS' policy"]]
    for i, channel in enumerate(plates.channels):
        values = (plates.r[i], estimated.r[i], PUBLISHED[i])
        rows.append([channel, plates.muscles[i][0].removesuffix("_l"), *(f"{value:.2f}" for value in values)])
    rows.append(["mean", "", f"{plates.mean_r:.2f}", f"{estimated.mean_r:.2f}", "0.37"])
    return table(rows)


def overground_table(found: dict[tuple[str, str], EmgComparison]) -> str:
    """Return the correlations of the walk over plates by muscle."""
    plates, estimated = found["plates", "zero lag"], found["estimated", "zero lag"]
    rows = [["electrode", "muscles", "plates", "estimated ground force"]]
    for i, channel in enumerate(plates.channels):
        values = (plates.r[i], estimated.r[i])
        rows.append([channel, ", ".join(plates.muscles[i]), *(f"{value:.2f}" for value in values)])
    return table([*rows, ["mean", "", f"{plates.mean_r:.2f}", f"{estimated.mean_r:.2f}"]])


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser(__doc__)
    parser.add_argument("recordings", type=Path, help="their folder")
    parser.add_argument("--write", action="store_true", help="put the tables into the documents")
    arguments = parser.parse_args()
    walks = {name: trial(name, arguments.recordings) for name in FILES}
    targets, tables, facts = figures(walks, arguments.recordings)
    if arguments.write:
        for page in (DOCS / "muscles.md", DOCS / "emg.md"):
            write_tables(page, {part: text for part, text in tables.items() if has_place(page, part)})
    if arguments.json:
        facts["targets"] = [{**vars(figure), "passed": figure.passed} for figure in targets]
        print(json.dumps(facts, indent=1))
    else:
        for part, text in tables.items():
            print(f"\n{part}\n{text}")
        for name, walk in walks.items():
            shown = ", ".join(f"{part} {value:.2f}" for part, value in walk.seconds.items())
            print(f"\n{name}: ms a frame: {shown}")
        print()
        for figure in targets:
            sign, met = "<=" if figure.at_most else ">=", "PASS" if figure.passed else "FAIL"
            print(f"{met}  {figure.name}: {figure.value:.3g} ({sign} {figure.target:g})")
    raise SystemExit(commandline.verdict(all(figure.passed for figure in targets)) if not arguments.json else 0)


if __name__ == "__main__":
    main()
