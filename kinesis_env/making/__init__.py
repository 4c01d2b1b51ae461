"""Generation of the shipped assets: the model, its standing pose and the clips. No environment needs this."""
