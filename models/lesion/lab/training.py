"""Train the members of an ensemble: seeded, resumable after every epoch, the same on CPU and GPU."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from models.lesion.lab.augment import mix, vary
from models.lesion.lab.data import TEST_FOLD
from models.lesion.network import LesionNetwork, Shape
from models.lesion.preparation import standardise, to_side
from models.lesion.sets import LesionSet, Recipe

EMA_DECAY: Final = 0.995  # decay of the exponential moving average of the weights, which is what ships; our choice
WARM_UP: Final = 0.2  # share of the steps after which the learning rate is highest

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Step:
    """Progress of a training run, for display."""

    member: int
    epoch: int  # epochs that are finished
    epochs: int
    loss: float
    accuracy: float  # of the averaged weights on the member's own held-out fold


@dataclass(frozen=True)
class Workplace:
    """Where training takes place, and its output folders."""

    weights: Path  # folder of finished models
    checkpoints: Path
    device: torch.device
    tell: Callable[[Step], None] = lambda _: None


@dataclass(frozen=True)
class Material:
    """Training data of one set's members, N images."""

    squares: Tensor  # [N, 1, S, S], 0..1
    targets: Tensor  # [N], class numbers
    folds: NDArray[np.intp]  # [N], 0..9
    fingerprint: str


@dataclass(frozen=True)
class Trained:
    """One finished member."""

    weights: Weights  # averaged, on the CPU
    minutes: float  # of processor time


def member_fold(member: int) -> int:
    """Return the fold (1..9) that a member never sees in training; 0 is the test fold.

    Two members each share a fold, so that calibration there is already that of an ensemble.
    """
    return 1 + member // 2


def shape_of(known: LesionSet) -> Shape:
    """Return the network's shape for a set."""
    recipe = known.recipe
    return Shape(recipe.stem_stride, recipe.widths, recipe.blocks, len(known.classes))


def running_mean(mean: Tensor, new: Tensor, steps: Tensor | int) -> Tensor:
    """Update an exponential moving average, with a smaller decay during the first steps."""
    memory = min(EMA_DECAY, (1 + int(steps)) / (10 + int(steps)))
    return mean + (new - mean) * (1 - memory)


def digest(weights: Weights) -> str:
    """Return a digest of the weights: 12 hex digits."""
    sum_up = hashlib.sha256()
    for name in sorted(weights):
        sum_up.update(weights[name].numpy().tobytes())
    return sum_up.hexdigest()[:12]


def train_member(
    known: LesionSet, material: Material, member: int, place: Workplace, pretrained: Weights | None = None
) -> Trained:
    """Train one network on all folds but the test fold and its own held-out one.

    A checkpoint of the same recipe, data and member is resumed; any other is overwritten. `pretrained` are the weights
    of a network pretrained on another set, of which all but the head are used.
    """
    run = _Run(known, material, member, place.device, pretrained)
    checkpoint = place.checkpoints / f"{known.name}_{member}.pt"
    for epoch in range(run.resume(checkpoint), known.recipe.epochs):
        start = time.process_time()
        loss = run.train_epoch(epoch)
        run.seconds += time.process_time() - start
        run.save(checkpoint, epoch + 1)
        place.tell(Step(member, epoch + 1, known.recipe.epochs, loss, run.accuracy()))
    averaged = run.averaged.module.state_dict()
    weights = {name: value.detach().cpu().contiguous() for name, value in averaged.items()}
    return Trained(weights, run.seconds / 60)


def sides_at(recipe: Recipe, epoch: int) -> tuple[int, ...]:
    """Return the sides in px that the batches of an epoch are drawn from."""
    return next((sides for share, sides in recipe.growth if epoch < share * recipe.epochs), (recipe.size_px,))


class _Run:
    """One training run, with everything that a checkpoint holds."""

    def __init__(
        self, known: LesionSet, material: Material, member: int, device: torch.device, pretrained: Weights | None
    ) -> None:
        self.recipe, self.material, self.member, self.device = known.recipe, material, member, device
        self.seconds = 0.0
        self.held = np.flatnonzero(material.folds == member_fold(member))
        self.rows = np.flatnonzero((material.folds != TEST_FOLD) & (material.folds != member_fold(member)))
        torch.manual_seed(member)
        self.network = LesionNetwork(shape_of(known), self.recipe.dropout)
        if pretrained is not None:
            body = {name: value for name, value in pretrained.items() if not name.startswith("head.")}
            self.network.load_state_dict(body, strict=False)
        self.network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = AveragedModel(self.network, avg_fn=running_mean, use_buffers=True)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=self.recipe.rate, weight_decay=self.recipe.decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            max_lr=self.recipe.rate,
            total_steps=self.recipe.epochs * (len(self.rows) // self.recipe.batch),
            pct_start=WARM_UP,
        )
        self.parts: dict[str, torch.nn.Module | torch.optim.Optimizer] = {
            "network": self.network,
            "averaged": self.averaged,
            "optimiser": self.optimiser,
        }
        # More members, or other sizes at prediction, leave the trained networks valid
        alone = asdict(replace(self.recipe, members=1, sides_px=self.recipe.sides_px[:1]))
        self.identity = f"{alone} {material.fingerprint} {member} {digest(pretrained or {})}"

    def resume(self, checkpoint: Path) -> int:
        """Resume from a checkpoint of the same run; return the number of finished epochs."""
        if not checkpoint.exists():
            return 0
        saved = torch.load(checkpoint, map_location=self.device, weights_only=True)
        if saved["identity"] != self.identity:
            return 0
        for name, part in self.parts.items():
            part.load_state_dict(saved[name])
        self.schedule.load_state_dict(saved["schedule"])
        self.seconds = float(saved["seconds"])
        return int(saved["epoch"])

    def save(self, checkpoint: Path, epoch: int) -> None:
        """Write a checkpoint atomically."""
        states: dict[str, object] = {name: part.state_dict() for name, part in self.parts.items()}
        states["schedule"] = self.schedule.state_dict()
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        states |= {"identity": self.identity, "epoch": epoch, "seconds": self.seconds}
        torch.save(states, checkpoint.with_suffix(".part"))
        checkpoint.with_suffix(".part").replace(checkpoint)

    def train_epoch(self, epoch: int) -> float:
        """Train one epoch; return its mean loss. It is seeded by its number, so that a resumed run is the same run."""
        chance = np.random.default_rng([self.member, epoch])
        generator = torch.Generator().manual_seed(int(chance.integers(2**31)))
        torch.manual_seed(int(chance.integers(2**31)))  # dropout
        order = chance.permutation(self.rows)
        classes, sides = self.network.head.out_features, sides_at(self.recipe, epoch)
        losses = []
        self.network.train()
        for start in range(0, len(order) - self.recipe.batch + 1, self.recipe.batch):
            rows = torch.from_numpy(order[start : start + self.recipe.batch])
            side = sides[int(chance.integers(len(sides)))]
            squares = to_side(self.material.squares[rows], side).to(self.device)
            targets = functional.one_hot(self.material.targets[rows], classes).float().to(self.device)
            squares, targets = mix(standardise(vary(squares, generator)), targets, self.recipe.mixup, chance)
            logits = self.network(squares.contiguous(memory_format=torch.channels_last))
            loss = functional.cross_entropy(logits, targets)
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            self.schedule.step()
            self.averaged.update_parameters(self.network)
            losses.append(float(loss.detach()))
        return float(np.mean(losses))

    @torch.inference_mode()
    def accuracy(self) -> float:
        """Accuracy of the averaged weights on the member's own held-out fold."""
        self.averaged.eval()
        squares = standardise(self.material.squares[self.held])
        named = [self.averaged(part.to(self.device)).argmax(1).cpu() for part in torch.split(squares, 64)]
        return float((torch.cat(named) == self.material.targets[self.held]).float().mean())
