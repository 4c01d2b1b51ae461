"""Walking and running made from published curves."""
