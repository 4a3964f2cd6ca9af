"""From stays to a checkpoint, for every outcome: features, teachers, students, decision, figures.

What is done is not done again: finished parts wait in a folder.
Shapes: N rows, P stays, F features, I inputs of the network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from models.device import find_device
from models.risk.checkpoint import Checkpoint
from models.risk.lab import ranks, students, trees
from models.risk.lab.feature_table import feature_table
from models.risk.lab.split import folds_of, parts_of
from models.risk.lab.stays import Stays
from models.risk.lab.study import Recipe, Study
from models.risk.lab.trees import TeacherSeed
from models.risk.network import RiskNetwork, Shape

FOLDS: Final = 5
_THINNED: Final = 5  # every fifth row is enough for the quantiles

OnProgress = Callable[[str, int, int], None]
"""Told stage, steps done, steps in all."""


class CannotTeachError(Exception):
    """Stays that a model cannot be trained on. The text is one clear sentence."""


@dataclass(frozen=True)
class _Run:
    """One training: what every stage of it needs. `part` [P] is each stay's."""

    study: Study
    stays: Stays
    recipe: Recipe
    work: Path
    on_progress: OnProgress
    part: NDArray[np.str_]


def train(study: Study, stays: Stays, recipe: Recipe, work: Path, on_progress: OnProgress) -> Checkpoint:
    """Train on the stays, keeping finished parts in the folder `work`.

    The same stays, recipe and machine give the same weights. Parts found in `work` are taken as they are, so the
    folder must belong to these stays and this recipe alone. Raises CannotTeachError when the stays have no labels or
    too few of a kind.
    """
    part = parts_of(stays.patient_id)
    _check(study, stays, part)
    work.mkdir(parents=True, exist_ok=True)
    run = _Run(study, stays, recipe, work, on_progress, part)
    features, longest = study.outcome.features, int(stays.hours.max())
    table = feature_table(features, stays, lambda hour: on_progress("features", hour, longest))
    unknown = [features.names.index(name) for name in recipe.without]
    table[:, unknown] = np.nan
    log_odds = np.mean([_taught(run, kind, table) for kind in range(len(recipe.trees))], axis=0)
    shape = Shape(len(features.names), ranks.KNOTS, recipe.embedding, recipe.hidden, recipe.students)
    network = RiskNetwork(shape, features.flagged)
    training_rows = np.flatnonzero(np.repeat(part == "train", stays.hours))
    network.set_ranks(ranks.fit_ranks(table[training_rows[::_THINNED]].astype(np.float32)))
    encoded = students.encode(network, table, lambda row: on_progress("ranks", row, len(table)))
    unread = network.columns(unknown)
    encoded[:, unread] = 0
    teacher = np.asarray(1 / (1 + np.exp(-log_odds)), np.float32)
    lessons = students.Lessons(encoded, stays.start, teacher, np.flatnonzero(part == "train"))
    for number, member in enumerate(network.ensemble()):
        weights = _weights(run, number, shape, lessons)
        weights["embed.weight"][:, unread] = 0  # so that the member never reads what it must not know
        member.load_state_dict(weights)
    others = np.flatnonzero(part != "train")
    scores = [students.score(member, encoded, stays.start, others) for member in network.eval().ensemble()]
    return _decided(run, network, np.asarray(np.mean(scores, axis=0), np.float32))


def _check(study: Study, stays: Stays, part: NDArray[np.str_]) -> None:
    """Raise CannotTeachError unless both kinds of labels are among the stays that train and among those that tune."""
    labels, kinds = study.truth
    if stays.label is None:
        msg = f"these stays have no {labels} to learn from"
        raise CannotTeachError(msg)
    for name in ("train", "tune"):
        label = stays.label[np.repeat(part == name, stays.hours)]
        if not (label == 0).any() or not (label == 1).any():
            msg = f"too few stays: those that train and those that tune must both hold {kinds}"
            raise CannotTeachError(msg)


def _taught(run: _Run, kind: int, table: NDArray[np.float16]) -> NDArray[np.float32]:
    """Log odds [N] by trees of this kind for each row of a training stay that they have not seen; 0 elsewhere."""
    stays, recipe = run.stays, run.recipe
    fold = np.where(run.part == "train", folds_of(stays.patient_id, FOLDS), -1)
    log_odds = np.zeros(len(table), np.float32)
    for held_out in range(FOLDS):
        kept, asked = run.work / f"teacher-{kind}-{held_out}.npy", np.repeat(fold == held_out, stays.hours)
        if not kept.exists():
            seen, seed = (fold >= 0) & (fold != held_out), TeacherSeed(recipe.seed, kind, held_out)
            grown = run.study.grow_teacher(recipe.trees[kind], table, stays, seen, seed)
            np.save(kept, trees.log_odds(grown, table[asked]))
        log_odds[asked] = np.load(kept)
        run.on_progress(f"teacher {kind + 1} of {len(recipe.trees)}", held_out + 1, FOLDS)
    return log_odds


def _weights(run: _Run, number: int, shape: Shape, lessons: students.Lessons) -> dict[str, torch.Tensor]:
    """Weights of the member with this number, trained now or before."""
    kept, recipe = run.work / f"member-{number}.safetensors", run.recipe
    if not kept.exists():
        member = students.train_member(
            shape,
            lessons,
            recipe.seed * 1000 + number,
            recipe.epochs,
            find_device("auto"),
            lambda epoch: run.on_progress(f"student {number + 1} of {shape.members}", epoch, recipe.epochs),
        )
        save_file(member.state_dict(), kept)
    return load_file(kept)


def _decided(run: _Run, network: RiskNetwork, score: NDArray[np.float32]) -> Checkpoint:
    """Fit the decision on the patients that tune and measure it on them and on those held out, by scores [N]."""
    study, stays = run.study, run.stays
    parts = {name: np.flatnonzero(run.part == name) for name in ("tune", "test")}
    own = {name: (score[stays.rows_of(chosen)[0]], stays.take(chosen)) for name, chosen in parts.items() if len(chosen)}
    decision = study.decide(*own["tune"])
    figures = {
        f"{name}/{key}": value
        for name, (scores, chosen) in own.items()
        for key, value in study.training_figures(decision, scores, chosen).items()
    }
    return Checkpoint(study.outcome, network, decision, stays.fingerprint, figures)
