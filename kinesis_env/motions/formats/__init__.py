"""Readers: one module for each file format; each returns a :class:`~kinesis_env.motions.recording.Recording`."""
