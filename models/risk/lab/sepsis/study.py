"""The study of sepsis on the PhysioNet/CinC Challenge 2019: how it is learned, measured and shown."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from models.risk.decision import Decision
from models.risk.lab.report import EVERYONE, Presentation
from models.risk.lab.sepsis.compare import MODEL, compare, grade_by_hospital
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.sepsis.figures import COMPARED, DEFINITIONS, GROUPED, MAIN
from models.risk.lab.sepsis.fitting import CONFIDENCE, fit_decision
from models.risk.lab.sepsis.plots import PLOTS
from models.risk.lab.sepsis.teacher import KINDS, grow_teacher
from models.risk.lab.sepsis.utility import alarm_gain, normalised_utility
from models.risk.lab.stays import NoLabelsError, Stays
from models.risk.lab.study import Recipe, Study
from models.risk.outcome import SEPSIS

_ALL: Final = "all hospitals"


def _decide(score: NDArray[np.float32], stays: Stays) -> Decision:
    label = np.asarray(stays.label)
    return fit_decision(score, label, alarm_gain(label, stays.start), stays.stay_of_row)


def _training_figures(decision: Decision, score: NDArray[np.float32], stays: Stays) -> dict[str, float]:
    """Utility, areas and conformal coverage of scores [N], by hospital."""
    figures: dict[str, float] = {}
    for hospital in (*sorted(set(stays.hospital.tolist())), _ALL):
        chosen = np.flatnonzero((stays.hospital == hospital) | (hospital == _ALL))
        own, (rows, _) = stays.take(chosen), stays.rows_of(chosen)
        scores, label = score[rows], np.asarray(own.label)
        septic = label == 1
        if septic.all() or not septic.any():  # nothing can be won, and no area measured
            continue
        found = {
            "patients": float(len(own)),
            "utility": normalised_utility(label, decision.alarm(scores), own.start),
            "auroc": float(roc_auc_score(label, scores)),
            "auprc": float(average_precision_score(label, scores)),
            "coverage_septic": float((scores[septic] >= decision.surely_not).mean()),
            "coverage_others": float((scores[~septic] <= decision.surely_septic).mean()),
            "undecided": float(((scores >= decision.surely_not) & (scores <= decision.surely_septic)).mean()),
        }
        figures |= {f"{hospital}/{name}": value for name, value in found.items()}
    return figures


def _check_card(stays: Stays) -> None:
    septic = set() if stays.label is None else set(stays.hospital[stays.stay_of_row[stays.label == 1]].tolist())
    if septic != set(stays.hospital.tolist()):
        msg = "a model card needs septic stays in every hospital"
        raise NoLabelsError(msg)


def _counted(stays: Stays) -> dict[str, int]:
    missing = int(stays.missing_before.sum())
    return {"patients": len(stays), "hours": len(stays.iculos), "hours_without_row": missing}


SEPSIS_STUDY: Final = Study(
    outcome=SEPSIS,
    live=True,
    model=MODEL,
    read=read_stays,
    truth=("SepsisLabel", "septic and other hours"),
    recipe=Recipe(trees=KINDS, students=3, embedding=96, hidden=96),
    grow_teacher=grow_teacher,
    decide=_decide,
    training_figures=_training_figures,
    hidden_inputs={},
    compare=compare,
    curves=grade_by_hospital,
    check_card=_check_card,
    presentation=Presentation(
        definitions=DEFINITIONS,
        main=MAIN,
        compared=COMPARED,
        grouped=GROUPED,
        stratum="hospital",
        order=lambda one: (int(one.stratum == EVERYONE), str(one.stratum)),
        counted=_counted,
        size="{patients} stays, {hours} hours",
        impossible="Impossible values",
        no_labels="no labels",
        own="{stratum}",
        own_with_size="{stratum}: {septic} of {patients} septic",
        comparison=(("hospital", "{stratum}"), ("forecaster", "{forecaster}")),
        subgroups=(
            ("hospital", "{stratum}"),
            ("group", "{group}"),
            ("stays", "{patients} stays, {septic} septic"),
        ),
        evaluated="{stratum}: {patients} stays, {septic} septic, {hours} hours",
        plots=PLOTS,
        template=Path(__file__).with_name("card_template.md"),
        facts={"confidence": f"{CONFIDENCE:.0%}"},
    ),
)
