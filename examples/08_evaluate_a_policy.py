"""Evaluate a policy over motions, continue an interrupted run, and compare two policies clip by clip."""

import tempfile
from pathlib import Path

import numpy as np

from kinesis_env.evaluation import RowPolicy, compare, evaluate

CLIPS = ["walk-easy", "walk-short", "run-steady", "stand-and-step", "turn-in-place-90-right"]


class HoldStill(RowPolicy):
    """Commands every muscle to keep its length at the start of the episode."""

    fingerprint = {"kind": "example", "name": "hold still"}
    row_independent = True

    def prepare(self, task):
        self.task = task
        self.action = np.zeros((task.simulation.num, 80))

    def reset(self, rows, cases):
        simulation = self.task.simulation
        self.action[rows] = simulation.muscles.action_for_length(simulation.muscle_length[rows])

    def act(self, observation, rows):
        return self.action[rows]


with tempfile.TemporaryDirectory() as folder:
    mine = evaluate(HoldStill(), motions=CLIPS, protocol="kinesis", folder=folder)
    again = evaluate(HoldStill(), motions=CLIPS, protocol="kinesis", folder=folder)  # all episodes are cached
    assert again == mine
    print(mine.table())

    floor = evaluate("zero", motions=CLIPS, protocol="kinesis", record=Path(folder) / "episodes")
    print()
    print(compare(floor, mine).table())
    print(f"\n{len(list((Path(folder) / 'episodes').iterdir()))} recorded episodes")
