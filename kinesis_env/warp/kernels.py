"""Warp kernels of a control step: the length servo, muscle conditions, and rows that do not step.

One thread per muscle and row, or per row. The formulas are those of :mod:`kinesis_env.loops` and
:mod:`kinesis_env.model.conditions`, in single precision; tests compare them.
"""

import warp as wp

from kinesis_env.model.conditions import REST_LOAD

__all__ = ["calm", "check", "deliver", "drive", "gather", "record", "scatter", "servo"]

# Rows of the table of muscle constants, in the order of ``MuscleCurves.constants``.
TOE_SLOPE = wp.constant(0)
TOE_VALUE = wp.constant(1)
TOE_GREATEST = wp.constant(2)
FALL_SLOPE = wp.constant(3)
FALL_VALUE = wp.constant(4)
RISE_SLOPE = wp.constant(5)
RISE_VALUE = wp.constant(6)
HALF_FLANK = wp.constant(7)
FLANK_TOP = wp.constant(8)
SHORTEN_RATE = wp.constant(9)
STRETCH_RATE = wp.constant(10)
STRETCH_GREATEST = wp.constant(11)
LINE_SLOPE = wp.constant(12)
LINE_VALUE = wp.constant(13)
LINE_LEAST = wp.constant(14)
PULL_RATE = wp.constant(15)
PULL_GREATEST = wp.constant(16)
PLATEAU = wp.constant(17)
LEAST_GAIN = wp.constant(18)

RESTING = wp.constant(float(REST_LOAD))


@wp.func
def servo(table: wp.array2d[float], m: int, target: float, x: float, v: float) -> float:
    """Return the excitation of the length servo for one muscle; like ``kinesis_env.loops.servo``."""
    toe = wp.clamp(table[TOE_SLOPE, m] * x + table[TOE_VALUE, m], 0.0, table[TOE_GREATEST, m])
    flank = wp.min(
        table[FALL_SLOPE, m] * x + table[FALL_VALUE, m],
        table[RISE_SLOPE, m] * x + table[RISE_VALUE, m],
    )
    missing = wp.clamp(table[FLANK_TOP, m] - flank, 0.0, table[HALF_FLANK, m])
    flank = wp.clamp(flank, 0.0, table[HALF_FLANK, m])
    shorten = wp.clamp(table[SHORTEN_RATE, m] * v + 1.0, 0.0, 1.0)
    stretch = wp.clamp(table[STRETCH_RATE, m] * v + table[STRETCH_GREATEST, m], 0.0, table[STRETCH_GREATEST, m])
    pull = wp.clamp(x + table[PULL_RATE, m] * v - target, 0.0, table[PULL_GREATEST, m])
    line = wp.max(table[LINE_SLOPE, m] * x + table[LINE_VALUE, m], table[LINE_LEAST, m])
    force = flank * flank - missing * missing + 0.5 * table[PULL_GREATEST, m]
    speed = shorten * shorten - stretch * stretch + table[PLATEAU, m]
    gain = wp.max(force * speed, table[LEAST_GAIN, m])
    return wp.clamp((pull - (toe * toe + line)) / gain, 0.0, 1.0)


# fmt: off
@wp.kernel
def drive(
    table: wp.array2d[float], closed_loop: int, command: wp.array2d[float],
    length: wp.array2d[float], velocity: wp.array2d[float], ctrl: wp.array2d[float],
):
    # fmt: on
    """Write the excitations that the controller wants, (n, 80)."""
    row, m = wp.tid()
    if closed_loop == 1:
        ctrl[row, m] = servo(table, m, command[row, m], length[row, m], velocity[row, m])
    else:
        ctrl[row, m] = command[row, m]


@wp.kernel
def deliver(
    idle: wp.array[int],
    gain: wp.array2d[float],
    pipe: wp.array3d[float],
    head: wp.array[int],
    delay: wp.array[int],
    substep: int,
    activation: wp.array2d[float],
    rates: wp.array2d[float],
    fatigue: wp.array2d[float],
    ctrl: wp.array2d[float],
):
    """Change the excitations as the muscle conditions do; an array of no rows is a condition that is off."""
    row, m = wp.tid()
    u = ctrl[row, m]
    if gain.shape[0] > 0:
        u = wp.clamp(u * gain[row, m], 0.0, 1.0)
    if pipe.shape[0] > 0:
        count = pipe.shape[1]
        place = (head[row] + substep) % count
        if idle[row] == 0:
            pipe[row, place, m] = u
            u = pipe[row, (place - delay[row] + count) % count, m]
    if fatigue.shape[0] > 0:
        load = u
        tired = fatigue[row, m]
        u = wp.min(u, 1.0 - tired)
        recovery = rates[1, m] * tired
        if load <= RESTING:
            recovery *= rates[2, m]
        if idle[row] == 0:
            fatigue[row, m] = tired + rates[0, m] * activation[row, m] - recovery
    ctrl[row, m] = u


@wp.kernel
def record(substep: int, ctrl: wp.array2d[float], excitation: wp.array3d[float]):
    """Write the excitations of a physics step, (n, physics steps, 80)."""
    row, m = wp.tid()
    excitation[row, substep, m] = ctrl[row, m]


@wp.kernel
def gather(first: wp.array2d[float], second: wp.array2d[float], third: wp.array2d[float], table: wp.array2d[float]):
    """Copy three arrays, (n, ...) each, side by side into one."""
    row, i = wp.tid()
    a, b = first.shape[1], second.shape[1]
    if i < a:
        table[row, i] = first[row, i]
    elif i < a + b:
        table[row, i] = second[row, i - a]
    else:
        table[row, i] = third[row, i - a - b]


# fmt: off
@wp.kernel
def scatter(
    mask: wp.array[int], value: int, table: wp.array2d[float],
    first: wp.array2d[float], second: wp.array2d[float], third: wp.array2d[float],
):
    # fmt: on
    """Copy a table of :func:`gather`, or its only row, back into the rows where the mask has a value."""
    row, i = wp.tid()
    if mask[row] != value:
        return
    a, b = first.shape[1], second.shape[1]
    x = table[row % table.shape[0], i]
    if i < a:
        first[row, i] = x
    elif i < a + b:
        second[row, i - a] = x
    else:
        third[row, i - a - b] = x


@wp.kernel
def check(
    idle: wp.array[int],
    failed: wp.array[int],
    fastest: wp.array[float],
    farthest: float,
    highest: float,
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    act: wp.array2d[float],
    diverged: wp.array[int],
):
    """Mark the rows whose states are out of bounds or not finite, like :mod:`kinesis_env.model.bounds`."""
    row = wp.tid()
    fine = wp.int32(1)
    for i in range(qvel.shape[1]):
        if not (wp.abs(qvel[row, i]) < fastest[i]):
            fine = 0
    for i in range(qpos.shape[1]):
        if not wp.isfinite(qpos[row, i]):
            fine = 0
    for i in range(act.shape[1]):
        if not wp.isfinite(act[row, i]):
            fine = 0
    if not (wp.abs(qpos[row, 0]) < farthest and wp.abs(qpos[row, 1]) < farthest and wp.abs(qpos[row, 2]) < highest):
        fine = 0
    if failed[row] == 1:
        fine = 0
    if idle[row] == 1:
        fine = 1
    diverged[row] = 1 - fine


@wp.kernel
def calm(
    diverged: wp.array[int],
    sensors: wp.array2d[float],
    warmstart: wp.array2d[float],
    force: wp.array2d[float],
    excitation: wp.array3d[float],
    fatigue: wp.array2d[float],
):
    """Clear what diverged rows leave behind: sensors, warm start, forces, excitations, and fatigue out of bounds."""
    row, i = wp.tid()
    if diverged[row] == 0:
        return
    if i < sensors.shape[1]:
        sensors[row, i] = 0.0
    if i < warmstart.shape[1]:
        warmstart[row, i] = 0.0
    force[row, i] = 0.0
    for k in range(excitation.shape[1]):
        excitation[row, k, i] = 0.0
    if fatigue.shape[0] > 0:
        tired = fatigue[row, i]
        if not (tired >= 0.0):
            fatigue[row, i] = 0.0
        elif tired > 1.0:
            fatigue[row, i] = 1.0
