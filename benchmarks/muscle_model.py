"""Measure the muscle model against the reference: lengths, moment arms, jumps, mass, compile time.

    python benchmarks/muscle_model.py            # print a table, and PASS or FAIL per target
    python benchmarks/muscle_model.py --json     # print JSON

Exits with 1 if a target is missed. To check that two MuJoCo versions agree, write the lengths with one and compare
them with the other:

    old/bin/python benchmarks/muscle_model.py --dump-lengths lengths.npz
    new/bin/python benchmarks/muscle_model.py --compare-lengths lengths.npz
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import commandline
import mujoco
import numpy as np

from kinesis_env.making.accuracy import (
    REFERENCE,
    Residual,
    compare,
    lengths_and_moment_arms,
    read_reference,
    worst_step,
)
from kinesis_env.making.knee_fit import KNEE_LIMIT, QUADRICEPS
from kinesis_env.model import LOWER_BODY
from kinesis_env.model.anatomy import read_anatomy

#: Targets: moment arm error [m] of muscles that cross the knee (RMS), of the quadriceps about the knee (RMS) and of
#: all others (99th percentile); length error in optimal fiber lengths (RMS); jump of a length [m]; mass [kg] and its
#: tolerance; compile time [s]; difference of lengths between MuJoCo versions [m].
TARGETS = {
    "knee_muscle_arm_rms": 0.003,
    "quadriceps_knee_arm_rms": 0.004,
    "other_muscle_arm_p99": 0.0005,
    "fiber_length_rms": 0.03,
    "jump": 1e-5,
    "mass_error": 0.01,
    "compile_seconds": 0.3,
    "version_difference": 1e-6,
}
MASS = 75.0
RANDOM_LINES, RANDOM_POSES = 100, 5000


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--reference", type=Path, default=REFERENCE, help="npz file with the reference figures")
    parser.add_argument("--dump-lengths", type=Path, metavar="FILE", help="only write lengths at seeded poses")
    parser.add_argument("--compare-lengths", type=Path, metavar="FILE", help="only compare lengths with a written file")
    arguments = parser.parse_args(argv)
    started = time.perf_counter()
    model = mujoco.MjModel.from_xml_path(str(LOWER_BODY))
    seconds = time.perf_counter() - started
    if arguments.dump_lengths or arguments.compare_lengths:
        return _versions(model, arguments.dump_lengths, arguments.compare_lengths)
    report = _measure(model, arguments.reference) | {"compile_seconds": seconds}
    report["targets"] = _check(report)
    passed = all(target["passed"] for target in report["targets"].values())
    if arguments.json:
        print(json.dumps(report | {"passed": passed}, indent=2))
    else:
        _print(report)
    return 0 if passed else 1


def _measure(model: Any, reference_file: Path) -> dict[str, Any]:
    reference = read_reference(reference_file)
    residuals = compare(model, read_anatomy(), reference, knee_limit=KNEE_LIMIT)
    low, high = model.jnt_range[1:].T
    rest = np.zeros(len(low))
    along = {}
    for i, joint in enumerate(reference.joints):
        start, stop = rest.copy(), rest.copy()
        start[i], stop[i] = low[i], high[i]
        along[joint] = worst_step(model, start, stop)
    ends = np.random.default_rng(0).uniform(low, high, (RANDOM_LINES, 2, len(low)))
    lines = np.max([worst_step(model, start, stop) for start, stop in ends], axis=0)
    muscles = {}
    for i, residual in enumerate(residuals):
        muscles[residual.muscle] = {
            "fiber_length_rms": residual.fiber_rms,
            "arm_rms": residual.arm_rms,
            "arm_p99": residual.arm_p99,
            "stray_arm": residual.stray,
            "jump_along_joint": {joint: float(jumps[i]) for joint, jumps in along.items() if jumps[i] > 1e-9},
            "jump_random_lines": float(lines[i]),
        }
    return {
        "mujoco": mujoco.__version__,
        "poses": len(reference.angles),
        "muscles": muscles,
        "worst": _worst(residuals) | {"jump": float(max(lines.max(), *(jumps.max() for jumps in along.values())))},
        "mass": float(model.body_mass.sum()),
        "size": {"muscles": model.nu, "velocities": model.nv, "equality_constraints": model.neq},
    }


def _worst(residuals: list[Residual]) -> dict[str, float]:
    """Return the largest error of each kind."""
    knee, quadriceps, other = [0.0], [0.0], [0.0]
    for residual in residuals:
        crosses = any(joint.startswith("knee") for joint in residual.arm_rms)
        other.append(residual.stray)
        for joint, rms in residual.arm_rms.items():
            if not crosses:
                other.append(residual.arm_p99[joint])
            elif residual.muscle[:-2] in QUADRICEPS and joint.startswith("knee"):
                quadriceps.append(rms)
            else:
                knee.append(rms)
    return {
        "knee_muscle_arm_rms": max(knee),
        "quadriceps_knee_arm_rms": max(quadriceps),
        "other_muscle_arm_p99": max(other),
        "fiber_length_rms": max(residual.fiber_rms for residual in residuals),
    }


def _check(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    values = report["worst"] | {
        "mass_error": abs(report["mass"] / MASS - 1),
        "compile_seconds": report["compile_seconds"],
    }
    return {
        name: {"value": value, "target": TARGETS[name], "passed": bool(value <= TARGETS[name])}
        for name, value in values.items()
    }


def _print(report: dict[str, Any]) -> None:
    print(f"MuJoCo {report['mujoco']}, {report['poses']} poses, knee up to {np.rad2deg(KNEE_LIMIT):.0f} degrees")
    print(f"{'muscle':<14}{'fiber RMS':>10}{'jump [mm]':>10}  moment arm error [mm]: joint RMS / p99")
    for name, muscle in report["muscles"].items():
        arms = "  ".join(
            f"{joint.rsplit('_', 1)[0].removesuffix('_angle')} {1e3 * rms:.2f}/{1e3 * muscle['arm_p99'][joint]:.2f}"
            for joint, rms in muscle["arm_rms"].items()
        )
        jump = 1e3 * max([muscle["jump_random_lines"], *muscle["jump_along_joint"].values()])
        print(f"{name:<14}{muscle['fiber_length_rms']:>10.4f}{jump:>10.4f}  {arms}")
    print(f"mass {report['mass']:.2f} kg, compiled in {report['compile_seconds']:.3f} s")
    for name, target in report["targets"].items():
        verdict = "PASS" if target["passed"] else "FAIL"
        print(f"{verdict}  {name:<26}{target['value']:>12.6f}  target <= {target['target']:g}")


def _versions(model: Any, dump: Path | None, other: Path | None) -> int:
    low, high = model.jnt_range[1:].T
    lengths, _ = lengths_and_moment_arms(model, np.random.default_rng(1).uniform(low, high, (RANDOM_POSES, len(low))))
    if dump is not None:
        np.savez_compressed(dump, lengths=lengths, mujoco=mujoco.__version__)
        print(f"wrote lengths of {len(lengths)} poses with MuJoCo {mujoco.__version__} to {dump}")
        return 0
    with np.load(other, allow_pickle=False) as file:
        version, difference = str(file["mujoco"]), float(np.abs(file["lengths"] - lengths).max())
    passed = difference <= TARGETS["version_difference"]
    return commandline.verdict(
        passed,
        f"lengths differ by at most {difference:.3g} m between MuJoCo {version} and {mujoco.__version__} over "
        f"{len(lengths)} poses; target <= {TARGETS['version_difference']:g} m",
    )


if __name__ == "__main__":
    sys.exit(main())
