"""What ``Kinesis-Text-v0`` can be told; see :mod:`kinesis_env.config.tracking`."""

from __future__ import annotations

from dataclasses import dataclass

from kinesis_env.config.schema import at_least, one_of
from kinesis_env.config.tracking import TrackingConfig
from kinesis_env.errors import ConfigError

__all__ = ["TextConfig"]


@dataclass(frozen=True)
class TextConfig(TrackingConfig):
    """What ``Kinesis-Text-v0`` can be told; the fields are the keyword arguments of ``gymnasium.make``.

    Beside those of :class:`~kinesis_env.config.tracking.TrackingConfig`:

    Attributes:
        prompts: what episodes draw from; none: prompts sampled from the built-in grammar.
        num_prompts: how many are sampled.
        variants: how many motions of each prompt episodes draw from.
        generator: what makes the motions: ``"builtin"``, ``"folder:PATH"``, ``"module:function"`` or an entry point.
        embedding: ``"builtin"`` or ``"minilm"``.
        observe_reference: whether the tracking terms are observed; without, the words are all there is.
        capacity: how many motions are kept in memory.
    """

    prompts: str | tuple[str, ...]
    num_prompts: int
    variants: int
    generator: str
    embedding: str
    observe_reference: bool
    capacity: int

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("embedding", self.embedding, ("builtin", "minilm"))
        at_least("num_prompts", self.num_prompts, 1, 10_000)
        at_least("variants", self.variants, 1, 10_000)
        at_least("capacity", self.capacity, 1)
        if not self.prompts and self.generator != "builtin":
            raise ConfigError(
                f"generator={self.generator!r} needs prompts=[...]: only those of 'builtin' can be sampled"
            )
