"""Create an environment, step it, and read its info."""

import gymnasium

import kinesis_env  # noqa: F401  (registers the environments)

env = gymnasium.make("Kinesis-Imitate-v0")
observation, info = env.reset(seed=0)
print(
    f"observation {observation.shape}, action {env.action_space.shape}, clip {info['clip']!r} from {info['time']:.2f} s"
)

over = False
while not over:
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    over = terminated or truncated

terms = {key: round(value, 3) for key, value in info.items() if key.startswith("reward_")}
print(f"last reward {reward:.3f} = {terms}")
print(f"ended by {info['termination_reason'] or 'the end of the clip'} after {info['frame_coverage']:.1%} of the clip")

# The slice of each term in the observation, and the names of the muscles in the action:
task = env.unwrapped.task
print({name: (part.start, part.stop) for name, part in task.layout.items()})
print(", ".join(task.simulation.names.muscles[:5]), "...")
