"""Shared code of the benchmarks: Markdown tables, their places in the pages of ``docs/``, and progress."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from pathlib import Path

from kinesis_env.errors import KinesisError
from kinesis_env.evaluation import Evaluation
from kinesis_env.evaluation.result import shown
from kinesis_env.files import whole_file
from kinesis_env.text.builtin import BuiltinTextToMotion

DOCS = Path(__file__).parents[1] / "docs"
_BEGIN, _END = "<!-- figures: {} -->", "<!-- end of figures -->"


def table(rows: list[list[str]]) -> str:
    """Return a table in Markdown; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def cells(found: Evaluation, keys: tuple[str, ...]) -> list[str]:
    """Return the totals of an evaluation, or dashes where it has no such figure."""
    summary = found.summary()
    return [shown(key, summary[key]) if key in summary else "-" for key in keys]


def has_place(page: Path, part: str) -> bool:
    """Return whether a page has a place for a table."""
    return _BEGIN.format(part) in page.read_text(encoding="utf-8")


def write_tables(page: Path, tables: Mapping[str, str]) -> None:
    """Put tables into their places in a page, all of them or none."""
    text = page.read_text(encoding="utf-8")
    for part, content in tables.items():
        begin = _BEGIN.format(part)
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(_END)
        if not (found and closed):
            sys.exit(f"{page} has no place for the table {part!r}")
        text = f"{head}{begin}\n{content}\n{_END}{tail}"
    with whole_file(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def progress(done: int, total: int, name: str) -> None:
    """Count on the error stream."""
    print(f"\r{done}/{total} {name:<50}", end="" if done < total else "\n", file=sys.stderr, flush=True)


def walking_prompts() -> list[str]:
    """Return the prompts of docs/prompts.md that can be done without running, in less than half a minute."""
    with (DOCS / "prompts.csv").open(encoding="utf-8", newline="") as stream:
        prompts = [row["prompt"] for row in csv.DictReader(stream, delimiter="|")]
    kept = []
    for prompt in prompts:
        try:
            motion = BuiltinTextToMotion().generate(prompt)
        except KinesisError:
            continue
        if not any(word in prompt.lower() for word in ("run", "jog", "sprint", "dash")) and motion.duration < 30.0:
            kept.append(prompt)
    return kept
