"""From stays to a checkpoint: features, teachers, students, decision, figures; what is done is not done again.

The students learn as the sepsis model's do: from trees that have not seen the patient, at every hour of the stay.
Shapes: P stays, T hours, N = P * T rows, F features, I inputs of the network.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.checkpoint import Checkpoint
from models.risk.lab import ranks, students, training
from models.risk.lab.mortality.data import HOURS, Records
from models.risk.lab.mortality.fitting import fit_decision
from models.risk.lab.mortality.metrics import AT_HOURS, Graded, measure
from models.risk.lab.mortality.outcome import FEATURES, MORTALITY
from models.risk.lab.mortality.table import describe
from models.risk.lab.mortality.trees import FOLDS, KINDS, Trees, ask, grow
from models.risk.lab.recipe import CannotTeachError
from models.risk.lab.split import folds_of, parts_of
from models.risk.lab.students import Report
from models.risk.network import RiskNetwork, Shape

EMBEDDING: Final = 64
HIDDEN: Final = 64
_THINNED: Final = 5  # every fifth row is enough for the quantiles


@dataclass(frozen=True)
class Recipe:
    """What a training may be asked for.

    epochs    passes of each student over the stays
    students  members of the ensemble, all taught by the mean of the trees
    """

    seed: int = 0
    epochs: int = 8
    trees: tuple[Trees, ...] = KINDS
    students: int = 4


@dataclass(frozen=True)
class _Run:
    """One training: what every stage of it needs. `part` [P] is each stay's, `died` [P] its outcome."""

    records: Records
    recipe: Recipe
    work: Path
    report: Report
    part: NDArray[np.str_]
    died: NDArray[np.int8]


def train(records: Records, recipe: Recipe, work: Path, report: Report) -> Checkpoint:
    """Train on the stays, keeping finished parts in the folder `work`.

    The same stays, recipe and machine give the same weights. Parts found in `work` are taken as they are, so the
    folder must belong to these stays and this recipe alone. Raises CannotTeachError when the stays have no outcome or
    too few of one.
    """
    died, part = records.died, parts_of(records.stays.patient_id)
    if died is None:
        msg = "these stays have no outcome to learn from"
        raise CannotTeachError(msg)
    if not all(0 < died[part == one].sum() < (part == one).sum() for one in ("train", "tune")):
        msg = "too few stays: those that train and those that tune must both hold deaths and survivals"
        raise CannotTeachError(msg)
    work.mkdir(parents=True, exist_ok=True)
    run = _Run(records, recipe, work, report, part, died)
    table = describe(records.stays, lambda hour: report("features", hour, HOURS))
    taught = np.mean([_taught(run, kind, table) for kind in range(len(recipe.trees))], axis=0)
    rows = table.reshape(-1, table.shape[2])
    network = RiskNetwork(Shape(len(FEATURES.names), ranks.KNOTS, EMBEDDING, HIDDEN, recipe.students), FEATURES.flagged)
    pupils = np.flatnonzero(part == "train")
    network.set_ranks(ranks.fit_ranks(table[pupils].reshape(-1, rows.shape[1])[::_THINNED].astype(np.float32)))
    encoded = students.encode(network, rows, report)
    teacher = np.asarray(1 / (1 + np.exp(-taught)), np.float32).ravel()
    lessons = training.Lessons(encoded, records.stays.start, teacher, pupils)
    plan = students.Plan(recipe.seed, recipe.epochs, work, report)
    for number, member in enumerate(network.ensemble()):
        member.load_state_dict(students.weights(number, network.shape, lessons, plan))
    others = np.flatnonzero(part != "train")
    told = [training.score(member, encoded, records.stays.start, others) for member in network.eval().ensemble()]
    return _decided(run, network, np.asarray(np.mean(told, axis=0), np.float32).reshape(-1, HOURS))


def _taught(run: _Run, kind: int, table: NDArray[np.float16]) -> NDArray[np.float32]:
    """Log odds [P, T] by trees of this kind for each stay that trains, which they have not seen; 0 for the others."""
    fold = np.where(run.part == "train", folds_of(run.records.stays.patient_id, FOLDS), -1)
    told = np.zeros(table.shape[:2], np.float32)
    for held_out in range(FOLDS):
        kept, asked = run.work / f"teacher-{kind}-{held_out}.npy", fold == held_out
        if not kept.exists():
            seen = (fold >= 0) & ~asked
            grown = grow(run.recipe.trees[kind], table[seen], run.died[seen], run.recipe.seed + 1)
            np.save(kept, ask(grown, table[asked]))
        told[asked] = np.load(kept)
        run.report(f"teacher {kind + 1} of {len(run.recipe.trees)}", held_out + 1, FOLDS)
    return told


def _decided(run: _Run, network: RiskNetwork, score: NDArray[np.float32]) -> Checkpoint:
    """Fit the decision on the stays that tune, and measure it on them and on the held-out ones; score [P, T]."""
    tune = run.part == "tune"
    decision = fit_decision(score[tune], run.died[tune])
    figures: dict[str, float] = {}
    for name, hour in itertools.product(("tune", "test"), AT_HOURS):
        chosen = run.part == name
        if chosen.any():
            told = score[chosen, hour - 1]
            graded = Graded(run.died[chosen], decision.probability(told), decision.alarm(told))
            found = measure(graded, resamples=1).items()
            figures |= {f"{name}/{hour} h/{key}": figure.value for key, figure in found if np.isfinite(figure.value)}
    return Checkpoint(MORTALITY, network, decision, run.records.stays.fingerprint, figures)
