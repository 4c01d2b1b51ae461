"""Reinforcement learning with PPO on a GPU: bodies, networks and updates are on the device, and nothing leaves it.

The bodies are those of ``backend="warp"``. Observations, actions, advantages and batches are tensors of PyTorch on the
device; the host reads a few numbers when it writes a line of the curve, every ``--every`` updates.

    python examples/training/ppo_device.py --out runs/ppo-device --steps 200000000
    kinesis-env evaluate runs/ppo-device/policy.onnx --protocol kinesis --set start_activation=hold

PPO is that of J. Schulman et al., "Proximal policy optimization algorithms" (arXiv 1707.06347), advantages are
generalized (arXiv 1506.02438), and the learning rate follows the divergence of the policy from the one that acted, as
in N. Rudin et al., "Learning to walk in minutes using massively parallel deep reinforcement learning" (CoRL 2021). In a
step in which a body starts its next episode (Gymnasium's NextStep autoreset) it does nothing: there is nothing to
learn from it.

Everything is written to the folder of ``--out`` about once a minute; the same command goes on from there. Needs the
packages mujoco-warp, warp-lang, torch and onnx. Without a GPU, ``--device cpu --rows 64`` learns, slowly.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium
import torch
import yaml
from networks import Network, Statistics, write_policy

import kinesis_env  # noqa: F401  (registers the environments)
from kinesis_env.files import whole_file

#: What the environments are; ``--set`` changes it.
REFERENCE = {"start_activation": "hold", "lookahead": 3, "lookahead_stride": 5, "random_heading": False}
SETTINGS: dict[str, dict[str, Any]] = {
    "Kinesis-Imitate-v0": {"motions": "walk", "action_mode": "residual", **REFERENCE},
    "Kinesis-Text-v0": {"action_mode": "residual", **REFERENCE},
    "Kinesis-Reach-v0": {"action_mode": "residual"},
    "Kinesis-Direction-v0": {"action_mode": "residual"},
}
#: Control steps of each body between two updates; passes over them, and parts of each pass.
HORIZON, EPOCHS, PARTS = 32, 5, 4
#: Discount of rewards, and decay of the trace of advantages.
DISCOUNT, TRACE = 0.97, 0.95
#: Greatest change of the ratio that counts, greatest norm of the gradient, and weight of the critic's loss.
CLIP, NORM, CRITIC = 0.2, 1.0, 1.0
#: Learning rate at first, and its limits.
RATE, LEAST_RATE, MOST_RATE = 3e-4, 1e-5, 1e-3
#: Units of the two layers of each network, and logarithm of the standard deviation of actions at first.
WIDTH, LOG_STD = 256, -2.0
CHECKPOINT, POLICY, CURVE = "checkpoint.pt", "policy.onnx", "curve.csv"
COLUMNS = ("steps", "hours", "episode_seconds", "episode_reward", "reward_per_step", "std", "learning_rate")


class Rollout(NamedTuple):
    """Steps of all bodies, (T, N, ...): what was seen and done, and whether the body moved at all."""

    observation: torch.Tensor
    mean: torch.Tensor
    action: torch.Tensor
    reward: torch.Tensor
    terminated: torch.Tensor
    truncated: torch.Tensor
    moved: torch.Tensor


class Part(NamedTuple):
    """Some steps of a rollout, (M, ...), with what is learned from them."""

    observation: torch.Tensor
    mean: torch.Tensor
    action: torch.Tensor
    log_prob: torch.Tensor
    advantage: torch.Tensor
    target: torch.Tensor
    weight: torch.Tensor


def advantages(rollout: Rollout, value: torch.Tensor, discount: float, trace: float) -> torch.Tensor:
    """Return generalized advantages, (T, N), of values (T + 1, N); zero where a body did not move.

    The observation after the end of an episode is its last. After a termination nothing follows; after a truncation
    something would have, and it is worth the value of that observation.
    """
    advantage = torch.zeros_like(rollout.reward)
    later = torch.zeros_like(value[0])
    for step in reversed(range(len(advantage))):
        terminated, truncated = rollout.terminated[step], rollout.truncated[step]
        worth = rollout.reward[step] + discount * value[step + 1] * ~terminated
        later = worth - value[step] + discount * trace * later * ~(terminated | truncated)
        later = later * rollout.moved[step]
        advantage[step] = later
    return advantage


def log_probability(action: torch.Tensor, mean: torch.Tensor, log_std: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the density of actions (..., 80)."""
    terms = -0.5 * ((action - mean) * torch.exp(-log_std)) ** 2 - log_std - 0.5 * math.log(2.0 * math.pi)
    return terms.sum(-1)


def divergence(mean: torch.Tensor, log_std: torch.Tensor, new: torch.Tensor, new_log_std: torch.Tensor) -> torch.Tensor:
    """Return the divergence (Kullback-Leibler) of a policy's actions (..., 80) from the new one's."""
    ratio = (torch.exp(2.0 * log_std) + (mean - new) ** 2) * torch.exp(-2.0 * new_log_std)
    return (new_log_std - log_std + 0.5 * (ratio - 1.0)).sum(-1)


def mean_of(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return the mean of the values with weight 1; the others have weight 0."""
    return (values * weight).sum() / weight.sum().clamp(min=1.0)


class Learner(torch.nn.Module):
    """The networks, and the bodies that learn.

    Args:
        envs: the bodies.
        seed: of the networks and the actions; the bodies' own is that of :meth:`begin`.
        divergence: of the policy, that the learning rate aims at in an update; 0 leaves the learning rate alone.
    """

    def __init__(self, envs: Any, seed: int, divergence: float) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.envs, self.wanted, device = envs, divergence, envs.unwrapped.device
        inputs, outputs = envs.single_observation_space.shape[0], envs.single_action_space.shape[0]
        self.actor, self.critic = Network(inputs, outputs, WIDTH), Network(inputs, 1, WIDTH)
        with torch.no_grad():
            for part in self.actor.layers[-1].parameters():
                part.mul_(0.01)  # actions begin near zero
        self.log_std = torch.nn.Parameter(torch.full((outputs,), LOG_STD))
        self.statistics = Statistics(inputs)
        self.to(device)
        self.rate = torch.tensor(RATE, device=device)
        self.optimizer = torch.optim.Adam(self.parameters(), lr=self.rate, fused=True)
        self.generator = torch.Generator(device).manual_seed(seed)
        rows = envs.num_envs
        self.ended = torch.zeros(rows, dtype=torch.bool, device=device)
        self.length, self.total = (torch.zeros(rows, device=device) for _ in range(2))
        #: Sums since the last line: episodes, their steps and rewards; steps, and their rewards.
        self.sums = torch.zeros(5, dtype=torch.float64, device=device)
        self.observation = torch.zeros((rows, inputs), device=device)

    def begin(self, seed: int) -> None:
        """Start episodes; with a new policy, let it act once to see what observations are like."""
        self.observation, _ = self.envs.reset(seed=seed)
        if not self.statistics.count:
            self.learn_statistics(self.rollout())
            self.sums.zero_()

    @torch.no_grad()
    def learn_statistics(self, rollout: Rollout) -> None:
        """Normalize by the observations of a rollout too."""
        self.statistics.add(rollout.observation, rollout.moved)
        for network in (self.actor, self.critic):
            self.statistics.give(network)

    @torch.no_grad()
    def rollout(self) -> Rollout:
        """Act for a while."""
        steps = []
        std = self.log_std.exp()
        for _ in range(HORIZON):
            seen, moved = self.observation, ~self.ended
            mean = self.actor.raw(seen)
            action = mean + std * torch.randn(mean.shape, generator=self.generator, device=mean.device)
            self.observation, reward, terminated, truncated, _ = self.envs.step(action)
            self.ended = terminated | truncated
            self.count(reward, moved)
            # Rewards are at most about 1: with this factor values are too.
            steps.append((seen, mean, action, (1.0 - DISCOUNT) * reward, terminated, truncated, moved))
        return Rollout(*(torch.stack(part) for part in zip(*steps, strict=True)))

    def count(self, reward: torch.Tensor, moved: torch.Tensor) -> None:
        """Count a step."""
        self.length, self.total = (self.length + 1.0) * moved, (self.total + reward) * moved
        ended = self.ended.to(torch.float32)
        parts = (ended, self.length * ended, self.total * ended, moved, reward)
        self.sums += torch.stack([part.sum(dtype=torch.float64) for part in parts])

    def update(self, rollout: Rollout) -> None:
        """Learn from a rollout."""
        batch, log_std = self.batch(rollout)
        for _ in range(EPOCHS):
            order = torch.randperm(len(batch.target), generator=self.generator, device=batch.target.device)
            for chosen in order.chunk(PARTS):
                self.improve(Part(*(part[chosen] for part in batch)), log_std)
        self.learn_statistics(rollout)

    @torch.no_grad()
    def batch(self, rollout: Rollout) -> tuple[Part, torch.Tensor]:
        """Return what is learned from the steps of a rollout, and the logarithm of the standard deviation in it."""
        seen = torch.cat((rollout.observation, self.observation[None]))
        value = self.critic.raw(seen)[..., 0]
        advantage = advantages(rollout, value, DISCOUNT, TRACE)
        target, weight = advantage + value[:-1], rollout.moved.to(torch.float32)
        advantage = advantage - mean_of(advantage, weight)
        advantage = advantage / (mean_of(advantage**2, weight).sqrt() + 1e-8)
        log_std = self.log_std.clone()
        log_prob = log_probability(rollout.action, rollout.mean, log_std)
        parts = (rollout.observation, rollout.mean, rollout.action, log_prob, advantage, target, weight)
        return Part(*(part.flatten(0, 1) for part in parts)), log_std

    def improve(self, part: Part, log_std: torch.Tensor) -> None:
        """Make a step of the optimizer with a part of a batch, whose actions had a standard deviation."""
        mean = self.actor.raw(part.observation)
        if self.wanted > 0.0:
            with torch.no_grad():
                self.adapt(mean_of(divergence(part.mean, log_std, mean, self.log_std), part.weight))
        ratio = torch.exp(log_probability(part.action, mean, self.log_std) - part.log_prob)
        clipped = ratio.clamp(1.0 - CLIP, 1.0 + CLIP)
        gain = mean_of(torch.minimum(ratio * part.advantage, clipped * part.advantage), part.weight)
        error = mean_of((self.critic.raw(part.observation)[..., 0] - part.target) ** 2, part.weight)
        self.optimizer.zero_grad()
        (CRITIC * error - gain).backward()
        torch.nn.utils.clip_grad_norm_(self.parameters(), NORM)
        self.optimizer.step()

    def adapt(self, found: torch.Tensor) -> None:
        """Lower the learning rate if the policy went too far, raise it if it could go farther."""
        slower, faster = found > 2.0 * self.wanted, found < 0.5 * self.wanted
        self.rate.mul_(torch.where(slower, 1.0 / 1.5, torch.where(faster, 1.5, 1.0))).clamp_(LEAST_RATE, MOST_RATE)

    def figures(self) -> tuple[float, ...]:
        """Return the figures of the curve since the last time, from ``episode_seconds`` on: the host waits for them."""
        episodes, lengths, totals, steps, rewards = self.sums.tolist()
        self.sums.zero_()
        second = 1.0 / self.envs.unwrapped.task.simulation.control_step
        per_episode = [part / episodes if episodes else math.nan for part in (lengths / second, totals)]
        return (*per_episode, rewards / max(steps, 1.0), float(self.log_std.exp().mean()), float(self.rate))

    def state(self) -> dict[str, Any]:
        """Return everything that is learned, and the state of the random numbers."""
        return {
            "networks": self.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": self.generator.get_state(),
        }

    def take(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.load_state_dict(state["networks"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rate.copy_(self.optimizer.param_groups[0]["lr"])
        self.optimizer.param_groups[0]["lr"] = self.rate
        self.generator.set_state(state["random"].cpu())


class Run:
    """A training that can be interrupted, and its folder."""

    def __init__(self, folder: Path, learner: Learner, settings: dict[str, Any]) -> None:
        self.folder, self.learner, self.settings = folder, learner, settings
        self.steps, self.hours = 0, 0.0
        if (folder / CHECKPOINT).is_file():
            state = torch.load(folder / CHECKPOINT, map_location=learner.envs.unwrapped.device, weights_only=True)
            if state["settings"] != settings:
                raise SystemExit(f"{folder} has a training with other settings: {state['settings']}")
            learner.take(state)
            self.steps, self.hours = state["steps"], state["hours"]
            print(f"going on after {self.steps:,} steps")

    def note(self) -> None:
        """Add a line to the curve."""
        figures = (self.hours, *self.learner.figures())
        path = self.folder / CURVE
        new = not path.is_file()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(COLUMNS)
            writer.writerow([self.steps, *(f"{figure:.5g}" for figure in figures)])
        line = zip(COLUMNS, (self.steps, *figures), strict=True)
        print("  ".join(f"{name} {figure:.4g}" for name, figure in line), flush=True)

    def save(self) -> None:
        """Write the checkpoint and the policy, each whole or not at all."""
        state = {"steps": self.steps, "hours": self.hours, "settings": self.settings, **self.learner.state()}
        with whole_file(self.folder / CHECKPOINT) as path:
            torch.save(state, path)
        write_policy(self.folder / POLICY, self.learner.actor, self.settings)


def arguments_of(words: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; one that is there is continued")
    parser.add_argument("--env", default="Kinesis-Imitate-v0", choices=list(SETTINGS))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the id, in YAML")
    parser.add_argument("--rows", type=int, default=4096, help="bodies side by side")
    parser.add_argument("--steps", type=int, default=200_000_000, help="of all bodies together")
    parser.add_argument("--minutes", type=float, default=math.inf, help="ends earlier, after this time")
    parser.add_argument("--device", help="cuda, cuda:1, ... or cpu; without it, the GPU if there is one")
    parser.add_argument("--divergence", type=float, default=0.1, help="of an update; 0 leaves the learning rate alone")
    parser.add_argument("--every", type=int, default=10, help="updates between two lines of the curve")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> None:
    """Train."""
    args = arguments_of(words)
    own = {key: yaml.safe_load(value) for key, _, value in (word.partition("=") for word in args.set)}
    settings = SETTINGS[args.env] | own
    envs = gymnasium.make_vec(args.env, num_envs=args.rows, backend="warp", device=args.device, **settings)
    learner = Learner(envs, args.seed, args.divergence)
    args.out.mkdir(parents=True, exist_ok=True)
    run = Run(args.out, learner, {"env": args.env, **settings})
    learner.begin(args.seed + run.steps)  # a row's seed is this and its number: none has been used before
    began = last = saved = time.perf_counter()
    updates, line = 0, -1
    try:
        while run.steps < args.steps and last - began < 60.0 * args.minutes:
            learner.update(learner.rollout())
            run.steps, updates = run.steps + HORIZON * args.rows, updates + 1
            now = time.perf_counter()
            run.hours, last = run.hours + (now - last) / 3600.0, now
            if updates % args.every == 0:
                run.note()
                line = updates
                if now - saved > 60.0:
                    run.save()
                    saved = now
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint, at most a few minutes ago")
        return
    if updates and line != updates:
        run.note()
    run.save()


if __name__ == "__main__":
    main()
