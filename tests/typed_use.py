"""What a type checker says about the use of the package; run by ``make types``, never executed."""

from pathlib import Path

import kinesis_env.envs as envs
from kinesis_env.motions import Motion, load_motions

motion: Motion = load_motions("walk")[0]
envs.ImitateEnv(motions=[motion, Path("mine.npz"), "walk*"], lookahead=3, render_mode="rgb_array")
envs.ImitateVectorEnv(64, motions=motion, num_threads=2, mass_scale=(0.9, 1.1))
envs.ReachEnv(goals=5, success="touch", rewards={"energy": {"weight": 0.2}})
envs.TextVectorEnv(8, prompts=["walk forward"], autoreset_mode="SameStep")

envs.ImitateEnv(typo=1)  # type: ignore[call-arg]
envs.ImitateEnv(lookahead="three")  # type: ignore[arg-type]
envs.DirectionVectorEnv(4, motions="walk")  # type: ignore[call-arg]
