"""Settings of ``Kinesis-Text-v0``; see :mod:`kinesis_env.config.tracking`."""

from __future__ import annotations

from dataclasses import dataclass

from kinesis_env.checks import check_choice, check_integer, check_number
from kinesis_env.config.schema import setting
from kinesis_env.config.tracking import TrackingConfig
from kinesis_env.errors import ConfigError

__all__ = ["TextConfig"]


@dataclass(frozen=True, repr=False)
class TextConfig(TrackingConfig):
    """Settings of ``Kinesis-Text-v0``: the keyword arguments of ``gymnasium.make``."""

    prompts: str | tuple[str, ...] = setting(
        "prompts that episodes draw from; if empty, prompts are sampled from the built-in grammar"
    )
    num_prompts: int = setting("number of prompts to sample")
    variants: int = setting(
        "number of motions per prompt; they differ in speed, length and side where the words leave these open"
    )
    generator: str = setting(
        'source of the motions: `"builtin"`; `"folder:PATH"`, results of a text-to-motion model by caption or '
        'file name; `"module:function"`, which returns joints (T, 22, 3); or an entry point of '
        "`kinesis_env.text_to_motion`"
    )
    embedding: str = setting(
        'embedding of the prompt in the observation: `"builtin"`; `"minilm"`, a sentence encoder (extra `text`); or '
        '`"none"`, which leaves the observation of `Kinesis-Imitate-v0`'
    )
    observe_reference: bool = setting(
        "whether to observe the reference; if not, the policy knows the task from the words alone"
    )
    capacity: int = setting(
        "number of motions kept in memory; the least recently used are generated again when they are needed"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("embedding", self.embedding, ("builtin", "minilm", "none"))
        check_number("num_prompts", self.num_prompts, 1, 10_000)
        check_number("variants", self.variants, 1, 10_000)
        check_integer("capacity", self.capacity, 1, 1_000_000)
        if not self.prompts and self.generator != "builtin":
            raise ConfigError(f"generator={self.generator!r} needs prompts=[...]: only 'builtin' can sample prompts")
