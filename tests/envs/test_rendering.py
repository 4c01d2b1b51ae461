from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.envs import ImitateEnv
from kinesis_env.envs.rendering import _Picture
from kinesis_env.errors import ConfigError, RenderingError
from tests.support import has_display, make_env, make_vec


@pytest.fixture(scope="module")
def pictures(motions):
    """Whether this machine can draw at all; the package is used without OpenGL too."""
    env = make_env(motions=motions, render_mode="rgb_array")
    env.reset(seed=0)
    try:
        env.render()
    except RenderingError as error:
        pytest.skip(f"no OpenGL here: {error}")
    finally:
        env.close()


def frame(motions, mode="rgb_array", steps=0, **kwargs):
    env = make_env(motions=motions, render_mode=mode, width=320, height=240, start_time=1.0, clip="amble", **kwargs)
    env.reset(seed=0)
    for _ in range(steps):
        env.step(np.full(80, 0.5, np.float32))
    picture = env.render()
    env.close()
    env.close()
    return picture


@pytest.mark.usefixtures("pictures")
def test_rgb_array(motions):
    picture = frame(motions, show_reference=False)
    assert picture.shape == (240, 320, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 10  # not blank
    # bones are ivory: brighter in red than in blue; the sky and the floor are not
    bones = picture[..., 0].astype(int) - picture[..., 2] > 15
    assert 0.002 < bones.mean() < 0.2


@pytest.mark.usefixtures("pictures")
def test_the_shadow_follows_the_body(motions):
    """In the same pose, a picture has as much shadow twenty meters away as at the origin."""
    env = make_env(motions=motions, render_mode="rgb_array", width=320, height=240, show_reference=False)
    env.reset(seed=0, options={"clip": "amble", "start_time": 1.0})
    base, dark = env.unwrapped, []
    qpos, qvel = base.data.qpos.copy(), np.zeros(20)
    for away in (0.0, 20.0):
        qpos[:2] = away, 0.0
        base.set_state(qpos, qvel)
        dark.append((env.render()[160:].max(axis=2) < 100).sum())
    env.close()
    assert dark[0] > 50
    assert dark[1] == pytest.approx(dark[0], rel=0.2)


def test_on_a_slope_pictures_show_gravity_downward(motions):
    """A camera sees the direction against gravity as upward, before and after a second picture; no OpenGL is needed."""
    env = make_env(motions=motions, slope=10.0)
    env.reset(seed=0)
    simulation = env.unwrapped.task.simulation
    picture = _Picture(simulation.model)
    up = np.array([np.sin(np.radians(10.0)), 0.0, np.cos(np.radians(10.0))])
    for _ in range(2):
        data = picture.take(simulation, 0)
        side = data.cam_xmat[picture.model.camera("side").id].reshape(3, 3)
        assert side[:, 0] @ up == pytest.approx(0.0, abs=1e-9)
        assert side[:, 1] @ up > 0.99
        away = data.cam_xpos[picture.model.camera("side").id] - data.xpos[simulation.names.root]
        assert np.linalg.norm(away) == pytest.approx(np.hypot(np.hypot(0.2, 3.2), 0.15), rel=0.05)


@pytest.mark.usefixtures("pictures")
def test_depth_array(motions):
    picture = frame(motions, "depth_array", show_reference=False)
    assert picture.shape == (240, 320)
    assert picture.dtype == np.float32
    # the camera stands about 3.3 m from the body
    assert 2.0 < picture.min() < 4.0


@pytest.mark.usefixtures("pictures")
def test_the_ghost_is_the_reference(motions):
    with_ghost, without = (frame(motions, steps=4, show_reference=show) for show in (True, False))
    changed = np.abs(with_ghost.astype(int) - without).max(axis=-1) > 10
    assert 0.002 < changed.mean() < 0.2
    # it is blue
    assert with_ghost[changed][:, 2].mean() > with_ghost[changed][:, 0].mean()


@pytest.mark.usefixtures("pictures")
def test_muscles_redden_with_activation(motions):
    def redness(action):
        env = make_env(
            motions=motions,
            render_mode="rgb_array",
            action_mode="excitation",
            termination_distance=float("inf"),
            show_reference=False,
            clip="amble",
        )
        env.reset(seed=0)
        env.step(np.full(80, action, np.float32))
        picture = env.render().astype(int)
        env.close()
        return ((picture[..., 0] - picture[..., 1] > 60) & (picture[..., 0] - picture[..., 2] > 60)).sum()

    assert redness(1.0) > 10 * (redness(-1.0) + 1)


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize("camera", ["side", "front", "angle"])
def test_cameras_follow_the_body(motions, camera):
    env = make_env(motions=motions, render_mode="depth_array", camera=camera, show_reference=False)
    env.reset(seed=0)
    near = env.render().min()
    state = env.unwrapped.data.qpos.copy()
    state[0] += 50.0
    env.unwrapped.set_state(state, np.zeros(20))
    assert env.render().min() == pytest.approx(near, abs=0.05)
    env.close()


@pytest.mark.usefixtures("pictures")
def test_vector_frames(motions):
    vector = make_vec(2, motions=motions, render_mode="rgb_array", width=160, height=120)
    vector.reset(seed=0)
    first, second = vector.render()
    assert first.shape == second.shape == (120, 160, 3)
    assert not np.array_equal(first, second)
    vector.close()


def test_human_mode_opens_a_window_or_says_why_not(motions):
    env = make_env(motions=motions, render_mode="human")
    if has_display():
        env.reset(seed=0)
        env.step(np.zeros(80, np.float32))
        assert env.render() is None
    else:
        with pytest.raises(RenderingError, match="rgb_array"):
            env.reset(seed=0)
    env.close()
    env.close()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"camera": "top"}, "camera must be one of 'side', 'front', 'angle', given 'top'"),
        ({"width": 0}, "from 1 to"),
        ({"height": 0}, "from 1 to"),
    ],
)
def test_impossible_views(motions, kwargs, message):
    with pytest.raises(ConfigError, match=message):
        make_env(motions=motions, render_mode="rgb_array", **kwargs)


def test_unknown_render_mode(motions):
    with pytest.raises(
        ConfigError, match="render_mode must be None or one of 'human', 'rgb_array', 'depth_array', given 'ansi'"
    ):
        ImitateEnv(motions=motions, render_mode="ansi")
