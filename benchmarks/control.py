"""Figures of ``docs/control.md``: the performance of the tracker.

python benchmarks/control.py PART...   print tables: split, strict, solutions, pushes, starts, recordings, generated,
                                       goals, commands, text
python benchmarks/control.py --write   print all tables, and update those in docs/control.md

Finished episodes are cached in ``.kinesis-control``, so that an interrupted run continues. ``recordings`` needs a
folder of recordings in ``KINESIS_RECORDINGS``; ``generated`` needs the data set of ``kinesis-env generate``. For
smaller samples: SEEDS=N seeds of the goal tasks, TASKS=TEXT only goal tasks whose label contains the text, EVERY=N
every N-th prompt, CLIPS=N generated clips.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tables import DOCS, cells, has_place, progress, table, walking_prompts, write_tables

from kinesis_env.control import Pilot, Solution, track
from kinesis_env.control.steering import DirectionPlanner
from kinesis_env.envs.definition import definition_of
from kinesis_env.errors import KinesisError
from kinesis_env.evaluation import Evaluation, evaluate
from kinesis_env.evaluation.measures import metric_named
from kinesis_env.evaluation.result import labeled
from kinesis_env.motions import load_motions, read_motions

PAGE = DOCS / "control.md"
KEPT = ".kinesis-control"
MODES = ("excitation", "length")
FIGURES = ("success", "frame_coverage", "mpjpe", "activation", "muscle_power")
#: How many clips of the generated data set are drawn, and by which seed.
GENERATED, DRAWN_BY = int(os.environ.get("CLIPS", "60")), 0
SEEDS, EVERY = int(os.environ.get("SEEDS", "100")), int(os.environ.get("EVERY", "1"))
#: A push [N s], when [s]; how far off a start is [m], [rad].
PUSH, PUSHED_AT, OFF, TURNED = 20.0, 1.0, 0.02, np.deg2rad(5.0)
#: How long the walk of the pushes and starts is [s], and how many there are.
LASTS, TRIES = 4.0, 8
#: How fast a point changes its velocity that follows commands [m/s^2]: a comfortable start of people.
ACCELERATION = 1.65
#: The default commands, and those that are proposed for a next version of the id.
COMMANDS: dict[str, dict[str, Any]] = {
    "up to 3 m/s, new after 3 to 6 s (default)": {},
    "up to 1.5 m/s, new after 5 to 10 s": {"speed_range": [0.0, 1.5], "command_time": [5.0, 10.0], "time_limit": 600},
}
#: How far every body may be away in training [mm].
STRICT = 150.0


def split() -> list[list[str]]:
    """The test split under the published protocol: in total, without runs, and each skill."""
    rows = [["clips", "action mode", *map(labeled, FIGURES)]]
    for mode in MODES:
        found = run("split:test", mode, protocol="kinesis")
        rows.append(["test split", mode, *cells(found, FIGURES)])
        skills = {episode.clip: episode.skill for episode in found.episodes}
        calm = [clip for clip, skill in skills.items() if skill != "run"]
        rows.append(["without runs", mode, *(mean_of(found, key, calm) for key in FIGURES)])
        for skill in sorted(set(skills.values())):
            own = [clip for clip, its in skills.items() if its == skill]
            rows.append([f"{skill} ({len(own)})", mode, *(mean_of(found, key, own) for key in FIGURES)])
    return rows


def strict() -> list[list[str]]:
    """The test split where an episode ends as in training: one body 0.15 m away."""
    rows = [["clips", "action mode", *map(labeled, FIGURES[:3]), "lost"]]
    for mode in MODES:
        found = run("split:test", mode, config={"random_heading": False})
        lost = [episode.clip for episode in found.episodes if not episode.metrics["success"]]
        rows.append(["test split", mode, *cells(found, FIGURES[:3]), ", ".join(lost) or "-"])
    return rows


def solutions() -> list[list[str]]:
    """The test split with backtracking: what ``track`` finds, replayed under the published protocol."""
    rows = [["clips", "action mode", *map(labeled, FIGURES), "every body within 0.15 m", "largest error [mm]"]]
    for mode in MODES:
        folder = Path(KEPT) / "solutions" / mode
        folder.mkdir(parents=True, exist_ok=True)
        farthest = {}
        for motion in load_motions("split:test"):
            file = folder / f"{motion.name}.npz"
            if not file.is_file():
                track(motion, action_mode=mode).save(file)
                print(f"{mode}: {motion.name}", file=sys.stderr)
            farthest[motion.name] = Solution.load(file).metrics["worst"]
        arguments = {"action_mode": mode}
        found = evaluate(f"solution:{folder}", motions="split:test", config=arguments, protocol="kinesis")
        skills = {episode.clip: episode.skill for episode in found.episodes}
        for name, clips in (
            ("test split", list(skills)),
            ("its runs", [clip for clip, skill in skills.items() if skill == "run"]),
        ):
            worst = [farthest[clip] for clip in clips]
            figures = [mean_of(found, key, clips) for key in FIGURES]
            rows.append([name, mode, *figures, f"{np.mean([one < STRICT for one in worst]):.3f}", f"{max(worst):.0f}"])
    return rows


def pushes() -> list[list[str]]:
    """Pushes of the walk from eight sides."""
    angles = 2 * np.pi * np.arange(TRIES) / TRIES

    def disturb(task: Any, step: int) -> None:
        if step == round(PUSHED_AT / task.simulation.control_step):
            for row, angle in enumerate(angles):
                task.push(row, PUSH * np.array([np.cos(angle), np.sin(angle), 0.0]))

    return [["walk, 4 s", "to the end", "MPJPE [mm]"], [f"pushed by {PUSH:g} N s from 8 sides", *disturbed(disturb)]]


def starts() -> list[list[str]]:
    """Starts that are off in place and angles."""

    def disturb(task: Any, step: int) -> None:
        if step == 0:
            rng = np.random.default_rng(0)
            simulation = task.simulation
            qpos = simulation.qpos.copy()
            sides = 2 * np.pi * np.arange(TRIES) / TRIES
            qpos[:, :2] += OFF * np.stack((np.cos(sides), np.sin(sides)), axis=1)
            low, high = simulation.model.jnt_range[1:].T
            qpos[:, 7:] = np.clip(qpos[:, 7:] + TURNED * rng.choice([-1.0, 1.0], (TRIES, 14)), low, high)
            task.set_state(np.arange(TRIES), qpos, simulation.qvel.copy())

    label = f"started {100 * OFF:g} cm away, every joint 5 degrees off"
    return [["walk, 4 s", "to the end", "MPJPE [mm]"], [label, *disturbed(disturb)]]


def recordings() -> list[list[str]]:
    """Recordings of one's own."""
    folder = os.environ.get("KINESIS_RECORDINGS")
    if not folder:
        sys.exit("KINESIS_RECORDINGS names no folder of recordings")
    rows = [["recording", "time [s]", *map(labeled, FIGURES)]]
    with tempfile.TemporaryDirectory() as converted:
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix not in (".mot", ".bvh", ".npy", ".npz", ".sto"):
                continue
            try:
                motions = read_motions(path)
            except KinesisError:
                continue
            for number, motion in enumerate(motions[:1]):
                target = Path(converted) / f"{path.stem}-{number}.npz"
                motion.replace(name=f"{path.stem}-{number}").save(target)
                found = run(str(target), "excitation", protocol="kinesis")
                rows.append([path.name, f"{motion.duration:.1f}", *(mean_of(found, key) for key in FIGURES)])
    return rows


def generated() -> list[list[str]]:
    """A sample of the generated data set."""
    names = [motion.name for motion in load_motions("kinesis-locomotion-v0:test")]
    drawn = np.random.default_rng(DRAWN_BY).choice(len(names), min(GENERATED, len(names)), replace=False)
    motions = load_motions("kinesis-locomotion-v0:test")
    rows = [["clips", "action mode", *map(labeled, FIGURES)]]
    with tempfile.TemporaryDirectory() as folder:
        for index in drawn.tolist():
            motions[index].save(Path(folder) / f"{names[index]}.npz")
        found = run(folder, "excitation", protocol="kinesis")
    rows.append([f"{len(drawn)} of the generated test clips", "excitation", *cells(found, FIGURES)])
    runs = [episode.clip for episode in found.episodes if "run" in episode.skill or "run" in episode.clip]
    calm = [episode.clip for episode in found.episodes if episode.clip not in runs]
    rows.append([f"without runs ({len(calm)})", "excitation", *(mean_of(found, key, calm) for key in FIGURES)])
    return rows


def goals() -> list[list[str]]:
    """The goal tasks."""
    keys = ("success", "goal_distance", "command_error", "upright", "muscle_power")
    rows = [["id", "attempts", "action mode", *map(labeled, keys), "ended by"]]
    several = {"goals": 3, "time_limit": 450, "success": "touch"}
    tasks: list[tuple[str, str, str, dict[str, Any]]] = [
        ("Kinesis-Reach-v0", "`Kinesis-Reach-v0`", "length", {}),
        ("Kinesis-Reach-v0", "`Kinesis-Reach-v0`", "excitation", {}),
        ("Kinesis-ReachGoal-v0", "`Kinesis-ReachGoal-v0`", "excitation", {}),
        ("Kinesis-Reach-v0", "`Kinesis-Reach-v0`, three goals in a row", "excitation", several),
        ("Kinesis-Direction-v0", "`Kinesis-Direction-v0`", "excitation", {}),
        ("Kinesis-Direction-v0", "`Kinesis-Direction-v0`, up to 1.5 m/s", "excitation", {"speed_range": [0.0, 1.5]}),
    ]
    for env_id, label, mode, config in tasks:
        if os.environ.get("TASKS", "") not in label:
            continue
        found = run(None, mode, env_id=env_id, seeds=SEEDS, config=config)
        ends = ", ".join(f"{count} {reason or 'time'}" for reason, count in found.endings.items())
        rows.append([label, str(SEEDS), mode, *cells(found, keys), ends])
    return rows


def commands() -> list[list[str]]:
    """The error to commands that is there before any body moves, as commands jump and bodies do not."""
    found = [["commands", f"a point that speeds up by {ACCELERATION:g} m/s² at once", "the reference of the planner"]]
    for label, config in COMMANDS.items():
        found.append([label, *(f"{error:.3f}" for error in unavoidable(config))])
    return found


def unavoidable(config: dict[str, Any]) -> tuple[float, float]:
    """Return the mean errors [m/s] of a point that accelerates in any direction, and of the planner's reference."""
    rows = np.arange(SEEDS)
    task = definition_of("Kinesis-Direction-v0").make_task({"fall_height": 0.0, **config}, SEEDS, 0)
    task.reset(rows, [np.random.default_rng(seed) for seed in rows], {})
    planner = DirectionPlanner(task)
    routes = [planner.start(row) for row in rows.tolist()]
    begun, point, errors = np.zeros(SEEDS, dtype=np.int64), np.zeros((SEEDS, 2)), []
    for number in range(1, task.config.time_limit + 1):
        wanted = task.velocity_world()
        away = wanted - point
        reach = ACCELERATION * task.simulation.control_step / np.maximum(np.hypot(*away.T), 1e-9)
        point = point + away * np.minimum(1.0, reach)[:, None]
        planned = np.array(
            [route.qvel[min(number - at, len(route.qvel) - 1), :2] for route, at in zip(routes, begun, strict=True)]
        )
        errors.append([np.hypot(*(moved - wanted).T).mean() for moved in (point, planned)])
        task.step(np.zeros((SEEDS, 80)))  # the body lies there; the commands go on
        for row in rows.tolist():
            onward = planner.update(row)
            if onward is not None:
                routes[row], begun[row] = onward, number
    ideal, walked = np.mean(errors, axis=0).tolist()
    return ideal, walked


def text() -> list[list[str]]:
    """The prompts of docs/prompts.md that do not run."""
    kept = walking_prompts()[::EVERY]
    keys = ("semantic_success", "success", "frame_coverage", "mpjpe")
    found = run(None, "excitation", env_id="Kinesis-Text-v0", config={"prompts": kept, **UNBOUND})
    rows = [["prompts", *map(labeled, keys)], [f"{len(kept)} that do not run", *cells(found, keys)]]
    failed = [episode.prompt for episode in found.episodes if not episode.metrics["semantic_success"]]
    return [*rows, *([f"not done: {prompt}", "", "", "", ""] for prompt in failed)]


UNBOUND = {"termination": "mean", "termination_distance": 0.5, "random_heading": False}


def disturbed(disturb: Callable[[Any, int], None]) -> tuple[str, str]:
    """Follow the walk in eight rows that something happens to; return how many came to the end, and the MPJPE."""
    config = {"motions": "walk", "action_mode": "excitation", "random_heading": False, "start_time": 0.0}
    task = definition_of("Kinesis-Imitate-v0").make_task({**config, "termination_distance": np.inf}, TRIES, 0)
    rows = np.arange(TRIES)
    task.reset(rows, [np.random.default_rng(0) for _ in rows], {})
    pilot = Pilot(task)
    pilot.begin(rows)
    away = []
    for step in range(round(LASTS / task.simulation.control_step)):
        disturb(task, step)
        task.step(pilot.act(rows))
        away.append(task.info()["tracking_error"])
    errors = np.array(away)
    ended = errors.max(axis=0) < 0.5
    return f"{int(ended.sum())} of {TRIES}", f"{1000 * errors[:, ended].mean():.1f}" if ended.any() else "-"


def run(
    motions: Any, mode: str, *, env_id: str = "Kinesis-Imitate-v0", config: dict[str, Any] | None = None, **more: Any
) -> Evaluation:
    """Evaluate the tracker, and go on where it was."""
    began = time.perf_counter()
    arguments = {"action_mode": mode, **(config or {})}
    found = evaluate("tracker", env_id, motions=motions, config=arguments, folder=KEPT, on_progress=progress, **more)
    seconds = sum(episode.metrics["duration"] for episode in found.episodes)
    print(f"{time.perf_counter() - began:.0f} s for {seconds:.0f} s of motion", file=sys.stderr)
    return found


def mean_of(found: Evaluation, key: str, clips: list[str] | None = None) -> str:
    """Return the mean of a figure over some clips, by default over all."""
    values = [episode.metrics[key] for episode in found.episodes if clips is None or episode.clip in clips]
    return f"{np.mean(values):.{metric_named(key).digits}f}" if values else "-"


PARTS: dict[str, Callable[[], list[list[str]]]] = {
    part.__name__: part
    for part in (split, strict, solutions, pushes, starts, recordings, generated, goals, commands, text)
}


def main() -> None:
    """Do what the command line asks for."""
    write = "--write" in sys.argv
    wanted = [word for word in sys.argv[1:] if word != "--write"] or list(PARTS)
    unknown = [word for word in wanted if word not in PARTS]
    if unknown:
        sys.exit(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for part in wanted:
        content = table(PARTS[part]())
        print(f"\n{part}\n{content}", flush=True)
        if write and has_place(PAGE, part):
            write_tables(PAGE, {part: content})


if __name__ == "__main__":
    main()
