"""Act with twelve numbers instead of eighty: actions in a basis of muscle synergies.

The synergies are those of a static optimization of the shipped walk. An action wrapper is sufficient; other action
spaces, such as latent spaces, work the same way.
"""

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the environments)
from kinesis_env.analysis import synergies
from kinesis_env.dynamics import static_optimization
from kinesis_env.motions import load_motions

activity = static_optimization(load_motions("walk")[0])
found = synergies(activity.activation, 12)
print(f"12 synergies account for {found.vaf:.1%} of the activity of {len(activity.muscles)} muscles")


class ActInSynergies(gymnasium.ActionWrapper):
    """Actions are from 0 to 1, one for each synergy: 1 is as much of it as the walk ever has."""

    def __init__(self, env, patterns, most):
        super().__init__(env)
        self.patterns = patterns * most[:, None]
        self.action_space = gymnasium.spaces.Box(0.0, 1.0, (len(patterns),), np.float32)

    def action(self, action):
        excitation = np.clip(np.asarray(action) @ self.patterns, 0.0, 1.0)
        return (2.0 * excitation - 1.0).astype(np.float32)


env = gymnasium.make("Kinesis-Imitate-v0", motions="walk", action_mode="excitation", start_activation="hold")
env = ActInSynergies(env, found.patterns, found.activations.max(axis=0))
print(env.action_space)
for seed in range(3):
    observation, info = env.reset(seed=seed)
    # The activity of the reference in its synergies. This is open loop, so the body soon falls.
    steps, over = 0, False
    while not over:
        frame = min(round(30 * info["time"]), len(found.activations) - 1)
        action = found.activations[frame] / found.activations.max(axis=0)
        observation, reward, terminated, truncated, info = env.step(action.astype(np.float32))
        steps, over = steps + 1, terminated or truncated
    print(f"seed {seed}: {steps} steps")
env.close()
