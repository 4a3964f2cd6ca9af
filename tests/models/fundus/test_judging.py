"""What the model for photographs of the retina says in the terms of the other sets."""

import numpy as np
import pytest

from models.fundus.grades import FundusScores
from models.fundus.judging import OEDEMA, RetinaModel, as_lesion_result
from models.fundus.model import FundusResult
from tests.builders.fundus_pictures import a_retina


def a_result(grades: list[float], *, referable: bool, oedema: bool = False, abstained: bool = False) -> FundusResult:
    scores = FundusScores(np.array([grades]), np.array([sum(grades[2:])]), np.array([0.75 if oedema else 0.25]))
    grade = round(float(scores.expected_grade()[0]))
    saliency = np.eye(40, dtype=np.float32) if referable else None
    return FundusResult(scores, grade, referable, oedema, abstained, None, saliency)


def test_the_grades_are_the_classes_and_referable_retinopathy_is_what_is_suspicious() -> None:
    result = as_lesion_result(a_result([0.0, 0.125, 0.25, 0.5, 0.125], referable=True, oedema=True))
    assert [(one.label, one.probability) for one in result.findings] == [
        ("grade_0", 0.0), ("grade_1", 0.125), ("grade_2", 0.25), ("grade_3", 0.5), ("grade_4", 0.125),
    ]  # fmt: skip
    assert (result.predicted, result.suspicious_probability, result.abstained) == ("grade_3", 0.875, False)
    assert [(one.label, one.probability, one.present) for one in result.additional] == [(OEDEMA, 0.75, True)]
    assert result.box is not None


@pytest.mark.parametrize(
    ("grades", "referable", "predicted"),
    [([0.3, 0.06, 0.64, 0, 0], True, "grade_2"), ([0.4, 0, 0, 0, 0.6], False, "grade_1")],
    ids=["mean below", "mean above"],
)
def test_the_grade_never_contradicts_the_answer_to_referable_or_not(
    grades: list[float], predicted: str, *, referable: bool
) -> None:
    assert as_lesion_result(a_result(grades, referable=referable)).predicted == predicted


def test_where_it_abstains_no_grade_is_named_and_where_it_refuses_nothing_is() -> None:
    unsure = as_lesion_result(a_result([0.4, 0.1, 0.5, 0, 0], referable=False, abstained=True))
    assert (unsure.predicted, unsure.abstained, len(unsure.findings), unsure.box) == (None, True, 5, None)
    refused = as_lesion_result(FundusResult(None, None, False, False, True, "It is blurred.", None))  # noqa: FBT003
    assert (refused.refusal, refused.findings, refused.additional) == ("It is blurred.", (), ())


def test_the_shipped_model_speaks_in_these_terms() -> None:
    model = RetinaModel.load(device="cpu")
    (result,) = model.check([a_retina()])
    assert result.refusal is not None
    assert model.suspicion([a_retina()]) == [None]
    assert 0 < model.configuration.threshold < 1
    assert len(model.version) == len(model.data_version) == 12
