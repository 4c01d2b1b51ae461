"""Motion of the body over its feet: a lateral pendulum over the center of pressure, and the vertical bounce of running.

A body that does not lean accelerates away from its center of pressure, by its distance from that point over its height
times gravity (the linear inverted pendulum: Winter 1995, Gait & Posture 3:193). Given when and where the feet stand,
that determines the sway of the body: there is exactly one bounded solution. The vertical force under a runner's foot
has a single peak per stance (Alexander 1989, Physiol. Rev. 69:1199), scaled so that the motion repeats after every
step, and is zero in flight: at 2.8 m/s the body rises by 75 mm, with forces between 0 and 2.2 body weights.
"""

from __future__ import annotations

import math

import numpy as np

from kinesis_env.motions.gait.course import Course
from kinesis_env.motions.gait.foot_paths import stance_shares
from kinesis_env.motions.gait.stances import TIPPING, Stances, tipping
from kinesis_env.signals import smooth, smooth_step
from kinesis_env.typing import Array, Mask

__all__ = ["bounce", "carried_share", "pendulum", "sway"]


#: Fraction of the stance over which a leg is loaded, and over which it is unloaded.
_LOADING, _UNLOADING = 0.25, 0.35
#: Position of the middle of a sole relative to its heel bone: forward and outward [m].
_SOLE = (0.09, 0.008)
#: Duration of a stride [s], and turn rate beyond which a walk counts as a curve [rad/s].
_STRIDE, _CURVES = 1.0, 0.3
#: Time step of the sway, and longest time step of the bounce [s].
_STEP, _FINE = 1.0 / 120.0, 1.0 / 480.0
#: Weight of the squared deviation from the height of a body that does not bounce [m^-2], running and walking, relative
#: to that of an acceleration of one g; and factor on the weight of accelerations in flight.
_FIRM = {"runs": 300.0, "walks": 4e4}
_FALLS_FREELY = 1e4
_GRAVITY = 9.81
#: The vertical force over the fraction s of a stance is proportional to s^0.7 (1 - s)^1.4, with its peak before
#: mid-stance; and the integral of that.
_RISE, _FALL = 0.7, 1.4
_AREA = math.gamma(_RISE + 1) * math.gamma(_FALL + 1) / math.gamma(_RISE + _FALL + 2)


def carried_share(standing: Mask, share: Array) -> Array:
    """Return the load on a foot (T,), 0 to 1, given the completed fraction of its stance (T,)."""
    taken = smooth_step(np.minimum(share / _LOADING, (1 - share) / _UNLOADING))
    return np.where(standing, taken, 0.0)


def sway(course: Course, stances: tuple[Stances, Stances], times: Array) -> Array:
    """Return the lateral position of the body relative to its path, left positive (T,) [m], at times (T,) [s]."""
    grid = np.arange(course.times[0], course.times[-1] + _STEP, _STEP)
    heading = course.at(grid, course.heading)
    path = course.at(grid, course.path)
    left = np.stack((-np.sin(heading), np.cos(heading)), axis=1)
    loads, places = [], []
    for side, own in enumerate(stances):
        index, standing, share = stance_shares(own, grid)
        yaw = own.yaw[index]
        outward = -_SOLE[1] if side == 0 else _SOLE[1]
        x = own.place[index, 0] + np.cos(yaw) * _SOLE[0] - np.sin(yaw) * outward
        y = own.place[index, 1] + np.sin(yaw) * _SOLE[0] + np.cos(yaw) * outward
        loads.append(carried_share(standing, share) + 1e-3)
        places.append((x - path[:, 0]) * left[:, 0] + (y - path[:, 1]) * left[:, 1])
    pushed = (tipping(course, grid) * left).sum(axis=1)
    beside = _carried_at(loads, places) + pushed
    # On a curve the feet stand beside the path, like chords; the body must not follow them to a narrower one.
    stride = round(_STRIDE / _STEP) | 1
    padded = np.pad(beside, stride // 2, mode="edge")
    usual = np.convolve(padded, np.ones(stride) / stride, mode="valid")
    beside = beside - usual * np.minimum(1.0, np.abs(course.at(grid, course.channels)[:, 2]) / _CURVES)
    return np.interp(times, grid, _swung(beside, _STEP))


def pendulum(loads: list[Array], places: list[Array], fps: float) -> Array:
    """Return the lateral position of the body (T,) [m] over feet at ``places`` with ``loads``, (T,) each."""
    return _swung(_carried_at(loads, places), 1.0 / fps)


def _carried_at(loads: list[Array], places: list[Array]) -> Array:
    loaded = np.stack(loads)
    out: Array = (loaded * np.stack(places)).sum(axis=0) / loaded.sum(axis=0)
    return out


def _swung(beside: Array, step: float) -> Array:
    """Return the bounded solution (T,) of an inverted pendulum over its center of pressure (T,)."""
    return smooth(beside[:, None], np.ones(len(beside)), TIPPING / step**2, order=1)[:, 0]


def bounce(stances: tuple[Stances, Stances], running: Array, height: Array, times: Array) -> Array:
    """Return the height of the center of mass (T,) [m] of a running body, which is in free fall while no foot stands.

    Args:
        stances: stances of the right and the left foot.
        running: 0 walking to 1 running (T,).
        height: height of the center of mass of a body on the same legs that does not bounce (T,) [m]: it gives the mean
            height of a runner, and the whole height of a walker.
        times: evenly spaced (T,) [s].
    """
    interval = times[1] - times[0]
    parts = max(1, int(np.ceil(interval / _FINE)))
    fine = times[0] + interval / parts * np.arange((len(times) - 1) * parts + 1)
    step = fine[1] - fine[0]
    push = _pushes(stances, fine) - 1.0
    walked = np.gradient(np.gradient(height, interval), interval) / _GRAVITY
    runs = np.interp(fine, times, running)
    support = runs * push + (1 - runs) * np.interp(fine, times, walked)
    # The push as second differences of the height between frames.
    falls = np.concatenate(((0.0, 0.0), np.cumsum(np.cumsum(support[1:-1])))) * _GRAVITY * step**2
    wanted = np.diff(falls[::parts], 2)
    air = np.interp(fine, times, running) * (push <= -1.0 + 1e-9)
    flies = (np.convolve(air, np.ones(2 * parts - 1), mode="same") / (2 * parts - 1))[::parts][1:-1]
    firm = _FIRM["runs"] ** running * _FIRM["walks"] ** (1 - running)
    stiff = (1.0 + _FALLS_FREELY * flies) / (_GRAVITY * interval**2) ** 2
    return _bent(height, firm, wanted, stiff)


def _bent(height: Array, firm: Array, wanted: Array, stiff: Array) -> Array:
    """Return the curve x (T,) that minimizes the sum of firm (x - height)^2 + stiff (second difference - wanted)^2."""
    from scipy.linalg import solveh_banded  # noqa: PLC0415  (plans do not need SciPy)

    bands = np.zeros((3, len(height)))
    bands[0], right = firm, firm * height
    stencil = (1.0, -2.0, 1.0)
    inner = len(wanted)
    for i, share in enumerate(stencil):
        right[i : i + inner] += stiff * share * wanted
        for lag in range(3 - i):
            bands[lag, i : i + inner] += stiff * share * stencil[i + lag]
    out: Array = solveh_banded(bands, right, lower=True, check_finite=False)
    return out


def _pushes(stances: tuple[Stances, Stances], times: Array) -> Array:
    """Return the vertical ground force in body weights (T,): one peak per stance, 1 on average."""
    landings = np.sort(np.concatenate([own.lands[1:] for own in stances]))
    out = np.zeros(len(times))
    for own in stances:
        index, standing, _ = stance_shares(own, times)
        lands, leaves = own.lands[index], own.leaves[index]
        whole = standing & np.isfinite(lands) & np.isfinite(leaves)
        after = np.searchsorted(landings, lands[whole], side="right")
        following = landings[np.minimum(after, len(landings) - 1)]
        span = leaves[whole] - lands[whole]
        period = np.where(following > lands[whole], following - lands[whole], span)
        share = (times[whole] - lands[whole]) / span
        out[whole] += period / span * share**_RISE * (1 - share) ** _FALL / _AREA
    return out
