"""A motion as a sequence of segments, joined smoothly: stand, walk, run, turn, step.

    plan = GaitPlan((Walk(distance=3.0), TurnInPlace(math.pi / 2), Walk(speed=0.8, duration=4.0), Stand(1.0)))
    motion = plan.motion(name="there", caption="walks, turns to the left and walks on")

Angles are in radians, positive to the left; speeds in m/s, lengths in m, times in s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kinesis_env.checks import check_choice, check_integer, check_number
from kinesis_env.errors import MotionError
from kinesis_env.motions.gait.course import Course, lay_course
from kinesis_env.motions.gait.segments import SEGMENTS, Segment
from kinesis_env.motions.motion import Motion

__all__ = ["GaitPlan"]

_SOURCE = (
    "Made from published walking and running cycles (Falisse et al. 2019, doi 10.1098/rsif.2019.0402; Fukuchi et al. "
    "2018, doi 10.7717/peerj.4640)"
)
_LICENSE = "Apache-2.0; figures MIT (Falisse et al.) and CC BY 4.0 (Fukuchi et al.)"


@dataclass(frozen=True)
class GaitPlan:
    """A sequence of segments.

    The first frame is at the origin and faces +x. Between segments, the speed changes smoothly, half before and half
    after the boundary, so that distances and angles hold; starting and stopping take additional time.

    Attributes:
        segments: at least one.
        fps: frames per second of the motion, 10 to 240.
        start: "standing" or "moving", which begins in full motion.
        end: "standing" or "moving".
        first_foot: "left", "right", or None for the foot on the side that the body turns or moves to, else the right.
        seed: seed of the small variation of step width and step time; None for equal steps.

    Raises:
        MotionError: an invalid field; the message names it, its value and what is allowed.
    """

    segments: tuple[Segment, ...]
    fps: float = 30.0
    start: str = "standing"
    end: str = "standing"
    first_foot: str | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.segments, Sequence) or not all(isinstance(part, SEGMENTS) for part in self.segments):
            allowed = ", ".join(kind.__name__ for kind in SEGMENTS)
            raise MotionError(f"GaitPlan: segments must be a sequence of {allowed}, given {self.segments!r}")
        if not self.segments:
            raise MotionError("GaitPlan: segments must contain at least one segment, given none")
        object.__setattr__(self, "segments", tuple(self.segments))
        check_number("GaitPlan: fps", self.fps, 10.0, 240.0, error=MotionError)
        check_choice("GaitPlan: start", self.start, ("standing", "moving"), error=MotionError)
        check_choice("GaitPlan: end", self.end, ("standing", "moving"), error=MotionError)
        check_choice("GaitPlan: first_foot", self.first_foot, ("left", "right", None), error=MotionError)
        if self.seed is not None:
            check_integer("GaitPlan: seed", self.seed, 0, 2**63 - 1, error=MotionError)

    def course(self) -> Course:
        """Return speed, heading and path over time."""
        left_first = None if self.first_foot is None else self.first_foot == "left"
        commands = [segment.command() for segment in self.segments]
        moving = (self.start == "moving", self.end == "moving")
        return lay_course(commands, moving=moving, left_first=left_first, seed=self.seed)

    def motion(self, *, name: str = "gait", caption: str = "") -> Motion:
        """Return the motion of the plan.

        Args:
            name: name of the motion.
            caption: what the body does.

        Raises:
            MotionError: an empty name, or a plan shorter than two frames.
        """
        from kinesis_env.motions.gait.synthesis import synthesise  # noqa: PLC0415  (loads MuJoCo, which a plan does not need)

        qpos, part = synthesise(self.course(), self.fps)
        whole = Motion.from_qpos(
            qpos,
            self.fps,
            name=name,
            caption=caption,
            source=_SOURCE,
            license=_LICENSE,
            notes=("footsteps planned, legs solved onto them by inverse kinematics",),
        )
        frames = {key: getattr(whole, key)[part] for key in ("qpos", "qvel", "body_pos", "body_vel")}
        return whole.replace(**frames)
