"""Small valid inputs of every kind, written into a folder: what the mutations begin with."""

from __future__ import annotations

import numpy as np

from kinesis_env.config import as_yaml, make_config
from kinesis_env.envs.definition import definition_of
from kinesis_env.motions import load_motions
from kinesis_env.registration import ENV_IDS
from kinesis_env.regression.shipped import shipped_traces
from tests.motions import sources

TABLE = """Coordinates
version=1
nRows=4
nColumns=4
inDegrees=yes
endheader
time\thip_flexion_r\tknee_angle_r\tpelvis_ty
0.00\t10\t20\t0.9
0.03\t11\t22\t0.9
0.06\t12\t24\t0.9
0.09\t13\t26\t0.9
"""


def write_seeds(folder):
    """Write the seeds and return their paths."""
    sources.write_bvh(folder / "walk.bvh", rate=20.0, seconds=0.4)
    sources.write_amass(folder / "amass.npz", rate=20.0, seconds=0.4)
    sources.write_results(folder / "results.npy", samples=1)
    joints = sources.smpl_joints(sources.walking_points(20.0, 0.4)).astype(np.float32)
    np.save(folder / "joints.npy", joints)
    (folder / "angles.mot").write_text(TABLE)
    walk = load_motions("walk")[0]
    walk.from_qpos(walk.qpos[:8], walk.fps, name="walk").save(folder / "own.npz")
    for env_id in ENV_IDS:
        definition = definition_of(env_id)
        text = as_yaml(env_id, make_config(env_id, definition.config, {}))
        (folder / f"{env_id}.yaml").write_text(text)
    trace = shipped_traces()["Kinesis-Reach-v0"]
    (folder / "trace.npz").write_bytes(trace.read_bytes())
    return sorted(folder.iterdir())
