"""From stays to a checkpoint: features, teacher, students, decision, figures; what is done is not done again.

Shapes: N rows, P stays, F features, I inputs of the network, M members.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from models.risk.checkpoint import Checkpoint
from models.risk.decision import Decision
from models.risk.lab import ranks, students, teacher, training
from models.risk.lab.data import Stays
from models.risk.lab.fitting import fit_decision
from models.risk.lab.split import folds_of, parts_of
from models.risk.lab.students import Report
from models.risk.lab.unroll import unroll
from models.risk.lab.utility import alarm_gain, normalised_utility
from models.risk.network import RiskNetwork, Shape
from models.risk.outcome import SEPSIS

EMBEDDING: Final = 96
HIDDEN: Final = 96
_THINNED: Final = 5  # every fifth row is enough for the quantiles
_ALL: Final = "all hospitals"


class CannotTeachError(Exception):
    """Stays that a model cannot be trained on. The text is one clear sentence."""


@dataclass(frozen=True)
class Recipe:
    """What a training may be asked for.

    epochs    passes of each student over the stays
    trees     the mean of these kinds teaches every student
    without   features that neither trees nor students are told, such as `models.risk.features.CLOCKS`
    """

    seed: int = 0
    epochs: int = 8
    trees: tuple[teacher.Trees, ...] = teacher.KINDS
    students: int = 3
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Run:
    """One training: what every stage of it needs. `part` [P] is each stay's, `gain` [N] an alarm's over silence."""

    stays: Stays
    recipe: Recipe
    work: Path
    report: Report
    part: NDArray[np.str_]
    gain: NDArray[np.float64]


def train(stays: Stays, recipe: Recipe, work: Path, report: Report) -> Checkpoint:
    """Train on the stays, keeping finished parts in the folder `work`.

    The same stays, recipe and machine give the same weights. Parts found in `work` are taken as they are, so the
    folder must belong to these stays and this recipe alone. Raises CannotTeachError when the stays have no labels or
    too few septic ones.
    """
    if stays.label is None:
        msg = "these stays have no SepsisLabel to learn from"
        raise CannotTeachError(msg)
    work.mkdir(parents=True, exist_ok=True)
    run = _Run(stays, recipe, work, report, parts_of(stays.patient_id), alarm_gain(stays.label, stays.start))
    table = _described(run)
    untold = [SEPSIS.features.names.index(name) for name in recipe.without]
    table[:, untold] = np.nan
    log_odds = np.mean([_taught(run, kind, table) for kind in range(len(recipe.trees))], axis=0)
    taught = np.asarray(1 / (1 + np.exp(-log_odds)), np.float32)
    shape = Shape(table.shape[1], ranks.KNOTS, EMBEDDING, HIDDEN, recipe.students)
    network = RiskNetwork(shape, SEPSIS.features.flagged)
    training_rows = np.flatnonzero(np.repeat(run.part == "train", stays.hours))
    network.set_ranks(ranks.fit_ranks(table[training_rows[::_THINNED]].astype(np.float32)))
    encoded = students.encode(network, table, report)
    untold = network.columns(untold)
    encoded[:, untold] = 0
    lessons = training.Lessons(encoded, stays.start, taught, np.flatnonzero(run.part == "train"))
    plan = students.Plan(recipe.seed, recipe.epochs, work, report)
    for number, member in enumerate(network.ensemble()):
        weights = students.weights(number, network.shape, lessons, plan)
        weights["embed.weight"][:, untold] = 0  # so that the member never reads what it was not told
        member.load_state_dict(weights)
    score = _score(network.eval(), encoded, stays, np.flatnonzero(run.part != "train"))
    return _decided(run, network, score)


def _described(run: _Run) -> NDArray[np.float16]:
    """Features [N, F] of every row; half precision holds the digits that the inputs have."""
    table = np.empty((len(run.stays.columns), len(SEPSIS.features.names)), np.float16)
    longest = int(run.stays.hours.max())
    for hour, (rows, described) in enumerate(unroll(SEPSIS.features, run.stays.columns, run.stays.start), start=1):
        table[rows] = described
        run.report("features", hour, longest)
    return table


def _taught(run: _Run, kind: int, table: NDArray[np.float16]) -> NDArray[np.float32]:
    """Log odds [N] by trees of this kind for each row of a training stay that they have not seen; 0 elsewhere."""
    stays, seed = run.stays, run.recipe.seed * 1000 + kind
    fold = np.where(run.part == "train", folds_of(stays.patient_id, teacher.FOLDS), -1)
    log_odds = np.zeros(len(table), np.float32)
    for held_out in range(teacher.FOLDS):
        kept = run.work / f"teacher-{kind}-{held_out}.npy"
        if not kept.exists():
            told = teacher.ask(run.recipe.trees[kind], held_out, table, run.gain, stays.start, fold, seed)
            np.save(kept, told)
        log_odds[np.repeat(fold == held_out, stays.hours)] = np.load(kept)
        run.report(f"teacher {kind + 1} of {len(run.recipe.trees)}", held_out + 1, teacher.FOLDS)
    return log_odds


def _score(
    network: RiskNetwork, encoded: NDArray[np.float16], stays: Stays, chosen: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The ensemble's score [N] for these stays; NaN elsewhere."""
    told = [training.score(member, encoded, stays.start, chosen) for member in network.ensemble()]
    return np.asarray(np.mean(told, axis=0), np.float32)


def _decided(run: _Run, network: RiskNetwork, score: NDArray[np.float32]) -> Checkpoint:
    """Fit the decision on the tuning patients and measure it on the held-out ones."""
    stays, part = run.stays, run.part
    label = np.asarray(stays.label)
    tune = np.repeat(part == "tune", stays.hours)
    if not _both(stays, part == "tune"):
        msg = "too few stays: the tuning patients do not hold both septic and other hours"
        raise CannotTeachError(msg)
    decision = fit_decision(score[tune], label[tune], run.gain[tune], stays.stay_of_row[tune])
    figures: dict[str, float] = {}
    for name, hospital in itertools.product(("tune", "test"), [*sorted(set(stays.hospital.tolist())), _ALL]):
        chosen = (part == name) & ((stays.hospital == hospital) | (hospital == _ALL))
        if _both(stays, chosen):  # without septic and other hours nothing can be won, and no area measured
            own = _figures(decision, stays, chosen, score)
            figures |= {f"{name}/{hospital}/{key}": value for key, value in own.items()}
    return Checkpoint(SEPSIS, network, decision, stays.fingerprint, figures)


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
