"""How many of the 80 action dimensions a policy needs: keep and remove the control subspace."""

import tempfile
from pathlib import Path

from kinesis_env.evaluation import basis_of_episodes, control_subspace, evaluate, redundancy, reference_policy
from kinesis_env.motions import load_motions, trim

with tempfile.TemporaryDirectory() as folder:
    clip = Path(folder) / "short.npz"
    trim(load_motions("walk")[0], 1.0, 2.0).replace(name="short").save(clip)
    arguments = {"motions": str(clip), "config": {"action_mode": "excitation"}}

    # Any policy; here, the tracker. The sweep records it, and restricts its actions to some components.
    found = redundancy("tracker", record=Path(folder) / "episodes", dimensions=(8, 24), **arguments)
    print(found.table())

    # The same by hand, with the leading components removed.
    basis = basis_of_episodes(Path(folder) / "episodes")
    without = control_subspace(reference_policy("tracker"), basis, 8, mode="remove")
    print(evaluate(without, **arguments).table())
