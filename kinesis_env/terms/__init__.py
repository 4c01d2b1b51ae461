"""Terms: pure functions from arrays to observations, rewards and terminations, with a leading axis of environments."""

from kinesis_env.terms import goals, observations, rewards, terminations
from kinesis_env.terms.observations import BodyState
from kinesis_env.terms.own import Context

__all__ = ["BodyState", "Context", "goals", "observations", "rewards", "terminations"]
