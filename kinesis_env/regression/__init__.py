"""Traces of episodes that pin rewards: recorded once, checked ever after; used through :mod:`kinesis_env.testing`."""
