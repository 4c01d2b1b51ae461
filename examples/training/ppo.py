r"""Reinforcement learning with PPO from Stable-Baselines3, with a learning curve; a run continues where it stopped.

With residual actions, action 0 is a servo to the reference that pulls as the reference requires. Learning then starts
with a body that follows for half a second rather than a tenth. With 80 actions, one step of the optimizer changes what
the body does more than with a few. Therefore the learning rate falls as learning goes on, and the exploration with it.

    python examples/training/ppo.py --out runs/ppo --steps 10000000
    kinesis-env evaluate runs/ppo/policy.onnx --motions walk --protocol kinesis

The state is written to the folder ``--out`` every few minutes, and with it the policy; the same command continues from
there. The learning curve is ``curve.csv``; if TensorBoard is installed, the folder also contains its log. Needs the
extra ``sb3``, and the package onnx for the policy.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import time
from pathlib import Path

import numpy as np
import torch
import yaml
from networks import Network, write_policy
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecNormalize

from kinesis_env.sb3 import KinesisVecEnv, make_vec_env

#: Settings of the environment, other than the clips.
CONFIG = {
    "action_mode": "residual",
    "start_activation": "hold",
    "lookahead": 3,
    "lookahead_stride": 5,
    "random_heading": False,
}
#: Learning rate, and logarithm of the standard deviation of actions: at first, and at the end of all steps.
RATES = (2e-4, 1e-5)
LOG_STDS = (-2.4, -3.2)
#: Settings of PPO; all others are the library's defaults.
SETTINGS = {
    "n_steps": 64,
    "batch_size": 1024,
    "n_epochs": 5,
    "gamma": 0.98,
    "gae_lambda": 0.95,
    "clip_range": 0.2,
    "max_grad_norm": 0.5,
    "policy_kwargs": {"net_arch": [256, 256], "activation_fn": torch.nn.ELU, "log_std_init": LOG_STDS[0]},
}
MODEL, STATISTICS, POLICY, CURVE = "model.zip", "normalize.pkl", "policy.onnx", "curve.csv"
COLUMNS = ("steps", "hours", "episode_seconds", "episode_reward", "reward_per_step", "std")


def learning_rate(remaining: float) -> float:
    """Return the learning rate when this part of all steps is left, 1 to 0."""
    return float(RATES[1] * (RATES[0] / RATES[1]) ** remaining)


class Exploration(BaseCallback):
    """Lets the standard deviation of actions fall from one rollout to the next."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def _on_rollout_start(self) -> None:
        done = min(1.0, self.num_timesteps / self.steps)
        self.model.policy.log_std.data.fill_(LOG_STDS[0] + done * (LOG_STDS[1] - LOG_STDS[0]))

    def _on_step(self) -> bool:
        return True


class Curve(BaseCallback):
    """Writes a line of the curve after so many steps, and with it what is needed to go on."""

    def __init__(self, folder: Path, every: int, hours: float) -> None:
        super().__init__()
        self.folder, self.every, self.hours = folder, every, hours
        self.due, self.saved = 0, -1
        self.began = time.perf_counter()

    def _on_training_start(self) -> None:
        self.due = self.num_timesteps + self.every

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        if self.num_timesteps >= self.due:
            self.due += self.every
            self.save()

    def save(self) -> None:
        """Write model, statistics of the observations, policy, and a line."""
        episodes = list(self.model.ep_info_buffer or [])
        if not episodes or self.num_timesteps == self.saved:
            return
        self.saved = self.num_timesteps
        lengths, returns = (np.array([episode[key] for episode in episodes]) for key in ("l", "r"))
        figures = (
            self.num_timesteps,
            self.hours + (time.perf_counter() - self.began) / 3600,
            float(lengths.mean()) / 30.0,
            float(returns.mean()),
            float(returns.sum() / lengths.sum()),
            float(self.model.policy.log_std.detach().exp().mean()),
        )
        self.model.save(self.folder / MODEL)
        self.model.get_vec_normalize_env().save(str(self.folder / STATISTICS))
        write_policy(self.folder / POLICY, network_of(self.model), CONFIG)
        new = not (self.folder / CURVE).is_file()
        with (self.folder / CURVE).open("a", newline="") as stream:
            writer = csv.writer(stream)
            if new:
                writer.writerow(COLUMNS)
            writer.writerow([figures[0], *(f"{figure:.4f}" for figure in figures[1:])])
        print("  ".join(f"{name} {figure:.4g}" for name, figure in zip(COLUMNS, figures, strict=True)), flush=True)


def network_of(model: PPO) -> Network:
    """Return the network of the actions, with the statistics of the observations in it."""
    statistics, policy = model.get_vec_normalize_env(), model.policy
    (inputs,), (outputs,) = model.observation_space.shape, model.action_space.shape
    network = Network(inputs, outputs, policy.action_net.in_features, statistics.clip_obs)
    layers = torch.nn.Sequential(*policy.mlp_extractor.policy_net, policy.action_net)
    network.layers.load_state_dict(layers.state_dict())
    network.mean.copy_(torch.as_tensor(statistics.obs_rms.mean))
    network.scale.copy_(torch.as_tensor((statistics.obs_rms.var + statistics.epsilon) ** -0.5))
    return network


def environment(arguments: argparse.Namespace) -> KinesisVecEnv:
    """Return the bodies."""
    return make_vec_env(
        "Kinesis-Imitate-v0",
        arguments.rows,
        seed=arguments.seed,
        motions=yaml.safe_load(arguments.motions),
        num_threads=arguments.threads,
        **CONFIG,
    )


def hours_so_far(folder: Path) -> float:
    """Return the hours of the last line of the curve."""
    if not (folder / CURVE).is_file():
        return 0.0
    with (folder / CURVE).open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    return float(lines[-1]["hours"]) if lines else 0.0


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; an existing run is continued")
    parser.add_argument("--steps", type=int, default=10_000_000, help="total steps of all bodies")
    parser.add_argument("--motions", default="walk", help="the argument `motions` of the id, as YAML")
    parser.add_argument("--rows", type=int, default=64, help="bodies in parallel")
    parser.add_argument("--threads", type=int, default=1, help="physics threads")
    parser.add_argument("--every", type=int, default=100_000, help="steps between two rows of the curve")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    board = str(folder) if importlib.util.find_spec("tensorboard") else None
    bodies = environment(arguments)
    if (folder / MODEL).is_file():
        normalized = VecNormalize.load(str(folder / STATISTICS), bodies)
        model = PPO.load(folder / MODEL, env=normalized, tensorboard_log=board)
        print(f"continuing after {model.num_timesteps:,} steps")
    else:
        normalized = VecNormalize(bodies, gamma=SETTINGS["gamma"])
        options = {"seed": arguments.seed, "tensorboard_log": board, "learning_rate": learning_rate}
        model = PPO("MlpPolicy", normalized, **options, **SETTINGS)
    left = arguments.steps - model.num_timesteps
    if left <= 0:
        write_policy(folder / POLICY, network_of(model), CONFIG)
        print("all steps are done")
        return
    curve = Curve(folder, arguments.every, hours_so_far(folder))
    try:
        callbacks = [Exploration(arguments.steps), curve]
        model.learn(left, callback=callbacks, reset_num_timesteps=False, tb_log_name="ppo")
    except KeyboardInterrupt:
        print("interrupted; run the same command again to continue from the last row of the curve")
        return
    curve.save()


if __name__ == "__main__":
    main()
