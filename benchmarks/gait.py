"""Quality of the generated motions: every figure with its target.

    python benchmarks/gait.py [--json] [--generate MINUTES]

Exits with 1 if a figure misses its target. Speeds in m/s, angles in degrees.

The bands of two standard deviations are those of 83 children at their own speeds (Schwartz, Rozumalski, Trost 2008, J.
Biomech. 41:1639), for each tenth of the cycle, around the published mean curve of adults at the same speed. Fastest
joints: 10.2 rad/s is the fastest in the walking recordings that test the readers; 9.7 rad/s at 2.8 m/s is that of the
published run, scaled with the speed.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Iterator
from typing import NamedTuple

import commandline
import mujoco
import numpy as np

from kinesis_env import rotations
from kinesis_env.model import load_model
from kinesis_env.motions import CLIPS, Motion, load_motions, manifest, mirror, shipped_names
from kinesis_env.motions.datasets import generate
from kinesis_env.motions.gait.curves import published_curves, published_spread
from kinesis_env.motions.gait.gait import Gait
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.segments import Circle, Run, Stand, TurnInPlace, Walk
from kinesis_env.motions.gait.stances import plan_stances
from kinesis_env.motions.retargeting.quality import inspect

_JOINTS = {"hip_flexion": 0, "knee_angle": 3, "ankle_angle": 4}
#: Source, phase of the source at which this body's foot is down, pace of the bands, steps a minute and stance share.
#: Cadence: the recorded cycles at 1.3 and 2.8 m/s; the walk ratio of 0.0060 m per step a minute at the slower ones
#: (Sekiya and Nagasaki 1998, Gait & Posture 7:225). Stance: 62 % at 1.2 to 1.3 m/s (Perry and Burnfield, Gait
#: Analysis), 65 % at 0.9 m/s; the run's is the time its feet do not move over the ground.
_PUBLISHED = {
    0.9: (("fukuchi2018", 0.9), 0.03, "slow", 94.9, 0.65),
    1.2: (("fukuchi2018", 1.2), 0.03, "free", 109.5, 0.62),
    1.3: (("falisse2019", 1.3), 0.03, "free", 115.3, 0.62),
    2.8: (("falisse2019run", 2.8), 0.06, "very_fast", 171.3, 0.34),
}
_FASTEST_WALK, _FASTEST_RUN = 10.2, 9.7


class Row(NamedTuple):
    """One figure: at least ``low`` and at most ``high``."""

    name: str
    value: float
    low: float
    high: float

    @property
    def ok(self) -> bool:
        """Whether the target is met."""
        return self.low <= self.value <= self.high


def steady() -> dict[str, tuple[Gait, Motion]]:
    """Return steady gaits over all speeds, 6 s each."""
    gaits = {f"walk {v}": Gait(v) for v in (0.4, 0.7, 0.9, 1.2, 1.3, 1.6, 2.0)}
    gaits |= {f"run {v}": Gait(v, running=True) for v in (2.0, 2.8, 3.4, 4.0)}
    gaits |= {f"backward {v}": Gait(v, direction=math.pi) for v in (0.3, 0.8, 1.2)}
    gaits |= {f"sideways {v}": Gait(v, direction=math.pi / 2) for v in (0.2, 0.5)}
    gaits |= {f"walk 1.0 turning {d}": Gait(1.0, turn_rate=math.radians(d)) for d in (30, -60, 90)}
    return {name: (gait, gait.motion(6.0)) for name, gait in gaits.items()}


def speeds(gaits: dict[str, tuple[Gait, Motion]]) -> Iterator[Row]:
    """Yield how far the speed over whole cycles is from what was asked, and how the feet do."""
    for name, (gait, motion) in gaits.items():
        right, _ = plan_stances(gait.plan(6.0).course())
        lands = right.lands[(right.lands > 0) & (right.lands < motion.duration)]
        times = np.arange(len(motion)) / motion.fps
        if gait.turn_rate:
            turned = np.unwrap(rotations.heading(motion.qpos[:, 3:7]))
            first, last = np.interp(lands[[0, -1]], times, turned)
            rate = (last - first) / (lands[-1] - lands[0])
            yield Row(f"{name}: turning off by", math.degrees(abs(rate - gait.turn_rate)), 0.0, 2.0)
            # Over whole cycles the pelvis moves along chords of its circle, each shorter than its arc.
            places = np.stack([np.interp(lands, times, motion.qpos[:, k]) for k in (0, 1)], axis=1)
            half = 0.5 * gait.turn_rate * np.diff(lands)
            arcs = np.linalg.norm(np.diff(places, axis=0), axis=1) * half / np.sin(half)
            speed = float(arcs.sum() / (lands[-1] - lands[0]))
        else:
            start, stop = (np.array([np.interp(t, times, motion.qpos[:, k]) for k in (0, 1)]) for t in lands[[0, -1]])
            speed = float(np.linalg.norm(stop - start) / (lands[-1] - lands[0]))
        yield Row(f"{name}: speed off by %", 100 * abs(speed / gait.speed - 1), 0.0, 3.0)
        report = inspect(motion)
        yield Row(f"{name}: stance slip", report.stance_slip, 0.0, 0.02)
        yield Row(f"{name}: penetration mm", report.penetration, 0.0, 3.0)
        limit = _FASTEST_RUN * max(1.0, gait.speed / 2.8) if gait.running else _FASTEST_WALK
        yield Row(f"{name}: fastest joint rad/s", report.peak_joint_speed, 0.0, limit)
        physics = report.physics
        # Who steps sideways for long or turns by 90 degrees a second leans, and a rigid trunk leans as a whole.
        leans = abs(gait.turn_rate) > 1.2 or (gait.direction and abs(math.sin(gait.direction)) > 0.5)
        most = 95.0 if gait.running else 60.0 if leans else 30.0
        yield Row(f"{name}: missing roll N m", physics.missing_roll, 0.0, most)
        yield Row(f"{name}: worst joint at limit %", 100 * physics.limit_share, 0.0, 3.0)
        if gait.running:
            yield Row(f"{name}: share of flight", report.flight, 0.05, 0.5)
            yield Row(f"{name}: center of mass rises by cm", physics.com_range / 10, 6.5, 10.0)
            yield Row(f"{name}: support in flight", physics.support_flight or 0.0, 0.0, 0.15)
        elif not gait.direction and not gait.turn_rate:
            yield Row(f"{name}: center of mass rises by cm", physics.com_range / 10, 2.0, 6.0)


def plans() -> Iterator[Row]:
    """Yield how far plans end from where and how they should."""
    cases = {
        "walk 3 m": ((Walk(1.2, distance=3.0),), (3.0, 0.0), 0.0),
        "run 10 m": ((Run(2.8, distance=10.0),), (10.0, 0.0), 0.0),
        "backward 2 m": ((Walk(0.8, distance=2.0, direction=math.pi),), (-2.0, 0.0), 0.0),
        "turn in place 90": ((TurnInPlace(math.pi / 2, math.pi / 2),), (0.0, 0.0), 90.0),
        "turn in place -180": ((TurnInPlace(-math.pi, 1.0),), (0.0, 0.0), -180.0),
        "walk turning 135": ((Walk(1.0, turn=0.75 * math.pi, turn_rate=math.pi / 2),), None, 135.0),
        "circle": ((Circle(1.5, 1.2),), (0.0, 0.0), 360.0),
        "there and back": (
            (Walk(1.0, distance=2.0), Stand(0.5), TurnInPlace(math.pi), Stand(0.5), Walk(1.0, distance=2.0)),
            (0.0, 0.0),
            180.0,
        ),
    }
    for name, (segments, end, heading) in cases.items():
        motion = GaitPlan(segments).motion()
        turned = np.unwrap(rotations.heading(motion.qpos[:, 3:7]))
        yield Row(f"{name}: heading off by", abs(math.degrees(turned[-1] - turned[0]) - heading), 0.0, 2.0)
        if end is not None:
            length = max(1.0, float(np.abs(np.diff(motion.qpos[:, :2], axis=0)).sum()))
            off = float(np.linalg.norm(motion.qpos[-1, :2] - end))
            yield Row(f"{name}: place off by % of the way", 100 * off / length, 0.0, 3.0)


def curves() -> Iterator[Row]:
    """Yield how far joints are from the published curves, and cadence, stride and stance."""
    for speed, (key, strike, pace, cadence, stance) in _PUBLISHED.items():
        gait = Gait(speed, running=speed > 2, fps=30.0)
        motion = gait.motion(12.0)
        feet = plan_stances(gait.plan(12.0).course())
        times = np.arange(len(motion)) / motion.fps
        for joint, column in _JOINTS.items():
            off, inside = [], []
            deviation = np.rad2deg(published_spread()[pace, joint])
            for side in (0, 1):
                lands = feet[side].lands[1:]
                phase = np.interp(times, lands, np.arange(len(lands)))
                curve = published_curves()[key][joint]
                miss = np.rad2deg(motion.qpos[:, 7 + 7 * side + column] - curve(phase + strike))
                off.append(miss)
                share = np.mod(phase + strike, 1.0)
                inside.append(np.abs(miss) < 2 * np.interp(share, np.linspace(0, 1, 11), deviation))
            rms = float(np.sqrt((np.concatenate(off) ** 2).mean()))
            yield Row(f"{speed} m/s {joint}: off by RMS", rms, 0.0, 6.0)
            yield Row(f"{speed} m/s {joint}: % of the cycle in 2 sd", 100 * float(np.mean(inside)), 95.0, 100.0)
        lands, leaves = feet[0].lands[1:-1], feet[0].leaves[1:-1]
        cycle = float(np.diff(lands).mean())
        yield Row(f"{speed} m/s: cadence off by %", 100 * abs(120 / cycle / cadence - 1), 0.0, 5.0)
        yield Row(f"{speed} m/s: stride off by %", 100 * abs(cycle * cadence / 120 - 1), 0.0, 5.0)
        share = float((leaves - lands).mean()) / cycle
        yield Row(f"{speed} m/s: stance share off by %", 100 * abs(share / stance - 1), 0.0, 5.0)


def mirrored() -> Row:
    """Return the largest difference between a plan to the right and the mirror image of the same to the left [deg]."""
    plans = [GaitPlan((Walk(1.2, distance=2.0, turn=turn), TurnInPlace(2 * turn))) for turn in (0.8, -0.8)]
    left, right = (plan.motion() for plan in plans)
    return Row("left and right differ by", float(np.rad2deg(np.abs(mirror(left).qpos - right.qpos).max())), 0.0, 0.01)


def clips() -> Iterator[Row]:
    """Yield figures of the shipped set."""
    motions = load_motions(list(shipped_names()))
    reports = [inspect(motion) for motion in motions]
    yield Row("shipped clips", len(motions), 40, 1000)
    yield Row("shipped clips: MB", sum(path.stat().st_size for path in CLIPS.iterdir()) / 1e6, 0.0, 4.0)
    yield Row("shipped clips: flagged", sum(bool(report.flags) for report in reports), 0, 0)
    most = {False: 0.0, True: 0.0}
    for motion, report in zip(motions, reports, strict=True):
        runs = "run" in motion.name
        most[runs] = max(most[runs], report.physics.missing_roll)
    yield Row("shipped clips: missing roll of walks N m", most[False], 0.0, 30.0)
    yield Row("shipped clips: missing roll of runs N m", most[True], 0.0, 95.0)
    share = max(report.physics.limit_share for report in reports)
    yield Row("shipped clips: worst joint at limit %", 100 * share, 0.0, 3.0)
    yield Row("shipped clips: worst stance slip", max(report.stance_slip for report in reports), 0.0, 0.02)
    yield Row("shipped clips: worst penetration mm", max(report.penetration for report in reports), 0.0, 3.0)
    entries = manifest()
    missing = {entry["skill"] for entry in entries if entry["split"] == "train"} ^ {
        entry["skill"] for entry in entries if entry["split"] == "test"
    }
    yield Row("shipped clips: skills missing in a split", len(missing), 0, 0)
    yield Row("shipped clips: legs apart by mm", 1000 * min(legs_apart(motion) for motion in motions), 0.0, 1000.0)


def legs_apart(motion: Motion) -> float:
    """Return the least distance between the right and the left leg [m]; negative where they overlap."""
    model = load_model()
    data = mujoco.MjData(model)
    parts = ("thigh", "shank", "foot_medial", "foot_lateral", "toes_front", "toes_back")
    sides = [[model.geom(f"{part}_{side}").id for part in parts] for side in "rl"]
    line = np.zeros(6)
    least = 1.0
    for qpos in motion.qpos:
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        least = min(least, *(mujoco.mj_geomDistance(model, data, a, b, 0.1, line) for a in sides[0] for b in sides[1]))
    return least


def generation(minutes: float) -> Row:
    """Return the time that the whole generated benchmark takes [min]."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        generate(folder, jobs=2)
        return Row("generated in min", (time.perf_counter() - start) / 60, 0.0, minutes)


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser(__doc__)
    parser.add_argument(
        "--generate", type=float, metavar="MINUTES", help="also generate 1.9 hours of motion within this time"
    )
    arguments = parser.parse_args()
    rows = [*speeds(steady()), *plans(), *curves(), mirrored(), *clips()]
    if arguments.generate:
        rows.append(generation(arguments.generate))
    missed = [row for row in rows if not row.ok]
    if arguments.json:
        print(json.dumps([{**row._asdict(), "ok": row.ok} for row in rows], indent=2))
    else:
        for row in rows:
            target = f"{row.low:g} to {row.high:.4g}" if row.low else f"at most {row.high:.4g}"
            print(f"{row.name:<48} {row.value:9.3f}   {target:<16} {'' if row.ok else 'MISSED'}")
        print(f"\n{len(rows) - len(missed)} of {len(rows)} targets met")
    if missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
