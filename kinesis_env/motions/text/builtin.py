"""Motions from prompts without any learned model: the grammar, and the gait planner."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace

import numpy as np

from kinesis_env.errors import MotionError, PromptError
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.plan import Circle, GaitPlan, March, Run, Segment, Stand, Step, TurnInPlace, Walk
from kinesis_env.motions.text.grammar import Action, understand

__all__ = ["BuiltinTextToMotion", "plan_of", "summary"]

#: Speeds [m/s] by pace from very slow to very fast.
_WALK = (0.5, 0.75, 1.2, 1.55, 1.8)
_BACK = (0.35, 0.5, 0.75, 0.95, 1.1)
_SIDE = (0.22, 0.3, 0.4, 0.5, 0.6)
_RUN = {"jog": (2.0, 2.1, 2.3, 2.6, 2.9), "run": (2.1, 2.4, 2.8, 3.3, 3.6), "sprint": (3.2, 3.4, 3.7, 3.9, 4.0)}
_TURN = (0.5, 0.75, 1.2, 1.45, 1.55)
#: How far a body goes that is not told [m], how long it stands and steps on the spot [s].
_DISTANCE = {"walk": 3.0, "run": 6.0}
_STAND, _MARCH = 1.5, 4.0
_STEP = {-1: 0.25, 0: 0.4, 1: 0.5}
_RADIUS = {-1: 0.9, 0: 1.4, 1: 2.2}
#: Longest motion [s].
_LONGEST = 120.0


@dataclass(frozen=True)
class BuiltinTextToMotion:
    """Understands what people type about locomotion; the same prompt and seed give the same motion.

    Another seed varies speed, step length, radius, pauses, the first foot, and the side where the prompt leaves it open.

    Attributes:
        fps: frames per second of the motions.
    """

    fps: float = 30.0

    def generate(self, prompt: str, *, seed: int = 0, duration: float | None = None) -> Motion:
        """Return a motion.

        Args:
            prompt: what to do.
            seed: which of its variants; 0 has no variation in speeds and sizes.
            duration: cut or stood out to so many seconds; by default as long as it takes.

        Raises:
            PromptError: the prompt is not understood, or asks for what this body cannot do.
        """
        plan, _ = plan_of(prompt, seed=seed, duration=duration, fps=self.fps)
        digest = hashlib.blake2b(f"{prompt}\0{seed}\0{duration}".encode(), digest_size=4).hexdigest()
        words = "-".join("".join(c if c.isalnum() else " " for c in prompt.lower()).split())[:40]
        motion = plan.motion(name=f"{words}-{digest}", caption=" ".join(prompt.split()))
        if duration is None:
            return motion
        return motion.trim(0.0, min(duration, motion.duration)).replace(name=motion.name, caption=motion.caption)


def plan_of(
    prompt: str, *, seed: int = 0, duration: float | None = None, fps: float = 30.0
) -> tuple[GaitPlan, tuple[Action, ...]]:
    """Return the plan of a prompt, and what was understood, with every side decided.

    Raises:
        PromptError: see :meth:`BuiltinTextToMotion.generate`.
    """
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise PromptError(f"a seed is a whole number from 0; given {seed!r}")
    if duration is not None and not (isinstance(duration, int | float) and 0.5 <= duration <= _LONGEST):
        raise PromptError(f"duration is {duration!r}; allowed are 0.5 to {_LONGEST:g} s")
    actions = understand(prompt)
    rng = np.random.default_rng([seed, *hashlib.blake2b(prompt.encode(), digest_size=8).digest()])
    decided = tuple(_decided(action, rng) for action in actions)
    vary = _Variation(rng, seed > 0)
    try:
        segments = [segment for action in decided for segment in _segments(action, vary)]
        total = sum(segment.command().duration for segment in segments)
        if total > _LONGEST:
            raise PromptError(f"the prompt {prompt!r} takes {total:.0f} s; allowed are {_LONGEST:g} s")
        if duration is not None and total < duration:
            segments.append(Stand(duration - total))
        first = None if seed == 0 else ("left", "right", None)[int(rng.integers(3))]
        sided = any(action.way in ("left", "right") or action.turn for action in decided)
        return GaitPlan(tuple(segments), fps=fps, first_foot=None if sided else first), decided
    except PromptError:
        raise
    except MotionError as error:
        raise PromptError(f"the prompt {prompt!r} asks for what this body cannot do: {error}") from error


@dataclass
class _Variation:
    rng: np.random.Generator
    varies: bool

    def __call__(self, value: float, share: float, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a value changed by up to a share of it, kept within what is allowed."""
        factor = 1.0 + share * float(self.rng.uniform(-1.0, 1.0)) if self.varies else 1.0
        return min(max(value * factor, low), high)


def _decided(action: Action, rng: np.random.Generator) -> Action:
    """Return an action whose side is not open any more."""
    left = bool(rng.integers(2))
    if action.verb == "circle" and not action.way:
        return replace(action, way="left" if left else "right")
    if action.turn and not action.side and not left:
        return replace(action, turn=-action.turn)
    return action


def _segments(action: Action, vary: _Variation) -> list[Segment]:
    pace = action.pace + 2
    if action.verb == "stand":
        return [Stand(action.duration if action.duration is not None else vary(_STAND, 0.3))]
    if action.verb == "march":
        if action.steps:
            return [March(steps=max(2, action.steps))]
        return [March(duration=action.duration or vary(_MARCH, 0.2))]
    if action.verb == "turn":
        return [TurnInPlace(action.turn or math.pi / 2, vary(_TURN[pace], 0.1, 0.3, math.pi / 2))]
    if action.verb == "step":
        return [_steps(action, vary)]
    if action.verb == "circle":
        return [_circle(action, vary)]
    if action.verb == "pace":
        there = _going(replace(action, verb=action.gait or "walk", gait=action.gait if action.gait == "run" else ""), vary)
        once: list[Segment] = [there, TurnInPlace(math.pi, 1.3), there]
        return once + [TurnInPlace(math.pi, 1.3), *once] * (round(action.times) - 1)
    return [_going(action, vary)]


def _steps(action: Action, vary: _Variation) -> Segment:
    direction = {"forward": 0.0, "backward": math.pi, "left": math.pi / 2, "right": -math.pi / 2}[action.way]
    if action.distance is not None or action.duration is not None:
        speed = vary(_SIDE[action.pace + 2], 0.1, 0.2, 0.8) if action.lateral else vary(_BACK[action.pace + 2], 0.1)
        return Walk(speed, distance=action.distance, duration=action.duration, direction=direction)
    length = _STEP[action.size] if action.way != "left" and action.way != "right" else 0.8 * _STEP[action.size]
    return Step(direction, action.steps or 1, vary(length, 0.12, 0.1, 0.5))


def _circle(action: Action, vary: _Variation) -> Segment:
    speed = action.speed or vary(_WALK[action.pace + 2], 0.08)
    radius = max(vary(_RADIUS[action.size], 0.15), 0.75 * speed**1.2, 0.9 * speed)
    turns, left = action.times, action.way == "left"
    if action.distance is not None:
        turns = action.distance / (2 * math.pi * radius)
    if action.gait == "run":
        pace = action.speed or vary(_RUN["jog"][action.pace + 2], 0.05)
        radius = max(radius, pace**2 / 2.2)
        length = 2 * math.pi * radius * turns
        return Run(pace, distance=length, turn=(1 if left else -1) * 2 * math.pi * turns)
    return Circle(radius, speed, turns, left)


def _going(action: Action, vary: _Variation) -> Segment:
    pace = action.pace + 2
    amounts = {"distance": action.distance, "duration": action.duration, "steps": action.steps}
    direction, turn = 0.0, action.turn or 0.0
    if action.way == "backward":
        direction = math.pi
    elif action.lateral and action.way in ("left", "right"):
        direction = math.copysign(math.pi / 2, 1 if action.way == "left" else -1)
    elif action.lateral:
        direction, turn = turn, 0.0
    if action.verb == "run":
        if action.way == "backward" or (action.lateral and abs(direction) > math.pi / 6):
            raise MotionError("running is possible forward and in curves, not backward or sideways")
        speed, kind = action.speed or vary(_RUN[action.gait or "run"][pace], 0.05, 2.0, 4.0), Run
    else:
        table = _BACK if action.way == "backward" else _SIDE if abs(math.sin(direction)) > 0.9 else _WALK
        usual = table[pace] if abs(math.sin(direction)) in (0.0, 1.0) or table is not _WALK else 0.7 * table[pace]
        speed, kind = action.speed or vary(usual, 0.08), Walk
    usual = _DISTANCE["run" if kind is Run else "walk"] * (0.5 if direction else 1.0)
    if not any(value is not None for value in amounts.values()):
        # A curve takes as long as its turn at a comfortable rate.
        amounts["distance"] = max(vary(usual, 0.15), abs(turn) * speed / 0.9)
    return kind(speed, turn=turn, direction=direction, **amounts)  # type: ignore[arg-type]


def summary(actions: tuple[Action, ...]) -> str:
    """Return what was understood, in a line."""
    return "; ".join(_said(action) for action in actions)


def _said(action: Action) -> str:
    words = [{"pace": "back and forth"}.get(action.verb, action.gait if action.verb == "run" else action.verb)]
    words += ["very " * (abs(action.pace) == 2) + ("fast" if action.pace > 0 else "slowly")] if action.pace else []
    if action.way and action.verb not in ("turn", "stand", "march", "pace"):
        words.append(action.way)
    if action.turn:
        words.append(f"{abs(math.degrees(action.turn)):.0f} deg {'left' if action.turn > 0 else 'right'}")
    for value, unit in ((action.distance, "m"), (action.duration, "s"), (action.steps, "steps"), (action.speed, "m/s")):
        words += [f"{value:g} {unit}"] if value is not None else []
    if action.verb in ("circle", "pace") and action.times != 1:
        words.append(f"{action.times:g} times")
    return " ".join(words)
