import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env import rotations
from kinesis_env.errors import MotionError
from kinesis_env.motions import mirror
from kinesis_env.motions.gait.gait import Gait
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.segments import Circle, March, Run, Stand, Step, TurnInPlace, Walk
from kinesis_env.motions.gait.stances import plan_stances
from kinesis_env.motions.retargeting.quality import inspect


def turned(motion):
    heading = np.unwrap(rotations.heading(motion.qpos[:, 3:7]))
    return math.degrees(heading[-1] - heading[0])


@pytest.mark.parametrize(
    ("segments", "end", "heading"),
    [
        ((Walk(1.2, distance=3.0),), (3, 0), 0),
        ((Walk(0.4, distance=1.0),), (1, 0), 0),
        ((Run(3.0, distance=9.0),), (9, 0), 0),
        ((Walk(0.8, distance=2.0, direction=math.pi),), (-2, 0), 0),
        ((Step(math.pi / 2, 3, 0.3),), (0, 0.9), 0),
        ((TurnInPlace(-math.pi / 2),), (0, 0), -90),
        ((Circle(1.2, 1.0, left=False),), (0, 0), -360),
        ((March(6),), (0, 0), 0),
        ((Walk(1.0, distance=2), Stand(0.5), TurnInPlace(math.pi), Stand(0.5), Walk(1.0, distance=2)), (0, 0), 180),
    ],
)
def test_a_plan_ends_where_and_how_it_says(segments, end, heading):
    motion = GaitPlan(segments).motion()
    np.testing.assert_allclose(motion.qpos[-1, :2], end, atol=0.03)
    assert turned(motion) == pytest.approx(heading, abs=2)
    report = inspect(motion)
    assert report.flags == ()
    assert report.penetration < 3
    assert report.stance_slip < 0.02
    assert np.abs(motion.qvel[[0, -1]]).max() < 0.1


def test_feet_stand_still_while_they_stand():
    plan = GaitPlan((Walk(1.2, duration=3.0, turn=0.8),))
    motion = plan.motion()
    right, _ = plan_stances(plan.course())
    times = np.arange(len(motion)) / motion.fps
    for lands, leaves in zip(right.lands[1:-1], right.leaves[1:-1], strict=True):
        flat = (times > lands + 0.15) & (times < lands + 0.5 * (leaves - lands))
        ankles = motion.body_pos[flat, 3, :2]
        assert np.ptp(ankles, axis=0).max() < 0.02


def test_running_flies_and_walking_does_not():
    assert inspect(GaitPlan((Run(2.8, duration=3),), start="moving", end="moving").motion()).flight > 0.1
    assert inspect(GaitPlan((Walk(1.9, duration=3),), start="moving", end="moving").motion()).flight == 0


def test_sidesteps_do_not_cross():
    motion = GaitPlan((Step(math.pi / 2, 3, 0.4),)).motion()
    assert (motion.body_pos[:, 4, 1] - motion.body_pos[:, 3, 1]).min() > 0.1


def test_steps_are_counted():
    for plan, count in ((GaitPlan((Walk(1.1, steps=5),)), 6), (GaitPlan((March(6),)), 6)):
        assert sum(len(foot.lands) - 1 for foot in plan_stances(plan.course())) == count


def test_equal_plans_equal_motions_and_mirrored_plans_mirrored_motions():
    plans = [GaitPlan((Walk(1.0, distance=1.5, turn=side), TurnInPlace(side))) for side in (0.9, 0.9, -0.9)]
    first, again, other = (plan.motion() for plan in plans)
    assert first.digest == again.digest
    np.testing.assert_allclose(mirror(first).qpos, other.qpos, atol=1e-6)


def test_steps_differ_with_the_seed_as_peoples_do():
    def steps(seed):
        plan = GaitPlan((Walk(1.2, duration=30.0),), start="moving", end="moving", seed=seed)
        right, left = plan_stances(plan.course())
        lands = np.sort(np.concatenate((right.lands[1:], left.lands[1:])))
        count = min(len(right.place), len(left.place))
        return np.diff(lands), left.place[:count, 1] - right.place[:count, 1]

    (times, widths), (again, _), (others, _) = steps(1), steps(1), steps(2)
    regular, even = steps(None)
    assert np.array_equal(times, again)
    assert not np.allclose(times, others)
    assert regular.std() < 1e-3
    assert np.ptp(even) < 1e-6
    assert 0.01 < times.std() / times.mean() < 0.05
    assert times.mean() == pytest.approx(regular.mean(), rel=0.01)
    assert 0.005 < widths.std() < 0.03
    assert widths.min() > 0.05


@pytest.mark.parametrize("speed", [2.0, 2.4, 2.8, 3.4, 4.0])
def test_runs_speed_up_no_faster_than_an_upright_body_can(speed):
    course = GaitPlan((Run(speed, distance=25.0),)).course()
    forward = course.channels[:, 0]
    assert 1.0 < np.gradient(forward, course.times).max() < 1.65
    assert forward.max() == pytest.approx(speed, rel=0.01)


def test_a_gait_varies_with_the_seed():
    even, one, again = (Gait(1.3, seed=seed).motion(4.0) for seed in (None, 5, 5))
    assert 0.02 < np.abs(one.qpos[:, 7:] - even.qpos[:, 7:]).max() < 0.3
    np.testing.assert_array_equal(one.qpos, again.qpos)


def test_mirrored_plans_of_one_seed_are_mirror_images():
    plans = [GaitPlan((Walk(1.0, distance=2.0, turn=side),), seed=3) for side in (0.9, -0.9)]
    first, other = (plan.motion() for plan in plans)
    np.testing.assert_allclose(mirror(first).qpos, other.qpos, atol=1e-6)


@settings(max_examples=12, deadline=None)
@given(
    speed=st.floats(0.4, 2.0),
    turn=st.floats(-1.5, 1.5),
    backward=st.booleans(),
    fps=st.sampled_from((20.0, 30.0, 60.0)),
)
def test_any_walk_keeps_its_feet_on_the_ground(speed, turn, backward, fps):
    speed = min(speed, 1.2) if backward else speed
    segment = Walk(speed, duration=2.0, turn=turn, direction=math.pi if backward else 0.0)
    motion = GaitPlan((segment,), fps=fps).motion()
    report = inspect(motion)
    assert report.flags == ()
    assert report.penetration < 5
    assert report.flight == 0
    assert turned(motion) == pytest.approx(math.degrees(turn), abs=2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Walk(3.0), "Walk: speed must be from 0.3 to 2, given 3.0"),
        (lambda: Walk(1.0, direction=math.pi / 2), "Walk: speed must be from 0.2 to 0.8, given 1.0"),
        (lambda: Walk(distance=1.0, steps=3), "Walk takes at most one of"),
        (lambda: Walk(distance=0.5, turn=3.0), "Walk: turn_rate must be at most 1.57 rad/s at 1.25 m/s, given 7.5"),
        (lambda: Walk("fast"), "Walk: speed must be a number, given 'fast'"),
        (lambda: Run(1.0), "Run: speed must be from 2 to 4, given 1.0"),
        (lambda: TurnInPlace(0.0), "TurnInPlace: angle must be at least 0.05 rad to either side, given 0.0"),
        (lambda: Step(count=0), "Step: count must be a whole number from 1 to 1000, given 0"),
        (lambda: Circle(0.2), "Circle: radius must be from 0.76"),
        (lambda: March(steps=2, duration=1.0), "March takes at most one of"),
        (lambda: Stand(-1.0), "Stand: duration must be from 0 to 3600, given -1.0"),
        (lambda: GaitPlan(()), "GaitPlan: segments must contain at least one segment"),
        (lambda: GaitPlan(("walk",)), "GaitPlan: segments must be a sequence of Stand, Walk"),
        (
            lambda: GaitPlan((Walk(),), start="flying"),
            "GaitPlan: start must be one of 'standing', 'moving', given 'flying'",
        ),
        (lambda: GaitPlan((Walk(),), fps=1.0), "GaitPlan: fps must be from 10 to 240, given 1.0"),
    ],
)
def test_what_cannot_be_is_named(make, message):
    with pytest.raises(MotionError) as caught:
        make()
    assert message in str(caught.value)
