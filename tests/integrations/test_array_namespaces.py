"""Every term gives the same on PyTorch's arrays as on NumPy's. Run by ``make test-integrations``."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

from kinesis_env.terms import BodyState, goals, observations, rewards, terminations

pytestmark = pytest.mark.integration

torch = pytest.importorskip("torch", reason="the extra 'integrations' is not installed")

rng = np.random.default_rng(0)


def state() -> BodyState:
    position, motion = rng.normal(size=(5, 11, 3)), rng.normal(size=(2, 5, 11, 3))
    matrix = np.linalg.qr(rng.normal(size=(5, 11, 3, 3)))[0]
    angle = rng.normal(size=(3, 5))
    tilt = np.stack((np.cos(angle[:2]), np.sin(angle[:2])))
    tracked = np.stack((position[:, :7], motion[0, :, :7]))
    return BodyState(position, matrix, motion, tracked, tilt, np.stack((np.cos(angle[2]), np.sin(angle[2]))))


BODY = state()
POINTS, OTHERS = rng.normal(0.0, 0.1, (2, 5, 7, 3))
AHEAD, LATER = rng.normal(size=(2, 5, 3, 7, 3))
GROUND, GOAL = rng.normal(0.0, 0.1, (2, 5, 2))
AWAY = np.array([0.05, 0.1, 0.15, 0.3, 0.0])

#: Every public function of the modules of terms, with arguments.
CALLS = {
    rewards.position: (POINTS, OTHERS),
    rewards.velocity: (POINTS, OTHERS),
    rewards.upright: (AWAY, -2.0 * AWAY),
    rewards.energy: (rng.uniform(size=(5, 5, 80)),),
    terminations.distances: (POINTS, OTHERS),
    terminations.tracking_lost: (AWAY, 2.0 * AWAY),
    terminations.relative_lost: (2.0 * POINTS, 2.0 * OTHERS),
    goals.distance: (GROUND, GOAL),
    goals.progress: (AWAY, AWAY[::-1].copy()),
    goals.reached: (AWAY,),
    goals.sparse: (AWAY,),
    goals.velocity_along: (GROUND, GOAL),
    goals.fallen: (5.0 * AWAY,),
    goals.target_in_heading: (BODY, GROUND),
    goals.pelvis_reference: (BODY, AHEAD[:, :, 0], LATER[:, :, 0]),
    observations.root_tilt: (BODY,),
    observations.body_positions: (BODY,),
    observations.body_rotations: (BODY,),
    observations.body_velocities: (BODY,),
    observations.body_angular_velocities: (BODY,),
    observations.foot_contacts: (rng.uniform(0, 800, (5, 4)), 735.0),
    observations.body_terms: (BODY, rng.uniform(0, 1, (5, 4))),
    observations.tracking: (BODY, AHEAD, LATER),
}


def on_torch(value):
    if isinstance(value, BodyState):
        return BodyState(
            *(torch.from_numpy(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init)
        )
    return torch.from_numpy(value) if isinstance(value, np.ndarray) else value


def flat(value):
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("term", CALLS, ids=lambda term: f"{term.__module__.rpartition('.')[2]}.{term.__name__}")
def test_a_term_on_torch(term):
    expected, got = flat(term(*CALLS[term])), flat(term(*map(on_torch, CALLS[term])))
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        assert isinstance(one, torch.Tensor)
        assert one.numpy().dtype == other.dtype
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-13, atol=1e-13)


def test_angles_of_the_pelvis():
    np.testing.assert_allclose(on_torch(BODY).angles.numpy(), BODY.angles, rtol=1e-13)


def test_every_public_term_is_here():
    for module in (rewards, terminations, goals, observations):
        functions = {getattr(module, name) for name in module.__all__ if inspect.isfunction(getattr(module, name))}
        assert functions <= set(CALLS)


def test_terms_can_be_differentiated_after_they_were_computed_in_inference_mode():
    def positions(requires_grad: bool):
        parts = {
            name: torch.tensor(getattr(BODY, name)) for name in ("position", "matrix", "motion", "tracked", "tilt")
        }
        heading = torch.tensor(BODY.heading, requires_grad=requires_grad)
        return observations.body_positions(BodyState(**parts, heading=heading)).sum(), heading

    with torch.inference_mode():
        positions(False)
    total, heading = positions(True)
    total.backward()
    assert heading.grad.any()
