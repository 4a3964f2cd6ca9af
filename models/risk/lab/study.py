"""A study: one outcome, learned and measured on one source of stays. What differs between outcomes is said here.

Shapes: N rows, P stays, F features.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.risk.decision import Decision
from models.risk.lab.forecasting import Forecasts
from models.risk.lab.metrics import Graded
from models.risk.lab.report import Presentation, Result
from models.risk.lab.stays import Stays
from models.risk.lab.trees import TeacherSeed, Trees
from models.risk.outcome import Outcome


@dataclass(frozen=True)
class Recipe:
    """What a training may be asked for.

    trees      the mean of these kinds teaches every student
    students   members of the ensemble; `embedding` and `hidden` are their widths
    epochs     passes of each student over the stays
    without    features that neither trees nor students are told, such as `models.risk.features.CLOCKS`
    """

    trees: tuple[Trees, ...]
    students: int
    embedding: int
    hidden: int
    seed: int = 0
    epochs: int = 8
    without: tuple[str, ...] = ()


GrowTeacher = Callable[[Trees, NDArray[np.floating], Stays, NDArray[np.bool_], TeacherSeed], lightgbm.Booster]
"""Kind, features [N, F], their stays, which of them may be seen [P], and the seed."""

Compare = Callable[[Stays, Forecasts, Mapping[str, Forecasts], Stays | None], Iterator[Result]]
"""The stays, the model's forecasts, those of others by name, and stays for learners to train on."""


@dataclass(frozen=True)
class Study:
    """One outcome on one source of stays; what trains it is `models.risk.lab.recipe`, what evaluates it the command.

    outcome           what is forecast, from which features, and the file of weights
    live              whether a live path runs the model: then its evaluation may have further weights beside it, and
                      its card says what a step costs and whether explanations are true
    model             how results call the model
    read              reads the source; raises DataError
    truth             how a refusal calls the labels, and both kinds of them
    recipe            the training, where nothing else is asked for
    grow_teacher      grows the trees of a fold on what they learn from
    decide            fits threshold, calibration and abstention to scores [N] of stays that tune
    training_figures  measures scores [N] of stays after a training, by name
    hidden_inputs     inputs to hide for further forecasts by the same weights, by the name of these in the results
    compare           measures the model and what stands beside it; raises NoLabelsError
    curves            lays forecasts beside their truth for the plots, one curve each, by name
    check_card        refuses stays that a card can't be about; raises NoLabelsError
    presentation      how results are shown
    """

    outcome: Outcome
    live: bool
    model: str
    read: Callable[[Path], Stays]
    truth: tuple[str, str]
    recipe: Recipe
    grow_teacher: GrowTeacher
    decide: Callable[[NDArray[np.float32], Stays], Decision]
    training_figures: Callable[[Decision, NDArray[np.float32], Stays], Mapping[str, float]]
    hidden_inputs: Mapping[str, tuple[str, ...]]
    compare: Compare
    curves: Callable[[Stays, Forecasts], Mapping[str, Graded]]
    check_card: Callable[[Stays], None]
    presentation: Presentation
