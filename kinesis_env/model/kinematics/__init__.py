"""Batched kinematics of the body: forward, and inverse."""

from kinesis_env.model.kinematics.forward import Skeleton, differentiate, skeleton
from kinesis_env.model.kinematics.ik import BodyTarget, solve

__all__ = ["BodyTarget", "Skeleton", "differentiate", "skeleton", "solve"]
