"""Every setting of an environment: frozen dataclasses, their presets, and configuration files."""
