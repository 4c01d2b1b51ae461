"""Cost of prompts: parsing, embedding, generating a motion, and resets of ``Kinesis-Text-v0``.

python benchmarks/prompts.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401
from kinesis_env.text import BuiltinTextToMotion, behavior_of, embed, goal_of, understand
from kinesis_env.text.sampling import sampled_prompts

PROMPTS = sampled_prompts(100, seed=7)
ENVS = 64


def milliseconds(function: Callable[[str], object]) -> tuple[float, float]:
    """Return the median and the longest time of a function of each prompt [ms]."""
    times = []
    for prompt in PROMPTS:
        start = time.perf_counter()
        function(prompt)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times)), max(times)


def seconds(function: Callable[[], object]) -> float:
    """Return how long a call takes [s]."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def steps_per_second(env_id: str, **kwargs: object) -> float:
    """Return environment steps per second of bodies that nothing ends."""
    vector = gymnasium.make_vec(env_id, num_envs=ENVS, termination_distance=float("inf"), **kwargs)
    vector.reset(seed=0)
    actions = np.zeros((ENVS, 80), dtype=np.float32)
    vector.step(actions)
    return 100 * ENVS / seconds(lambda: [vector.step(actions) for _ in range(100)])


def main() -> None:
    """Print the figures."""
    builtin = BuiltinTextToMotion()
    builtin.generate("walk")
    for name, function in (("understand", understand), ("embed", embed), ("generate", builtin.generate)):
        print(f"{name:<44} median {milliseconds(function)[0]:6.2f} ms, longest {milliseconds(function)[1]:6.2f} ms")
    met = [
        goal_of(prompt, seed=3).met(behavior_of(m), m.duration)
        for prompt in PROMPTS
        if (m := builtin.generate(prompt, seed=3))
    ]
    print(f"{'references that meet their own goal':<44} {sum(met)} of {len(met)}")
    env = gymnasium.make("Kinesis-Text-v0", prompts=list(PROMPTS))
    first = [seconds(lambda p=prompt: env.reset(seed=0, options={"prompt": p, "variant": 9})) for prompt in PROMPTS]
    again = [seconds(lambda p=prompt: env.reset(options={"prompt": p, "variant": 9})) for prompt in PROMPTS]
    for what, times in (("new", first), ("known", again)):
        shown = f"median {1000 * np.median(times):6.2f} ms, longest {1000 * max(times):6.2f} ms"
        print(f"{f'single reset, {what} prompt':<44} {shown}")
    made: list[gymnasium.vector.VectorEnv] = []
    print(f"{f'make_vec of {ENVS}, with 64 sampled prompts':<44} {seconds(lambda: made.append(_vector())):6.2f} s")
    print(f"{f'vector reset of {ENVS}':<44} {1000 * seconds(lambda: made[0].reset(seed=0)):6.2f} ms")
    wishes = {"prompt": [PROMPTS[i] for i in range(ENVS)], "variant": 5}
    print(f"{f'vector reset of {ENVS}, all new prompts':<44} {seconds(lambda: made[0].reset(options=wishes)):6.2f} s")
    print(
        f"{'Kinesis-Text-v0':<44} {steps_per_second('Kinesis-Text-v0', prompts=['walk for 30 seconds']):6.0f} steps/s"
    )
    print(f"{'Kinesis-Imitate-v0':<44} {steps_per_second('Kinesis-Imitate-v0'):6.0f} steps/s")


def _vector() -> gymnasium.vector.VectorEnv:
    return gymnasium.make_vec("Kinesis-Text-v0", num_envs=ENVS)


if __name__ == "__main__":
    main()
