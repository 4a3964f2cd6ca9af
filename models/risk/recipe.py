"""From stays to a checkpoint: features, teacher, students, decision, figures; what is done is not done again.

Shapes: N rows, P stays, F features, I inputs of the network, M members.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sklearn.metrics import average_precision_score, roc_auc_score

from models.risk import features, ranks, teacher, training
from models.risk.checkpoint import Checkpoint
from models.risk.data import Stays
from models.risk.decision import Decision
from models.risk.fitting import fit_decision
from models.risk.network import Member, RiskNetwork, Shape
from models.risk.split import folds_of, parts_of
from models.risk.unroll import unroll
from models.risk.utility import hourly_utility, normalised_utility

Report = Callable[[str, int, int], None]
"""Told stage, steps done, steps in all."""

EMBEDDING: Final = 128
HIDDEN: Final = 128
_THINNED: Final = 5  # every fifth row is enough for the quantiles
_PIECE: Final = 50_000  # rows encoded at once


@dataclass(frozen=True)
class Recipe:
    """What a training may be asked for.

    epochs   passes of each student over the stays
    members  students, each from a seed of its own
    rounds   trees of the teacher in each fold
    """

    seed: int = 0
    epochs: int = 8
    members: int = 3
    rounds: int = 600


def train(stays: Stays, recipe: Recipe, work: Path, report: Report) -> Checkpoint:
    """Train on the stays, keeping finished parts in the folder `work`; raises ValueError when they cannot teach.

    The same stays, recipe and machine give the same weights. Parts found in `work` are taken as they are, so the
    folder must belong to these stays and this recipe alone.
    """
    if stays.label is None:
        msg = "these stays have no SepsisLabel to learn from"
        raise ValueError(msg)
    work.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    part = parts_of(stays.patient_id)
    silence, alarm = hourly_utility(stays.label, stays.start)
    gain = alarm - silence
    table = _described(stays, report)
    network = RiskNetwork(Shape(table.shape[1], ranks.KNOTS, EMBEDDING, HIDDEN, recipe.members))
    training_rows = np.flatnonzero(np.repeat(part == "train", stays.hours))
    network.set_ranks(ranks.fit_ranks(table[training_rows[::_THINNED]].astype(np.float32)))
    fold = np.where(part == "train", folds_of(stays.patient_id, teacher.FOLDS), -1)
    taught = _taught(table, gain, stays.start, fold, recipe, work, report)
    encoded = _encoded(network, table, report)
    lessons = training.Lessons(encoded, stays.start, gain, taught, np.flatnonzero(part == "train"))
    for number in range(recipe.members):
        trained = _member(network.shape, lessons, recipe, number, device, work, report)
        network.ensemble()[number].load_state_dict(trained.state_dict())
    score = _score(network, encoded, stays, np.flatnonzero(part != "train"))
    return _decided(network.eval(), stays, part, gain, score)


def _described(stays: Stays, report: Report) -> NDArray[np.float16]:
    """Features [N, F] of every row; half precision holds every input's own."""
    table = np.empty((len(stays.columns), len(features.FEATURES)), np.float16)
    longest = int(stays.hours.max())
    for hour, (rows, described) in enumerate(unroll(stays.columns, stays.start), start=1):
        table[rows] = described
        report("features", hour, longest)
    return table


def _taught(
    table: NDArray[np.float16],
    gain: NDArray[np.float64],
    start: NDArray[np.int64],
    fold: NDArray[np.int64],
    recipe: Recipe,
    work: Path,
    report: Report,
) -> NDArray[np.float32]:
    """Teacher's probability [N] for every row of a training stay, by the trees that have not seen it."""
    kept = work / "teacher.npy"
    if not kept.exists():
        told = np.zeros(len(table), np.float32)
        for held_out, log_odds in teacher.teach(table, gain, start, fold, recipe.rounds, recipe.seed):
            own = np.repeat(fold == held_out, np.diff(start))
            told[own] = log_odds[own]
            report("teacher", held_out + 1, teacher.FOLDS)
        np.save(kept, told)
    return np.asarray(1 / (1 + np.exp(-np.load(kept))), np.float32)


def _encoded(network: RiskNetwork, table: NDArray[np.float16], report: Report) -> NDArray[np.float16]:
    """The members' inputs [N, I] for every row."""
    inputs = network.ensemble()[0].embed.in_features
    encoded = np.empty((len(table), inputs), np.float16)
    with torch.inference_mode():
        for at in range(0, len(table), _PIECE):
            piece = torch.from_numpy(table[at : at + _PIECE].astype(np.float32))
            encoded[at : at + _PIECE] = network.encode(piece).numpy()
            report("ranks", at + len(piece), len(table))
    return encoded


def _member(
    shape: Shape,
    lessons: training.Lessons,
    recipe: Recipe,
    number: int,
    device: torch.device,
    work: Path,
    report: Report,
) -> Member:
    kept = work / f"member-{number}.safetensors"
    if not kept.exists():
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            report(f"student {number + 1} of {shape.members}", done, recipe.epochs)

        seed = recipe.seed * 1000 + number
        trained = training.train_member(shape, lessons, seed, recipe.epochs, device, tick)
        save_file(trained.state_dict(), kept)
    member = Member(shape)
    member.load_state_dict(load_file(kept))
    return member.eval()


def _score(
    network: RiskNetwork, encoded: NDArray[np.float16], stays: Stays, chosen: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The ensemble's score [N] for these stays; NaN elsewhere."""
    told = [training.score(member, encoded, stays.start, chosen) for member in network.ensemble()]
    return np.asarray(np.mean(told, axis=0), np.float32)


def _decided(
    network: RiskNetwork,
    stays: Stays,
    part: NDArray[np.str_],
    gain: NDArray[np.float64],
    score: NDArray[np.float32],
) -> Checkpoint:
    """Fit the decision on the tuning patients and measure it on the held-out ones."""
    label = np.asarray(stays.label)
    tune = np.repeat(part == "tune", stays.hours)
    if not _both(stays, part == "tune"):
        msg = "too few stays: the tuning patients do not hold both septic and other hours"
        raise ValueError(msg)
    decision = fit_decision(score[tune], label[tune], gain[tune])
    figures: dict[str, float] = {}
    for name in ("tune", "test"):
        for hospital in sorted(set(stays.hospital.tolist())):
            chosen = (part == name) & (stays.hospital == hospital)
            if not _both(stays, chosen):
                continue  # nothing can be won, and no area measured, without septic and other stays
            figures |= {
                f"{name}/{hospital}/{key}": value for key, value in _figures(decision, stays, chosen, score).items()
            }
    return Checkpoint(network, decision, stays.fingerprint, figures)


def _both(stays: Stays, chosen: NDArray[np.bool_]) -> bool:
    """Whether the chosen stays [P] hold hours of both kinds."""
    label = np.asarray(stays.label)[np.repeat(chosen, stays.hours)]
    return bool((label == 0).any() and (label == 1).any())


def _figures(
    decision: Decision, stays: Stays, chosen: NDArray[np.bool_], score: NDArray[np.float32]
) -> dict[str, float]:
    """Utility, areas and conformal coverage on the chosen stays [P]."""
    own = stays.take(np.flatnonzero(chosen))
    told, label = score[np.repeat(chosen, stays.hours)], np.asarray(own.label)
    septic = label == 1
    return {
        "patients": float(len(own)),
        "utility": normalised_utility(label, decision.alarm(told), own.start),
        "auroc": float(roc_auc_score(label, told)),
        "auprc": float(average_precision_score(label, told)),
        "coverage_septic": float((told[septic] >= decision.surely_not).mean()),
        "coverage_others": float((told[~septic] <= decision.surely_septic).mean()),
        "undecided": float(((told >= decision.surely_not) & (told <= decision.surely_septic)).mean()),
    }
