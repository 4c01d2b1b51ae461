"""The code that a trace names: a trace of the package's own ids runs no other code unless trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium

from kinesis_env.config.files import make_config
from kinesis_env.envs.definition import definition_of
from kinesis_env.errors import TraceError
from kinesis_env.registration import ENV_IDS
from kinesis_env.regression.scenarios import SHIPPED_GENERATOR

__all__ = ["check_trust", "code_of"]

_BUILT_IN = ("builtin", SHIPPED_GENERATOR)


def code_of(env_id: str, keywords: Mapping[str, Any]) -> set[str]:
    """Return the code named by an environment's keyword arguments: the user's terms and generators.

    Raises:
        ConfigError: impossible keywords.
    """
    if env_id not in ENV_IDS:
        return {f"env_id {env_id!r}"}
    definition = definition_of(env_id)
    config: Any = make_config(env_id, definition.config, {k: v for k, v in keywords.items() if k not in _OF_THE_CLASS})
    named = {"rewards": config.own_rewards}
    named |= {key: getattr(config, key) for key in ("extra_observations", "extra_terminations")}
    found = {f"{kind} {name!r}: {where!r}" for kind, terms in named.items() for name, where in terms.items()}
    generator = getattr(config, "generator", "builtin")
    if generator not in _BUILT_IN and not generator.startswith("folder:"):
        found.add(f"generator {generator!r}")
    return found


_OF_THE_CLASS = (
    "autoreset_mode",
    "camera",
    "height",
    "max_episode_steps",
    "num_threads",
    "render_mode",
    "show_reference",
    "width",
)


def check_trust(env_id: str, given: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], *, by_caller: bool) -> None:
    """Raise an error if a trace names code that is not trusted.

    Args:
        env_id: id of the trace.
        given: keyword arguments.
        parts: changes to them in the parts of the trace.
        by_caller: whether the keyword arguments are the caller's, rather than the trace's.

    Raises:
        TraceError: the trace names such code; the message says which.
    """
    vouched: set[str] = set()
    if by_caller and (env_id in ENV_IDS or env_id in gymnasium.registry):
        vouched = code_of(env_id, given)
    named = set[str]().union(*(code_of(env_id, {**given, **part}) for part in (*parts, {})))
    unknown = sorted(named - vouched)
    if unknown:
        raise TraceError(
            f"the trace names code that a check would run: {'; '.join(unknown)}. If you trust it, pass --trust "
            "(pytest: --kinesis-trust, Python: trust=True)"
        )
