"""Write docs/leaderboard.md from baselines/*.json: ``python docs/leaderboard.py``."""

from __future__ import annotations

import sys
from pathlib import Path

from kinesis_env.evaluation import Evaluation

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "leaderboard.md"
COLUMNS = (
    ("success", "success", 3),
    ("frame_coverage", "coverage", 3),
    ("mpjpe", "MPJPE [mm]", 1),
    ("activation", "activation", 3),
    ("muscle_power", "power [W/kg]", 2),
)
HEAD = """# Leaderboard

Each row is a file in [`baselines/`](../baselines/README.md), written by `kinesis-env evaluate --out`, and
`python docs/leaderboard.py` generates this page from these files. A file contains the hashes of the policy, the model and every
clip, the configuration, the versions, and the figures of each episode. This command runs it again:

```
kinesis-env compare --verify baselines/walk.json --policy baselines/walk.onnx
```

It reports every hash, rule or figure that differs from the file, and then exits with 1. On another processor, episodes may end
differently; then the means must agree.

Brackets are 95 % bootstrap intervals over clips. `zero` and `servo` learn nothing. The `tracker` plans with the simulation
itself, and is not a baseline for learning from observations.

"""
OTHERS = """
## Published figures of others

These are for other bodies, clips and rules, and are not directly comparable.

| Policy | Body | Clips and rules | Figures | Source |
|---|---|---|---|---|
| MuscleMimic | 416 muscles | 108 test motions of KIT; lost at 0.3 m on average seen from the pelvis, or the pelvis at 0.5 m | early termination .129 (that is, success .871), relative site error 27 mm | the authors' page on arXiv 2603.25544 |
| MuscleMimic | 354 muscles | 108 test motions of KIT | success 92.6 %, frame coverage 96.0 % | arXiv 2603.25544 |
"""


def page() -> str:
    """Return the page."""
    tables: dict[str, list[tuple[float, float, str]]] = {}
    for path in sorted((ROOT / "baselines").glob("*.json")):
        evaluation = Evaluation.load(path)
        total = evaluation.summary()
        cells = []
        for key, _, digits in COLUMNS:
            found = total[key]
            interval = "" if found.low is None else f" [{found.low:.{digits}f}, {found.high:.{digits}f}]"
            cells.append(f"{found.mean:.{digits}f}{interval}")
        digest = str(evaluation.policy.get("sha256", ""))[:12]
        name = f"{evaluation.name()}{f' ({digest})' if digest else ''}"
        row = f"| `{name}` | {evaluation.config['action_mode']} | {' | '.join(cells)} | `baselines/{path.name}` |"
        clips = len({episode.unit for episode in evaluation.episodes})
        noisy = any(evaluation.config.get("start_noise", ()))
        what = "the walk" if clips == 1 else f"{clips} clips"
        starts = f", {len(evaluation.seeds)} starts up to 2 cm and 5 degrees off" if noisy else ""
        rules = (
            f"protocol {evaluation.protocol.partition(',')[0]}" if evaluation.protocol else "lost at 0.5 m on average"
        )
        tables.setdefault(f"{evaluation.env_id}, {what}{starts}, {rules}", []).append(
            (-total["frame_coverage"].mean, total["mpjpe"].mean, row)
        )
    head = f"| Policy | Actions | {' | '.join(label for _, label, _ in COLUMNS)} | File |"
    lines = []
    for title, rows in sorted(tables.items()):
        ordered = [row for *_, row in sorted(rows)]
        lines += [f"## {title}", "", head, "|" + "---|" * (len(COLUMNS) + 3), *ordered, ""]
    return HEAD + "\n".join(lines) + OTHERS


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
