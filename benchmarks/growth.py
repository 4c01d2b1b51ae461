"""Cost of a step as the work grows: rows, lookahead, library size, and episodes that end at every step.

    python benchmarks/growth.py                  print a table, and write growth.png to out/
    python benchmarks/growth.py --out FOLDER     write it to another folder
    python benchmarks/growth.py --json           print JSON
    python benchmarks/growth.py --quick          up to 256 rows and 20 minutes of motion

Needs Matplotlib (the extra ``plot``). Expected results: the cost per row falls until the fixed cost of a step is
amortized (about 16 rows), and is then constant, except for a rise when the states of the rows no longer fit the CPU
caches. The lookahead adds 63 numbers per frame to each observation, so that its cost is linear. The library size does
not matter. An episode that ends costs a reset: a draw, a lookup and one forward pass of the physics.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import commandline
import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.motions import load_motions

ENV_ID = "Kinesis-Imitate-v0"
ROUNDS = 5
Figures = dict[str, dict[str, float]]


def turns(groups: dict[str, Any], rows: dict[str, int]) -> dict[str, float]:
    """Step several vector environments in turn; return the median time of a step per row [us] of each."""
    seconds: dict[str, list[float]] = {name: [] for name in groups}
    actions = {
        name: np.random.default_rng(0).uniform(-0.3, 0.3, envs.action_space.shape).astype(np.float32)
        for name, envs in groups.items()
    }
    for turn in range(ROUNDS + 1):
        for name, envs in groups.items():
            count = max(2, 512 // rows[name])
            envs.reset(seed=turn)
            start = time.perf_counter()
            for _ in range(count):
                envs.step(actions[name])
            if turn:  # the first warms up
                seconds[name].append((time.perf_counter() - start) / count / rows[name])
    for envs in groups.values():
        envs.close()
    return {name: 1e6 * statistics.median(values) for name, values in seconds.items()}


def make(rows: int, **options: Any) -> Any:
    """Return a vector environment on all processors."""
    return gymnasium.make_vec(ENV_ID, num_envs=rows, num_threads=0, autoreset_mode="SameStep", **options)


def over_rows(most: int) -> dict[str, float]:
    """Return us per row and step for more and more rows; made one after the other, as 4096 bodies fill memory."""
    found: dict[str, float] = {}
    for rows in (4**power for power in range(7) if 4**power <= most):
        found |= turns({str(rows): make(rows)}, {str(rows): rows})
    return found


def over_lookahead() -> dict[str, float]:
    """Return us per row and step for more and more future frames, 64 rows."""
    frames = (1, 2, 5, 10, 15, 20)
    return turns({str(n): make(64, lookahead=n) for n in frames}, {str(n): 64 for n in frames})


@contextmanager
def libraries(counts: tuple[int, ...]) -> Iterator[dict[str, Path]]:
    """Give folders of so many clips of 10.7 s each, by their hours."""
    (walk,) = load_motions("walk")
    with tempfile.TemporaryDirectory() as temporary:
        folders = {}
        for count in counts:
            folder = Path(temporary, str(count))
            folder.mkdir()
            for i in range(count):
                replace(walk, name=f"walk_{i:04d}").save(folder / f"walk_{i:04d}.npz")
            folders[f"{count * walk.duration / 3600:.3f}"] = folder
        yield folders


def over_library(counts: tuple[int, ...]) -> dict[str, float]:
    """Return us per row and step for larger and larger libraries [hours], 64 rows."""
    with libraries(counts) as folders:
        groups = {hours: make(64, motions=str(folder)) for hours, folder in folders.items()}
        return turns(groups, dict.fromkeys(groups, 64))


def over_ends() -> dict[str, float]:
    """Return us per row and step when no episode ends, when some do, and when every one does at every step; 64 rows."""
    limits = {"never": float("inf"), "as with random actions": 0.15, "every step": 1e-9}
    return turns(
        {name: make(64, termination_distance=limit) for name, limit in limits.items()}, dict.fromkeys(limits, 64)
    )


def draw(figures: Figures, path: Path) -> None:
    """Write the curves as a picture."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (an extra)

    picture = Figure(figsize=(12, 7), layout="constrained")
    for axes, (title, values) in zip(picture.subplots(2, 2).flat, figures.items(), strict=True):
        names, heights = list(values), list(values.values())
        if title.startswith("episodes"):
            axes.bar(names, heights, color="tab:blue")
        else:
            axes.plot([float(name) for name in names], heights, "o-")
            axes.set_xscale("linear" if title.startswith("look") else "log")
        axes.set(title=title, ylabel="µs per row and step", ylim=(0, 1.15 * max(heights)))
        axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path, dpi=120)


def main() -> int:
    """Measure, print and draw."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"), help="output folder of the picture")
    parser.add_argument("--quick", action="store_true", help="up to 256 rows and 20 minutes of motion")
    arguments = parser.parse_args()
    clips = (1, 10, 110) if arguments.quick else (1, 10, 100, 642)
    figures = {
        "rows": over_rows(256 if arguments.quick else 4096),
        "look-ahead [frames], 64 rows": over_lookahead(),
        "library [hours], 64 rows": over_library(clips),
        "episodes end, 64 rows": over_ends(),
    }
    draw(figures, arguments.out / "growth.png")
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return 0
    for title, values in figures.items():
        print(title)
        for name, value in values.items():
            print(f"  {name:<24}{value:>10.1f} us per row and step")
    print(f"drawn in {arguments.out / 'growth.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
