"""The motions, embeddings and goals of prompts, generated on first use and cached."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.text import TextConfig
from kinesis_env.errors import PromptError
from kinesis_env.model.bodies import Body
from kinesis_env.model.in_use import per_body
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pool import MotionPool
from kinesis_env.motions.retargeting.other_body import onto_body
from kinesis_env.text.action import summary
from kinesis_env.text.builtin import plan_of
from kinesis_env.text.embeddings import SIZES, embedding
from kinesis_env.text.generators import text_to_motion
from kinesis_env.text.meaning import understand
from kinesis_env.text.sampling import sampled_prompts
from kinesis_env.text.semantics import Goal, goal_of

__all__ = ["Entry", "PromptPool"]

_log = logging.getLogger(__name__)

#: Motions of the built-in generator that are kept for all environments of a process.
_SHARED = 256
#: Work that takes longer than this says how far it is [s].
_SILENCE = 2.0


@dataclass(frozen=True)
class Entry:
    """One variant of a prompt.

    Attributes:
        prompt: the words.
        variant: which of its motions, the seed of the generator.
    """

    prompt: str
    variant: int

    @cached_property
    def understood(self) -> str:
        """What the built-in grammar understands, "" if it does not."""
        try:
            return summary(understand(self.prompt))
        except PromptError:
            return ""

    @cached_property
    def goal(self) -> Goal | None:
        """What the body should have done in the end, or None if the prompt is not understood."""
        return self.goal_from(0.0)

    def goal_from(self, start: float) -> Goal | None:
        """Return the goal of a body that begins when a share of the motion is over."""
        if not self.understood:
            return None
        try:
            return goal_of(self.prompt, seed=self.variant, start=start)
        except PromptError:
            return None


class PromptPool:
    """Prompts and their motions.

    Args:
        config: the configuration.
        body: the body that performs the motions.

    Attributes:
        prompts: what episodes draw from.
        motions: the motions in their slots.

    Raises:
        PromptError: a prompt that the generator has no motion for.
    """

    def __init__(self, config: TextConfig, body: Body) -> None:
        self._config, self._body = config, body
        self._generator = text_to_motion(config.generator, fps=config.control_rate)
        self._embed = embedding(config.embedding)
        given = (config.prompts,) if isinstance(config.prompts, str) else config.prompts
        self.prompts = given or sampled_prompts(config.num_prompts)
        self.motions = MotionPool(config.capacity)
        self._slots: dict[tuple[str, int], int] = {}
        self._entries: list[Entry | None] = []
        self._vectors = lru_cache(maxsize=4 * config.capacity)(self._embed)
        if config.generator == "builtin":
            for prompt in given:
                plan_of(prompt)

    @property
    def embedding_size(self) -> int:
        """How many numbers an embedding has."""
        return SIZES[self._config.embedding]

    def prepare(self) -> None:
        """Make the motions of all prompts now, as far as they are kept, rather than at the first resets."""
        wanted = [(prompt, variant) for variant in range(self._config.variants) for prompt in self.prompts]
        wanted = wanted[: self._config.capacity]
        _log.info("making %d motions of prompts", len(wanted))
        said = time.monotonic()
        for number, (prompt, variant) in enumerate(wanted):
            if time.monotonic() - said > _SILENCE:
                said = time.monotonic()
                _log.warning("made %d of %d motions of prompts", number, len(wanted))
            self.slot(prompt, variant)

    def digest(self, prompt: str) -> str:
        """Return a digest of the motions of a prompt, all its variants; "" for those that this package makes itself."""
        if self._config.generator == "builtin":
            return ""
        variants = [self.motions[self.slot(prompt, variant)].digest for variant in range(self._config.variants)]
        return hashlib.sha256(" ".join(variants).encode()).hexdigest()

    def draw(self, rng: np.random.Generator) -> str:
        """Return one of the prompts."""
        return self.prompts[int(rng.integers(len(self.prompts)))]

    def draw_variant(self, rng: np.random.Generator) -> int:
        """Return one of the variants."""
        return int(rng.integers(self._config.variants))

    def slot(self, prompt: str, variant: int, in_use: Collection[int] = ()) -> int:
        """Return the slot of the motion of a prompt, which is made if it is not there.

        Args:
            prompt: the words.
            variant: which of its motions.
            in_use: slots that must not be freed for it.

        Raises:
            PromptError: there is no motion for the prompt.
        """
        key = prompt, variant
        slot = self._slots.get(key)
        if slot is not None and self._entries[slot] == Entry(*key):
            self.motions.touch(slot)
            return slot
        slot = self.motions.add(self._made(prompt, variant), in_use)
        while len(self._entries) <= slot:
            self._entries.append(None)
        gone = self._entries[slot]
        if gone is not None:
            self._slots.pop((gone.prompt, gone.variant), None)
        self._entries[slot] = Entry(*key)
        self._slots[key] = slot
        return slot

    def entry(self, slot: int) -> Entry:
        """Return what is in a slot."""
        entry = self._entries[slot]
        assert entry is not None
        return entry

    def vector(self, slot: int) -> NDArray[np.float32]:
        """Return the embedding of the prompt in a slot."""
        return self._vectors(self.entry(slot).prompt)

    def _made(self, prompt: str, variant: int) -> Motion:
        if self._config.generator == "builtin":
            with self._body.in_use():
                return _builtin_motion(prompt, variant, self._config.control_rate)
        with self._body.in_use():
            motion = onto_body(self._generator.generate(prompt, seed=variant), self._body)
        if motion.duration < 1.0 / self._config.control_rate - 1e-9:
            raise PromptError(f"the motion of {prompt!r} is shorter than one control step")
        return motion


@per_body
def _builtin_motion(prompt: str, variant: int, fps: float) -> Motion:
    return text_to_motion("builtin", fps=fps).generate(prompt, seed=variant)
