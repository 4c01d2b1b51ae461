"""Pure functions from arrays to observations, rewards and terminations, with a leading axis of environments."""
