"""A report page of an evaluation: one self-contained HTML file with its plots and films."""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.errors import OptionalDependencyError, RenderingError
from kinesis_env.evaluation.charts import Line, interval_plot, line_plot
from kinesis_env.evaluation.episodes import Episode
from kinesis_env.evaluation.measures import metric_named
from kinesis_env.evaluation.result import Evaluation, labeled, ordered, shown
from kinesis_env.evaluation.statistics import LEVEL
from kinesis_env.files import whole_file

__all__ = ["write_report"]

_log = logging.getLogger(__name__)

#: Number of best and of worst episodes to film.
FILMED = 2
#: Plotted over time, by the metric that identifies the task: unit and label.
_SERIES = {
    "mpjpe": ("m", "mean distance of the tracked bodies to the reference"),
    "goal_distance": ("m", "distance of the pelvis to its goal"),
    "command_error": ("m/s", "distance of the pelvis' velocity from the command"),
}
_INTERVALS = ("success", "frame_coverage", "mpjpe", "upright")
_COLUMNS = (
    "success",
    "semantic_success",
    "frame_coverage",
    "mpjpe",
    "mpjpe_root",
    "joint_angle_error",
    "goal_distance",
    "command_error",
    "pushes_survived",
    "upright",
    "duration",
    "activation",
)
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 1180px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; margin-bottom: 0.1em; } h2 { font-size: 1.15em; margin-top: 2em; }
p.about, figcaption { color: #555; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { white-space: nowrap; padding: 0.25em 0.8em; text-align: right;
border-bottom: 1px solid #e3e3e3; } th:first-child, td:first-child
{ text-align: left; } .scroll { overflow-x: auto; } .grid { display: flex; flex-wrap: wrap; gap: 1em; }
figure { margin: 0; max-width: 480px; overflow-wrap: anywhere; }
video { width: 480px; max-width: 100%; background: #ddd; }
svg text { font: 11px system-ui, sans-serif; fill: #444; }
svg text.title { font-size: 13px; font-weight: 600; fill: #222; } .lost { color: #b3261e; }
.reached { color: #2a6fb0; } pre { background: #f5f5f5; padding: 1em; overflow-x: auto; font-size: 12px; }
"""


def write_report(
    evaluation: Evaluation,
    folder: str | os.PathLike[str],
    film: Callable[[Episode], bytes] | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Path:
    """Write ``index.html`` into a folder, whole or not at all, and return its path.

    If films cannot be rendered, the page says why and what to install.

    Args:
        evaluation: one that has just run, so that its episodes hold their errors over time.
        folder: output folder; created if missing.
        film: returns an MP4 of an episode; None for none.
        on_progress: called with the number of films made, the number of all films, and what the last shows.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    require_matplotlib()
    body = "".join(
        (
            _head(evaluation),
            _skills(evaluation),
            _over_time(evaluation),
            _films(evaluation, film, on_progress),
            _episodes(evaluation),
            _provenance(evaluation),
        )
    )
    title = escape(f"{evaluation.name()} in {evaluation.env_id}")
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{body}</body></html>\n'
    )
    path = Path(folder) / "index.html"
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def _head(evaluation: Evaluation) -> str:
    protocol = f", protocol {escape(evaluation.protocol)}" if evaluation.protocol else ""
    rows = "".join(
        f"<tr><td>{escape(labeled(key))}</td><td>{escape(shown(key, estimate))}</td></tr>"
        for key, estimate in evaluation.summary().items()
    )
    endings = ", ".join(
        f"{count} {escape(reason.replace('_', ' ') or 'to the end')}" for reason, count in evaluation.endings.items()
    )
    return (
        f"<h1>{escape(evaluation.name())} in {escape(evaluation.env_id)}</h1>"
        f'<p class="about">{len(evaluation.episodes)} episodes{protocol}: {endings}. Means over '
        f"{evaluation.over}; in brackets {LEVEL:.0%} bootstrap intervals.</p><table>{rows}</table>"
    )


def _skills(evaluation: Evaluation) -> str:
    skills = evaluation.skills
    if len(skills) < 2:
        return ""
    own = {skill: evaluation.summary(skill) for skill in skills}
    plots = []
    for key in _INTERVALS:
        rows = [(skill, own[skill][key]) for skill in skills if key in own[skill]]
        if rows:
            plots.append(interval_plot(labeled(key), rows, metric_named(key).digits))
    return f'<h2>By skill</h2><div class="grid">{"".join(plots)}</div>'


def _over_time(evaluation: Evaluation) -> str:
    episodes = [episode for episode in evaluation.episodes if episode.series]
    kind = next((key for key in _SERIES if any(key in episode.metrics for episode in episodes)), None)
    if kind is None:
        return ""
    unit, what = _SERIES[kind]
    limit = _limit(evaluation) if kind == "mpjpe" else None
    groups = evaluation.skills or ("",)
    plots = [
        line_plot(
            group or "all episodes", [_line(episode) for episode in episodes if episode.skill == group], unit, limit
        )
        for group in groups
    ]
    dashed = "" if limit is None else " Dashed: where an episode ends."
    return (
        f"<h2>Error over time</h2><p class='about'>The {what}; <span class='reached'>blue</span> to the end, "
        f"<span class='lost'>red</span> ended early.{dashed}</p><div class='grid'>{''.join(plots)}</div>"
    )


def _limit(evaluation: Evaluation) -> float | None:
    """Return the mean distance at which an episode ends, if the task has such a limit."""
    limit = evaluation.config.get("termination_distance")
    return limit if evaluation.config.get("termination") == "mean" and isinstance(limit, float) else None


def _line(episode: Episode) -> Line:
    step = (episode.metrics.get("duration") or 0.0) / max(episode.steps, 1)
    return Line(_titled(episode), episode.series, step, lost=bool(episode.termination_reason))


def _films(
    evaluation: Evaluation,
    film: Callable[[Episode], bytes] | None,
    on_progress: Callable[[int, int, str], None] | None,
) -> str:
    if film is None:
        return ""
    ranked = ordered(evaluation.episodes)
    best = ranked[:FILMED]
    worst = [episode for episode in reversed(ranked) if episode not in best][:FILMED]
    chosen = [("best", episode) for episode in best] + [("worst", episode) for episode in worst]
    parts = []
    for number, (rank, episode) in enumerate(chosen, start=1):
        try:
            video = film(episode)
        except (RenderingError, OptionalDependencyError) as error:
            _log.warning("no films in the report: %s", error)
            return f"<h2>Best and worst episodes</h2><p>No films: {escape(str(error))}</p>"
        source = base64.b64encode(video).decode()
        parts.append(
            f'<figure><video controls muted loop preload="metadata" src="data:video/mp4;base64,{source}"></video>'
            f"<figcaption>{rank}: {escape(_titled(episode))}</figcaption></figure>"
        )
        if on_progress is not None:
            on_progress(number, len(chosen), episode.unit)
    return f'<h2>Best and worst episodes</h2><div class="grid">{"".join(parts)}</div>'


def _titled(episode: Episode) -> str:
    ended = episode.termination_reason.replace("_", " ") or "to the end"
    figures = [
        f"{metric_named(key).label} {value:.{metric_named(key).digits}f} {metric_named(key).unit}".rstrip()
        for key in ("frame_coverage", "mpjpe", "goal_distance", "command_error")
        if (value := episode.metrics.get(key)) is not None
    ]
    name = episode.prompt or episode.clip
    return ", ".join([f"{name}, seed {episode.seed}" if name else f"seed {episode.seed}", ended, *figures])


def _episodes(evaluation: Evaluation) -> str:
    keys = [key for key in _COLUMNS if any(key in episode.metrics for episode in evaluation.episodes)]
    named = {"clips": "clip", "prompts": "prompt"}.get(evaluation.over)
    labels = [*([named] if named else []), "seed", *(["skill"] if evaluation.skills else [])]
    head = "".join(f"<th>{escape(label)}</th>" for label in (*labels, *map(labeled, keys), "ended"))
    rows = []
    for episode in evaluation.episodes:
        known = {"clip": episode.clip, "prompt": episode.prompt, "seed": str(episode.seed), "skill": episode.skill}
        first = "".join(f"<td>{escape(known[label])}</td>" for label in labels)
        ended = escape(episode.termination_reason.replace("_", " ") or "to the end")
        kind = "lost" if episode.termination_reason else "reached"
        rows.append(f"<tr>{first}{_cells(episode.metrics, keys)}<td class='{kind}'>{ended}</td></tr>")
    return f"<h2>Episodes</h2><div class='scroll'><table><tr>{head}</tr>{''.join(rows)}</table></div>"


def _cells(metrics: Mapping[str, float | None], keys: Sequence[str]) -> str:
    cells = []
    for key in keys:
        value = metrics.get(key)
        cells.append(f"<td>{'-' if value is None else f'{value:.{metric_named(key).digits}f}'}</td>")
    return "".join(cells)


def _provenance(evaluation: Evaluation) -> str:
    about: dict[str, Any] = evaluation.to_mapping()
    for key in ("episodes", "summary", "format"):
        del about[key]
    return f"<h2>To repeat it</h2><pre>{escape(json.dumps(about, indent=1))}</pre>"
