"""The environment classes: one body, or many at once."""
