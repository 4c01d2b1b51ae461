from __future__ import annotations

import json
import re

import pytest
import yaml

from kinesis_env.cli.main import main
from kinesis_env.config import (
    ImitateConfig,
    ReachConfig,
    as_yaml,
    condition_names,
    load_preset,
    make_config,
    read_overrides,
    to_mapping,
)
from kinesis_env.envs.definition import definition_of
from kinesis_env.errors import ConfigError
from kinesis_env.registration import ENV_IDS
from tests.support import make_env, make_vec, random_actions

CHANGES = {
    "Kinesis-Imitate-v0": {
        "motions": ["walk", "stand"],
        "start_time": 0.1,
        "termination_distance": float("inf"),
        "rewards": {"energy": {"weight": 0.3}, "low": {"weight": 0.1, "term": "tests.terms.own:low"}},
        "weakness": {"soleus_*": [0.2, 0.4]},
        "extra_observations": {"shanks": "tests.terms.own:shanks"},
    },
    "Kinesis-Reach-v0": {"goals": 3, "mass_scale": [0.9, 1.1]},
}


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_what_is_written_is_read_back(env_id, tmp_path):
    schema = definition_of(env_id).config
    config = make_config(env_id, schema, CHANGES.get(env_id, {}))
    file = tmp_path / "mine.yaml"
    file.write_text(as_yaml(env_id, config), encoding="utf-8")
    assert make_config(env_id, schema, {"config": str(file)}) == config
    json.dumps(to_mapping(config))


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_every_field_is_explained(env_id):
    config = make_config(env_id, definition_of(env_id).config, {})
    lines = [line for line in as_yaml(env_id, config).splitlines()[1:] if not line.startswith("  ")]
    assert all(re.fullmatch(r"\w+:.* # .{3,}", line) for line in lines)
    assert [line.split(":")[0] for line in lines] == list(load_preset(env_id))


def test_keywords_win_over_the_file_and_the_file_over_the_preset(tmp_path, motions):
    file = tmp_path / "mine.yaml"
    file.write_text("lookahead: 4\nrewards: {energy: {weight: 0.5}, position: {weight: 0.2}}\n", encoding="utf-8")
    env = make_env(config=str(file), motions=motions, rewards={"position": {"weight": 0.9}})
    config = env.unwrapped.config
    assert config.lookahead == 4
    weights = {name: term.weight for name, term in config.rewards.items()}
    assert weights == {"position": 0.9, "velocity": 0.2, "upright": 0.1, "energy": 0.5}
    assert env.observation_space.shape == (171 + 63 * 4,)
    assert env.unwrapped.spec.to_json()


def test_a_saved_configuration_makes_the_same_environment(tmp_path, motions):
    options = {"motions": motions, "lookahead": 2, "action_mode": "excitation", "mass_scale": [0.8, 1.2]}
    first = make_vec(2, **options)
    file = tmp_path / "mine.yaml"
    file.write_text(as_yaml("Kinesis-Imitate-v0", first.unwrapped.config), encoding="utf-8")
    second = make_vec(2, config=str(file))
    assert second.unwrapped.config == first.unwrapped.config
    (a, _), (b, _) = first.reset(seed=4), second.reset(seed=4)
    assert (a == b).all()
    for action in random_actions(0, 5, 2):
        assert (first.step(action)[0] == second.step(action)[0]).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("lookahed: 2\n", "unexpected keyword argument 'lookahed' .did you mean 'lookahead'"),
        ("lookahead: two\n", "lookahead must be a whole number, given 'two'"),
        ("lookahead: 0\n", "lookahead must be from 1 to 1000, given 0"),
        ("lookahead: 1000000000\n", "lookahead must be from 1 to 1000, given 1000000000"),
        ("physics_rate: 3.0e+9\n", "physics_rate must be from 0.1 to 100000, given 3000000000.0"),
        ("lookahead: 1\nlookahead: 2\n", "given twice: lookahead"),
        ("- a\n", "must contain keys and values, given list"),
        ("rewards: {position: {wieght: 1}}\n", "unknown key 'wieght' .did you mean 'weight'"),
        ("rewards: {position: {scale: -1}}\n", "scale must be a finite number from 0, given -1"),
        ("rewards: {position: 1}\n", "must be {weight, scale, term}, given 1"),
        ("rewards: [1]\n", "rewards must be a mapping of names to {weight, scale, term}"),
        ("motions: !!python/object/apply:os.getcwd []\n", "cannot be read.*could not determine a constructor"),
        ("a: [\n", "cannot be read"),
        ("lookahead: 1" + 400 * "0", "lookahead must be at most 1.8e308 in size, given a whole number of 1329 bits"),
        ("physics_rate: 1" + 400 * "0", "physics_rate must be at most 1.8e308 in size"),
        ("weakness: {1: 0.5}", "keys must be names, given .1."),
        ("rewards: {yes: {weight: 1, term: 'tests.terms.own:low'}}", "keys must be names, given .yes."),
        ("muscle_observations: [[length]]", r"muscle_observations\[0\] must be a string, given \['length'\]"),
        ("rewards: {energy: &a {weight: 1}, upright: {<<: *a, scale: 1, scale: 2}}", "given twice: scale"),
    ],
)
def test_bad_files(content, message, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        make_env(config=str(file))


@pytest.mark.parametrize("number", ["1e-3", "1E-3", "1.e-3", ".1e-2", "1.0e-3", "+1e-03"])
def test_numbers_with_an_exponent(number, tmp_path, capsys):
    file = tmp_path / "mine.yaml"
    file.write_text(f"rewards: {{energy: {{scale: {number}}}}}\n", encoding="utf-8")
    assert read_overrides(file) == {"rewards": {"energy": {"scale": 0.001}}}
    assert main(["config", "Kinesis-Imitate-v0", "--set", f"rewards.energy.scale={number}"]) == 0
    assert "energy: {weight: 0.1, scale: 0.001}" in capsys.readouterr().out


def test_names_that_look_like_numbers_are_read_back_as_names(tmp_path):
    schema = definition_of("Kinesis-Imitate-v0").config
    config = make_config("Kinesis-Imitate-v0", schema, {"motions": ["1e3", "-.5e-2", "12", "yes"], "clip": "1e3"})
    file = tmp_path / "mine.yaml"
    file.write_text(as_yaml("Kinesis-Imitate-v0", config), encoding="utf-8")
    assert make_config("Kinesis-Imitate-v0", schema, {"config": str(file)}) == config


def test_infinite_numbers_go_through_strict_json_and_back(capsys):
    arguments = ["config", "Kinesis-Imitate-v0", "--set", "termination_distance=.inf", "--json"]
    assert main(arguments) == 0
    plain = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    schema = definition_of("Kinesis-Imitate-v0").config
    assert make_config("Kinesis-Imitate-v0", schema, {"config": plain}).termination_distance == float("inf")


def test_merge_keys_of_yaml(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "rewards:\n  position: &a {weight: 0.5, scale: 2.0}\n  velocity: &b {<<: *a, weight: 0.3}\n"
        "  upright: {<<: *b}\n",
        encoding="utf-8",
    )
    rewards = read_overrides(file)["rewards"]
    assert rewards["position"] == {"weight": 0.5, "scale": 2.0}
    assert rewards["velocity"] == rewards["upright"] == {"weight": 0.3, "scale": 2.0}


def test_config_of_another_kind(tmp_path):
    with pytest.raises(ConfigError, match="YAML file or a mapping, given 3"):
        read_overrides(3)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_overrides(tmp_path / "absent.yaml")
    (tmp_path / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    assert read_overrides(tmp_path / "empty.yaml") == {}


def test_command(capsys, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("rewards: {energy: {scale: 0.1}}\n", encoding="utf-8")
    arguments = ["config", "Kinesis-Imitate-v0", "--config", str(file), "--set", "rewards.energy.weight=0.25"]
    assert main(arguments) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["rewards"]["energy"] == {"weight": 0.25, "scale": 0.1}
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Kinesis-Fly-v0"], "unknown environment 'Kinesis-Fly-v0'; the ids are Kinesis-Imitate-v0"),
        (["Kinesis-Imitate-v0", "--set", "lookahead"], "--set must be KEY=VALUE"),
        (["Kinesis-Imitate-v0", "--set", "lookahead=["], "not YAML"),
        (["Kinesis-Imitate-v0", "--set", "lookahead=" + 5000 * "9"], "not YAML"),
        (["Kinesis-Imitate-v0", "--set", "rewards={energy: {weight: 1, weight: 2}}"], "given twice: weight"),
        (["Kinesis-Imitate-v0", "--set", "lookahead=x"], "lookahead must be a whole number"),
    ],
)
def test_command_errors(arguments, message, capsys):
    assert main(["config", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_aliases_cannot_make_much_of_little(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    for text, message in (
        ("\n".join(lines), "more than 50000 values"),
        ("a: &a [*a]", "an alias that contains itself"),
        ("\n".join(f"key{i % 5000}: 1" for i in range(10_000)), "given twice"),
        ("[1, 2]: 3", "keys must be names, given a list or a mapping"),
    ):
        (tmp_path / "bomb.yaml").write_text(text)
        with pytest.raises(ConfigError, match=message) as caught:
            read_overrides(tmp_path / "bomb.yaml")
        assert len(str(caught.value)) <= 1500
    (tmp_path / "fine.yaml").write_text("base: &base [length]\nmuscle_observations: *base\n")
    assert read_overrides(tmp_path / "fine.yaml")["muscle_observations"] == ["length"]


@pytest.mark.parametrize("name", condition_names())
def test_conditions_are_settings_of_every_id_by_name(name):
    for env_id, schema in (("Kinesis-Imitate-v0", ImitateConfig), ("Kinesis-Reach-v0", ReachConfig)):
        config = make_config(env_id, schema, {"config": name, "mass_scale": 1.1})
        assert config.has_conditions
        assert config.strength in ("published", "old-men")
        assert config.mass_scale == 1.1


def test_a_condition_that_is_not_known_is_an_error_that_lists_them():
    with pytest.raises(ConfigError, match="no such file; conditions known by name are age-70, crouch, hemiparesis"):
        make_config("Kinesis-Imitate-v0", ImitateConfig, {"config": "hemiplegia"})


def test_a_file_of_the_name_of_a_condition_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crouch").write_text("lookahead: 3\n", encoding="utf-8")
    config = make_config("Kinesis-Imitate-v0", ImitateConfig, {"config": "crouch"})
    assert (config.lookahead, config.strength) == (3, "model")
