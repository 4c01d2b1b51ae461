"""Motions: what the body should do, read from recordings or made from published curves."""
