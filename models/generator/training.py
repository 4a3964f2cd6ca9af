"""Train any network of this package: seeded, resumable, the same on CPU and GPU. The result has averaged weights."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

import torch
from torch import Generator, Tensor, nn
from torch.optim.swa_utils import AveragedModel

from models.lesion.lab.training import running_mean

CHECKPOINT_EVERY: Final = 50  # steps between two checkpoints
WARM_UP: Final = 0.05  # share of the steps after which the learning rate is highest
DECAY: Final = 0.01

Net = TypeVar("Net", bound=nn.Module)
Parts = dict[str, nn.Module | torch.optim.Optimizer]


@dataclass(frozen=True)
class Plan:
    """Hyperparameters of a training run besides the network and the data."""

    name: str
    steps: int
    batch: int
    rate: float  # peak learning rate of AdamW: linear warm-up, then cosine decay
    seed: int = 0


@dataclass(frozen=True)
class Step:
    """Progress of a training run, for display."""

    name: str
    step: int  # steps that are finished
    steps: int
    loss: float


@dataclass(frozen=True)
class Workplace:
    """Where a training run takes place, and the checkpoints that it resumes from."""

    checkpoints: Path
    device: torch.device
    tell: Callable[[Step], None] = lambda _: None


def train(plan: Plan, network: Net, loss: Callable[[Net, Generator], Tensor], of: str, place: Workplace) -> Net:
    """Train a network and return it with averaged weights; `loss` draws its own batch from the generator given.

    `of` identifies the data: a checkpoint of the same plan and data is resumed, any other is overwritten.
    """
    network.to(device=place.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = AveragedModel(network, avg_fn=running_mean, use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, betas=(0.9, 0.99), weight_decay=DECAY)
    parts: Parts = {"network": network, "averaged": averaged, "optimiser": optimiser}
    path, identity = place.checkpoints / f"{plan.name}.pt", f"{plan} {of}"
    for step in range(_resume(path, identity, parts, place.device), plan.steps):
        generator = torch.Generator().manual_seed(plan.seed * 1_000_003 + step)  # seeded by step, for a resumed run
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * _share_of_rate((step + 1) / plan.steps)
        network.train()
        found = loss(network, generator)
        optimiser.zero_grad()
        found.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        averaged.update_parameters(network)
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == plan.steps:
            _save(path, identity, parts, step + 1)
        place.tell(Step(plan.name, step + 1, plan.steps, float(found.detach())))
    done = cast("Net", averaged.module)
    return done.eval().requires_grad_(requires_grad=False)


def _share_of_rate(done: float) -> float:
    return done / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def _resume(path: Path, identity: str, parts: Parts, device: torch.device) -> int:
    if not path.exists():
        return 0
    saved = torch.load(path, map_location=device, weights_only=True)
    if saved["identity"] != identity:
        return 0
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return int(saved["step"])


def _save(path: Path, identity: str, parts: Parts, step: int) -> None:
    """Write a checkpoint atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    saved = {"identity": identity, "step": step, **{name: part.state_dict() for name, part in parts.items()}}
    torch.save(saved, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)
