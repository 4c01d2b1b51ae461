"""The networks of the trainings of this folder with PyTorch, and how they are written as ONNX."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch

from kinesis_env.evaluation.policy_files import METADATA, OWN_SETTINGS
from kinesis_env.files import whole_file


class Network(torch.nn.Module):
    """Observations to actions, with the statistics of the observations inside, which are clipped at a limit."""

    def __init__(self, inputs: int, outputs: int, width: int, limit: float = 6.0) -> None:
        super().__init__()
        self.limit = limit
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(inputs, width),
            torch.nn.ELU(),
            torch.nn.Linear(width, width),
            torch.nn.ELU(),
            torch.nn.Linear(width, outputs),
        )

    def raw(self, observation: torch.Tensor) -> torch.Tensor:
        """Return the actions before they are clipped."""
        return self.layers(((observation - self.mean) * self.scale).clamp(-self.limit, self.limit))

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        """Return actions in [-1, 1]."""
        return self.raw(observation).clamp(-1.0, 1.0)


class Statistics(torch.nn.Module):
    """Mean and variance of all observations so far."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))
        self.register_buffer("mean", torch.zeros(size, dtype=torch.float64))
        self.register_buffer("spread", torch.zeros(size, dtype=torch.float64))

    def add(self, observation: torch.Tensor, moved: torch.Tensor) -> None:
        """Add observations (T, N, size) of bodies that moved."""
        weight = moved.to(torch.float32)[..., None]
        new = weight.sum().to(torch.float64).clamp(min=1.0)
        center = (observation * weight).sum((0, 1)) / new.to(torch.float32)
        spread = ((observation - center) ** 2 * weight).sum((0, 1)).to(torch.float64)
        away, count = center - self.mean, self.count + new
        self.mean += away * (new / count)
        self.spread += spread + away**2 * (self.count * new / count)
        self.count.copy_(count)

    def give(self, network: Network) -> None:
        """Have a network normalize its observations so."""
        network.mean.copy_(self.mean)
        network.scale.copy_(1.0 / ((self.spread / self.count).sqrt() + 0.01))


class Halved(torch.nn.Module):
    """The same network with its weights in half precision, which halves the file; it computes in single precision."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.limit = network.limit
        self.register_buffer("mean", network.mean)
        self.register_buffer("scale", network.scale)
        self.weights = torch.nn.ParameterList(
            torch.nn.Parameter(part.detach().half(), requires_grad=False) for part in network.layers.parameters()
        )

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        """Return actions in [-1, 1]."""
        x = ((observation - self.mean) * self.scale).clamp(-self.limit, self.limit)
        for k in range(0, len(self.weights), 2):
            x = torch.nn.functional.linear(x, self.weights[k].float(), self.weights[k + 1].float())
            x = torch.nn.functional.elu(x) if k + 2 < len(self.weights) else x
        return x.clamp(-1.0, 1.0)


def write_policy(path: Path, network: Network, settings: Mapping[str, Any]) -> None:
    """Write a network as ONNX; `kinesis-env evaluate` makes the environment with the settings in its metadata."""
    with whole_file(path) as temporary:
        torch.onnx.export(
            Halved(copy.deepcopy(network).cpu()),
            (torch.zeros(1, len(network.mean)),),
            str(temporary),
            input_names=["observation"],
            output_names=["action"],
            dynamic_axes={"observation": {0: "n"}, "action": {0: "n"}},
            do_constant_folding=False,
            dynamo=False,
        )
        model = onnx.load(temporary)
        entry = model.metadata_props.add()
        entry.key = METADATA
        entry.value = json.dumps({key: value for key, value in settings.items() if key in OWN_SETTINGS})
        onnx.save(model, temporary)
