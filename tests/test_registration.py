from __future__ import annotations

import subprocess
import sys

import gymnasium

import kinesis_env


def test_ids_are_registered_once():
    for env_id in kinesis_env.ENV_IDS:
        spec = gymnasium.spec(env_id)
        assert spec.vector_entry_point is not None
        kinesis_env.register_envs()
        assert gymnasium.spec(env_id) is spec


def test_importing_loads_nothing_heavy_and_prints_nothing():
    code = (
        "import sys, gymnasium; before = set(sys.modules); import kinesis_env;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "assert not new & {'mujoco', 'scipy', 'yaml', 'matplotlib'}, new"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout == result.stderr == ""


def test_gymnasium_imports_the_package_by_name(motions):
    code = f"import gymnasium; gymnasium.make('kinesis_env:Kinesis-Imitate-v0', motions={motions!r}).reset(seed=0)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_making_an_environment_loads_no_scipy(motions):
    """SciPy takes longer to load than everything else; only recordings, fits and controllers need it."""
    code = (
        f"import sys, gymnasium, kinesis_env; gymnasium.make('Kinesis-Imitate-v0', motions={motions!r}).reset(seed=0);"
        "assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
