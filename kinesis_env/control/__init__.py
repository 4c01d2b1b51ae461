"""Controllers that learn nothing, and the demonstration."""
