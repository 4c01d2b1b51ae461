"""What pictures need: the OpenGL backend, matplotlib, videos."""
