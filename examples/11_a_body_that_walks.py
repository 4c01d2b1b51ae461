"""Follow a motion without learning: find actions, save them, and replay them bit for bit."""

import tempfile
from pathlib import Path

from kinesis_env.control import Solution, track
from kinesis_env.evaluation import evaluate
from kinesis_env.motions import load_motions, trim

with tempfile.TemporaryDirectory() as folder:
    clip = Path(folder) / "short.npz"
    motion = trim(load_motions("walk")[0], 1.0, 2.0).replace(name="short")
    motion.save(clip)

    solution = track(motion)
    print({key: round(value, 3) for key, value in solution.metrics.items()})

    file = solution.save(Path(folder) / "solution.npz")
    assert Solution.load(file).exact  # the installed versions are those it was made with
    played = evaluate(
        f"solution:{file}", motions=str(clip), config={"action_mode": "excitation", "random_heading": False}
    )
    print(played.table())
    assert abs(played.summary()["mpjpe"].mean - solution.metrics["mpjpe"]) < 1e-9
