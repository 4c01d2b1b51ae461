"""The shipped motions and their generation: ``python -m kinesis_env.making.clips``."""

from __future__ import annotations

import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from kinesis_env.files import whole_file
from kinesis_env.motions.edit import compact
from kinesis_env.motions.gait.gait import walk
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.segments import Circle, March, Run, Segment, Stand, Step, TurnInPlace, Walk
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.selections import CLIPS, MANIFEST

__all__ = ["SHIPPED", "ShippedClip", "build_clips"]

_SIDE = math.pi / 2
_NONE: tuple[Segment, ...] = ()


@dataclass(frozen=True)
class ShippedClip:
    """One shipped motion.

    Attributes:
        name: name of the motion.
        skill: "walk", "gradual turn", "turn in place", "backward", "run", "standing", "starting" or "stopping".
        split: "train" or "test".
        caption: what the body does.
        segments: segments of its plan; empty for the clip ``walk``, which repeats one published cycle.
        start: see :class:`~kinesis_env.motions.gait.plan.GaitPlan`.
        end: see the same class.
    """

    name: str
    skill: str
    split: str
    caption: str
    segments: tuple[Segment, ...]
    start: str = "standing"
    end: str = "standing"

    def motion(self) -> Motion:
        """Return the motion."""
        if not self.segments:
            return walk()
        # Clips to the left and to the right are mirror images.
        seed = zlib.crc32(self.name.removesuffix("-left").removesuffix("-right").encode())
        plan = GaitPlan(self.segments, start=self.start, end=self.end, seed=seed)
        return compact(plan.motion(name=self.name, caption=self.caption))


def _degrees(angle: float) -> float:
    return math.radians(angle)


def _turns() -> list[ShippedClip]:
    """Return turns in place, to both sides."""
    found = []
    for angle, rate, split in ((45, 0.8, "train"), (90, 1.2, "train"), (180, 1.4, "test"), (360, 1.5, "train")):
        for side, sign in (("left", 1), ("right", -1)):
            other = {"train": "test", "test": "train"}[split] if (angle, side) == (90, "right") else split
            caption = f"turns in place by {angle} degrees to the {side}"
            segment = TurnInPlace(sign * _degrees(angle), rate)
            found.append(ShippedClip(f"turn-in-place-{angle}-{side}", "turn in place", other, caption, (segment,)))
    return found


def _curves() -> list[ShippedClip]:
    found = []
    for side, sign in (("left", 1), ("right", -1)):
        split = {"left": "train", "right": "test"}[side]
        found += [
            ShippedClip(
                f"circle-{side}",
                "gradual turn",
                "train",
                f"walks once around a circle of 1.5 m radius to the {side}",
                (Circle(1.5, 1.2, 1.0, left=sign > 0),),
            ),
            ShippedClip(
                f"curve-90-{side}",
                "gradual turn",
                split,
                f"walks, turns by 90 degrees to the {side} while walking, and walks on",
                (Walk(1.2, distance=1.5), Walk(1.1, duration=2.0, turn=sign * _SIDE), Walk(1.2, distance=1.5)),
            ),
            ShippedClip(
                f"curve-180-{side}",
                "gradual turn",
                "train",
                f"walks in a half circle to the {side} and back",
                (Walk(1.2, distance=1.5), Walk(1.0, duration=3.2, turn=sign * math.pi), Walk(1.2, distance=1.5)),
            ),
        ]
    weave = (Walk(1.2, duration=1.4, turn=0.9), Walk(1.2, duration=2.8, turn=-1.8), Walk(1.2, duration=1.4, turn=0.9))
    found.append(ShippedClip("slalom", "gradual turn", "test", "weaves to the left, the right and the left", weave))
    return found


SHIPPED: tuple[ShippedClip, ...] = (
    ShippedClip("walk", "walk", "train", "walks straight ahead at 1.26 m/s", _NONE),
    ShippedClip("walk-very-slow", "walk", "train", "walks very slowly ahead", (Walk(0.4, duration=5.0),)),
    ShippedClip("walk-slow", "walk", "train", "walks slowly ahead", (Walk(0.7, distance=3.5),)),
    ShippedClip("walk-easy", "walk", "test", "walks ahead without hurry", (Walk(1.0, distance=5.0),)),
    ShippedClip("walk-brisk", "walk", "train", "walks briskly ahead", (Walk(1.6, distance=7.0),)),
    ShippedClip("walk-fast", "walk", "train", "walks ahead as fast as one walks", (Walk(1.95, distance=9.0),)),
    ShippedClip(
        "walk-speeds",
        "walk",
        "test",
        "walks slowly, then fast, then at an easy pace",
        (Walk(0.7, duration=3.0), Walk(1.7, duration=3.0), Walk(1.1, duration=2.5)),
    ),
    ShippedClip("walk-short", "walk", "train", "walks three steps and stops", (Walk(1.1, steps=3),)),
    ShippedClip(
        "walk-diagonal", "walk", "test", "walks ahead and to the left", (Walk(0.8, distance=3, direction=0.6),)
    ),
    ShippedClip(
        "walk-steady-0.9", "walk", "train", "walks on at 0.9 m/s", (Walk(0.9, duration=5),), "moving", "moving"
    ),
    ShippedClip(
        "walk-steady-1.5", "walk", "train", "walks on at 1.5 m/s", (Walk(1.5, duration=5),), "moving", "moving"
    ),
    ShippedClip("sidestep-left", "walk", "train", "steps sideways to the left", (Step(_SIDE, 4, 0.35),)),
    ShippedClip("sidestep-right", "walk", "test", "steps sideways to the right", (Step(-_SIDE, 4, 0.35),)),
    ShippedClip("march", "walk", "train", "marches on the spot", (March(8),)),
    *_curves(),
    *_turns(),
    ShippedClip(
        "backward-slow", "backward", "train", "walks slowly backward", (Walk(0.5, distance=2, direction=math.pi),)
    ),
    ShippedClip("backward", "backward", "train", "walks backward", (Walk(0.8, distance=3.2, direction=math.pi),)),
    ShippedClip(
        "backward-fast", "backward", "test", "walks fast backward", (Walk(1.15, distance=5, direction=math.pi),)
    ),
    ShippedClip(
        "backward-curve",
        "backward",
        "train",
        "walks backward in a curve",
        (Walk(0.7, duration=4.0, direction=math.pi, turn=1.2),),
    ),
    ShippedClip("run-slow", "run", "train", "jogs ahead", (Run(2.1, distance=9),)),
    ShippedClip("run", "run", "train", "runs ahead", (Run(2.8, distance=13),)),
    ShippedClip("run-fast", "run", "test", "runs fast ahead", (Run(3.8, distance=17),)),
    ShippedClip("run-steady", "run", "train", "runs on at 2.8 m/s", (Run(2.8, duration=4),), "moving", "moving"),
    ShippedClip("run-steady-3.4", "run", "test", "runs on at 3.4 m/s", (Run(3.4, duration=4),), "moving", "moving"),
    ShippedClip("run-curve", "run", "train", "runs in a curve to the left", (Run(2.5, duration=4.0, turn=2.5),)),
    ShippedClip(
        "run-and-walk",
        "run",
        "train",
        "walks, runs and walks again",
        (Walk(1.4, distance=3), Run(2.6, distance=9), Walk(1.3, distance=3)),
    ),
    ShippedClip("stand", "standing", "train", "stands still", (Stand(3.0),)),
    ShippedClip("stand-and-step", "standing", "test", "stands, takes a step and stands", (Stand(1), Step(), Stand(1))),
    ShippedClip(
        "start-slow", "starting", "test", "starts to walk slowly", (Stand(0.5), Walk(0.7, duration=3)), end="moving"
    ),
    ShippedClip(
        "start-walk", "starting", "train", "starts to walk", (Stand(0.5), Walk(1.25, duration=3)), end="moving"
    ),
    ShippedClip("start-run", "starting", "train", "starts to run", (Stand(0.5), Run(2.8, duration=3)), end="moving"),
    ShippedClip(
        "stop-slow", "stopping", "train", "walks slowly and stops", (Walk(0.7, duration=3), Stand(0.5)), "moving"
    ),
    ShippedClip("stop-walk", "stopping", "test", "walks and stops", (Walk(1.25, duration=3), Stand(0.5)), "moving"),
    ShippedClip("stop-run", "stopping", "train", "runs and stops", (Run(2.8, duration=3), Stand(0.5)), "moving"),
)


def _saved(motion: Motion, folder: Path) -> Path:
    """Write a clip; an unchanged one that is already shipped keeps its bits, whatever machine made it."""
    path, before = folder / f"{motion.name}.npz", CLIPS / f"{motion.name}.npz"
    if before.is_file():
        old = Motion.load(before)
        if (
            len(old) == len(motion)
            and old.metadata() == motion.metadata()
            and np.allclose(old.rows, motion.rows, atol=1e-3)
        ):
            content = before.read_bytes()
            with whole_file(path) as temporary:
                temporary.write_bytes(content)
            return path
    return motion.save(path)


def build_clips(folder: Path | None = None) -> list[Path]:
    """Write the shipped clips and their ``manifest.yaml``, and return the files.

    Args:
        folder: output folder; by default the package's own clips.
    """
    target = folder or CLIPS
    target.mkdir(parents=True, exist_ok=True)
    files, entries = [], []
    for clip in SHIPPED:
        motion = clip.motion()
        path = _saved(motion, target)
        files.append(path)
        entries.append(
            {
                "name": motion.name,
                "caption": motion.caption,
                "skill": clip.skill,
                "split": clip.split,
                "speed": round(inspect(motion).speed, 3),
                "frames": len(motion),
                "source": motion.source,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        )
    with whole_file(target / MANIFEST) as temporary:
        text = yaml.safe_dump({"clips": entries}, sort_keys=False, allow_unicode=True, width=100)
        temporary.write_text(text, encoding="utf-8")
    return [*files, target / MANIFEST]


if __name__ == "__main__":
    build_clips()
