"""Motions from prompts without any learned model: the grammar, and the gait planner."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from kinesis_env.errors import MotionError, PromptError
from kinesis_env.motions.edit import trim
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.motion import Motion
from kinesis_env.text.action import Action
from kinesis_env.text.meaning import understand
from kinesis_env.text.planner import Planner, decided

__all__ = ["LONGEST", "BuiltinTextToMotion", "checked_call", "motion_name", "plan_of"]

#: Shortest and longest motion [s].
SHORTEST, LONGEST = 0.5, 120.0
#: Limits for stretching an open length to a duration, and number of attempts.
_STRETCH, _PASSES = (0.12, 60.0), 12


@dataclass(frozen=True)
class BuiltinTextToMotion:
    """Makes motions from prompts about locomotion; the same prompt and seed give the same motion.

    Other seeds vary speeds, distances, step lengths, radii and pauses that the prompt leaves open, the foot that steps
    first, the side if none is named, and slightly the width and time of each step; seed 0 takes the middle, the left,
    and equal steps.

    Attributes:
        fps: frames per second of the motions.
    """

    fps: float = 30.0

    def generate(self, prompt: str, *, seed: int = 0, duration: float | None = None) -> Motion:
        """Return a motion.

        Args:
            prompt: the prompt.
            seed: selects a variant.
            duration: length of the motion [s]; by default as long as needed. What the prompt leaves open is lengthened
                or shortened; the body stands for any remaining time.

        Raises:
            PromptError: the prompt is not understood, asks for something this body cannot do, or takes longer than
                ``duration``.
        """
        plan, _ = plan_of(prompt, seed=seed, duration=duration, fps=self.fps)
        motion = plan.motion(name=motion_name(prompt, seed, duration), caption=" ".join(prompt.split()))
        return motion if duration is None else _lasting(motion, duration)


def motion_name(prompt: str, seed: int, duration: float | None = None) -> str:
    """Return a name for the motion of a prompt: its words, and a digest of everything that determines it."""
    digest = hashlib.blake2b(f"{prompt}\0{seed}\0{duration}".encode(), digest_size=4).hexdigest()
    words = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in prompt.lower()).split())
    return f"{words[:48].strip('-') or 'motion'}-{digest}"


def checked_call(seed: int, duration: float | None) -> None:
    """Check the arguments of a generator.

    Raises:
        PromptError: a seed or a duration that is not allowed.
    """
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed < 2**64:
        raise PromptError(f"seed must be a whole number from 0, given {seed!r}")
    if duration is None:
        return
    number = isinstance(duration, int | float | np.integer | np.floating) and not isinstance(duration, bool)
    if not number or not SHORTEST <= duration <= LONGEST:
        raise PromptError(f"duration must be from {SHORTEST:g} to {LONGEST:g} s, given {duration!r}")


def plan_of(
    prompt: str, *, seed: int = 0, duration: float | None = None, fps: float = 30.0
) -> tuple[GaitPlan, tuple[Action, ...]]:
    """Return the plan of a prompt and its actions, with every side decided.

    Raises:
        PromptError: see :meth:`BuiltinTextToMotion.generate`.
    """
    checked_call(seed, duration)
    actions = understand(prompt)
    words = " ".join(prompt.lower().split()).encode()
    entropy = [int(seed), int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "little")]
    rng = np.random.default_rng(entropy)
    sided = decided(actions, rng, varies=seed > 0)
    state = rng.bit_generator.state
    stretch = 1.0

    def planned() -> tuple[GaitPlan, Planner, float]:
        rng.bit_generator.state = state
        planner = Planner(rng, varies=seed > 0, stretch=stretch)
        try:
            plan = planner.plan(sided, fps)
        except MotionError as error:
            raise PromptError(f"the prompt {prompt!r} asks for something this body cannot do: {error}") from error
        rough = sum(segment.command().duration for segment in plan.segments)
        if rough > LONGEST:
            raise PromptError(f"the prompt {prompt!r} takes {rough:.0f} s; at most {LONGEST:g} s is allowed")
        return plan, planner, plan.course().duration

    plan, planner, takes = planned()
    if duration is None:
        return plan, sided
    for _ in range(_PASSES):
        if not planner.open or abs(takes - duration) < 0.02:
            break
        stretch = min(max(stretch * (1.0 + 0.9 * (duration - takes) / max(takes, 1.0)), _STRETCH[0]), _STRETCH[1])
        plan, planner, takes = planned()
    if takes > duration + 0.1:
        raise PromptError(f"the prompt {prompt!r} takes at least {takes:.1f} s, given duration={duration:g}")
    return plan, sided


def _lasting(motion: Motion, duration: float) -> Motion:
    """Return a motion that ends standing, cut or extended by standing to a duration."""
    wanted = math.floor(duration * motion.fps + 1e-6) + 1
    if len(motion) >= wanted:
        return trim(motion, 0.0, (wanted - 1) / motion.fps).replace(name=motion.name, notes=motion.notes)
    held = np.concatenate((motion.qpos, np.repeat(motion.qpos[-1:], wanted - len(motion), axis=0)))
    meta = {**motion.metadata(), "body": motion.body}
    return Motion.from_qpos(held, meta.pop("fps"), **meta)
