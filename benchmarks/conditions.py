"""The tracker's walk under conditions, on slopes and with pushes: tables of docs/strength.md and robustness.md.

    python benchmarks/conditions.py [conditions] [ground] [--write] [--json]

Each episode is the whole shipped walk in the action mode "excitation", and ends when the body is 0.5 m off on average.
Finished episodes are cached in ``.kinesis-conditions``, so that an interrupted run continues. SEEDS=N sets the number
of pushed walks.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

import commandline
from tables import DOCS, progress, table, write_tables

from kinesis_env.analysis import gait_report
from kinesis_env.config import condition_names, read_overrides
from kinesis_env.errors import AnalysisError
from kinesis_env.evaluation import Evaluation, evaluate, read_episode

KEPT, MOTION = ".kinesis-conditions", "walk"
SEEDS = int(os.environ.get("SEEDS", "3"))
#: The bodies of the table: a name for people, and settings.
BODIES: dict[str, Any] = {
    "default body": {},
    'strength="published"': {"strength": "published"},
    'anatomy="rajagopal"': {"anatomy": "rajagopal"},
    **{name: name for name in condition_names()},
}
#: What is put under or against the body.
GROUND: dict[str, dict[str, Any]] = {
    "level": {},
    **{f"slope {slope:+g} deg": {"slope": slope} for slope in (-10.0, -5.0, 5.0, 10.0)},
    **{f"pushes of {push:g} N s": {"push": push} for push in (20.0, 40.0)},
    "pushes of 20 N s, slope +5 deg": {"push": 20.0, "slope": 5.0},
}
#: Figures of the gait report: key, label and format.
GAIT = {
    "speed": ("speed [m/s]", "{:.2f}"),
    "cadence": ("cadence [steps/min]", "{:.0f}"),
    "step_length_right": ("step, right [m]", "{:.2f}"),
    "step_length_left": ("left", "{:.2f}"),
    "stance_right": ("stance, right", "{:.1%}"),
    "stance_left": ("left", "{:.1%}"),
    "com_lateral": ("sway [mm]", "{:.0f}"),
    "pelvis_list_range": ("pelvis list [deg]", "{:.1f}"),
}


#: Those of the protocol "kinesis", which counts one attempt.
RULES = {"termination": "mean", "termination_distance": 0.5, "random_heading": False}


def walk(settings: Any, **more: Any) -> Evaluation:
    """Return the evaluation of the tracker under settings, or a condition by name."""
    config = {**read_overrides(settings), "action_mode": "excitation"}
    return evaluate(
        "tracker", motions=MOTION, protocol=None, folder=KEPT, on_progress=progress, config={**RULES, **config}, **more
    )


def conditions() -> dict[str, dict[str, Any]]:
    """Return the figures of each body: those of the evaluation, and of the gait report."""
    facts = {}
    for name, settings in BODIES.items():
        with tempfile.TemporaryDirectory() as folder:
            found = walk(settings, seeds=1, record=folder)
            file = next(path for path in sorted(os.scandir(folder), key=lambda entry: entry.name))
            figures = {
                key: found.episodes[0].metrics[key] for key in ("success", "frame_coverage", "mpjpe", "activation")
            }
            try:
                report = gait_report(read_episode(file.path))
                figures |= {key: report.figures.get(key) for key in GAIT}
                figures["knee_peak"] = float(report.curves["angle", "r"].column("knee_angle").max())
                figures["ankle_power"] = float(report.curves["power", "r"].column("ankle_angle").max())
            except AnalysisError as error:
                figures["note"] = str(error)
        facts[name] = figures
    return facts


def ground() -> dict[str, dict[str, Any]]:
    """Return the figures of each ground: success, distance, and pushes."""
    facts = {}
    for name, settings in GROUND.items():
        seeds = SEEDS if "push" in settings else 1
        found = walk(settings, seeds=seeds)
        episodes = [episode.metrics for episode in found.episodes]
        pushes = sum(episode.get("pushes") or 0.0 for episode in episodes)
        survived = sum((episode.get("pushes_survived") or 0.0) * (episode.get("pushes") or 0.0) for episode in episodes)
        facts[name] = {
            "walks": len(episodes),
            "finished": sum(episode["success"] for episode in episodes),
            "mpjpe": sum(episode["mpjpe"] for episode in episodes) / len(episodes),
            "activation": sum(episode["activation"] for episode in episodes) / len(episodes),
            "pushes": pushes,
            "survived": survived,
        }
    return facts


def make_tables(facts: dict[str, Any]) -> dict[str, str]:
    """Return the tables in Markdown, by the name of their place."""
    made = {}
    if "conditions" in facts:
        head = ["", "finished", "MPJPE [mm]", "mean activation", *(label for label, _ in GAIT.values()),
                "knee flexion, right, peak [deg]", "ankle power, right, peak [W/kg]"]  # fmt: skip
        rows = [head]
        for name, found in facts["conditions"].items():
            gait = [
                "-" if found.get(key) is None else form.format(found[key])
                for key, (_, form) in {**GAIT, "knee_peak": ("", "{:.0f}"), "ankle_power": ("", "{:.1f}")}.items()
            ]
            told = "yes" if found["success"] else f"to {found['frame_coverage']:.0%}"
            rows.append([f"`{name}`", told, f"{found['mpjpe']:.0f}", f"{found['activation']:.3f}", *gait])
        made["conditions"] = table(rows)
    if "ground" in facts:
        rows = [["", "walks finished", "MPJPE [mm]", "mean activation", "pushes survived"]]
        for name, found in facts["ground"].items():
            survived = f"{found['survived']:.0f} of {found['pushes']:.0f}" if found["pushes"] else "-"
            finished = f"{found['finished']:.0f} of {found['walks']}"
            rows.append([name, finished, f"{found['mpjpe']:.0f}", f"{found['activation']:.3f}", survived])
        made["ground"] = table(rows)
    return made


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser(__doc__)
    parser.add_argument("parts", nargs="*", help="conditions, ground; default: both")
    parser.add_argument(
        "--write", action="store_true", help="update the tables in docs/strength.md and docs/robustness.md"
    )
    arguments = parser.parse_args()
    parts = {"conditions": conditions, "ground": ground}
    facts = {name: measure() for name, measure in parts.items() if name in (arguments.parts or parts)}
    tables = make_tables(facts)
    if arguments.write:
        for part, page in (("conditions", "strength.md"), ("ground", "robustness.md")):
            write_tables(DOCS / page, {part: tables[part]} if part in tables else {})
    commandline.print_facts(facts, tables, as_json=arguments.json)


if __name__ == "__main__":
    main()
