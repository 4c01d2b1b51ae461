"""Factors in the agreement with EMG: alignment, force plates, trunk, cost, passive forces; and synergies.

    python benchmarks/emg.py RECORDINGS [--write] [--json]

RECORDINGS is the folder for benchmarks/analysis.py, which compares the agreement itself with its targets. --write
updates the tables in docs/emg.md.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import commandline
import numpy as np
from analysis import FILES, OVERGROUND, TREADMILL, Trial, trial
from tables import DOCS, table, write_tables

from kinesis_env.analysis import (
    KINESIS_EMG,
    KINESIS_EMG_LONG_HEAD,
    EmgProtocol,
    compare_emg,
    foot_events,
    moment_shares,
    synergies,
)
from kinesis_env.dynamics import MuscleActivity, inverse_dynamics, static_optimization
from kinesis_env.dynamics.probe import Probe
from kinesis_env.errors import AnalysisError
from kinesis_env.model import load_model

SIDES = {TREADMILL: "r", OVERGROUND: "l"}
#: The comparison that limits are measured in.
RULES = {TREADMILL: KINESIS_EMG_LONG_HEAD, OVERGROUND: EmgProtocol()}
ALIGNMENTS = {
    "from heel strike, zero lag": EmgProtocol(),
    "from heel strike, one lag of at most 100 ms": EmgProtocol(lag="common"),
    "from heel strike, one lag of at most 200 ms": EmgProtocol(lag="common", max_lag=0.2),
    "from heel strike, a lag for each channel of at most 100 ms": EmgProtocol(lag="each"),
    "as published, short head of biceps": KINESIS_EMG,
    "as published, long head of biceps": KINESIS_EMG_LONG_HEAD,
    "as published, long head, excitations": dataclasses.replace(KINESIS_EMG_LONG_HEAD, signal="excitation"),
}
DIMENSIONS = (2, 4, 6, 8, 12)


def compared(walk: Trial, activity: MuscleActivity, rules: EmgProtocol) -> Any:
    """Return a comparison with the EMG of a recording."""
    events = foot_events(walk.loads, walk.motion)
    return compare_emg(activity, walk.emg, events=events, side=SIDES[walk.name], protocol=rules)


def alignments(walk: Trial) -> dict[str, float]:
    """Return the mean r in each alignment; NaN where plates carry no cycle, as from toe-off overground."""
    found = {}
    for name, rules in ALIGNMENTS.items():
        try:
            found[name] = compared(walk, walk.activity["plates"], rules).mean_r
        except AnalysisError:
            found[name] = float("nan")
    return found


def limits(walk: Trial) -> dict[str, float]:
    """Return the mean r unchanged, and with one thing changed."""
    motion, rules = walk.motion, RULES[walk.name]
    measured = walk.moments["plates"]
    passive = Probe(load_model(), 512).look(motion.qpos, motion.qvel).passive_moment()
    # What passive forces give is added, so that the optimization asks the active ones for all of the moment.
    alone = dataclasses.replace(measured, moments=measured.moments + passive)
    changed = {
        "none": walk.activity["plates"],
        "without force plates": walk.activity["estimated"],
        "rigid trunk": static_optimization(motion, inverse_dynamics(motion, walk.loads, "rigid")),
        "rigid trunk, without force plates": static_optimization(motion, inverse_dynamics(motion, None, "rigid")),
        "activations not weighted by volume": static_optimization(motion, measured, cost="activation"),
        "no passive forces": static_optimization(motion, alone),
    }
    found = {name: compared(walk, activity, rules).mean_r for name, activity in changed.items()}
    whole = compared(walk, walk.activity["plates"], rules)
    others = [r for names, r in zip(whole.muscles, whole.r, strict=True) if not names[0].startswith("recfem")]
    return {**found, "without rectus femoris": float(np.nanmean(others))}


def patterns(walk: Trial) -> list[dict[str, float]]:
    """Return what n components of the right leg's activity account for, and move."""
    activity = walk.activity["plates"]
    shares = moment_shares(activity, walk.motion, side="r", dimensions=DIMENSIONS)
    used = np.ones(len(walk.motion), dtype=bool) if activity.covered is None else activity.covered
    rows = []
    for i, n in enumerate(DIMENSIONS):
        row = dict(zip(shares.joints, shares.shares[i].tolist(), strict=True))
        vaf = synergies(activity.activation[used, :40], n).vaf
        rows.append({"n": n, "nmf": vaf, "pca": float(shares.vaf[i]), **row})
    return rows


def make_tables(facts: dict[str, Any]) -> dict[str, str]:
    """Return the tables in Markdown, by the name of their place."""
    made = {}
    for part, head in (("alignments", "alignment"), ("limits", "change")):
        found = facts[part]
        rows = [[name, *("-" if np.isnan(row[name]) else f"{row[name]:.2f}" for row in found.values())]
                for name in found[TREADMILL]]  # fmt: skip
        made[f"emg {part}"] = table([[head, *found], *rows])
    joints = ("hip_flexion_r", "hip_adduction_r", "hip_rotation_r", "knee_angle_r", "ankle_angle_r")
    head = ["recording", "n", "NMF, VAF", "PCA, VAF", *(joint.removesuffix("_r").replace("_", " ") for joint in joints)]
    rows = [
        [name, str(row["n"]), *(f"{row[key]:.2f}" for key in ("nmf", "pca", *joints))]
        for name, rows_of in facts["patterns"].items()
        for row in rows_of
    ]
    made["patterns"] = table([head, *rows])
    return made


def main() -> None:
    """Run the benchmark."""
    arguments = commandline.parser_of_recordings(__doc__).parse_args()
    walks = {name: trial(name, arguments.recordings) for name in FILES}
    parts = {"alignments": alignments, "limits": limits, "patterns": patterns}
    facts = {part: {name: measure(walk) for name, walk in walks.items()} for part, measure in parts.items()}
    tables = make_tables(facts)
    if arguments.write:
        write_tables(DOCS / "emg.md", tables)
    commandline.print_facts(facts, tables, as_json=arguments.json)


if __name__ == "__main__":
    main()
