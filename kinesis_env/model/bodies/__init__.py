"""Bodies of other sizes than the default one: their description and construction."""

from kinesis_env.model.bodies.body import Body, body_in_use, make_body
from kinesis_env.model.bodies.sizes import LENGTHS, Sizes

__all__ = ["LENGTHS", "Body", "Sizes", "body_in_use", "make_body"]
