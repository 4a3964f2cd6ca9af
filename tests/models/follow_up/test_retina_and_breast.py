"""Retinopathy by grade, and breast lesions by probability and never as BI-RADS."""

import pytest

from models.follow_up import breast, retinopathy


@pytest.mark.parametrize(
    ("grade", "again", "refer", "urgency"),
    [
        (0, "in 1 to 2 years", False, "planned"),
        (1, "in 6 to 12 months", False, "planned"),
        (2, "in 3 to 6 months", True, "planned"),
        (3, "in less than 3 months", True, "planned"),
        (4, "in less than 1 month", True, "today"),
    ],
)
def test_each_grade_has_its_interval_and_its_referral(grade: int, again: str, urgency: str, *, refer: bool) -> None:
    said = retinopathy.advice({grade: 0.9, (grade + 1) % 5: 0.1})
    assert said is not None
    assert again in said.text
    assert ("a referral to an ophthalmologist" in said.text) is refer
    assert said.urgency == urgency
    assert said.category == f"grade {grade}"


def test_of_equally_likely_grades_the_graver_counts_and_the_share_of_referable_ones_is_told() -> None:
    said = retinopathy.advice({0: 0.3, 1: 0.3, 2: 0.2, 4: 0.2})
    assert said is not None
    assert said.category == "grade 1"
    assert "referable 0.40" in said.text
    assert retinopathy.advice({}) is None


@pytest.mark.parametrize(("malignant", "speaks"), [(0.02, False), (0.0201, True), (0.97, True), (float("nan"), False)])
def test_a_breast_lesion_is_spoken_of_above_two_percent(malignant: float, *, speaks: bool) -> None:
    assert (breast.advice(malignant) is not None) is speaks


@pytest.mark.parametrize("malignant", [0.05, 0.3, 0.7, 0.97])
def test_a_breast_lesion_never_gets_a_category_of_bi_rads(malignant: float) -> None:
    said = breast.advice(malignant)
    assert said is not None
    assert said.category == ""
    assert f"{malignant:.2f}" in said.text
    assert "BI-RADS" not in said.text
    assert any("its BI-RADS category, is a radiologist's" in line for line in said.to_check)
