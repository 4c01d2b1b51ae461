"""Writes docs/prompts.md: a hundred prompts, what is understood, and what the motion does.

    python docs/prompts.py

The prompts, and what a reader would expect of each, are in prompts.csv.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

from kinesis_env.text import BuiltinTextToMotion, behavior_of, summary, understand

FOLDER = Path(__file__).parent
TARGET = FOLDER / "prompts.md"
HEAD = """# A hundred prompts

Each row gives the built-in generator's reading of a prompt, and what the motion (seed 0) does: the final position ahead
and to the left of the start, the total turn (positive to the left), the speed of the fastest second, and the duration.
`python docs/prompts.py` generates this page, and the tests compare every row with what a reader would expect
(`docs/prompts.csv`). A prompt that this body cannot perform, or that is not understood, raises an error that names the
words:

> the prompt 'sit down' asks for something this body cannot do: sit, down; the body can walk, jog, run, ...

| Prompt | Understood as | Ahead [m] | Left [m] | Turn [deg] | Speed [m/s] | Time [s] |
|---|---|---|---|---|---|---|
"""


def prompts() -> list[dict[str, str]]:
    """Return the rows of prompts.csv: a prompt, and "low:high" of ahead, aside, turn [deg] and speed."""
    with (FOLDER / "prompts.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="|"))


def row(prompt: str) -> str:
    """Return a line of the table."""
    motion = BuiltinTextToMotion().generate(prompt)
    done = behavior_of(motion)
    figures = (done.ahead, done.aside, math.degrees(done.turn), done.speed, motion.duration)
    shown = [f"{value:.{0 if i == 2 else 1}f}" for i, value in enumerate(figures)]
    plain = ["0" if value.lstrip("-") in ("0", "0.0") else value for value in shown]
    return f"| {prompt} | {summary(understand(prompt))} | {' | '.join(plain)} |"


def page() -> str:
    """Return the page."""
    return HEAD + "\n".join(row(entry["prompt"]) for entry in prompts()) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
