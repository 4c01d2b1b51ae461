"""The cases of an evaluation: every clip (or prompt) from its start, once per seed, in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from kinesis_env.errors import EvaluationError, MotionError
from kinesis_env.files import read_text
from kinesis_env.motions.datasets.generated import LOCOMOTION
from kinesis_env.motions.datasets.kit import clips as kit_clips
from kinesis_env.motions.datasets.kit import data_folder
from kinesis_env.motions.selections import manifest
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.text import TextTask

__all__ = ["Case", "cases_of", "checked_seeds", "skill_of"]

#: The skill of a clip of unknown origin.
OTHER = "other"


@dataclass(frozen=True)
class Case:
    """One attempt.

    Attributes:
        clip: the motion to follow; "" for a task without clips.
        seed: seed of the environment's generator.
        skill: skill shown in the clip; "" for a task without clips.
        digest: digest of the motion, see :attr:`kinesis_env.motions.motion.Motion.digest`, or of the motions of a
            prompt; "" if there are none, and for prompts whose motions this package generates.
        seconds: length of the clip; 0 for a task without clips.
        prompt: the prompt of a text task; "" elsewhere.
    """

    clip: str
    seed: int
    skill: str = ""
    digest: str = ""
    seconds: float = 0.0
    prompt: str = ""

    @property
    def label(self) -> str:
        """The name of the case in messages."""
        what = f"clip {self.clip!r}, " if self.clip else f"prompt {self.prompt!r}, " if self.prompt else ""
        return f"{what}seed {self.seed}"

    @property
    def unit(self) -> str:
        """The unit of bootstrap intervals: the clip, the prompt, or the seed if there is neither."""
        return self.clip or self.prompt or f"seed {self.seed}"


def cases_of(task: Task, seeds: Sequence[int]) -> list[Case]:
    """Return the attempts at a task, clip by clip (prompt by prompt) in the task's order, seed by seed within each."""
    if "prompt" in task.options:
        digests = {p: task.pool.digest(p) if isinstance(task, TextTask) else "" for p in task.prompts}
        return [Case("", seed, digest=digests[prompt], prompt=prompt) for prompt in task.prompts for seed in seeds]
    if task.library is None or "clip" not in task.options:
        return [Case("", seed) for seed in seeds]
    found = []
    for motion in task.library:
        skill, digest = skill_of(motion.name), motion.digest
        found += [Case(motion.name, seed, skill, digest, motion.duration) for seed in seeds]
    return found


def checked_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Return the seeds: 0 to n - 1 for a number n, or the given sequence.

    Raises:
        EvaluationError: no seed, a negative or repeated seed, or something that is not a whole number.
    """
    given = list(range(seeds)) if isinstance(seeds, int) and not isinstance(seeds, bool) else seeds
    if isinstance(given, bool | str) or not isinstance(given, Sequence):
        raise EvaluationError(f"seeds must be a number of seeds, or a list of seeds, given {seeds!r}")
    right = all(isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 for seed in given)
    if not given or not right or len(set(given)) < len(given):
        raise EvaluationError(
            f"seeds must be whole numbers from 0, at least one and without repetition, given {seeds!r}"
        )
    return tuple(given)


def skill_of(clip: str) -> str:
    """Return the skill of a clip that is shipped, or from a prepared or generated data set; else "other"."""
    return _known_skills().get(clip, OTHER)


@cache
def _known_skills() -> Mapping[str, str]:
    skills = {entry["name"]: entry["skill"] for entry in _generated()}
    skills.update((clip.name, clip.skill) for clip in kit_clips())
    skills.update((str(entry["name"]), str(entry["skill"])) for entry in manifest())
    return skills


def _generated() -> list[dict[str, Any]]:
    path = data_folder() / LOCOMOTION / "manifest.json"
    if not path.exists():
        return []
    try:
        entries: list[dict[str, Any]] = json.loads(read_text(path))["clips"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MotionError(f"{path}: the list of the generated clips cannot be read: {error}") from error
    return entries
