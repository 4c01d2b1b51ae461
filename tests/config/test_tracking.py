from __future__ import annotations

import dataclasses
import json
import re

import pytest
import yaml

from kinesis_env.config import ImitateConfig, from_mapping, load_preset, to_mapping
from kinesis_env.errors import ConfigError
from kinesis_env.registration import ENV_IDS
from tests.support import weights_of


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_every_id_has_a_preset(env_id):
    assert load_preset(env_id)


def test_the_published_numbers():
    config = from_mapping(ImitateConfig, load_preset("Kinesis-Imitate-v0"), {})
    assert weights_of(config) == {
        "position": (0.6, 200.0),
        "velocity": (0.2, 5.0),
        "upright": (0.1, 3.0),
        "energy": (0.1, 0.05),
    }
    assert (config.termination, config.termination_distance) == ("any", 0.15)
    assert (config.physics_rate, config.control_rate) == (150, 30)


def test_there_and_back_through_yaml_and_json():
    preset = load_preset("Kinesis-Imitate-v0")
    overrides = {"motions": ["a", "b"], "lookahead": 4, "rewards": {"energy": {"weight": 0.0}}}
    config = from_mapping(ImitateConfig, preset, overrides)
    plain = to_mapping(config)
    assert from_mapping(ImitateConfig, preset, yaml.safe_load(yaml.safe_dump(plain))) == config
    assert from_mapping(ImitateConfig, preset, json.loads(json.dumps(plain))) == config
    assert plain["rewards"]["energy"] == {"weight": 0.0, "scale": 0.05}
    assert plain["rewards"]["position"] == {"weight": 0.6, "scale": 200.0}


def test_a_configuration_is_frozen():
    config = from_mapping(ImitateConfig, load_preset("Kinesis-Imitate-v0"), {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.lookahead = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.rewards["position"] = 1.0  # type: ignore[index]


def test_unknown_preset():
    with pytest.raises(ConfigError, match=r"unknown preset 'Kinesis-Fly-v0'; the presets are .*Kinesis-Imitate-v0"):
        load_preset("Kinesis-Fly-v0")


def test_a_configuration_says_in_a_line_what_it_is_and_in_a_table_what_it_means():
    config = from_mapping(ImitateConfig, load_preset("Kinesis-Imitate-v0"), {})
    assert re.fullmatch(r"<ImitateConfig: motions=.*, action_mode='length', \d+ settings>", repr(config))
    shown = config._repr_html_()
    assert "<td><code>termination_distance</code></td><td><code>0.15</code></td><td>maximum allowed distance" in shown
    assert shown.count("<tr>") == len(dataclasses.fields(config)) + 1
