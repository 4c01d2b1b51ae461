"""What an episode is: start state, clock, goal, and which terms."""
