"""PPO with RLlib, on one machine or on a cluster.

Two runners sample in parallel, each with sixteen bodies. By default, it runs a few thousand steps; a useful policy
takes millions: STEPS=5000000. On a Ray cluster (`ray start --head`, then `ray start --address=...` on the other
machines), ADDRESS=auto joins it, and RUNNERS=32 distributes the work. Each machine needs the package.
"""

import os
import sys
import time

import gymnasium

import kinesis_env  # noqa: F401  (registers the environments)

try:
    import ray
    from ray.rllib.algorithms.ppo import PPOConfig
except ImportError:
    print("this example needs RLlib: pip install 'ray[rllib]' torch")
    sys.exit(0)

STEPS, RUNNERS = int(os.environ.get("STEPS", "4096")), int(os.environ.get("RUNNERS", "2"))

ray.init(address=os.environ.get("ADDRESS"), include_dashboard=False, log_to_driver=False)
config = (
    PPOConfig()
    # Each runner imports the module before the colon, which registers the ids there.
    .environment("kinesis_env:Kinesis-Imitate-v0", env_config={"action_mode": "residual"})
    .env_runners(
        num_env_runners=RUNNERS,
        num_envs_per_env_runner=int(os.environ.get("BODIES", "16")),
        gym_env_vectorize_mode=gymnasium.VectorizeMode.VECTOR_ENTRY_POINT,
        rollout_fragment_length="auto",
    )
    .training(train_batch_size_per_learner=2048, minibatch_size=512, num_epochs=2, lr=3e-4, gamma=0.97)
)
algorithm = config.build_algo()
done, began = 0, time.perf_counter()
while done < STEPS:
    result = algorithm.train()
    runners = result["env_runners"]
    done = int(result["num_env_steps_sampled_lifetime"])
    length, reward = runners["episode_len_mean"], runners["episode_return_mean"]
    rate = done / (time.perf_counter() - began)
    print(f"{done} steps: an episode lasts {length:.1f} steps and returns {reward:.2f}; {rate:.0f} steps per second")
algorithm.stop()
ray.shutdown()
