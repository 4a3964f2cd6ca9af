"""The model for photographs of the retina in the form of the other sets' models: pictures in, one result for each out.

The five grades are its classes, and grade 2 and more, referable retinopathy, the suspicious ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.fundus.grades import GRADES
from models.fundus.model import FundusModel, FundusResult
from models.fundus.shipped import SHIPPED
from models.lesion.image import Colours
from models.lesion.model import AdditionalFinding, ClassProbability, LesionResult
from models.lesion.saliency import region_box

OEDEMA: Final = "macular_oedema"
REFERABLE_FROM: Final = 2  # grades


@dataclass(frozen=True)
class Limits:
    """What the caller needs of the configuration."""

    threshold: float  # of referable retinopathy


class RetinaModel:
    """Not for clinical use."""

    def __init__(self, model: FundusModel) -> None:
        self._model = model
        self.version = model.configuration.version
        self.data_version = model.configuration.data_version
        self.configuration = Limits(model.configuration.referable_threshold)

    @classmethod
    def load(cls, folder: Path = SHIPPED, device: str = "auto") -> "RetinaModel":
        """Read the model. Raises ModelError when it can't be used."""
        return cls(FundusModel(folder, device))

    def check(self, images: Sequence[Colours]) -> list[LesionResult]:
        """Judge photographs [H, W, 3], each of its own size; a map is drawn where retinopathy is referable."""
        return [as_lesion_result(self._model.check(colours)) for colours in images]

    def suspicion(self, images: Sequence[Colours]) -> list[float | None]:
        """Return the probability of referable retinopathy; None where the model does not judge the photograph."""
        return [
            None if one.refusal is not None or one.scores is None else float(one.scores.referable[0])
            for one in (self._model.check(colours, explain=False) for colours in images)
        ]


def as_lesion_result(result: FundusResult) -> LesionResult:
    """Return a result in the terms of the other sets."""
    scores = result.scores
    if result.refusal is not None or scores is None:
        refusal = result.refusal or "The picture shows no retina."
        return LesionResult((), None, False, refusal, 0.0, None, None)  # noqa: FBT003
    return LesionResult(
        findings=tuple(ClassProbability(*one) for one in zip(GRADES, scores.grades[0].tolist(), strict=True)),
        predicted=None if result.abstained else GRADES[_grade(result)],
        abstained=result.abstained,
        refusal=None,
        suspicious_probability=float(scores.referable[0]),
        saliency=result.saliency,
        box=None if result.saliency is None else region_box(result.saliency),
        additional=(AdditionalFinding(OEDEMA, float(scores.oedema[0]), result.has_oedema),),
    )


def _grade(result: FundusResult) -> int:
    """Return the mean grade, rounded, on the side of the threshold on which the answer to referable or not lies."""
    grade = result.grade or 0
    return max(grade, REFERABLE_FROM) if result.is_referable else min(grade, REFERABLE_FROM - 1)
