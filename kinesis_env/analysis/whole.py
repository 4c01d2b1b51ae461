"""From a recording to muscles in one call: moments, muscle activity, gait, and how they agree with plates and EMG.

analysis = analyze("trial_ik.mot", loads="trial_grf.mot", emg="trial_emg.sto")
print(analysis.table())
analysis.save("trial/")
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from kinesis_env.analysis.activity import is_played, muscle_activity, played_moments, played_states
from kinesis_env.analysis.comparison import OTHER_CLOCK, EmgComparison, compare_emg
from kinesis_env.analysis.emg import Emg, read_emg
from kinesis_env.analysis.events import ESTIMATED, FootEvents, foot_events
from kinesis_env.analysis.opensim import write_opensim
from kinesis_env.analysis.page import draw_page
from kinesis_env.analysis.plausibility import doubts_of_loads
from kinesis_env.analysis.protocols import EMG_PROTOCOLS, EmgProtocol
from kinesis_env.analysis.report import GaitReport, gait_report
from kinesis_env.analysis.summaries import facing, force_summary, metabolic_summary, moment_summary, residual_summary
from kinesis_env.checks import check_number
from kinesis_env.dynamics import MetabolicCost, inverse_dynamics, metabolic_cost, static_optimization
from kinesis_env.dynamics.records import JointMoments, Loads, MuscleActivity
from kinesis_env.dynamics.trajectory import Trajectory
from kinesis_env.errors import AnalysisError
from kinesis_env.files import whole_file
from kinesis_env.model.bodies import Body, body_in_use
from kinesis_env.motions.bodies import body_of
from kinesis_env.motions.formats import ReadOptions
from kinesis_env.motions.formats.loads import read_loads
from kinesis_env.motions.load import load_motions, read_recorded, shipped_names
from kinesis_env.typing import Array

__all__ = ["Analysis", "analyze"]

#: Frames per second of a recording that is analyzed [Hz].
RATE = 100.0
#: Limits of a belt's speed and a person's mass [m/s, kg].
_FASTEST_BELT, _MASSES = 15.0, (10.0, 300.0)
Progress: TypeAlias = Callable[[int, int, str], None]
Given: TypeAlias = str | os.PathLike[str]
_STAGES = ("read", "ground forces and moments", "muscles", "gait", "EMG", "metabolic cost")


@dataclass(frozen=True, eq=False)
class Analysis:
    """Analysis of a recording.

    Attributes:
        name: name of the recording.
        motion: the analyzed motion.
        moments: joint moments and ground forces on this body.
        activity: muscle activity.
        measured: whether the ground forces were measured.
        emg: comparison with EMG; None without EMG.
        alignments: mean correlation with EMG in each of :data:`~kinesis_env.analysis.protocols.EMG_PROTOCOLS` that can
            be applied.
        gait: the gait report; None if there is no walking.
        metabolic: metabolic cost.
        notes: remarks, one sentence each.
    """

    name: str
    motion: Trajectory
    moments: JointMoments
    activity: MuscleActivity
    measured: bool
    emg: EmgComparison | None
    gait: GaitReport | None
    metabolic: MetabolicCost
    notes: tuple[str, ...]
    alignments: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return all figures as JSON types."""
        return {
            "emg": None if self.emg is None else {**self.emg.as_dict(), "alignments": dict(self.alignments)},
            "moments": {**moment_summary(self.moments, self.activity), "notes": list(self.notes)},
            "ground_force": force_summary(self.moments, self.motion, measured=self.measured),
            "residual": residual_summary(self.moments, self.motion),
            "gait": None if self.gait is None else self.gait.as_dict(),
            "metabolic": metabolic_summary(self.metabolic),
            **self._of_body(),
        }

    def _of_body(self) -> dict[str, Any]:
        """Return the description of the body, empty for the default one."""
        body: Body | None = getattr(self.motion, "body", None)
        return {} if body is None or body.is_default else {"body": body.description}

    def table(self) -> str:
        """Return the figures for people."""
        about = self.as_dict()
        force, residual = about["ground_force"], about["residual"]
        lines = [self.name, ""]
        if self.gait is not None:
            lines += [self.gait.table(), ""]
        lines.append(
            f"ground force {force['source']} [body weights], joint moments [N m], powers [W] on this body; 1st and "
            "99th percentiles"
        )
        for side in ("right", "left"):
            low, high = force[side]["minimum"], force[side]["maximum"]
            each = ", ".join(f"{axis} {low[axis]:.2f} to {high[axis]:.2f}" for axis in ("forward", "left", "up"))
            lines.append(f"  {side + ' foot':<18} {each}")
        for joint, figures in about["moments"]["joints"].items():
            lines.append(
                f"  {joint:<18} {figures['minimum']:>6.0f} to {figures['maximum']:>4.0f} N m, power "
                f"{figures['power_minimum']:>5.0f} to {figures['power_maximum']:>4.0f} W"
            )
        lines.append(
            "  residual at the pelvis: "
            + "{:.0f}, {:.0f}, {:.0f} N and ".format(*residual["force"])
            + "{:.0f}, {:.0f}, {:.0f} N m rms".format(*residual["moment"])
        )
        lines.append(f"  metabolic cost: {self.metabolic.mean:.2f} W/kg, including {self.metabolic.basal:.2f} at rest")
        if self.emg is not None:
            lines += ["", self.emg.table()]
            means = ", ".join(f"{name} {mean:.2f}" for name, mean in self.alignments.items())
            lines += [f"  mean r by alignment: {means}"] if means else []
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def save(self, folder: Given, *, plot: bool = True) -> list[Path]:
        """Write ``analysis.json``, ``analysis.txt``, OpenSim's tables and a page of plots, and return the files.

        Args:
            folder: output folder; created if needed.
            plot: whether to draw ``analysis.png``.

        Raises:
            OptionalDependencyError: matplotlib is not installed.
            OutputError: the folder cannot be written.
        """
        where = Path(folder)
        written = [where / "analysis.json", where / "analysis.txt"]
        texts = (json.dumps(self.as_dict(), indent=1, allow_nan=False), self.table())
        for path, text in zip(written, texts, strict=True):
            with whole_file(path) as temporary:
                temporary.write_text(text + "\n", encoding="utf-8")
        if plot:
            written.append(where / "analysis.png")
            draw_page(written[-1], self)
        return written + write_opensim(where, motion=self.motion, moments=self.moments, activity=self.activity)


def analyze(
    recording: Given | Trajectory | Any,
    loads: Given | Loads | None = None,
    emg: Given | Emg | None = None,
    *,
    side: str | None = None,
    belt: float | None = None,
    mass: float | None = None,
    protocol: EmgProtocol | None = None,
    emg_events: FootEvents | None = None,
    reading: ReadOptions | None = None,
    body: Body | Mapping[str, Any] | None = None,
    on_progress: Progress | None = None,
) -> Analysis:
    """Analyze a recording.

    Args:
        recording: a file of any format, the name of a shipped motion, or a motion; a recorded episode of any policy, or
            a solution of the tracker, whose muscles are known.
        loads: measured ground forces on the recording's clock, a file or :class:`~kinesis_env.dynamics.Loads`; by
            default they are estimated. For an episode, the loads recorded with the EMG, for its gait cycles.
        emg: on the recording's clock, a file or :class:`~kinesis_env.analysis.Emg`.
        side: the leg of the EMG, "r" or "l"; by default from its channels, or the leg that fits better.
        belt: speed of the treadmill's belt [m/s]; 0 for none; found by default.
        mass: mass of the person [kg], to check the loads against.
        protocol: protocol of the comparison with EMG; by default cycles from heel strike and no lag; or, if the clocks
            of motion and EMG disagree by more than 0.1 s, the published one with the long head of biceps.
        emg_events: foot events of the person with the EMG, if another person.
        reading: known properties of the recording's file, such as a marker map.
        body: the body of the person, see :func:`~kinesis_env.motions.bodies.body_of`, used for files; a motion or an
            episode has its own.
        on_progress: called with the number of finished stages, the number of all stages, and the name of the next.

    Raises:
        MotionError: a file that cannot be read; the message names it, the place and the reason.
        AnalysisError: an EMG that cannot be compared, or an impossible speed or mass.
    """
    if belt is not None:
        check_number("the speed of the belt", belt, 0.0, _FASTEST_BELT, error=AnalysisError)
    if mass is not None:
        check_number("the mass of the person", mass, *_MASSES, error=AnalysisError)
    stages = _Stages(on_progress)
    stages.next()
    name, motion, played = _motion(recording, reading, body_in_use() if body is None else body_of(body))
    person: Body = getattr(motion, "body", None) or body_in_use()
    with person.in_use():
        given = read_loads(loads, motion) if isinstance(loads, str | os.PathLike) else loads
        signals = read_emg(emg) if isinstance(emg, str | os.PathLike) else emg
        stages.next()
        notes: list[str] = []
        ground = None if belt is None else _belt(motion, belt)
        if played:
            moments, own = played_moments(recording), foot_events(played_moments(recording), motion)
            if signals is not None and emg_events is None:
                if given is None:
                    raise AnalysisError(
                        "an episode has its own clock: give the loads that were recorded with the EMG, for its "
                        "gait cycles"
                    )
                emg_events = foot_events(given)
        else:
            moments = inverse_dynamics(motion, given, belt=ground)
            own = foot_events(moments, motion, within=ESTIMATED) if given is None else foot_events(given, motion)
            if given is not None:
                notes += doubts_of_loads(given, motion, own, mass)
        stages.next()
        activity = muscle_activity(recording) if played else static_optimization(motion, moments)
        stages.next()
        report = None
        try:
            report = gait_report(motion, moments, belt=ground, events=own)
        except AnalysisError as error:
            notes.append(f"no gait report: {error}")
        stages.next()
        comparison: EmgComparison | None = None
        alignments: dict[str, float] = {}
        if signals is not None:

            def compared(rules: EmgProtocol) -> EmgComparison:
                return compare_emg(activity, signals, events=own, emg_events=emg_events, side=side, protocol=rules)

            comparison, alignments = _aligned(compared, protocol)
            notes += signals.notes
        stages.next()
        cost = metabolic_cost(motion, activity)
        stages.done()
        return Analysis(
            name=name,
            motion=motion,
            moments=moments,
            activity=activity,
            measured=played or given is not None,
            emg=comparison,
            gait=report,
            metabolic=cost,
            notes=tuple(dict.fromkeys((*moments.notes, *notes))),
            alignments=alignments,
        )


def _aligned(
    compared: Callable[[EmgProtocol], EmgComparison], protocol: EmgProtocol | None
) -> tuple[EmgComparison, dict[str, float]]:
    """Return the comparison under a protocol or the default one, and the mean correlation under each preset."""
    found: dict[str, EmgComparison] = {}
    problem: AnalysisError | None = None
    for name in ("kinesis-long-head", "kinesis", "heel-strike"):
        try:
            found[name] = compared(EMG_PROTOCOLS[name])
        except AnalysisError as error:
            problem = error
    means = {name: round(comparison.mean_r, 4) for name, comparison in found.items() if np.isfinite(comparison.mean_r)}
    if protocol is not None:
        return compared(protocol), means
    if not found:
        assert problem is not None
        raise problem
    usual = found.get("heel-strike")
    chosen = next(iter(found.values()))
    if usual is None:
        return chosen, means
    # If the clocks disagree, the EMG at the file's own time says nothing; a note reports it all the same.
    if not abs(usual.clock) > OTHER_CLOCK:
        return usual, means
    notes = tuple(dict.fromkeys((*usual.notes, *chosen.notes)))
    return replace(chosen, clock=usual.clock, notes=notes), means


class _Stages:
    """Reports the progress of an analysis."""

    def __init__(self, on_progress: Progress | None) -> None:
        self._tell, self._at = on_progress, 0

    def next(self) -> None:
        """Begin a stage."""
        if self._tell is not None:
            self._tell(self._at, len(_STAGES), _STAGES[self._at])
        self._at += 1

    def done(self) -> None:
        """All stages are finished."""
        if self._tell is not None:
            self._tell(len(_STAGES), len(_STAGES), "done")


def _motion(
    recording: Given | Trajectory | Any, reading: ReadOptions | None, body: Body
) -> tuple[str, Trajectory, bool]:
    """Return the name of a recording, its motion, and whether muscles moved it."""
    if is_played(recording):
        about = getattr(recording, "metadata", {})
        name = about.get("clip") or about.get("prompt") or getattr(recording, "motion", "") or "episode"
        return str(name), played_states(recording), True
    if not isinstance(recording, str | os.PathLike):
        return str(getattr(recording, "name", "motion")), recording, False
    text = os.fspath(recording)
    if text in shipped_names() or text.lower().endswith(".npz"):
        found = load_motions(recording, body=body)
        if len(found) > 1:
            raise AnalysisError(f"{text}: analyze takes one motion, given {len(found)}")
        return found[0].name, found[0], False
    recorded = read_recorded(recording, fps=RATE, reading=reading, body=body)
    return recorded.name, recorded, False


def _belt(motion: Trajectory, speed: float) -> Array:
    """Return the velocity of a belt (3,) [m/s], opposite to the body's heading, at this body's size."""
    out: Array = -speed * float(getattr(motion, "scale", 1.0)) * facing(motion)[0]
    return out
