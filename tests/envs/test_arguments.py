"""The arguments that editors and type checkers see are those that there are."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest

from kinesis_env.envs import (
    DirectionEnv,
    DirectionVectorEnv,
    ImitateEnv,
    ImitateVectorEnv,
    ReachEnv,
    ReachGoalEnv,
    ReachGoalVectorEnv,
    ReachVectorEnv,
    TextEnv,
    TextVectorEnv,
    arguments,
)
from kinesis_env.envs.single import KinesisEnv
from kinesis_env.envs.vector import KinesisVectorEnv

CLASSES = [
    (ImitateEnv, ImitateVectorEnv, "Imitate"),
    (ReachEnv, ReachVectorEnv, "Reach"),
    (ReachGoalEnv, ReachGoalVectorEnv, "Reach"),
    (DirectionEnv, DirectionVectorEnv, "Direction"),
    (TextEnv, TextVectorEnv, "Text"),
]


def keywords_of(base):
    kinds = (inspect.Parameter.KEYWORD_ONLY,)
    return {name: p.default for name, p in inspect.signature(base.__init__).parameters.items() if p.kind in kinds}


@pytest.mark.parametrize(("single", "vector", "name"), CLASSES, ids=lambda value: getattr(value, "__name__", value))
def test_typed_arguments_are_the_fields_of_the_configuration(single, vector, name):
    fields = {field.name for field in dataclasses.fields(single.definition.config)}
    typed = getattr(arguments, f"{name}Arguments").__annotations__.keys()
    assert set(typed) == fields | keywords_of(KinesisEnv).keys()
    typed = getattr(arguments, f"{name}VectorArguments").__annotations__.keys()
    assert set(typed) == fields | keywords_of(KinesisVectorEnv).keys()
    assert single.definition is vector.definition


def test_described_defaults_are_those_of_the_signature():
    view = {name: default for name, (_, default, _) in arguments.VIEW_ARGUMENTS.items()}
    assert keywords_of(KinesisEnv) == view
    runner = {name: default for name, (_, default, _) in arguments.RUNNER_ARGUMENTS.items()}
    num = inspect.signature(KinesisVectorEnv.__init__).parameters["num_envs"].default
    found = {"num_envs": num, **keywords_of(KinesisVectorEnv)}
    found["autoreset_mode"] = found["autoreset_mode"].value
    assert found == runner | view


@pytest.mark.parametrize("env", [single for single, _, _ in CLASSES], ids=lambda env: env.__name__)
def test_the_page_lists_every_argument(env):
    rows = re.findall(r"^    \| `(\w+)` \| (\S[^|]*) \| (\S[^|]*) \| (\S[^|]*) \|$", env.__doc__, flags=re.MULTILINE)
    fields = {field.name for field in dataclasses.fields(env.definition.config)}
    assert {row[0] for row in rows} >= fields | keywords_of(KinesisEnv).keys()
    assert "{arguments}" not in env.__doc__


def test_rows_of_the_table_by_hand():
    assert "| `termination_distance` | float | `0.15` | maximum allowed distance; " in ImitateEnv.__doc__
    assert "the published evaluation uses the mean and 0.5 [m] |" in ImitateEnv.__doc__
    assert "| `start_time` | str or float | `0.0` | time in the motion" in TextEnv.__doc__
    assert "| `heading_range` | [low, high] | `[-pi, pi]` | minimum and maximum commanded" in DirectionEnv.__doc__
