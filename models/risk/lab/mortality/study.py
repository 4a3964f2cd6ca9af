"""The study of death in hospital on the PhysioNet/CinC Challenge 2012: how it is learned, measured and shown."""

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.decision import Decision
from models.risk.lab.forecasting import Forecasts
from models.risk.lab.metrics import Graded
from models.risk.lab.mortality.compare import MODEL, by_hour, compare
from models.risk.lab.mortality.data import HOURS, died, read_stays
from models.risk.lab.mortality.figures import (
    AT_HOURS,
    COMPARED,
    DEFINITIONS,
    GROUPED,
    MAIN,
    OF_ABSTENTION,
    graded_stays,
    measure,
)
from models.risk.lab.mortality.fitting import fit_decision
from models.risk.lab.mortality.inputs import NOT_ON_THE_WIRE
from models.risk.lab.mortality.outcome import MORTALITY
from models.risk.lab.mortality.teacher import KINDS, grow_teacher
from models.risk.lab.plots import Plot, precision, reliability, roc
from models.risk.lab.report import Presentation
from models.risk.lab.stays import NoLabelsError, Stays
from models.risk.lab.study import Recipe, Study

WIRE: Final = "mortality model, told only what the stream carries"


def _decide(score: NDArray[np.float32], stays: Stays) -> Decision:
    return fit_decision(score.reshape(-1, HOURS), died(stays))


def _training_figures(decision: Decision, score: NDArray[np.float32], stays: Stays) -> dict[str, float]:
    """The figures of scores [N] at each hour, without intervals."""
    figures: dict[str, float] = {}
    for hour in AT_HOURS:
        at = score[hour - 1 :: HOURS]
        graded = graded_stays(died(stays), decision.probability(at), decision.alarm(at))
        found = measure(graded, OF_ABSTENTION, resamples=1)
        figures |= {f"{hour} h/{name}": one.value for name, one in found.items() if np.isfinite(one.value)}
    return figures


def _curves(stays: Stays, forecasts: Forecasts) -> dict[str, Graded]:
    return {f"{hour} h": graded for hour, graded in by_hour(stays, forecasts).items()}


def _check_card(stays: Stays) -> None:
    if stays.label is None:
        msg = "a model card needs stays with their outcome"
        raise NoLabelsError(msg)


MORTALITY_STUDY: Final = Study(
    outcome=MORTALITY,
    live=False,
    model=MODEL,
    read=read_stays,
    truth=("outcome", "deaths and survivals"),
    recipe=Recipe(trees=KINDS, students=4, embedding=64, hidden=64),
    grow_teacher=grow_teacher,
    decide=_decide,
    training_figures=_training_figures,
    hidden_inputs={WIRE: NOT_ON_THE_WIRE},
    compare=compare,
    curves=_curves,
    check_card=_check_card,
    presentation=Presentation(
        definitions=DEFINITIONS,
        main=MAIN,
        compared=COMPARED,
        grouped=GROUPED,
        stratum="hour",
        order=lambda one: (-int(one.stratum), ""),
        counted=lambda stays: {"patients": len(stays)},
        size="{patients} stays",
        impossible="Hours with impossible samples",
        no_labels="no outcomes",
        own="{stratum} h",
        own_with_size="{stratum} h: {deaths} of {patients} died",
        comparison=(("hour", "{stratum}"), ("forecaster", "{forecaster}"), ("stays", "{patients}")),
        subgroups=(("group", "{group}"), ("stays", "{patients}"), ("deaths", "{deaths}")),
        evaluated="{patients} stays, {deaths} deaths",
        plots={
            "reliability": Plot(
                partial(reliability, top=1),
                "mean forecast risk",
                "share that died",
                "Reliability: share that died by forecast risk, ten bins of equal mass",
                shares=True,
            ),
            "precision": Plot(
                precision,
                "sensitivity",
                "precision",
                "Precision by sensitivity; the dots are the shipped threshold",
                shares=True,
            ),
            "roc": Plot(roc, "1 - specificity", "sensitivity", "Receiver operating characteristic", shares=True),
        },
        template=Path(__file__).with_name("card_template.md"),
        facts={"hours": HOURS, "hidden": ", ".join(NOT_ON_THE_WIRE)},
    ),
)
