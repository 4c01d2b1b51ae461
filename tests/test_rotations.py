import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from kinesis_env import rotations

numbers = st.floats(-1, 1, allow_subnormal=False)
quats = arrays(np.float64, (5, 4), elements=numbers).filter(lambda q: (np.linalg.norm(q, axis=1) > 0.1).all())
unit_quats = quats.map(rotations.normalize)
vectors = arrays(np.float64, (5, 3), elements=st.floats(-3, 3, allow_subnormal=False))
fast = settings(max_examples=60, deadline=None)


def scipy(quat):
    return Rotation.from_quat(np.asarray(quat), scalar_first=True)


def same(a, b, atol=1e-12):
    """Whether quaternions are the same rotations, whatever their signs."""
    np.testing.assert_allclose(np.abs(np.sum(np.asarray(a) * np.asarray(b), axis=-1)), 1, atol=atol)


@fast
@given(quat=quats)
def test_normalize_and_conjugate(quat):
    unit = rotations.normalize(quat)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=-1), 1)
    same(rotations.multiply(unit, rotations.conjugate(unit)), np.tile([1.0, 0, 0, 0], (5, 1)))


@fast
@given(a=unit_quats, b=unit_quats, vector=vectors)
def test_multiply_and_rotate(a, b, vector):
    same(rotations.multiply(a, b), (scipy(a) * scipy(b)).as_quat(scalar_first=True))
    np.testing.assert_allclose(rotations.rotate(a, vector), scipy(a).apply(vector), atol=1e-12)
    twice = rotations.rotate(a, rotations.rotate(b, vector))
    np.testing.assert_allclose(rotations.rotate(rotations.multiply(a, b), vector), twice, atol=1e-12)


@fast
@given(quat=unit_quats)
def test_matrices(quat):
    matrix = rotations.to_matrix(quat)
    np.testing.assert_allclose(matrix, scipy(quat).as_matrix(), atol=1e-12)
    back = rotations.from_matrix(matrix)
    same(back, quat)
    assert (back[..., 0] >= 0).all()


@fast
@given(vector=vectors)
def test_rotation_vectors(vector):
    quat = rotations.from_rotvec(vector)
    same(quat, Rotation.from_rotvec(vector).as_quat(scalar_first=True))
    back = rotations.to_rotvec(quat)
    same(rotations.from_rotvec(back), quat)
    assert (np.linalg.norm(back, axis=-1) <= np.pi + 1e-9).all()


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e-12, 1e-9, 1e-8, 1e-5, 0.1, 3.0, np.pi - 1e-6])
def test_rotation_vectors_keep_their_precision(size):
    vector = size * np.array([[1.0, 0, 0], [0, -0.6, 0.8]])
    np.testing.assert_allclose(rotations.to_rotvec(rotations.from_rotvec(vector)), vector, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(rotations.to_rotvec(-rotations.from_rotvec(vector)), vector, rtol=1e-9, atol=1e-300)


@fast
@given(quat=unit_quats)
def test_heading_roll_and_pitch_are_the_euler_angles(quat):
    forward = scipy(quat).apply([1.0, 0, 0])
    heading = rotations.heading(quat)
    level = np.hypot(forward[:, 0], forward[:, 1]) > 1e-3
    ahead = forward[level, :2] / np.hypot(forward[level, 0], forward[level, 1])[:, None]
    np.testing.assert_allclose(np.cos(heading[level]), ahead[:, 0], atol=1e-7)
    np.testing.assert_allclose(np.sin(heading[level]), ahead[:, 1], atol=1e-7)
    roll, pitch = rotations.roll_pitch(quat)
    angles = np.stack((heading, pitch, roll), axis=-1)[level]
    if level.any():
        same(Rotation.from_euler("ZYX", angles).as_quat(scalar_first=True), quat[level], atol=1e-6)


@given(yaw=st.floats(-3.1, 3.1))
@fast
def test_yaw(yaw):
    quat = rotations.from_yaw(yaw)
    assert quat.shape == (4,)
    assert rotations.heading(quat) == pytest.approx(yaw, abs=1e-9)
    np.testing.assert_allclose(rotations.roll_pitch(quat), 0, atol=1e-12)


@fast
@given(a=unit_quats, b=unit_quats, fraction=st.floats(0, 1))
def test_slerp(a, b, fraction):
    share = np.full(5, fraction)
    between = rotations.slerp(a, b, share)
    np.testing.assert_allclose(np.linalg.norm(between, axis=-1), 1)
    same(rotations.slerp(a, b, np.zeros(5)), a)
    same(rotations.slerp(a, b, np.ones(5)), b)
    whole, part = (scipy(a).inv() * scipy(b)).magnitude(), (scipy(a).inv() * scipy(between)).magnitude()
    np.testing.assert_allclose(part, fraction * whole, atol=1e-6)


def test_any_leading_axes():
    quat = rotations.normalize(np.random.default_rng(0).normal(size=(2, 3, 4)))
    assert rotations.multiply(quat, quat[0, 0]).shape == (2, 3, 4)
    assert rotations.rotate(quat, np.ones(3)).shape == (2, 3, 3)
    assert rotations.to_matrix(quat).shape == (2, 3, 3, 3)
    assert rotations.from_matrix(rotations.to_matrix(quat)).shape == (2, 3, 4)
    assert rotations.heading(quat).shape == (2, 3)
    assert rotations.slerp(quat, quat[0, 0], np.ones((2, 3))).shape == (2, 3, 4)


def test_turning_on_the_ground_by_hand():
    quarter = rotations.turned(np.array([2.0]), np.array([1.0]), np.array([0.0]), np.array([1.0]))
    np.testing.assert_array_equal(quarter, [[-1.0], [2.0]])  # what is ahead is to the left, what is left behind


@given(angle=st.floats(-np.pi, np.pi), x=st.floats(-9, 9), y=st.floats(-9, 9))
def test_turning_on_the_ground_and_back(angle, x, y):
    cos, sin = np.cos(angle), np.sin(angle)
    there = rotations.turned(np.float64(x), np.float64(y), cos, sin)
    expected = rotations.rotate(rotations.from_yaw(angle), np.array([x, y, 0.0]))[:2]
    np.testing.assert_allclose(there, expected, atol=1e-12)
    np.testing.assert_allclose(rotations.turned(*there, cos, -sin), (x, y), atol=1e-12)
