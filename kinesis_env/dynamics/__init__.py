"""Forces of the body."""
