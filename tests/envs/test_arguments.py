"""The arguments that editors and type checkers see are those that there are."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

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
from kinesis_env.making import pages

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


@pytest.mark.parametrize("env", pages.PAGES, ids=lambda env: env.__name__)
def test_the_table_of_a_page_is_up_to_date(env):
    source = Path(inspect.getfile(env)).read_text(encoding="utf-8")
    assert pages.with_table(source, env) == source, "run python -m kinesis_env.making.pages"
