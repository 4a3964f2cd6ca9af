"""Retinopathy of diabetes: when to look again and whether to refer, by grade.

International Council of Ophthalmology, Guidelines for Diabetic Eye Care, updated 2017 (high-resource settings); Wong
and others, Ophthalmology 125 (2018) 1608, doi:10.1016/j.ophtha.2018.04.007. Read in a table that quotes it. The grades
are those of models/fundus/grades.py. What a model says of a photograph is a probability, so the row is that of the
likeliest grade, and who looks at it is told how likely that grade and a referable one are.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from models.follow_up.advice import Advice
from models.treatment.rules import Citation
from schemas.plan import Urgency

CITATION: Final = Citation(
    "ICO Guidelines for Diabetic Eye Care",
    "updated 2017, high-resource settings",
    "doi:10.1016/j.ophtha.2018.04.007",
    "not graded",
)
RULE: Final = "follow-up-retinopathy"
VERSION: Final = "1"
REFERABLE: Final = 2
"""From this grade on the guideline asks for a referral."""


class Row(NamedTuple):
    """What the guideline says of a grade."""

    grade: int
    name: str
    again: str
    refer: bool
    urgency: Urgency


# fmt: off
ROWS: Final = (
    Row(0, "no apparent retinopathy",               "in 1 to 2 years",        refer=False, urgency="planned"),
    Row(1, "mild non-proliferative retinopathy",    "in 6 to 12 months",      refer=False, urgency="planned"),
    Row(2, "moderate non-proliferative retinopathy", "in 3 to 6 months",      refer=True,  urgency="planned"),
    Row(3, "severe non-proliferative retinopathy",  "in less than 3 months",  refer=True,  urgency="planned"),
    Row(4, "proliferative retinopathy",             "in less than 1 month",   refer=True,  urgency="today"),
)
# fmt: on
_TO_CHECK: Final = (
    "the photograph itself: the grade is a model's",
    "oedema of the macula, for which the guideline has rows of its own",
    "that the patient has diabetes: the grades are of its retinopathy",
)


def advice(grades: Mapping[int, float]) -> Advice | None:
    """Return what the guideline says of the likeliest grade of a photograph; None where no grade is known.

    grades  probability of each grade, 0 to 4
    """
    known = {row.grade: grades.get(row.grade, 0.0) for row in ROWS}
    if not any(known.values()):
        return None
    row = max(ROWS, key=lambda one: (known[one.grade], one.grade))  # of equals the graver
    referable = sum(share for grade, share in known.items() if grade >= REFERABLE)
    refer = "a referral to an ophthalmologist" if row.refer else "no referral"
    return Advice(
        RULE,
        VERSION,
        f"A model calls a photograph of the retina {row.name} (probability {known[row.grade]:.2f}; referable "
        f"{referable:.2f}): for that grade the guideline asks for {refer} and an examination {row.again}.",
        CITATION,
        row.urgency,
        category=f"grade {row.grade}",
        service="examination by an ophthalmologist" if row.refer else "next photograph of the retina",
        to_check=_TO_CHECK,
    )
