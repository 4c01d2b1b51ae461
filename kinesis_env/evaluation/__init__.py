"""Running a policy over motions or seeds, and measuring it; ``docs/evaluation.md`` is its page."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinesis_env.evaluation.benchmark import evaluate
    from kinesis_env.evaluation.comparison import compare
    from kinesis_env.evaluation.policy import RowPolicy
    from kinesis_env.evaluation.protocols import PROTOCOLS
    from kinesis_env.evaluation.recorder import read_episode
    from kinesis_env.evaluation.result import Evaluation

__all__ = ["PROTOCOLS", "Evaluation", "RowPolicy", "compare", "evaluate", "read_episode"]

#: Where they are; loaded when first used, as plots and films need none of it.
_HOMES = {
    "PROTOCOLS": "protocols",
    "Evaluation": "result",
    "RowPolicy": "policy",
    "compare": "comparison",
    "evaluate": "benchmark",
    "read_episode": "recorder",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
