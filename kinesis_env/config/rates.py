"""The relation of physics and control rates."""

from __future__ import annotations

import numpy as np

from kinesis_env.errors import ConfigError

__all__ = ["substeps_of"]


def substeps_of(physics_rate: float, control_rate: float) -> int:
    """Return the number of physics steps per action.

    Raises:
        ConfigError: rates that are not positive, or a physics rate that is not a whole multiple of the control rate.
    """
    if not (physics_rate > 0 and control_rate > 0 and np.isfinite(physics_rate)):
        raise ConfigError(f"rates must be positive, given physics_rate={physics_rate}, control_rate={control_rate}")
    substeps = round(physics_rate / control_rate)
    if substeps < 1 or abs(substeps * control_rate - physics_rate) > 1e-9 * physics_rate:
        raise ConfigError(
            f"physics_rate must be a whole multiple of control_rate, given {physics_rate} and {control_rate} Hz"
        )
    return substeps
