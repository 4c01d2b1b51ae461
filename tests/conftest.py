"""What every test may use. Chooses an OpenGL backend before MuJoCo is imported."""

from __future__ import annotations

from kinesis_env.gl import prepare_headless

prepare_headless()
