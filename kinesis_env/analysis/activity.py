"""Muscle activity from static optimization, recorded episodes of any policy, or solutions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from kinesis_env.dynamics.instruments import Instruments
from kinesis_env.dynamics.records import JointMoments, MuscleActivity
from kinesis_env.errors import AnalysisError, ConfigError, shown
from kinesis_env.model.bodies import Body, body_in_use, make_body
from kinesis_env.model.names import JOINTS, NQ, NU, NV, ModelNames, shared_model
from kinesis_env.typing import Array

__all__ = ["PlayedStates", "is_played", "muscle_activity", "played_moments", "played_states"]

#: Shapes of an episode's arrays, without the first axis.
_SHAPES: dict[str, tuple[int, ...]] = {
    "time": (),
    "qpos": (NQ,),
    "qvel": (NV,),
    "activation": (NU,),
    "muscle_force": (NU,),
    "joint_moment": (len(JOINTS),),
    "ground_force": (2, 3),
}


@dataclass(frozen=True, eq=False)
class PlayedStates:
    """States of a body moved by muscles, and the ground forces on it.

    Attributes:
        qpos: (T, 21).
        qvel: (T, 20).
        fps: frames per second.
        times: (T,) [s].
        ground_force: on the right and the left leg (T, 2, 3) [N].
        start: time of the first frame [s].
        body: the body; by default the one in use.
    """

    qpos: Array
    qvel: Array
    fps: float
    times: Array
    ground_force: Array
    start: float = 0.0
    body: Body = field(default_factory=body_in_use)


def muscle_activity(source: Any) -> MuscleActivity:
    """Return the muscle activity of a source.

    Args:
        source: a :class:`~kinesis_env.dynamics.MuscleActivity`, as static optimization gives it; an episode that
            ``evaluate --record`` wrote (:func:`~kinesis_env.evaluation.read_episode`); or a solution of the tracker
            (:class:`~kinesis_env.control.Solution`).

    Raises:
        AnalysisError: anything else, or arrays of the wrong shape.
    """
    if isinstance(source, MuscleActivity):
        return source
    about = _arrays(source, "muscle_force")
    activation = about["activation"]
    steps = len(activation)
    reserve = np.zeros((steps, NV - 6))
    excitation = about.get("excitation", activation)
    # A step holds its excitation until the next instant; the last instant has no excitation of its own.
    excitation = np.concatenate((excitation, excitation[-1:]))[:steps] if len(excitation) else activation
    return MuscleActivity(
        times=about["time"],
        muscles=_muscles(),
        activation=activation,
        excitation=excitation,
        force=-about["muscle_force"],
        reserve=reserve,
        saturated=excitation > 1.0 - 1e-6,
        notes=("as the simulated muscles were driven",),
    )


def played_states(source: Any) -> PlayedStates:
    """Return the states of an episode or a solution, with the ground forces; arguments and errors as above."""
    about = _arrays(source, "ground_force")
    times = about["time"]
    fps = float(1.0 / np.median(np.diff(times)))
    return PlayedStates(about["qpos"], about["qvel"], fps, times, about["ground_force"], float(times[0]), _body(source))


def is_played(source: Any) -> bool:
    """Whether a source is an episode that muscles moved: recorded, or a solution of the tracker."""
    return hasattr(source, "arrays") or (hasattr(source, "actions") and hasattr(source, "control_rate"))


def played_moments(source: Any) -> JointMoments:
    """Return the muscle moments of an episode or a solution; the residual is zero, as the body moved itself."""
    about = _arrays(source, "joint_moment", "ground_force")
    moments = about["joint_moment"]
    return JointMoments(
        times=about["time"],
        names=JOINTS,
        moments=moments,
        powers=moments * about["qvel"][:, NV - len(JOINTS) :],
        residual=np.zeros((len(moments), 6)),
        ground_force=about["ground_force"],
        notes=("moments of the simulated muscles",),
    )


def _arrays(source: Any, *wanted: str) -> dict[str, Array]:
    """Return the arrays of an episode or a solution, checked to contain the states and ``wanted``."""
    arrays = getattr(source, "arrays", None)
    if arrays is not None:
        names = getattr(source, "metadata", {}).get("names", {}).get("muscles")
        if names is not None and tuple(names) != _muscles():
            raise AnalysisError("the episode is of a body with other muscles than this one")
        about = {key: np.asarray(array, dtype=np.float64) for key, array in arrays.items() if array.dtype.kind in "fiu"}
        if "excitation" in about and about["excitation"].ndim == 3:  # of each physics step
            about["excitation"] = about["excitation"].mean(axis=1)
    elif all(hasattr(source, key) for key in ("qpos", "qvel", "activation", "actions", "control_rate")):
        about = _of_solution(source)
    else:
        raise AnalysisError(
            "muscle activity must be a MuscleActivity, a recorded episode or a solution of the tracker, given "
            f"{shown(source)}"
        )
    needed = ("time", "qpos", "qvel", "activation", *wanted)
    for key in needed:
        width = _SHAPES[key]
        if key not in about or about[key].shape != (len(about["time"]), *width):
            raise AnalysisError(f"an episode must have {key} of shape (T, {', '.join(map(str, width))}), given "
                                f"{ {name: array.shape for name, array in about.items()} }")  # fmt: skip
    if len(about["time"]) < 3:
        raise AnalysisError(f"an analysis needs an episode of at least three steps, given {len(about['time'])}")
    return about


def _of_solution(solution: Any) -> dict[str, Array]:
    """Return the arrays of a solution in the form of an episode; forces are computed from its states."""
    actions = np.asarray(solution.actions, dtype=np.float64)
    about = {key: np.asarray(getattr(solution, key), dtype=np.float64) for key in ("qpos", "qvel", "activation")}
    about["time"] = np.arange(len(about["qpos"])) / float(solution.control_rate)
    if solution.action_mode == "excitation":
        about["excitation"] = (np.clip(actions, -1.0, 1.0) + 1.0) / 2.0
    instruments = Instruments(_body(solution).model)
    states = zip(about["qpos"], about["qvel"], about["activation"], strict=True)
    measured = [instruments.measure(*state, state[-1]) for state in states]
    wanted = ("muscle_force", "ground_force", "joint_moment")
    return about | {key: np.stack([each[key] for each in measured]) for key in wanted}


def _body(source: Any) -> Body:
    """Return the body of an episode or a solution; if it names none, the one in use."""
    told = getattr(source, "body", None) or getattr(source, "metadata", {}).get("body")
    try:
        return body_in_use() if not told else make_body(told)
    except ConfigError as error:
        raise AnalysisError(f"the episode is of an unknown body: {error}") from error


@cache
def _muscles() -> tuple[str, ...]:
    return ModelNames.of(shared_model()).muscles
