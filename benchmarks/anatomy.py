"""Agreement of the muscles with EMG for the default and for published muscle parameters.

    python benchmarks/anatomy.py RECORDINGS [--write] [--json]

RECORDINGS is the folder for benchmarks/analysis.py. --write updates the table in docs/strength.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import commandline
from analysis import FILES, trial
from emg import RULES, compared
from tables import DOCS, table, write_tables

from kinesis_env.config.tracking import ANATOMIES
from kinesis_env.model.bodies import make_body


def agreement(folder: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return r of each channel and their mean, by recording and anatomy."""
    facts: dict[str, dict[str, dict[str, float]]] = {name: {} for name in FILES}
    for anatomy in ANATOMIES:
        with make_body(anatomy=anatomy).in_use():
            for name in FILES:
                walk = trial(name, folder)
                found = compared(walk, walk.activity["plates"], RULES[name])
                each = {names[0].rsplit("_", 1)[0]: float(r) for names, r in zip(found.muscles, found.r, strict=True)}
                facts[name][anatomy] = {"mean": float(found.mean_r), **each}
    return facts


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser(__doc__)
    parser.add_argument("recordings", type=Path, help="folder of the recordings")
    parser.add_argument("--write", action="store_true", help="update the table in docs/strength.md")
    arguments = parser.parse_args()
    facts = agreement(arguments.recordings)
    channels = list(dict.fromkeys(key for found in facts.values() for row in found.values() for key in row))
    rows = [["recording", "anatomy", *channels]]
    for name, found in facts.items():
        for anatomy, row in found.items():
            rows.append([name, f"`{anatomy}`", *(f"{row[key]:.2f}" if key in row else "-" for key in channels)])
    made = table(rows)
    if arguments.write:
        write_tables(DOCS / "strength.md", {"anatomy": made})
    print(json.dumps(facts, indent=1) if arguments.json else made)


if __name__ == "__main__":
    main()
