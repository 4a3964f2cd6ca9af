"""From stays to weights: features, one network taught by what came, calibration on patients that trained nothing.

Every finished pass waits in a folder, so that a training that was stopped goes on. Shapes: N rows, P stays, F features,
I inputs of the network, T bins, B stays, Y heads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from models.risk.deterioration.events import HEADS
from models.risk.deterioration.network import FEATURES, INPUTS_READ, READ, DeteriorationNetwork, Shape
from models.risk.deterioration.weights import Trained
from models.risk.features import SEPSIS
from models.risk.lab import ranks
from models.risk.lab.deterioration.labels import Truth, on_every_hour, truth_of
from models.risk.lab.feature_table import unroll
from models.risk.lab.recipe import CannotTeachError, OnProgress
from models.risk.lab.split import parts_of
from models.risk.lab.stays import Stays
from models.risk.lab.students import bundle

EMBEDDING: Final = 64
HIDDEN: Final = 64
EPOCHS: Final = 8
_RATE: Final = 3e-3
_DECAY: Final = 1e-2
_DROPOUT: Final = 0.1
_LARGEST_GRADIENT: Final = 1.0
_THINNED: Final = 5  # every fifth row is enough for the quantiles
_PIECE: Final = 50_000  # rows encoded at once
_LARGEST: Final = 60_000.0  # what half precision holds
NOTABLE: Final = 0.9  # the share of the tuning hours that lies under a notable risk

Halves = NDArray[np.float16]


@dataclass(frozen=True)
class Lessons:
    """What is learned from: inputs [N, I] by `encode`, the stays' first rows [P + 1], and the truth [N, Y]."""

    encoded: Halves
    start: NDArray[np.int64]
    truth: Truth


def train(stays: Stays, seed: int, epochs: int, work: Path, on_progress: OnProgress) -> Trained:
    """Train on the stays; the same stays, seed, epochs and machine give the same weights.

    Finished passes in the folder `work` are taken as they are, so it must belong to these alone. Raises
    CannotTeachError when too few stays train or tune.
    """
    work.mkdir(parents=True, exist_ok=True)
    whole = on_every_hour(stays)
    part, truth = parts_of(whole.patient_id), truth_of(whole)
    _check(truth, np.repeat(part, whole.hours))
    table = read_features(whole, lambda hour: on_progress("features", hour, int(whole.hours.max())))
    torch.manual_seed(seed)
    network = DeteriorationNetwork(Shape(len(FEATURES), ranks.KNOTS, EMBEDDING, HIDDEN, len(HEADS)), _DROPOUT)
    training_rows = np.flatnonzero(np.repeat(part == "train", whole.hours))
    network.set_ranks(ranks.fit_ranks(table[training_rows[::_THINNED]].astype(np.float32)))
    lessons = Lessons(encode(network, table), whole.start, truth)
    _learn(network, lessons, np.flatnonzero(part == "train"), (seed, epochs), work, on_progress)
    network.eval()
    tune = np.flatnonzero(part == "tune")
    logits, rows = scores(network, lessons.encoded, whole.start, tune), whole.rows_of(tune)[0]
    slopes, offsets, notable = _calibrated(logits[rows], Truth(truth.asked[rows], truth.came[rows]))
    figures = _areas(logits[rows], Truth(truth.asked[rows], truth.came[rows]))
    return Trained(network, slopes, offsets, notable, stays.fingerprint, figures)


def read_features(stays: Stays, on_hour: Callable[[int], None] = lambda _: None) -> Halves:
    """Return the features [N, F] that the network reads, made by the very steps that the live path takes."""
    table = np.empty((len(stays.columns), len(FEATURES)), np.float16)
    for hour, (rows, described) in enumerate(unroll(SEPSIS, stays.columns, stays.start), start=1):
        table[rows] = described[:, list(READ)].clip(-_LARGEST, _LARGEST)
        on_hour(hour)
    return table


def encode(network: DeteriorationNetwork, table: Halves) -> Halves:
    """Return the network's inputs [N, I] for features [N, F]."""
    encoded = np.empty((len(table), INPUTS_READ), np.float16)
    with torch.inference_mode():
        for at in range(0, len(table), _PIECE):
            encoded[at : at + _PIECE] = network.encode(torch.from_numpy(table[at : at + _PIECE].astype(np.float32)))
    return encoded


def scores(
    network: DeteriorationNetwork, encoded: Halves, start: NDArray[np.int64], stays: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the network's logits [N, Y] for these stays; NaN in every other row."""
    found = np.full((start[-1], len(HEADS)), np.nan, np.float32)
    with torch.inference_mode():
        for rows, real in bundle(start, stays, None):
            logits, _ = network.unroll(_inputs(encoded, rows))
            found[rows[real]] = logits.numpy()[real]
    return found


def _learn(
    network: DeteriorationNetwork,
    lessons: Lessons,
    stays: NDArray[np.int64],
    chance: tuple[int, int],
    work: Path,
    on_progress: OnProgress,
) -> None:
    """Teach the network what came, from the last finished pass on."""
    seed, epochs = chance
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    batches = sum(1 for _ in bundle(lessons.start, stays, None))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=batches * epochs, pct_start=0.1)
    done = _resume(work, network, optimiser, schedule)
    came = torch.from_numpy(lessons.truth.came.astype(np.float32))
    asked = torch.from_numpy(lessons.truth.asked.astype(np.float32))
    for epoch in range(done + 1, epochs + 1):
        network.train()
        torch.manual_seed(seed * 1000 + epoch)  # so that a pass is the same whether it follows another or a stop
        for rows, real in bundle(lessons.start, stays, np.random.default_rng([seed, epoch])):
            logits, _ = network.unroll(_inputs(lessons.encoded, rows))
            at, there = torch.from_numpy(rows[real]), torch.from_numpy(real)
            each = binary_cross_entropy_with_logits(logits[there], came[at], reduction="none") * asked[at]
            loss = each.sum() / asked[at].sum().clamp(min=1)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
        learner = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({"epoch": epoch, "schedule": schedule.state_dict()} | learner, work / "pass.pt")
        on_progress("passes", epoch, epochs)


def _resume(
    work: Path,
    network: DeteriorationNetwork,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> int:
    """Take over the last finished pass, if there is one, and return its number."""
    kept = work / "pass.pt"
    if not kept.exists():
        return 0
    last = torch.load(kept, weights_only=True)
    network.load_state_dict(last["network"])
    optimiser.load_state_dict(last["optimiser"])
    schedule.load_state_dict(last["schedule"])
    return int(last["epoch"])


def _calibrated(logits: NDArray[np.float32], truth: Truth) -> tuple[list[float], list[float], list[float]]:
    """Platt calibration of each head, and the probability from which its risk is notable."""
    slopes, offsets, notable = [], [], []
    for at in range(len(HEADS)):
        asked = truth.asked[:, at]
        score = logits[asked, at]
        platt = LogisticRegression(C=np.inf).fit(score[:, None], truth.came[asked, at])
        slopes.append(float(platt.coef_[0, 0]))
        offsets.append(float(platt.intercept_[0]))
        notable.append(float(np.quantile(platt.predict_proba(score[:, None])[:, 1], NOTABLE)))
    return slopes, offsets, notable


def _areas(logits: NDArray[np.float32], truth: Truth) -> Mapping[str, float]:
    return {
        f"tune/{head.name}/{head.horizon_h}h/auroc": float(
            roc_auc_score(truth.came[truth.asked[:, at], at], logits[truth.asked[:, at], at])
        )
        for at, head in enumerate(HEADS)
    }


def _check(truth: Truth, part: NDArray[np.str_]) -> None:
    """Raise CannotTeachError unless each event comes and stays away among those that train and those that tune."""
    for name in ("train", "tune"):
        of_part = part == name
        for at, head in enumerate(HEADS):
            came = truth.came[of_part & truth.asked[:, at], at]
            if came.all() or not came.any():
                msg = f"too few stays: those that {name} must hold hours with and without {head.text}"
                raise CannotTeachError(msg)


def _inputs(encoded: Halves, rows: NDArray[np.int64]) -> Tensor:
    """Return the inputs [T, B, I] of rows [T, B]."""
    return torch.from_numpy(encoded[rows.ravel()].astype(np.float32)).view(*rows.shape, -1)
