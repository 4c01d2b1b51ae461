"""MuJoCo Warp: many bodies of one model on a GPU, or on Warp's CPU device.

:class:`Physics` owns MuJoCo Warp's model and data, and knows nothing of muscles. Its arrays are PyTorch's, and share
their memory with Warp's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import mujoco
import mujoco_warp
import torch
import warp

from kinesis_env.errors import ConfigError, DeviceError
from kinesis_env.warp import kernels

__all__ = ["CONSTRAINTS", "CONTACTS", "Physics", "Shared"]

#: Contacts and rows of constraints that memory is reserved for, per body. Bodies that are thrown into the air with
#: random muscles and fall have 29 and 107 at most, a standing body 16 and 64 (``benchmarks/gpu.py contacts``).
CONTACTS, CONSTRAINTS = 40, 160

#: Fields of the model that differ between bodies when masses do: those that ``mj_setConst`` derives.
MASS_FIELDS = (
    "body_mass", "body_inertia", "body_subtreemass", "body_invweight0", "dof_invweight0", "tendon_invweight0",
)  # fmt: skip
STRENGTH_FIELDS = ("actuator_gainprm",)
_GRAVITY = "opt.gravity"


class Shared(NamedTuple):
    """An array of Warp, and the tensor of PyTorch on the same memory."""

    array: Any
    tensor: torch.Tensor


class Physics:
    """The bodies on the device.

    Args:
        model: the ``mujoco.MjModel``.
        num: the number of bodies.
        device: ``"cuda"``, ``"cuda:1"``, ... or ``"cpu"``; None is the GPU if there is one.
        own: names of fields of the model of which each body has its own values.

    Attributes:
        device: the device, as PyTorch has it.
        model, data: MuJoCo Warp's.
        qpos, qvel, act, ctrl, time, warmstart, xfrc, sensors: the state, (num, ...), live.
        length, velocity, force: of the muscles, (num, 80), live.
        xpos, xmat, cvel, com: MuJoCo's body quantities, (num, nbody, ...), live.

    Raises:
        ConfigError: there is no such device.
        DeviceError: it has too little memory.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        num: int,
        device: str | None = None,
        own: tuple[str, ...] = (),
    ) -> None:
        with _quiet():
            self._place = _device(device)
        self.device = torch.device(warp.device_to_torch(self._place))
        self.num = num
        self._fields: dict[str, torch.Tensor] = {}
        self._graphs: dict[Callable[[], None], Any] = {}
        start = mujoco.MjData(model)
        mujoco.mj_resetDataKeyframe(model, start, 0)
        mujoco.mj_forward(model, start)
        with _quiet(), _enough_memory(num), warp.ScopedDevice(self._place):
            self.model = mujoco_warp.put_model(model, batch_sizes=dict.fromkeys(own, num))
            self.model.opt.deterministic = mujoco_warp.DeterminismType.ALL
            self.model.opt.warn_overflow = 0
            self.data = mujoco_warp.put_data(model, start, nworld=num, nconmax=CONTACTS, njmax=CONSTRAINTS)
        data, view = self.data, warp.to_torch
        self.qpos, self.qvel, self.act, self.ctrl = view(data.qpos), view(data.qvel), view(data.act), view(data.ctrl)
        self.time, self.warmstart = view(data.time), view(data.qacc_warmstart)
        self.xfrc, self.sensors = view(data.xfrc_applied), view(data.sensordata)
        self.length, self.velocity = view(data.actuator_length), view(data.actuator_velocity)
        self.force = view(data.actuator_force)
        self.xpos, self.xmat = view(data.xpos), view(data.xmat)
        self.cvel, self.com = view(data.cvel), view(data.subtree_com)
        self._overflow = view(data.overflow)
        self._kept = self.zeros(num, model.nsensordata + model.nu + model.nv)

    @contextmanager
    def on_device(self) -> Iterator[None]:
        """Inside the block, Warp launches on this device, in PyTorch's order of work."""
        with _quiet(), warp.ScopedDevice(self._place):
            if self.device.type != "cuda":
                yield
                return
            with warp.ScopedStream(self._torch_stream(), sync_enter=False, sync_exit=False):
                yield

    def run(self, work: Callable[[], None]) -> None:
        """Do launches, which are captured as a graph the first time. Equal work must be the same function."""
        if work not in self._graphs:
            self._graphs[work] = self._captured(work)
            return
        with self.on_device():
            warp.capture_launch(self._graphs[work])

    def _captured(self, work: Callable[[], None]) -> Any:
        """Do launches, and return their graph."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        # On Warp's own stream, as PyTorch's default one cannot be captured. Kernels are compiled before the capture.
        with _quiet(), warp.ScopedDevice(self._place):
            work()
            with warp.ScopedCapture() as capture:
                work()
            warp.synchronize_device()
        return capture.graph

    def _torch_stream(self) -> Any:
        return warp.stream_from_torch(torch.cuda.current_stream(self.device))

    def launch(self, kernel: Any, size: tuple[int, ...], *arguments: Any) -> None:
        """Launch a kernel on arrays of Warp, or shared ones."""
        inputs = [each.array if isinstance(each, Shared) else each for each in arguments]
        warp.launch(kernel, dim=size, inputs=inputs, device=self._place)

    def zeros(self, *shape: int, dtype: Any = float) -> Shared:
        """Return a new array."""
        array = warp.zeros(shape, dtype=dtype, device=self._place)
        return Shared(array, warp.to_torch(array))

    def array(self, values: Any) -> Any:
        """Return numbers as an array of Warp."""
        return warp.array(values, dtype=float, device=self._place)

    def before_control(self) -> None:
        """Launch the first part of a physics step: everything that positions and velocities determine."""
        mujoco_warp.step1(self.model, self.data)

    def after_control(self) -> None:
        """Launch the second part: forces, accelerations, and the integration."""
        mujoco_warp.step2(self.model, self.data)

    def kinematics(self) -> None:
        """Launch what makes bodies and muscles current after a step."""
        mujoco_warp.kinematics(self.model, self.data)
        mujoco_warp.com_pos(self.model, self.data)
        mujoco_warp.tendon(self.model, self.data)
        mujoco_warp.transmission(self.model, self.data)
        mujoco_warp.fwd_velocity(self.model, self.data)

    def keep(self) -> None:
        """Launch a copy of sensors, muscle forces and warm starts."""
        data = self.data
        self.launch(
            kernels.gather,
            self._kept.tensor.shape,
            data.sensordata,
            data.actuator_force,
            data.qacc_warmstart,
            self._kept,
        )

    def give_back(self, mask: Any, value: int) -> None:
        """Launch the way back, for the rows where Warp's mask (num,) has a value."""
        data = self.data
        self.launch(
            kernels.scatter, self._kept.tensor.shape, mask, value, self._kept,
            data.sensordata, data.actuator_force, data.qacc_warmstart,
        )  # fmt: skip

    def forward(self) -> None:
        """Launch the computation of everything that states determine."""
        mujoco_warp.forward(self.model, self.data)

    def masses_changed(self) -> None:
        """Derive the constants of the model from masses and inertias."""
        with self.on_device():
            mujoco_warp.set_const(self.model, self.data)

    def field(self, name: str) -> torch.Tensor:
        """Return a field of the model, (num or 1, ...), live."""
        if name not in self._fields:
            self._fields[name] = warp.to_torch(getattr(self.model, name))
        return self._fields[name]

    def gravity(self) -> torch.Tensor:
        """Return each body's own gravity, (num, 3), live."""
        if _GRAVITY not in self._fields:
            each = self.model.opt.gravity.numpy().repeat(self.num, axis=0)
            self.model.opt.gravity = warp.array(each, dtype=warp.vec3, device=self._place)
            self._fields[_GRAVITY] = warp.to_torch(self.model.opt.gravity)
            self._graphs.clear()  # they would read the former array
        return self._fields[_GRAVITY]

    def check_overflow(self) -> None:
        """Raise an error if any body had more contacts than memory is reserved for.

        Raises:
            DeviceError: so it is; the numbers of these bodies are wrong since then.
        """
        kinds = mujoco_warp.OverflowType
        lost = kinds.NEFC | kinds.BROADPHASE | kinds.NARROWPHASE | kinds.CCD
        rows = torch.nonzero(self._overflow & int(lost)).flatten().tolist()
        if rows:
            self._overflow.zero_()
            raise DeviceError(
                f"rows {rows[:8]} have more contacts than the {CONTACTS} ({CONSTRAINTS} rows of constraints) for which "
                "memory is reserved: their numbers are wrong. No body of this package is known to have as many; please "
                "report the motion or the actions"
            )

    def copy_to(self, row: int, data: mujoco.MjData, model: mujoco.MjModel) -> None:
        """Copy the state of a row to an ``mujoco.MjData``, and compute everything derived from it."""
        data.qpos[:], data.qvel[:] = self.qpos[row].cpu().numpy(), self.qvel[row].cpu().numpy()
        data.act[:], data.ctrl[:] = self.act[row].cpu().numpy(), self.ctrl[row].cpu().numpy()
        mujoco.mj_forward(model, data)


def _device(name: str | None) -> Any:
    try:
        found = warp.get_device(name) if name is not None else warp.get_preferred_device()
    except Exception as error:  # Warp's own, of several kinds
        known = ", ".join(str(device) for device in warp.get_devices())
        raise ConfigError(f"device {name!r} is not one of Warp's: {known}") from error
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Inside the block, Warp prints neither its greeting nor the kernels that it loads."""
    level = warp.config.log_level
    warp.config.log_level = max(level, warp.LOG_WARNING)
    try:
        yield
    finally:
        warp.config.log_level = level


@contextmanager
def _enough_memory(num: int) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if "alloc" not in str(error).lower() and "memory" not in str(error).lower():
            raise
        raise DeviceError(f"the device has too little memory for {num} bodies; give fewer num_envs: {error}") from error
