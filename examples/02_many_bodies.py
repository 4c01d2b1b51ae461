"""Many bodies on a thread pool, and the result of every episode that ends."""

import time

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401

NUM_ENVS, STEPS = 32, 60

envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=NUM_ENVS, autoreset_mode="SameStep", random_heading=True)
observations, infos = envs.reset(seed=0)
rng = np.random.default_rng(0)

results = []
start = time.perf_counter()
for _ in range(STEPS):
    actions = rng.uniform(-1, 1, envs.action_space.shape).astype(np.float32)
    observations, rewards, terminated, truncated, infos = envs.step(actions)
    if "final_info" in infos:
        over = infos["_final_info"]
        results.extend(
            zip(infos["final_info"]["frame_coverage"][over], infos["final_info"]["mpjpe"][over], strict=True)
        )
seconds = time.perf_counter() - start

coverage, mpjpe = np.mean(results, axis=0)
print(f"{len(results)} episodes of random actions: frame coverage {coverage:.1%}, MPJPE {mpjpe:.0f} mm")
print(f"{NUM_ENVS * STEPS / seconds:.0f} steps/s")
envs.close()
