"""``kinesis-env generate``: hours of locomotion from a seed, with a split and a checksum, the same on every machine.

A clip depends only on its number ``i`` and the seed: an interrupted run continues where it stopped, and the number of
processes does not matter. The checksum is over numbers rounded to a tenth of a millimeter and of a milliradian, so that
the last bits of a machine's arithmetic hardly ever change it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.checks import check_integer, check_number
from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.files import read_text, whole_file
from kinesis_env.motions.datasets.generated import LOCOMOTION
from kinesis_env.motions.datasets.kit import SPLITS, data_folder
from kinesis_env.motions.edit import compact, trim
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.sampling import draw_plan
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pack import write_pack
from kinesis_env.processes import checked_jobs, worker_pool

__all__ = ["DEFAULT_HOURS", "FPS", "Generated", "Recipe", "generate", "recipes"]

DEFAULT_HOURS, FPS = 1.9, 30.0
#: Fraction of the clips reserved for testing, as in KIT-Locomotion: 109 of 1084.
_TEST_SHARE = 109 / 1084
#: Shortest last clip [frames].
_SHORTEST = 30
_MANIFEST = "manifest.json"
_ROUNDING = 1e-4


@dataclass(frozen=True)
class Recipe:
    """Recipe of one clip.

    Attributes:
        name: name of the clip.
        split: "train" or "test".
        skill: skill that it shows.
        caption: what the body does.
        plan: gait plan.
        frames: number of frames to keep.
    """

    name: str
    split: str
    skill: str
    caption: str
    plan: GaitPlan
    frames: int

    def motion(self, seed: int) -> Motion:
        """Return the clip."""
        motion = self.plan.motion(name=self.name, caption=self.caption)
        if len(motion) > self.frames:
            motion = trim(motion, 0.0, (self.frames - 1) / motion.fps)
        return compact(motion.replace(notes=(*motion.notes, _mark(seed))))


@dataclass(frozen=True)
class Generated:
    """A generated data set.

    Attributes:
        folder: contains a folder for each split and ``manifest.json``.
        frames: number of frames of all clips.
        made: number of clips made by this run; the others already existed.
        clips: number of clips of each split.
        skills: number of clips of each skill.
        checksum: SHA-256 over all clips.
    """

    folder: Path
    frames: int
    made: int
    clips: dict[str, int]
    skills: dict[str, int]
    checksum: str


def recipes(hours: float = DEFAULT_HOURS, seed: int = 0) -> Iterator[Recipe]:
    """Yield the recipes of a set whose frames add up to ``hours`` at 30 frames per second.

    Raises:
        MotionError: invalid hours or seed.
    """
    check_number("generate: hours", hours, 0.001, 100.0, error=MotionError)
    check_integer("generate: seed", seed, 0, 2**63 - 1, error=MotionError)
    left = max(_SHORTEST, round(hours * 3600 * FPS))
    index = 0
    while left > 0:
        rng = np.random.default_rng([seed, index])
        skill, caption, plan = draw_plan(rng)
        split = SPLITS[int(rng.random() < _TEST_SHARE)]
        frames = math.floor(plan.course().duration * FPS + 1e-6) + 1
        # The last clip is cut to the remaining time, and the one before leaves enough for it.
        frames = min(frames, left)
        frames = frames - _SHORTEST if 0 < left - frames < _SHORTEST else frames
        yield Recipe(f"locomotion-{index:05d}", split, skill, caption, plan, frames)
        left -= frames
        index += 1


def generate(
    out: str | os.PathLike[str] | None = None,
    *,
    hours: float = DEFAULT_HOURS,
    seed: int = 0,
    jobs: int = 0,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Generated:
    """Write the benchmark ``kinesis-locomotion-v0``, or a version with another size or seed.

    Args:
        out: folder of data sets; by default the user's.
        hours: 1.9 is the benchmark: 205,200 frames.
        seed: 0 is the benchmark.
        jobs: number of processes; 0 for one per core.
        on_progress: called with the number of finished clips, their total, and the name of the last one.

    Raises:
        MotionError: invalid arguments, or a folder that holds a set of another size or seed.
    """
    checked_jobs(jobs, MotionError)
    wanted = list(recipes(hours, seed))
    folder = (data_folder() if out is None else Path(out)) / LOCOMOTION
    settings = {"version": 1, "name": LOCOMOTION, "hours": hours, "seed": seed}
    _claim(folder, settings)
    tasks = [(recipe, str(folder / recipe.split / f"{recipe.name}.npz"), seed) for recipe in wanted]
    results: dict[str, tuple[str, bool]] = {}
    for name, digest, made in _done(tasks, jobs):
        results[name] = (digest, made)
        if on_progress is not None:
            on_progress(len(results), len(tasks), name)
    for split in SPLITS:
        files = sorted(folder / split / f"{recipe.name}.npz" for recipe in wanted if recipe.split == split)
        if files:
            write_pack(folder / split, files)
    entries = [
        {
            "name": recipe.name,
            "split": recipe.split,
            "skill": recipe.skill,
            "caption": recipe.caption,
            "frames": recipe.frames,
            "digest": results[recipe.name][0],
        }
        for recipe in wanted
    ]
    checksum = hashlib.sha256(
        "".join(f"{e['name']} {e['split']} {e['digest']}\n" for e in entries).encode()
    ).hexdigest()
    frames = sum(recipe.frames for recipe in wanted)
    _write_json(folder / _MANIFEST, {**settings, "frames": frames, "checksum": checksum, "clips": entries})
    counts = Counter(recipe.split for recipe in wanted)
    return Generated(
        folder=folder,
        frames=frames,
        made=sum(made for _, made in results.values()),
        clips={split: counts[split] for split in SPLITS},
        skills=dict(Counter(recipe.skill for recipe in wanted)),
        checksum=checksum,
    )


def _claim(folder: Path, settings: dict[str, Any]) -> None:
    """Mark the folder with these settings, unless it has other ones."""
    path = folder / _MANIFEST
    if path.exists():
        try:
            content = json.loads(read_text(path))
            there = {key: content[key] for key in settings}
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise MotionError(f"{path} is damaged ({error}); remove the folder, or use another one") from error
        if there != settings:
            raise MotionError(
                f"{folder} contains a set with hours={there['hours']} and seed={there['seed']}, given "
                f"hours={settings['hours']} and seed={settings['seed']}: remove it, or use another folder"
            )
        return
    _write_json(path, settings)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")


_Task = tuple[Recipe, str, int]


def _done(tasks: Sequence[_Task], jobs: int) -> Iterator[tuple[str, str, bool]]:
    """Yield the name and digest of each clip, and whether this run made it, as clips finish."""
    workers = min(checked_jobs(jobs, MotionError), len(tasks))
    if workers < 2:
        yield from map(_make, tasks)
        return
    with worker_pool(workers, "making motions") as pool:
        for future in as_completed([pool.submit(_make, task) for task in tasks]):
            yield future.result()


def _make(task: _Task) -> tuple[str, str, bool]:
    recipe, file, seed = task
    path = Path(file)
    motion = _already(path, recipe, seed)
    made = motion is None
    if motion is None:
        motion = recipe.motion(seed)
        motion.save(path)
    return recipe.name, _digest(motion), made


def _already(path: Path, recipe: Recipe, seed: int) -> Motion | None:
    """Return the clip if it already exists, else None."""
    if not path.is_file():
        return None
    try:
        motion = Motion.load(path)
    except MotionFormatError:
        return None
    same = len(motion) == recipe.frames and motion.caption == recipe.caption and _mark(seed) in motion.notes
    return motion if same else None


def _mark(seed: int) -> str:
    return f"{LOCOMOTION}, seed {seed}"


def _digest(motion: Motion) -> str:
    rounded = np.rint(motion.qpos / _ROUNDING).astype("<i8")
    return hashlib.sha256(motion.name.encode() + rounded.tobytes()).hexdigest()
