"""Performance of a lesion model on labelled images, with bootstrap intervals over groups."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.lesion.calibration import Floats
from models.lesion.lab.calibration import calibration_error
from models.lesion.lab.data import Images
from models.lesion.model import AT_ONCE, LesionModel
from models.lesion.weights import Figure

DRAWS: Final = 500
INTERVAL: Final = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class Judged:
    """Predictions of the shipped model for N images, by the same code as in the check path."""

    probabilities: Floats  # [N, C]
    outlier: Floats  # [N]
    abstained: NDArray[np.bool_]  # [N]: no single class, or refused
    refused: NDArray[np.bool_]  # [N]


def judge(model: LesionModel, images: Images, tell: Callable[[int], None] = lambda _: None) -> Judged:
    """Run N images through the model in batches; `tell` is called with the size of each batch."""
    probabilities, outlier, abstained, refused = [], [], [], []
    for start in range(0, len(images.files), AT_ONCE):
        batch = images.pixels[start : start + AT_ONCE]
        scores = model.score(batch)
        refusals = [model.refusal(image, float(d)) is not None for image, d in zip(batch, scores.outlier, strict=True)]
        probabilities.append(scores.probabilities)
        outlier.append(scores.outlier)
        abstained.append(scores.abstained | refusals)
        refused.append(np.array(refusals))
        tell(len(batch))
    return Judged(
        np.concatenate(probabilities), np.concatenate(outlier), np.concatenate(abstained), np.concatenate(refused)
    )


def class_numbers(model: LesionModel, images: Images) -> NDArray[np.intp]:
    """Return the labels as class numbers, [N]; the images must have labels."""
    return np.array([model.classes.index(label) for label in images.labels or ()], dtype=np.intp)


def figures(model: LesionModel, images: Images, judged: Judged, draws: int = DRAWS) -> dict[str, Figure]:
    """Measure N labelled images, with intervals by a seeded bootstrap over groups."""
    targets = class_numbers(model, images)
    _, groups = np.unique(images.groups, return_inverse=True)
    members = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
    chance = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        rows = np.concatenate([members[group] for group in chance.integers(len(members), size=len(members))])
        for name, value in _measure(model, judged, targets, rows).items():
            drawn.setdefault(name, []).append(value)
    out = {}
    for name, value in _measure(model, judged, targets, np.arange(len(targets))).items():
        known = [one for one in drawn.get(name, []) if not np.isnan(one)]
        low, high = np.percentile(known, INTERVAL) if known else (np.nan, np.nan)
        out[name] = Figure(value, float(low), float(high))
    return out


def area(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve of scores [N], ties counted half; NaN when there is only one class.

    Computed from ranks (Mann and Whitney 1947), since a bootstrap needs thousands of them.
    """
    count = int(positive.sum())
    if count in (0, len(positive)):
        return float("nan")
    above = float(rankdata(scores)[positive].sum()) - count * (count + 1) / 2
    return above / (count * (len(positive) - count))


def macro_area(probabilities: Floats, targets: NDArray[np.intp]) -> float:
    """Mean over the classes of the area of each against the rest; classes that never or always occur are left out."""
    areas = [area(column, targets == number) for number, column in enumerate(probabilities.T)]
    defined = [value for value in areas if not np.isnan(value)]
    return float(np.mean(defined)) if defined else float("nan")


def _measure(model: LesionModel, judged: Judged, targets: NDArray[np.intp], rows: NDArray[np.intp]) -> dict[str, float]:
    probabilities, truth = judged.probabilities[rows], targets[rows]
    suspicious = np.isin(model.classes, model.configuration.suspicious)
    positive, score = suspicious[truth], probabilities[:, suspicious].sum(axis=1)
    called = score >= model.configuration.threshold
    right, spoke = probabilities.argmax(axis=1) == truth, ~judged.abstained[rows]
    by_class = {
        f"auc_{name}": area(probabilities[:, number], truth == number) for number, name in enumerate(model.classes)
    }
    return {
        "auc_macro": macro_area(probabilities, truth),
        "auc_suspicious": area(score, positive),
        **by_class,
        "accuracy": float(right.mean()),
        "sensitivity": _share(called[positive]),
        "specificity": _share(~called[~positive]),
        "calibration_error": calibration_error(probabilities, truth),
        "abstained": float(1 - spoke.mean()),
        "accuracy_when_it_speaks": _share(right[spoke]),
        "refused": float(judged.refused[rows].mean()),
    }


def _share(of: NDArray[np.bool_]) -> float:
    return float(of.mean()) if len(of) else float("nan")
