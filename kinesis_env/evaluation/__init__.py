"""Running a controller over motions, and what to measure."""
