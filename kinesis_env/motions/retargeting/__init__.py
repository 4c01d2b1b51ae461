"""From a recording to a motion of this body."""
