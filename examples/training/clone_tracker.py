"""Train a network to imitate the tracker from observations: DAgger with PyTorch.

Many bodies walk in parallel. The network acts, and in each state it learns the action that the tracker would have
taken (S. Ross, G. Gordon and D. Bagnell, "A reduction of imitation learning and structured prediction to no-regret
online learning", AISTATS 2011). At first, the tracker acts in part of the steps, later never. Half of the batches are
mirrored, so that what is learned on one side also holds for the other.

    python examples/training/clone_tracker.py baselines/walk.yaml --out runs/walk --minutes 60
    kinesis-env evaluate runs/walk/policy.onnx --protocol kinesis

With ``--also``, the network also learns other motions, such as those of ``kinesis-env generate``. Runs are left out of
them, as the tracker itself loses some. With ``--anneal``, the network finally trains on all labels with a learning rate
that falls to nearly zero, because labels are noisy. ``--start`` takes the labels of another run, and its network if it
has the same width.

The state is written to the folder ``--out`` about once a minute; the same command continues from there. The learning
curve is ``curve.csv``; if TensorBoard is installed, the folder also contains its log. Needs torch and onnx.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from pathlib import Path

import gymnasium
import numpy as np
import torch
import yaml
from networks import Network, write_policy
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import kinesis_env  # noqa: F401  (registers the environments)
from kinesis_env.control import Pilot
from kinesis_env.files import whole_file
from kinesis_env.motions import Motion, load_motions, mirror

try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:
    SummaryWriter = None

#: Maximum deviation of the starts from the reference, and distance from it at which an episode ends [m].
START_NOISE, LOST = [0.02, 0.087], 0.35
#: Control steps between two trainings, and size of a batch.
STEPS, BATCH = 60, 512
#: Maximum difference of mirror images: observations have single precision.
TOLERANCE = 1e-5
#: Decay of the running mean of the weights per update.
AVERAGED = 0.998
#: Highest learning rate, the fraction of it that annealing ends with, and batches between two lines about annealing.
RATE, LAST, CHUNK = 1e-3, 0.02, 500
#: Files of a run in addition to the policy.
CHECKPOINT, LABELS = "checkpoint.pt", "labels.npz"


class Bodies:
    """Bodies side by side, the clips they start in, and what the tracker would do."""

    def __init__(self, config: dict, rows: int, also: list[Motion]) -> None:
        if also:
            config = {**config, "motions": [*load_motions(config["motions"]), *also]}
        training = {"start_noise": START_NOISE, "termination": "any", "termination_distance": LOST}
        self.env = gymnasium.make_vec(
            "Kinesis-Imitate-v0",
            num_envs=rows,
            autoreset_mode=gymnasium.vector.AutoresetMode.DISABLED,
            **{**config, **training},
        )
        self.task = self.env.unwrapped.task
        self.library = self.task.library
        self.pilot = Pilot(self.task, num_threads=1)
        self.rng, self.rows = np.random.default_rng(0), rows
        self.clip = np.zeros(rows, dtype=np.int64)
        self.start = np.zeros(rows)
        self.steps = np.zeros(rows, dtype=np.int64)
        self.share = np.zeros(rows)  # of the steps in which the tracker acts
        self.reached = np.zeros(len(self.library))  # share of each clip that the network gets through, running mean
        self.failures: list[list[float]] = [[] for _ in self.library.names]
        self.observation = np.zeros((rows, self.env.single_observation_space.shape[0]), dtype=np.float32)
        self.ended = np.ones(rows, dtype=bool)

    def begin(self, seed: int | None, share: float) -> None:
        """Start new episodes where one has ended."""
        rows = np.flatnonzero(self.ended)
        if not rows.size:
            return
        weights = 1.05 - self.reached
        durations = np.asarray(self.library.durations)
        for row in rows.tolist():
            clip = int(self.rng.choice(len(weights), p=weights / weights.sum()))
            kind, last = self.rng.random(), max(durations[clip] - 1.0, 0.0)
            if kind < 0.4:
                start = 0.0
            elif kind < 0.75 and self.failures[clip]:
                start = float(np.clip(self.rng.choice(self.failures[clip]) - self.rng.uniform(0.3, 2.5), 0.0, last))
            else:
                start = float(self.rng.uniform(0.0, last))
            self.clip[row], self.start[row] = clip, start
            kind = self.rng.random()
            self.share[row] = 0.0 if kind < 0.3 else share if kind < 0.8 else self.rng.uniform(0.0, max(share, 0.2))
        options = {
            "reset_mask": self.ended.copy(),
            "clip": [self.library.names[clip] for clip in self.clip[rows]],
            "start_time": self.start[rows].tolist(),
        }
        observation, _ = self.env.reset(seed=seed, options=options)
        self.observation[rows] = observation[rows]
        self.steps[rows] = 0
        self.pilot.begin(rows)
        self.ended[rows] = False

    def step(self, network: torch.nn.Module) -> tuple[np.ndarray, np.ndarray]:
        """Make a step; return observations and labels of all rows."""
        labels = self.pilot.act(np.arange(self.rows)).astype(np.float32)
        with torch.no_grad():
            own = network(torch.as_tensor(self.observation)).numpy()
        expert = self.rng.random(self.rows) < self.share
        seen = self.observation.copy()
        observation, _, terminated, truncated, _ = self.env.step(np.where(expert[:, None], labels, own))
        self.observation = np.array(observation, dtype=np.float32)
        self.steps += 1
        self.ended = terminated | truncated
        step = self.task.simulation.control_step
        for row in np.flatnonzero(self.ended):
            clip = self.clip[row]
            at = self.start[row] + self.steps[row] * step
            if terminated[row]:
                self.failures[clip] = [*self.failures[clip][-7:], at]
            if self.share[row] < 0.05 and self.start[row] == 0.0:
                share = 1.0 if not terminated[row] else at / float(self.library.durations[clip])
                self.reached[clip] += 0.3 * (share - self.reached[clip])
        return seen, labels


class Mirror:
    """Exchanges left and right: what the body learns on one side, it knows of the other.

    Where a number of the observation goes, and whether its sign changes, is found from motions and their mirror images.
    """

    def __init__(self, config: dict) -> None:
        motions = load_motions("*")[:12]
        pair = []
        for images in (motions, [mirror(motion) for motion in motions]):
            env = gymnasium.make("Kinesis-Imitate-v0", **{**config, "motions": images}).unwrapped
            starts = [(m.name, float(t)) for m in images for t in np.linspace(0.1, m.duration - 0.8, 8)]
            pair.append([env.reset(options={"clip": clip, "start_time": time})[0] for clip, time in starts])
        one, other = np.array(pair, dtype=float)
        size = one.shape[1]
        self.place, self.sign = np.arange(size), np.ones(size, dtype=np.float32)
        for k in range(size):
            kept, turned = np.abs(one - other[:, [k]]).max(0), np.abs(one + other[:, [k]]).max(0)
            if kept[k] <= TOLERANCE:
                continue  # its own mirror image
            found = [(turned[k], k, -1.0), (kept.min(), kept.argmin(), 1.0), (turned.min(), turned.argmin(), -1.0)]
            error, self.place[k], self.sign[k] = min(found)
            if error > TOLERANCE:
                raise ValueError(f"number {k} of the observation has no mirror image")
        activation = env.task.layout.get("muscle_activation", slice(0))
        self.place[activation] = np.roll(self.place[activation], 40)  # at rest in all of these

    def __call__(self, observation: torch.Tensor, action: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mirror images of observations (n, k) and actions (n, 80)."""
        return observation[:, self.place] * torch.as_tensor(self.sign), action.roll(40, dims=1)


class Run:
    """A training that can be interrupted: the network, all labels, and the folder that they are kept in.

    Args:
        out: the folder; what it holds is taken up again.
        settings: of the environment.
        size: numbers in an observation.
        width: units of each layer.
        start: folder of another run, to begin with its network and its labels.
    """

    def __init__(self, out: Path, settings: dict, size: int, *, width: int, start: Path | None) -> None:
        self.out, self.settings = out, settings
        self.network = Network(size, 80, width)
        self.optimizer = torch.optim.Adam(self.network.parameters(), RATE)
        self.seen = np.zeros((0, size), dtype=np.float32)
        self.labels = np.zeros((0, 80), dtype=np.float32)
        # The policy that acts and is saved: the mean of the weights over the last updates, which is smoother.
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGED), use_buffers=True)
        self.rounds = self.given = self.annealed = 0
        self.hours = 0.0
        self.reached: np.ndarray | None = None
        out.mkdir(parents=True, exist_ok=True)
        self.board = None if SummaryWriter is None else SummaryWriter(str(out))
        if (out / CHECKPOINT).exists():
            state = self._load(out)
            self.optimizer.load_state_dict(state["optimizer"])
            self.rounds, self.given, self.reached = state["rounds"], state["given"], state["reached"].numpy()
            self.annealed = state.get("annealed", 0)
        elif start is not None:
            self._load(start)
            self.given = len(self.seen)

    def _load(self, folder: Path) -> dict:
        state = torch.load(folder / CHECKPOINT, weights_only=True)
        sizes = {name: weights.shape for name, weights in self.network.state_dict().items()}
        if sizes == {name: weights.shape for name, weights in state["network"].items()}:
            self.network.load_state_dict(state["network"])
            self.average.update_parameters(self.network)  # the first time copies
            if "average" in state:
                self.average.load_state_dict(state["average"])
        self.hours = state["hours"]
        with np.load(folder / LABELS) as known:
            self.seen, self.labels = known["seen"], known["labels"]
        return state

    def share(self, halve: int) -> float:
        """Return in how many of the steps the tracker acts: it halves with each so many labels."""
        return 1.0 if not len(self.seen) else 0.5 ** ((len(self.seen) - self.given) / halve)

    def add(self, bodies: Bodies, share: float, seed: int | None) -> None:
        """Let the bodies act for a while, and add the labels."""
        pairs = []
        for step in range(STEPS):
            bodies.begin(seed if step == 0 else None, share)
            pairs.append(bodies.step(self.average))
        self.seen = np.concatenate((self.seen, *(seen for seen, _ in pairs)))
        self.labels = np.concatenate((self.labels, *(labels for _, labels in pairs)))
        self.rounds += 1

    def rate(self) -> float:
        """Return the learning rate while there are new labels."""
        return RATE * max(0.1, 0.5 ** (len(self.seen) / 60000))

    def anneal(self, updates: int, image: Mirror) -> float:
        """Do the next part of so many batches with a falling learning rate; return the loss of the last ones."""
        now = min(CHUNK, updates - self.annealed)
        progress = (self.annealed + 0.5 * now) / updates
        self.annealed += now
        return self.learn(now, image, RATE * (LAST + (1.0 - LAST) * 0.5 * (1.0 + math.cos(math.pi * progress))))

    def learn(self, updates: int, image: Mirror, rate: float) -> float:
        """Fit the network to all labels so far; return the loss of the last batches."""
        x, y = torch.as_tensor(self.seen), torch.as_tensor(self.labels)
        both = torch.cat((x, image(x, y)[0]))
        self.network.mean.copy_(both.mean(0))
        self.network.scale.copy_(1.0 / (both.std(0) + 0.01))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        losses = []
        for number in range(updates):
            batch = torch.randint(len(x), (BATCH,))
            observation, label = x[batch], y[batch]
            if number % 2:
                observation, label = image(observation, label)
            raw = self.network.raw(observation)
            # Beyond the limits an action is clipped: no error where the label is at the limit too.
            error = torch.where((raw < -1.0) & (label <= -1.0), torch.zeros_like(raw), raw - label)
            loss = torch.nn.functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.5)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.average.update_parameters(self.network)
            losses.append(float(loss.detach()))
        return float(np.mean(losses[-50:]))

    def note(self, line: dict) -> None:
        """Add a line to the curve."""
        path = self.out / "curve.csv"
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(line))
            if new:
                writer.writeheader()
            writer.writerow(line)
        if self.board is not None:
            for key, value in line.items():
                self.board.add_scalar(key, value, line["labels"])

    def save(self, reached: np.ndarray) -> None:
        """Write the labels, the checkpoint and the policy, each whole or not at all."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "reached": torch.as_tensor(reached),
            "rounds": self.rounds,
            "hours": self.hours,
            "given": self.given,
            "annealed": self.annealed,
        }

        with whole_file(self.out / LABELS) as path:
            np.savez(path, seen=self.seen, labels=self.labels)
        with whole_file(self.out / CHECKPOINT) as path:
            torch.save(state, path)
        write_policy(self.out / "policy.onnx", self.average.module, self.settings)


def main() -> None:
    """Train, and write the policy, the curve and a checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, help="settings of Kinesis-Imitate-v0 as YAML")
    parser.add_argument("--out", type=Path, required=True, help="folder for the policy, the curve and the checkpoint")
    parser.add_argument("--start", type=Path, help="folder of another run, to start from its labels and its network")
    parser.add_argument("--also", nargs="*", default=[], help="motions to learn besides those of the configuration")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rows", type=int, default=8, help="bodies in parallel")
    parser.add_argument("--width", type=int, default=512, help="units per layer, of two layers")
    parser.add_argument("--updates", type=int, default=300, help="batches between two rounds of labels")
    parser.add_argument("--halve", type=int, default=3000, help="labels after which the tracker acts half as often")
    parser.add_argument("--anneal", type=int, default=0, help="batches with a falling learning rate at the end")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    settings = yaml.safe_load(args.config.read_text(encoding="utf-8"))
    also = [motion for motion in load_motions(args.also) if "run" not in motion.caption] if args.also else []
    bodies, image = Bodies(settings, args.rows, also), Mirror(settings)
    run = Run(args.out, settings, bodies.observation.shape[1], width=args.width, start=args.start)
    bodies.rng = np.random.default_rng([args.seed, run.rounds])
    if run.reached is not None:
        bodies.reached = run.reached
    began = last = saved = time.perf_counter()
    seed: int | None = args.seed + 1000 * run.rounds
    while True:
        share = 0.0
        if last - began < 60.0 * args.minutes:
            share = run.share(args.halve)
            run.add(bodies, share, seed)
            seed = None
            loss = run.learn(args.updates, image, run.rate())
        elif run.annealed < args.anneal:
            loss = run.anneal(args.anneal, image)
        else:
            break
        now = time.perf_counter()
        run.hours, last = run.hours + (now - last) / 3600.0, now
        line = {
            "hours": round(run.hours, 4),
            "labels": len(run.seen),
            "loss": round(loss, 5),
            "tracker_share": round(share, 3),
            "coverage": round(float(bodies.reached.mean()), 4),
        }
        print(line, flush=True)
        run.note(line)
        if now - saved > 60.0:
            run.save(bodies.reached)
            saved = now
    run.save(bodies.reached)


if __name__ == "__main__":
    main()
