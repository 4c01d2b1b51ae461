"""Costs of activations: weights of their squares in static optimization."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np

from kinesis_env.checks import check_choice
from kinesis_env.errors import ModelError
from kinesis_env.model.in_use import per_body
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import shared_model
from kinesis_env.typing import Array

__all__ = ["COSTS", "ActivationCost", "activation_weights"]

ActivationCost: TypeAlias = Literal["volume", "activation"]
COSTS: tuple[str, ...] = get_args(ActivationCost)


@per_body
def activation_weights(cost: str = "volume") -> Array:
    """Return the weight of each squared activation (80,), 1 on average.

    "volume": in proportion to peak isometric force times optimal fiber length, that is, to the volume of the muscle at
    equal specific tension; "activation": the same for all.

    Raises:
        ModelError: an unknown cost.
    """
    check_choice("cost", cost, COSTS, error=ModelError)
    curves = MuscleCurves(shared_model())
    volume = curves.peak_force * curves.optimal_length
    out: Array = volume / volume.mean() if cost == "volume" else np.ones_like(volume)
    out.setflags(write=False)
    return out
