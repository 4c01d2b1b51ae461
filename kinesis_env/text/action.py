"""An action of the body, as understood from a prompt."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["GAITS", "Action", "summary"]

#: Gait and pace implied by a verb.
GAITS = {
    "walk": ("walk", 0), "stroll": ("walk", -1), "run": ("run", 0), "dash": ("run", 1), "jog": ("jog", 0),
    "sprint": ("sprint", 0), "march": ("walk", 0), "pacing": ("walk", 0), "retreat": ("walk", 0),
}  # fmt: skip

_PACES = {-2: "very slowly", -1: "slowly", 1: "fast", 2: "very fast"}
_DIRECTIONS = {0: "forward", 45: "forward and left", 90: "sideways left", 135: "backward and left",
               180: "backward", -135: "backward and right",
               -90: "sideways right", -45: "forward and right", -180: "backward"}  # fmt: skip


@dataclass(frozen=True)
class Action:
    """An action of the body.

    Attributes:
        verb: "go", "march" (in place), "stand", "turn" (in place), "step", "circle" or "return" (to the start).
        gait: "walk", "jog", "run" or "sprint".
        direction: direction of travel relative to the body [rad], positive to the left.
        turn: change of heading [rad], never negative; its side is ``side``.
        side: "left" or "right"; "" leaves it open.
        bend: how travel turns: "corner" turns first and then goes straight, "curve" turns throughout.
        pace: -2 (very slow) to 2 (very fast).
        speed: [m/s], or None.
        distance: [m], or None.
        radius: radius of a circle [m], or None.
        duration: [s], or None.
        steps: number of steps, or None.
        turns: number of times around a circle.
        size: size of circles and steps: -1 small, 0, 1 large.
        exact: whether the prompt gives the amount of the turn.
        back: whether it retraces the previous travel.
        foot: "left" or "right" goes first; "" leaves it open.
    """

    verb: str
    gait: str = "walk"
    direction: float = 0.0
    turn: float = 0.0
    side: str = ""
    bend: str = ""
    pace: int = 0
    speed: float | None = None
    distance: float | None = None
    radius: float | None = None
    duration: float | None = None
    steps: int | None = None
    turns: float = 1.0
    size: int = 0
    exact: bool = False
    back: bool = False
    foot: str = ""

    @property
    def signed_turn(self) -> float:
        """Change of heading [rad], positive to the left."""
        return -self.turn if self.side == "right" else self.turn

    @property
    def bounded(self) -> bool:
        """Whether the prompt says how far or how long it goes."""
        return self.distance is not None or self.duration is not None or self.steps is not None

    def __str__(self) -> str:
        return _said(self)


def summary(actions: tuple[Action, ...]) -> str:
    """Return what was understood, in one line."""
    return "; ".join(str(action) for action in actions)


def _said(action: Action) -> str:
    words = [_what(action)]
    words += [_PACES[action.pace]] if action.pace else []
    if action.verb in ("go", "step"):
        words.append(
            _DIRECTIONS.get(round(math.degrees(action.direction)), f"{math.degrees(action.direction):.0f} deg")
        )
    if action.verb == "circle":
        words.append({"left": "counterclockwise", "right": "clockwise"}.get(action.side, ""))
        words += ["backward"] if action.direction else []
        words += [f"{action.turns:g} times around"] if action.turns != 1 else []
    if action.turn and action.verb != "circle":
        side = f" {action.side}" if action.side else ""
        how = {"corner": "turning first", "curve": "in a curve of"}.get(action.bend, "")
        words.append(f"{how} {math.degrees(action.turn):.0f} deg{side}".strip())
    for value, unit in (
        (action.distance, "m"), (action.duration, "s"), (action.steps, "steps"), (action.speed, "m/s"),
        (action.radius, "m radius"),
    ):  # fmt: skip
        words += [f"{value:.3g} {unit}"] if value is not None else []
    words += [{-1: "small", 1: "large"}[action.size]] if action.size else []
    words += ["as far as before"] if action.back and not action.bounded else []
    words += [f"{action.foot} foot first"] if action.foot else []
    return " ".join(word for word in words if word)


def _what(action: Action) -> str:
    if action.verb == "go":
        return action.gait
    if action.verb == "circle":
        return f"{action.gait} in a circle"
    names = {"march": "march in place", "turn": "turn in place", "return": f"{action.gait} to the start"}
    return names.get(action.verb, action.verb)
