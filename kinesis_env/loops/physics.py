"""Loops of the physics step: what actions ask for, the length servo, and whether a simulation has gone wrong."""

from __future__ import annotations

import math

from kinesis_env.typing import Array, Ints

__all__ = ["command", "servo", "troubled"]


def command(action: Array, greatest: Array, out: Array) -> None:
    """What actions ask for, as ``Muscles.command``: a share from 0 to 1 of the greatest.

    Args:
        action: (n, nu); values outside [-1, 1] are clipped.
        greatest: (nu,).
        out: written, (n, nu).
    """
    for row in range(action.shape[0]):
        for m in range(action.shape[1]):
            share = action[row, m]
            share = -1.0 if share < -1.0 else share
            share = 1.0 if share > 1.0 else share
            out[row, m] = ((share + 1.0) * 0.5) * greatest[m]


def servo(target: Array, length: Array, velocity: Array, constants: Array, out: Array, ctrl: Array) -> None:
    """Excitations of the length servo, as ``MuscleCurves.servo_excitation``; NaN stays NaN.

    Args:
        target: (n, nu) [m].
        length: (n, nu) [m].
        velocity: (n, nu) [m/s].
        constants: those of ``MuscleCurves``, one row each, (37, nu).
        out: (n, nu), written.
        ctrl: the same, written too.
    """
    for row in range(length.shape[0]):
        for m in range(length.shape[1]):
            x, v = length[row, m], velocity[row, m]
            # The lines.
            toe = constants[0, m] * x + constants[11, m]
            flank = constants[1, m] * x + constants[12, m]
            shorten = constants[8, m] * v + constants[14, m]
            stretch = constants[9, m] * v + constants[15, m]
            pull = (x + constants[10, m] * v) - target[row, m]
            line = constants[6, m] * x + constants[17, m]
            rise = constants[7, m] * x + constants[18, m]
            # The lower of the two flanks, and what it leaves to the top.
            flank = rise if rise < flank else flank
            missing = constants[35, m] - flank
            # Each line stops at its ends.
            toe = constants[19, m] if toe < constants[19, m] else toe
            toe = constants[26, m] if toe > constants[26, m] else toe
            flank = constants[20, m] if flank < constants[20, m] else flank
            flank = constants[27, m] if flank > constants[27, m] else flank
            missing = constants[21, m] if missing < constants[21, m] else missing
            missing = constants[28, m] if missing > constants[28, m] else missing
            shorten = constants[22, m] if shorten < constants[22, m] else shorten
            shorten = constants[29, m] if shorten > constants[29, m] else shorten
            stretch = constants[23, m] if stretch < constants[23, m] else stretch
            stretch = constants[30, m] if stretch > constants[30, m] else stretch
            pull = constants[24, m] if pull < constants[24, m] else pull
            pull = constants[31, m] if pull > constants[31, m] else pull
            line = constants[25, m] if line < constants[25, m] else line
            # Sums of squares: force over length, over velocity, and without activation.
            force = (flank * flank - missing * missing) + constants[33, m]
            speed = (shorten * shorten - stretch * stretch) + constants[34, m]
            gain = force * speed
            gain = constants[36, m] if gain < constants[36, m] else gain
            excitation = (pull - (toe * toe + line)) / gain
            excitation = 0.0 if excitation < 0.0 else excitation
            out[row, m] = 1.0 if excitation > 1.0 else excitation
        for m in range(length.shape[1]):  # on its own, as the loop above would not use wide registers with both
            ctrl[row, m] = out[row, m]


def troubled(warnings: Ints, qpos: Array, qvel: Array) -> bool:
    """Whether MuJoCo has warned about any simulation, or any state is not finite.

    Args:
        warnings: counts, (n, k).
        qpos: (n, nq).
        qvel: (n, nv).
    """
    for row in range(qpos.shape[0]):
        for i in range(warnings.shape[1]):
            if warnings[row, i] != 0:
                return True
        total = 0.0
        for i in range(qpos.shape[1]):
            total += qpos[row, i]
        for i in range(qvel.shape[1]):
            total += qvel[row, i]
        if not math.isfinite(total):
            return True
    return False
