"""The environments of ``backend="warp"``, one of each id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from kinesis_env.envs.device import DeviceVectorEnv
from kinesis_env.envs.direction import DIRECTION
from kinesis_env.envs.imitate import IMITATE, ClipApi
from kinesis_env.envs.reach import REACH, REACH_GOAL, GoalApi
from kinesis_env.envs.text import TEXT
from kinesis_env.warp.direction import DeviceDirectionTask
from kinesis_env.warp.output import for_user
from kinesis_env.warp.reach import DeviceReachGoalTask, DeviceReachTask
from kinesis_env.warp.text import DeviceTextTask
from kinesis_env.warp.tracking import DeviceImitateTask

__all__ = ["DEVICE_ENVS"]


class DeviceImitateVectorEnv(ClipApi, DeviceVectorEnv):
    """``Kinesis-Imitate-v0`` on a device."""

    definition = IMITATE
    device_class = DeviceImitateTask
    device_task: DeviceImitateTask

    def set_clip_weights(self, weights: Mapping[str, float]) -> None:
        """Set how often clips are drawn; see ``ImitateEnv.set_clip_weights``."""
        super().set_clip_weights(weights)
        self.device_task.update_clips()

    def set_clip_starts(self, starts: Mapping[str, Sequence[float] | None]) -> None:
        """Set the distribution of random start times in clips; see ``ImitateEnv.set_clip_starts``."""
        super().set_clip_starts(starts)
        self.device_task.update_clips()

    def clip_statistics(self) -> dict[str, dict[str, Any]]:
        """Return the statistics of the episodes of each clip; see ``ImitateEnv.clip_statistics``."""
        self.device_task.count_clips()
        return super().clip_statistics()


class DeviceReachVectorEnv(DeviceVectorEnv):
    """``Kinesis-Reach-v0`` on a device."""

    definition = REACH
    device_class = DeviceReachTask


class DeviceReachGoalVectorEnv(GoalApi, DeviceVectorEnv):
    """``Kinesis-ReachGoal-v0`` on a device."""

    definition = REACH_GOAL
    device_class = DeviceReachGoalTask
    device_task: DeviceReachGoalTask

    def _observe(self) -> Any:
        task = self.device_task
        parts = for_user((task.observe(), task.achieved(), task.desired()), self._output)
        return dict(zip(("observation", "achieved_goal", "desired_goal"), parts, strict=True))


class DeviceDirectionVectorEnv(DeviceVectorEnv):
    """``Kinesis-Direction-v0`` on a device."""

    definition = DIRECTION
    device_class = DeviceDirectionTask
    device_task: DeviceDirectionTask

    def set_command(self, heading: ArrayLike, speed: ArrayLike, rows: Any = slice(None)) -> None:
        """Command headings [rad] and speeds [m/s], a number or (k,), for some rows; see ``DirectionEnv.set_command``."""
        self.device_task.set_command(heading, speed, rows)


class DeviceTextVectorEnv(DeviceVectorEnv):
    """``Kinesis-Text-v0`` on a device."""

    definition = TEXT
    device_class = DeviceTextTask


#: The environment of each id.
DEVICE_ENVS: Mapping[str, type[DeviceVectorEnv]] = {
    made.definition.env_id: made
    for made in (
        DeviceImitateVectorEnv,
        DeviceReachVectorEnv,
        DeviceReachGoalVectorEnv,
        DeviceDirectionVectorEnv,
        DeviceTextVectorEnv,
    )
}
