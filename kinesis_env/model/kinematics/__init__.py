"""Batched kinematics of the body: forward, and inverse."""
