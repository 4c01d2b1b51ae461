"""The command for prompts; returns an exit code."""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path
from typing import Any

from kinesis_env.checks import check_number
from kinesis_env.cli.bodies import told_body
from kinesis_env.cli.terminal import named_progress
from kinesis_env.errors import MotionError, PromptError
from kinesis_env.motions.bodies import body_of
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.retargeting.inspection import record_motion
from kinesis_env.motions.retargeting.other_body import onto_body
from kinesis_env.text import behavior_of, goal_of, summary, text_to_motion, understand

__all__ = ["run_text"]


def run_text(arguments: argparse.Namespace) -> int:
    """Generate the motion of a prompt; print what was understood and what the motion does; save and record it."""
    if arguments.out is not None and Path(arguments.out).suffix != ".npz":
        raise MotionError(f"--out must end in .npz, given {arguments.out!r}")
    check_number("--fps", arguments.fps, 1.0, 1000.0)
    generator = text_to_motion(arguments.generator, fps=arguments.fps)
    body = body_of(told_body(arguments))
    with body.in_use():
        motion = generator.generate(arguments.prompt, seed=arguments.seed, duration=arguments.duration)
    motion = onto_body(motion, body)
    report = _report(motion, arguments.prompt, arguments.seed, arguments.duration)
    if arguments.out is not None:
        motion.save(arguments.out)
    if arguments.video is not None:
        record_motion(motion, arguments.video, on_frame=named_progress("drawn"))
    report |= {"out": arguments.out, "video": arguments.video}
    print(json.dumps(report, indent=2) if arguments.json else _lines(report))
    return 0


def _report(motion: Motion, prompt: str, seed: int, duration: float | None) -> dict[str, Any]:
    done = behavior_of(motion)
    try:
        understood: str | None = summary(understand(prompt))
        met: bool | None = goal_of(prompt, seed=seed, duration=duration).met(done, motion.duration)
    except PromptError:
        understood = met = None  # a prompt of another generator
    return {
        "prompt": prompt,
        "understood": understood,
        "motion": motion.name,
        "seed": seed,
        "duration": round(motion.duration, 6),
        "fps": motion.fps,
        "ahead": round(float(done.ahead), 4),
        "left": round(float(done.aside), 4),
        "turn_degrees": round(math.degrees(float(done.turn)), 3),
        "fastest_second": round(float(done.speed), 4),
        "steps": int(done.steps),
        "does_what_it_says": met,
    }


def _lines(report: dict[str, Any]) -> str:
    side = "left" if report["left"] >= 0 else "right"
    turned = "left" if report["turn_degrees"] >= 0 else "right"
    where = "ahead" if report["ahead"] >= 0 else "back"
    rows = [
        ("prompt", report["prompt"]),
        ("understood", report["understood"] or "(not by the built-in grammar)"),
        ("motion", f"{report['motion']} ({report['duration']:.2f} s at {report['fps']:g} Hz)"),
        ("ends", f"{abs(report['ahead']):.2f} m {where}, {abs(report['left']):.2f} m to the {side}"),
        ("turns", f"{abs(report['turn_degrees']):.0f} degrees to the {turned}"),
        ("fastest second", f"{report['fastest_second']:.2f} m/s"),
        ("steps", report["steps"]),
    ]
    rows += [(key, os.fspath(report[name])) for key, name in (("saved", "out"), ("video", "video")) if report[name]]
    return "\n".join(f"{key:<20} {value}" for key, value in rows)
