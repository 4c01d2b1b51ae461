"""How the shipped assets are made: the model, its standing pose and the clips. No environment needs this."""
