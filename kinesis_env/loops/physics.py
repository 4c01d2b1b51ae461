"""The loop of the length servo."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from kinesis_env.typing import Array

__all__ = ["servo"]


def servo(target: Array, length: Array, velocity: Array, constants: NDArray[Any], out: Array, ctrl: Array) -> None:
    """Compute the excitations of the length servo, like ``MuscleCurves.servo_excitation``; NaN stays NaN.

    Args:
        target: (n, nu) [m].
        length: (n, nu) [m].
        velocity: (n, nu) [m/s].
        constants: constants of ``MuscleCurves``, as one record with a field of (nu,) numbers for each.
        out: (n, nu), written.
        ctrl: the same, written too.
    """
    table = constants[0]
    toe_slope, toe_value, toe_greatest = table["toe_slope"], table["toe_value"], table["toe_greatest"]
    fall_slope, fall_value = table["fall_slope"], table["fall_value"]
    rise_slope, rise_value = table["rise_slope"], table["rise_value"]
    half_flank, flank_top = table["half_flank"], table["flank_top"]
    shorten_rate, stretch_rate, stretch_greatest = (
        table["shorten_rate"],
        table["stretch_rate"],
        table["stretch_greatest"],
    )
    line_slope, line_value, line_least = table["line_slope"], table["line_value"], table["line_least"]
    pull_rate, pull_greatest, plateau, least_gain = (
        table["pull_rate"],
        table["pull_greatest"],
        table["plateau"],
        table["least_gain"],
    )
    for row in range(length.shape[0]):
        for m in range(length.shape[1]):
            x, v = length[row, m], velocity[row, m]
            toe = toe_slope[m] * x + toe_value[m]
            flank = fall_slope[m] * x + fall_value[m]
            rise = rise_slope[m] * x + rise_value[m]
            shorten = shorten_rate[m] * v + 1.0
            stretch = stretch_rate[m] * v + stretch_greatest[m]
            pull = (x + pull_rate[m] * v) - target[row, m]
            line = line_slope[m] * x + line_value[m]
            # The lower of the two flanks, and its distance to the top.
            flank = rise if rise < flank else flank
            missing = flank_top[m] - flank
            # Each line is clipped at its ends.
            toe = 0.0 if toe < 0.0 else toe
            toe = toe_greatest[m] if toe > toe_greatest[m] else toe
            flank = 0.0 if flank < 0.0 else flank
            flank = half_flank[m] if flank > half_flank[m] else flank
            missing = 0.0 if missing < 0.0 else missing
            missing = half_flank[m] if missing > half_flank[m] else missing
            shorten = 0.0 if shorten < 0.0 else shorten
            shorten = 1.0 if shorten > 1.0 else shorten
            stretch = 0.0 if stretch < 0.0 else stretch
            stretch = stretch_greatest[m] if stretch > stretch_greatest[m] else stretch
            pull = 0.0 if pull < 0.0 else pull
            pull = pull_greatest[m] if pull > pull_greatest[m] else pull
            line = line_least[m] if line < line_least[m] else line
            # Sums of squares: force over length, over velocity, and without activation.
            force = (flank * flank - missing * missing) + 0.5 * pull_greatest[m]
            speed = (shorten * shorten - stretch * stretch) + plateau[m]
            gain = force * speed
            gain = least_gain[m] if gain < least_gain[m] else gain
            excitation = (pull - (toe * toe + line)) / gain
            excitation = 0.0 if excitation < 0.0 else excitation
            out[row, m] = 1.0 if excitation > 1.0 else excitation
        for m in range(length.shape[1]):  # separate, as the loop above would not use wide registers with both
            ctrl[row, m] = out[row, m]
