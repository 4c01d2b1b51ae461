"""Draws docs/curves.png: the learning curves of the files in baselines/. Needs matplotlib."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from kinesis_env.drawing.matplotlib import new_figure
from kinesis_env.typing import Array

DOCS = Path(__file__).parent
#: Labels of the last round on the same clips: a run that goes on with other clips starts at a coverage of 0 again.
LAST = {"walk": np.inf, "locomotion": 106_560}
#: Number of rounds in a mean of the clones' curves.
ROUNDS = 15


def columns(name: str) -> dict[str, Array]:
    """Return the columns of a curve."""
    with (DOCS.parent / "baselines" / f"{name}.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    return {key: np.array([float(line[key]) for line in lines]) for key in lines[0]}


def main() -> None:
    """Draw."""
    figure = new_figure(10, 3.6)
    left, right = figure.subplots(1, 2)
    ppo = columns("ppo")
    left.plot(ppo["steps"] / 1e6, ppo["episode_seconds"], color="#b3261e")
    left.set(xlabel="steps [million]", ylabel="length of an episode [s]", ylim=(0, None), xlim=(0, None))
    left.set_title(f"PPO on walk, {ppo['hours'][-1]:.1f} hours of one core", fontsize=10)
    for name, color in (("walk", "#2a6fb0"), ("locomotion", "#2e7d32")):
        found = columns(name)
        alone = (found["tracker_share"] < 0.5) & (found["labels"] <= LAST[name])  # the network acts
        labels, coverage = found["labels"][alone], found["coverage"][alone]
        mean = np.convolve(coverage, np.full(ROUNDS, 1 / ROUNDS), "valid")
        right.plot(labels[ROUNDS - 1 :] / 1e3, mean, color=color, label=name)
    right.set(xlabel="labels [thousand]", ylabel="frame coverage in training", ylim=(0, 1))
    right.set_title("Cloning the tracker", fontsize=10)
    right.legend(frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
    figure.savefig(DOCS / "curves.png", dpi=110)


if __name__ == "__main__":
    main()
