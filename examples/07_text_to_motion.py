"""From prompts to motions, and to an environment that uses them: the built-in generator, and a custom one.

A text-to-motion model of the MDM family returns joints (22, 3) at 20 frames per second. To use one, write a function
of a prompt and a seed; here, a stand-in replaces the model.
"""

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401
from kinesis_env.errors import PromptError
from kinesis_env.text import (
    BuiltinTextToMotion,
    CallableTextToMotion,
    behavior_of,
    similarity,
    summary,
    understand,
)

# Prompts that the built-in grammar understands.
builtin = BuiltinTextToMotion()
for prompt in ("walk 3 meters, turn left 90 degrees, then run", "he slowly strolls while veering right"):
    motion = builtin.generate(prompt, seed=0)
    done = behavior_of(motion)
    print(f"{prompt!r}: {summary(understand(prompt))}")
    print(f"  {motion.duration:.1f} s, ends {done.ahead:.1f} m ahead, {done.aside:.1f} m to the left")
try:
    builtin.generate("jump over the fence")
except PromptError as error:
    print(f"no: {str(error).partition(';')[0]}")
for other in ("turn left while walking", "turn right"):
    print(f"'walk to the left' and {other!r}: {similarity('walk to the left', other):.2f}")


class StandInModel:
    """What a diffusion model would be: joints (T, 22, 3) in SMPL's order, y up. It knows one walk."""

    PELVIS, SPINE, NECK = 0, 3, 12
    HIPS, KNEES, ANKLES, TOES = (1, 2), (4, 5), (7, 8), (10, 11)

    def sample(self, prompt: str, frames: int, rng: np.random.Generator) -> np.ndarray:
        """Return joints of a walk at about 1 m/s, whatever the prompt."""
        time = np.arange(frames) / 20.0
        phase = 2 * np.pi * rng.uniform(0.8, 0.95) * time
        joints = np.zeros((frames, 22, 3))
        root = np.stack((0 * time, 0.92 + 0.015 * np.cos(2 * phase), rng.uniform(0.9, 1.1) * time), axis=1)
        joints[:] = root[:, None]
        joints[:, self.SPINE, 1] += 0.12
        joints[:, self.NECK, 1] += 0.50
        for side, sign in ((0, 1.0), (1, -1.0)):
            swing = phase if side == 0 else phase + np.pi
            thigh, knee = 0.42 * np.sin(swing), 0.55 * np.clip(np.cos(swing), 0.0, None) + 0.12
            down = np.stack((0 * time, -np.cos(thigh), np.sin(thigh)), axis=1)
            shank = np.stack((0 * time, -np.cos(thigh - knee), np.sin(thigh - knee)), axis=1)
            joints[:, self.HIPS[side]] = root + np.array([0.09 * sign, -0.06, 0.0])
            joints[:, self.KNEES[side]] = joints[:, self.HIPS[side]] + 0.42 * down
            joints[:, self.ANKLES[side]] = joints[:, self.KNEES[side]] + 0.40 * shank
            joints[:, self.TOES[side]] = joints[:, self.ANKLES[side]] + np.array([0.0, -0.06, 0.13])
        return joints


MODEL = StandInModel()


def walk_like_a_model(prompt: str, *, seed: int, duration: float | None) -> np.ndarray:
    """The adapter: give the prompt to a model, and return its joints."""
    frames = round(20 * (duration or 4.0))
    return MODEL.sample(prompt, frames, np.random.default_rng(seed))


walk_like_a_model.fps = 20.0  # type: ignore[attr-defined]

motion = CallableTextToMotion(walk_like_a_model, source_fps=20.0).generate("a person ambles along like a duck", seed=1)
print(f"from the stand-in model: {motion.duration:.1f} s, {motion.qpos[-1, 0]:.1f} m ahead")

# An environment names its generator by a string: generator="my_package.my_module:walk_like_a_model", or
# generator="folder:results" for a folder of stored results of a model. The built-in one is the default.
env = gymnasium.make("Kinesis-Text-v0", prompts=["walk forward", "turn around", "walk in a circle"], variants=2)
observation, info = env.reset(seed=0, options={"prompt": "take two steps back"})
print(f"{info['prompt']!r} is understood as {info['understood']!r}; an observation has {observation.size} numbers")
total, over = 0.0, False
while not over:
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    total, over = total + reward, terminated or truncated
print(
    f"random actions: followed {info['frame_coverage']:.0%} of the motion, semantic success: {info['semantic_success']}"
)
