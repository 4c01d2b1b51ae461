"""What people write in captions: amounts in many spellings, what happens at once, and what comes after."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.errors import PromptError
from kinesis_env.text import BuiltinTextToMotion, behavior_of, summary, understand

UNDERSTOOD = {
    # amounts
    "walk 1,5 m": "walk forward 1.5 m",
    "walk .5 m": "walk forward 0.5 m",
    "walk 0.02 km": "walk forward 20 m",
    "walk 1.4m/s": "walk forward 1.4 m/s",
    "run 10km/h": "run forward 2.78 m/s",
    "one and a half turns to the left": "turn in place 540 deg left",
    "turn three quarters to the right": "turn in place 270 deg right",
    "turn an eighth of a turn to the left": "turn in place 45 deg left",
    "forward 2 m, left 90, forward 2 m": "walk forward 2 m; turn in place 90 deg left; walk forward 2 m",
    "slowly turn to the right, about 45 degrees": "turn in place slowly 45 deg right",
    "turn right at a 45 degree angle": "turn in place 45 deg right",
    "does a full 360 degree spin clockwise": "turn in place 360 deg right",
    "walk forward until 5 meters": "walk forward 5 m",
    "walk in a semi-circle to the right": "walk in a circle clockwise 0.5 times around",
    "walk in a circle of 3 meters": "walk in a circle 1.5 m radius",
    "walk around in a 2 meter radius circle": "walk in a circle 2 m radius",
    "\u201cwalk forward\u201d \u2014 then turn left\u2026": "walk forward; turn in place 90 deg left",
    "walk one-and-a-half meters": "walk forward 1.5 m",
    "wait a second and a half, then run": "stand 1.5 s; run forward",
    "walk two meters and a half": "walk forward 2.5 m",
    "walk 1 1/2 meters": "walk forward 1.5 m",
    "walk 5 feet 6 inches": "walk forward 1.68 m",
    "walk for 1 min 5 sec": "walk forward 65 s",
    # how
    "run at full speed": "run very fast forward",
    "walk at low speed": "walk slowly forward",
    "hurry forward": "run fast forward",
    "walk smoothly": "walk forward",
    "turn gradually to the right while walking": "walk forward in a curve of 90 deg right",
    "with small steps, walk forward": "walk slowly forward",
    "start slow and then speed up": "walk slowly forward; walk forward",
    "slow down from a run to a walk": "run forward; walk forward",
    "walk to the left while facing forward": "walk sideways left",
    "facing forward, a person walks to the right": "walk sideways right",
    "walk backward facing forward": "walk backward",
    "walk forward looking straight ahead": "walk forward",
    "walk, stepping to the left": "walk forward; step sideways left 1 steps",
    "walk forward and to the left, moving sideways": "walk forward and left",
    "walk with large strides to the left": "walk fast forward turning first 90 deg left",
    "the person shuffles forward": "walk slowly forward",
    "a person walks to the left using side steps": "walk sideways left",
    "walk forward without stopping": "walk forward",
    "walk nonstop to the left": "walk forward turning first 90 deg left",
    # when
    "wait a moment, then walk": "stand; walk forward",
    "hold still, then turn left": "stand; turn in place 90 deg left",
    "after 3 seconds, walk forward": "stand 3 s; walk forward",
    "walk, then after 3 seconds turn left": "walk forward 3 s; turn in place 90 deg left",
    "walk forward and after 5 steps turn around": "walk forward 5 steps; turn in place 180 deg",
    "walk 2 m, then after 2 seconds turn left": "walk forward 2 m; stand 2 s; turn in place 90 deg left",
    "after 3 seconds of walking, turn left": "walk forward 3 s; turn in place 90 deg left",
    "turn left after 2 seconds": "stand 2 s; turn in place 90 deg left",
    "walk forward, but first turn left": "turn in place 90 deg left; walk forward",
    "walk forward prior to turning left": "walk forward; turn in place 90 deg left",
    "a person stops while walking": "walk forward; stand",
    "walk forward and turn left at the same time": "walk forward in a curve of 90 deg left",
    "from a standstill, walk forward": "stand; walk forward",
    # back, and again
    "walk 3 m, then run back to the start": "walk forward 3 m; run to the start",
    "jog 5 m and slowly walk back to where he started": "jog forward 5 m; walk to the start slowly",
    "run 8 m, turn around and walk to the start": "run forward 8 m; turn in place 180 deg; walk to the start",
    "walk 3 m and go back to the start": "walk forward 3 m; walk to the start",
    "walk 2 m, turn left, do this twice": (
        "walk forward 2 m; turn in place 90 deg left; walk forward 2 m; turn in place 90 deg left"
    ),
    "step forward, then do it once more": "step forward 2 steps",
    "walk 2 m and repeat": "walk forward 2 m; walk forward 2 m",
    "walk forward, turn around, and walk back in the other direction": (
        "walk forward; turn in place 180 deg; walk forward as far as before"
    ),
    "walk forward, then walk back in the opposite direction": (
        "walk forward; turn in place 180 deg; walk forward as far as before"
    ),
    "turn around and walk in the opposite direction": "turn in place 180 deg; walk forward",
    "a person paces slowly up and down": (
        "walk slowly forward; turn in place 180 deg; walk slowly forward as far as before"
    ),
    # figures and turns
    "do a full rotation": "turn in place 360 deg",
    "a person rotates in a full circle to the right": "turn in place 360 deg right",
    "go round and round in circles": "walk in a circle 2 times around",
    "weave left and right while jogging": summary(understand("jog in a zigzag")),
    "walk forward, moving slightly to the left": "walk forward turning first 35 deg left",
    "runs forward, then veers off to the left": "run forward; run forward in a curve of 60 deg left",
    "while walking backward, speed up": "walk backward; walk fast backward",
    "walk fifteen paces": "walk forward 15 steps",
    "rotate to the right": "turn in place 90 deg right",
    "rotate left in a full circle": "turn in place 360 deg left",
    "rotate right twice": "turn in place 720 deg right",
    "walk in circles 3 times": "walk in a circle 3 times around",
    "step left and right twice": "; ".join(["step sideways left 1 steps; step sideways right 1 steps"] * 2),
    "rotate around to the left": "turn in place 360 deg left",
    "walk forward and backward twice": "walk forward; walk backward; walk forward; walk backward",
    "step left twice and right once": "step sideways left 2 steps; step sideways right 1 steps",
    "walk gradually faster": "walk fast forward",
    "walk forward gradually increasing speed": "walk forward; walk fast forward",
    # who
    "a person begins at a standstill, then walks": "stand; walk forward",
    "the robot walks forward": "walk forward",
    "a person is initially standing, then walks forward": "stand; walk forward",
    "I'd like you to turn right": "turn in place 90 deg right",
}

REFUSED = {
    "run while standing still": "stand and run at once",
    "stand still while walking": "stand and walk at once",
    "stand in a circle": "stand and circle at once",
    "walk while stopping": "stopping and something else at once",
    "sidestep in a circle": "sidestep and circle at once",
    "walk in a circle while spinning": "spin and circle at once",
    "spin while marching in place": "spin and march at once",
    "zigzag while turning left": "zigzag and turn at once",
    "speed up while turning": "quicken and turn at once",
    "run while stepping to the left": "running is possible forward",
    "return while marching": "return and march at once",
    "walk forward and backward at the same time": "forward and backward at once",
    "turn left and right simultaneously": "left and right at once",
    "walk on one foot": "cannot do: on one foot",
    "he turns his head to the left": "cannot do: head",
    "turn head left": "cannot do: head",
    "walk as an old man": "not understood: like",
    "walk as a robot": "not understood: like, robot",
    "walk gradually": "'gradually' does not fit",
    "turn left while facing forward": "'sideways' does not fit",
    "walk, repeat 4 times": "unclear whether the first time counts",
    "repeat": "nothing yet to repeat",
    "do this 3 times": "nothing yet to repeat",
    "walk and repeat backward": "'repeat' must stand alone",
    "walk one kilometer": "takes 833 s",
    "a person steps up and down": "cannot do: up, down",
    "move up and down": "cannot do: up, down",
    "walk 6 inches 5 feet": "two amounts of the same kind",
    "walk forward repeatedly": "not understood: repeatedly",
    "walk 1/0 m": "not understood: /",
}


@pytest.mark.parametrize(("prompt", "meaning"), UNDERSTOOD.items())
def test_captions(prompt, meaning):
    assert summary(understand(prompt)) == meaning


@pytest.mark.parametrize(("prompt", "message"), REFUSED.items())
def test_nothing_is_left_out_in_silence(prompt, message):
    with pytest.raises(PromptError, match=message):
        BuiltinTextToMotion().generate(prompt)


@pytest.mark.parametrize("duration", [np.float32(8.0), np.int64(8), np.float64(8.0)])
def test_a_duration_may_be_a_number_of_numpy(duration):
    assert BuiltinTextToMotion().generate("walk", duration=duration).duration == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("prompt", "ahead", "aside", "turn"),
    [
        ("walk to the left while facing forward", 0.0, 1.5, 0.0),
        ("walk 3 m, then run back to the start", 0.0, 0.0, 180.0),
        ("forward 2 m, left 90, forward 2 m", 2.1, 2.1, 90.0),
        ("walk 2 m, turn left, do this 4 times", 0.0, 0.1, 360.0),
        ("run, and after 5 m turn right", 5.0, 0.0, -90.0),
    ],
)
def test_the_motion_does_what_the_caption_says(prompt, ahead, aside, turn):
    done = behavior_of(BuiltinTextToMotion().generate(prompt))
    assert done.ahead == pytest.approx(ahead, abs=0.2)
    assert done.aside == pytest.approx(aside, abs=0.2)
    assert math.degrees(done.turn) == pytest.approx(turn, abs=3.0)
