"""Compare joint moments, ground forces and muscle activity of real recordings with OpenSim, plates and EMG.

    python benchmarks/analysis.py RECORDINGS [--write] [--json]

RECORDINGS is a folder with the recordings described in docs/muscles.md: a treadmill walk at 1.0 m/s with plates, EMG
and OpenSim's own inverse dynamics (CEINMS-RT), and a walk over plates at 1.25 m/s with EMG (OpenSim's 3D walking
example). Exits with 1 if a figure misses its target. --write updates the tables in docs/muscles.md and docs/emg.md.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import commandline
import numpy as np
from analysis_tables import make_tables
from tables import DOCS, has_place, write_tables

from kinesis_env.analysis import (
    KINESIS_EMG,
    KINESIS_EMG_LONG_HEAD,
    EmgProtocol,
    compare_emg,
    foot_events,
    read_emg,
)
from kinesis_env.control.solutions import SHIPPED
from kinesis_env.dynamics import (
    GRAVITY,
    MEASURED,
    SIDES,
    JointMoments,
    Loads,
    MuscleActivity,
    RecordedMotion,
    estimate_ground_force,
    inverse_dynamics,
    metabolic_cost,
    static_optimization,
)
from kinesis_env.dynamics.loads import estimated_wrench
from kinesis_env.evaluation import evaluate, read_episode
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
AXES = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")


@dataclass(frozen=True)
class Trial:
    """A recording and everything made of it; moments and activity with plates and without."""

    name: str
    seconds: dict[str, float]
    motion: RecordedMotion
    loads: Loads
    emg: Any
    moments: dict[str, JointMoments]
    activity: dict[str, MuscleActivity]


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
    return Trial(name, seconds, motion, loads, read_emg(emg_file), moments, activity)


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


def noted(walk: Trial, pattern: str) -> float:
    """Return a number from the notes of the moments with plates."""
    return float(next(found[1] for note in walk.moments["plates"].notes if (found := re.search(pattern, note))))


def mass_of(walk: Trial) -> float:
    """Return the mass that the plates carry [kg]: forces are scaled by this body's over it."""
    return noted(walk, r"loads of a person of ([\d.]+) kg")


def ground(walk: Trial, force: np.ndarray) -> list[dict[str, float]]:
    """Return how an estimated ground force (T, 2, 3) agrees with the plates: forward, lateral and vertical."""
    weight = load_model().body_mass.sum() * GRAVITY
    at = covered(walk.moments["plates"])
    plates, found = walk.moments["plates"].ground_force[at], force[at]
    return [
        {
            "r": correlation(plates[..., axis], found[..., axis]),
            "rms": float(rms((plates - found)[..., axis].ravel())) / weight,
        }
        for axis in range(3)
    ]


def without_muscles(walk: Trial) -> np.ndarray:
    """Return the ground force (T, 2, 3) that the root alone tells, filtered as the other one is."""
    found = estimate_ground_force(walk.motion, costs=replace(MEASURED, activation=None))
    return estimated_wrench(found, walk.motion.fps).force


def emg(walk: Trial) -> dict[str, dict[str, Any]]:
    """Return comparisons in the published alignment, or at zero lag for EMG of the left leg overground."""
    events = foot_events(walk.loads, walk.motion)
    rules, side = {"long head": KINESIS_EMG_LONG_HEAD, "short head": KINESIS_EMG}, "r"
    if walk.name == OVERGROUND:
        rules, side = {"zero lag": EmgProtocol()}, "l"
    return {
        kind: {
            name: compare_emg(activity, walk.emg, events=events, side=side, protocol=rule).as_dict()
            for name, rule in rules.items()
        }
        for kind, activity in walk.activity.items()
    }


def residuals(walks: dict[str, Trial]) -> dict[str, list[float]]:
    """Return the rms of the root residual: with plates, with a rigid trunk, and with the estimated ground force."""
    found = {}
    for name, walk in walks.items():
        rigid = inverse_dynamics(walk.motion, walk.loads, "rigid")
        kinds = {name: walk.moments["plates"], f"{name}, rigid trunk": rigid,
                 f"{name}, estimated ground force": walk.moments["estimated"]}  # fmt: skip
        found |= {kind: rms(moments.residual[covered(moments)]).tolist() for kind, moments in kinds.items()}
    return found


def recorded_forces() -> list[float]:
    """Return how the ground force at the end of each control step agrees with its mean over the step, by axis.

    Of the shipped walk, played by its solution: instants and means on each foot.
    """
    with tempfile.TemporaryDirectory(prefix="kinesis-") as folder:
        policy = f"solution:{SHIPPED / 'walk.npz'}"
        evaluate(policy, motions="walk", config={"action_mode": "excitation"}, record=folder, record_physics=True)
        arrays = read_episode(next(Path(folder).iterdir())).arrays
    means, instants = arrays["ground_force"][1:], arrays["physics.ground_force"][:, -1]
    return [correlation(means[..., axis], instants[..., axis]) for axis in range(3)]


def measure(walks: dict[str, Trial], folder: Path) -> dict[str, Any]:
    """Return all figures, as JSON can hold them."""
    forces = {name: ground(walk, walk.moments["estimated"].ground_force) for name, walk in walks.items()}
    forces |= {f"{name}, without muscles": ground(walk, without_muscles(walk)) for name, walk in walks.items()}
    return {
        "loads": {
            name: {
                "mass": mass_of(walk),
                "scale": walk.motion.scale,
                "forward": noted(walk, r"moved forward by (-?\d+) mm"),
                "left": [noted(walk, rf"(-?\d+) mm \({foot} foot\)") for foot in SIDES],
                "covered": float(covered(walk.moments["plates"]).mean()),
            }
            for name, walk in walks.items()
        },
        "moments": against_opensim(walks[TREADMILL], folder),
        "residual": residuals(walks),
        "ground_force": forces,
        "emg": {name: emg(walk) for name, walk in walks.items()},
        "metabolic": {
            name: {kind: metabolic_cost(walk.motion, activity).mean for kind, activity in walk.activity.items()}
            for name, walk in walks.items()
        },
        "recorded_forces": recorded_forces(),
        "ms_a_frame": {name: walk.seconds for name, walk in walks.items()},
        "notes": {name: list(walk.moments["plates"].notes) for name, walk in walks.items()},
    }


def judged(facts: dict[str, Any]) -> Iterator[Figure]:
    """Yield the figures that have a target."""
    for joint, least in MOMENTS.items():
        yield Figure(f"moment of {joint}: r with OpenSim", facts["moments"][joint]["r"], least)
    for axis, value, most in zip(AXES, facts["residual"][TREADMILL], RESIDUAL, strict=True):
        yield Figure(f"root residual {axis} of the treadmill walk", value, most, at_most=True)
    for name in FILES:
        for axis, row, least in zip(("forward", "lateral", "vertical"), facts["ground_force"][name], GROUND,
                                    strict=True):  # fmt: skip
            yield Figure(f"ground force, {axis}, {name}: r with plates", row["r"], least)
    for (kind, head), least in EMG.items():
        found = facts["emg"][TREADMILL][kind][head]["mean_r"]
        yield Figure(f"EMG, {TREADMILL}, {kind}, {head}: mean r", found, least)
    found = facts["emg"][OVERGROUND]["plates"]["zero lag"]["mean_r"]
    yield Figure(f"EMG, {OVERGROUND}, plates, left leg, zero lag: mean r", found, OVERGROUND_EMG)
    for name, seconds in facts["ms_a_frame"].items():
        took = seconds["static optimization"]
        yield Figure(f"static optimization of {name} [ms a frame]", took, OPTIMIZATION_MS, at_most=True)


def main() -> None:
    """Run the benchmark."""
    arguments = commandline.parser_of_recordings(__doc__).parse_args()
    walks = {name: trial(name, arguments.recordings) for name in FILES}
    facts = measure(walks, arguments.recordings)
    tables, targets = make_tables(facts), list(judged(facts))
    if arguments.write:
        for page in filter(Path.is_file, (DOCS / "muscles.md", DOCS / "emg.md")):
            write_tables(page, {part: text for part, text in tables.items() if has_place(page, part)})
    if arguments.json:
        print(json.dumps({**facts, "targets": [{**vars(each), "passed": each.passed} for each in targets]}, indent=1))
        return
    commandline.print_tables(tables)
    for name, seconds in facts["ms_a_frame"].items():
        print(f"\n{name}: ms a frame: {', '.join(f'{part} {value:.2f}' for part, value in seconds.items())}")
    print()
    for each in targets:
        sign, met = "<=" if each.at_most else ">=", "PASS" if each.passed else "FAIL"
        print(f"{met}  {each.name}: {each.value:.3g} ({sign} {each.target:g})")
    raise SystemExit(commandline.verdict(all(each.passed for each in targets)))


if __name__ == "__main__":
    main()
