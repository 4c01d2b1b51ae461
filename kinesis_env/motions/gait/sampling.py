"""Randomly drawn plans, by skill, for the generated benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kinesis_env.motions.gait import rules
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.segments import Circle, March, Run, Segment, Stand, Step, TurnInPlace, Walk

__all__ = ["SHARES", "draw_plan"]

#: Probability of each skill: the five published ones as in KIT-Locomotion, plus standing, starting and stopping.
SHARES = {
    "walk": 0.40,
    "gradual turn": 0.20,
    "turn in place": 0.12,
    "backward": 0.10,
    "run": 0.08,
    "standing": 0.02,
    "starting": 0.04,
    "stopping": 0.04,
}
_SIDES = {1.0: "left", -1.0: "right"}


def draw_plan(rng: np.random.Generator) -> tuple[str, str, GaitPlan]:
    """Return a skill, a caption and a plan; equal generators give equal plans."""
    skills = list(SHARES)
    skill = skills[int(rng.choice(len(skills), p=np.array([SHARES[name] for name in skills])))]
    caption, segments, start, end = _DRAWERS[skill](rng)
    first = ("left", "right")[int(rng.integers(2))] if skill in {"walk", "run", "backward"} else None
    return skill, caption, GaitPlan(segments, start=start, end=end, first_foot=first, seed=int(rng.integers(2**31)))


_Drawn = tuple[str, tuple[Segment, ...], str, str]


def _pace(speed: float) -> str:
    return "slowly" if speed < 0.85 else "fast" if speed > 1.55 else "at an easy pace"


def _ends(rng: np.random.Generator) -> tuple[str, str]:
    start, end = (("standing", "moving")[int(rng.random() < 0.35)] for _ in range(2))
    return start, end


def _walk(rng: np.random.Generator) -> _Drawn:
    kind = rng.random()
    if kind < 0.12:
        side = float(rng.choice((1.0, -1.0)))
        step = Step(side * math.pi / 2, int(rng.integers(2, 6)), round(float(rng.uniform(0.2, 0.45)), 3))
        return f"takes {step.count} steps to the {_SIDES[side]}", (step,), "standing", "standing"
    if kind < 0.17:
        return "marches on the spot", (March(int(rng.integers(4, 13))),), "standing", "standing"
    if kind < 0.27:
        side = float(rng.choice((1.0, -1.0)))
        direction = side * float(rng.uniform(0.2, 0.7))
        slow, fast = rules.walk_limits(direction)
        speed = float(rng.uniform(max(slow, 0.4), fast))
        segment = Walk(speed, duration=float(rng.uniform(2.5, 5.0)), direction=direction)
        return f"walks ahead and to the {_SIDES[side]}", (segment,), *_ends(rng)
    speeds = [float(rng.uniform(0.4, 2.0)) for _ in range(int(rng.integers(1, 4)))]
    parts = tuple(
        Walk(speed, duration=float(rng.uniform(2.0, 6.0)) / math.sqrt(len(speeds)), turn=float(rng.normal(0.0, 0.12)))
        for speed in speeds
    )
    caption = ", then ".join(f"walks {_pace(speed)}" for speed in speeds)
    return caption, parts, *_ends(rng)


def _gradual_turn(rng: np.random.Generator) -> _Drawn:
    if rng.random() < 0.3:
        speed = float(rng.uniform(0.5, 1.5))
        left = bool(rng.random() < 0.5)
        smallest = max(0.8, 1.3 * speed**2 / 3.2)
        circle = Circle(float(rng.uniform(smallest, 2.5)), speed, float(rng.uniform(0.5, 1.2)), left=left)
        return f"walks in a circle to the {'left' if left else 'right'}", (circle,), *_ends(rng)
    parts: list[Segment] = []
    names = []
    for _ in range(int(rng.integers(1, 4))):
        side = float(rng.choice((1.0, -1.0)))
        speed, rate = float(rng.uniform(0.5, 1.5)), float(rng.uniform(0.3, 1.3))
        parts += [Walk(speed, duration=float(rng.uniform(0.6, 1.8)))] if rng.random() < 0.6 else []
        parts.append(Walk(speed, turn=side * float(rng.uniform(0.5, 2.6)), turn_rate=rate))
        names.append(_SIDES[side])
    return f"walks and turns to the {', then to the '.join(names)}", tuple(parts), *_ends(rng)


def _turn_in_place(rng: np.random.Generator) -> _Drawn:
    parts: list[Segment] = []
    names = []
    for _ in range(int(rng.integers(1, 3))):
        side = float(rng.choice((1.0, -1.0)))
        angle = side * math.radians(float(rng.uniform(30, 360)))
        parts.append(TurnInPlace(angle, float(rng.uniform(0.6, 1.55))))
        parts.append(Stand(float(rng.uniform(0.2, 0.8))))
        names.append(f"to the {_SIDES[side]} by {abs(math.degrees(angle)):.0f} degrees")
    return f"turns in place {', then '.join(names)}", tuple(parts), "standing", "standing"


def _backward(rng: np.random.Generator) -> _Drawn:
    speed = float(rng.uniform(0.35, 1.2))
    turn = float(rng.normal(0.0, 0.4)) if rng.random() < 0.4 else 0.0
    segment = Walk(speed, duration=float(rng.uniform(3.0, 6.0)), direction=math.pi, turn=turn)
    side = "" if abs(turn) < 0.2 else f", turning to the {_SIDES[math.copysign(1.0, turn)]}"
    return f"walks backward{side}", (segment,), *_ends(rng)


def _run(rng: np.random.Generator) -> _Drawn:
    speed = float(rng.uniform(2.0, 4.0))
    turn = float(rng.uniform(-1.8, 1.8)) if rng.random() < 0.4 else 0.0
    parts: list[Segment] = [Run(speed, duration=float(rng.uniform(2.0, 4.0)), turn=turn)]
    caption = "runs" if abs(turn) < 0.3 else f"runs in a curve to the {_SIDES[math.copysign(1.0, turn)]}"
    if rng.random() < 0.3:
        parts.insert(0, Walk(float(rng.uniform(0.9, 1.7)), duration=float(rng.uniform(1.5, 2.5))))
        caption = f"walks, then {caption}"
    return caption, tuple(parts), *_ends(rng)


def _standing(rng: np.random.Generator) -> _Drawn:
    if rng.random() < 0.4:
        return "stands still", (Stand(float(rng.uniform(2.0, 5.0))),), "standing", "standing"
    step = Step(float(rng.choice((0.0, math.pi))), 1, float(rng.uniform(0.2, 0.5)))
    parts = (Stand(float(rng.uniform(0.5, 2.0))), step, Stand(float(rng.uniform(0.5, 2.0))))
    return "stands, takes a step and stands", parts, "standing", "standing"


def _going(rng: np.random.Generator) -> tuple[str, Segment]:
    duration = float(rng.uniform(1.5, 3.5))
    kind = rng.random()
    if kind < 0.2:
        return "run", Run(float(rng.uniform(2.0, 3.6)), duration=duration)
    if kind < 0.35:
        return "walk backward", Walk(float(rng.uniform(0.4, 1.1)), duration=duration, direction=math.pi)
    return "walk", Walk(float(rng.uniform(0.4, 1.9)), duration=duration)


def _starting(rng: np.random.Generator) -> _Drawn:
    name, segment = _going(rng)
    return f"stands and starts to {name}", (Stand(float(rng.uniform(0.3, 1.5))), segment), "standing", "moving"


def _stopping(rng: np.random.Generator) -> _Drawn:
    name, segment = _going(rng)
    doing = name.replace("walk", "walks").replace("run", "runs")
    return f"{doing} and stops", (segment, Stand(float(rng.uniform(0.3, 1.5)))), "moving", "standing"


_DRAWERS: dict[str, Callable[[np.random.Generator], _Drawn]] = {
    "walk": _walk,
    "gradual turn": _gradual_turn,
    "turn in place": _turn_in_place,
    "backward": _backward,
    "run": _run,
    "standing": _standing,
    "starting": _starting,
    "stopping": _stopping,
}
