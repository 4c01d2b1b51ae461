"""Running a policy over motions or seeds, and measuring it; ``docs/evaluation.md`` is its page."""

from kinesis_env.evaluation.benchmark import PROTOCOLS, evaluate
from kinesis_env.evaluation.policy import RowPolicy
from kinesis_env.evaluation.recorder import read_episode
from kinesis_env.evaluation.result import Evaluation

__all__ = ["PROTOCOLS", "Evaluation", "RowPolicy", "evaluate", "read_episode"]
