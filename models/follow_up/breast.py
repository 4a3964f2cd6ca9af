"""Findings in the breast, by probability and never as a BI-RADS category.

A category of the American College of Radiology's BI-RADS is a radiologist's assessment of a whole examination, with
earlier images and the history (ACR BI-RADS Atlas, 5th edition, 2013). A model that sees one picture gives a
probability, and the system's ranges of probability (above 2, 10, 50 and 95 %) are not turned round to make a category
of it.
"""

from typing import Final

from models.follow_up.advice import Advice
from models.treatment.rules import Citation

CITATION: Final = Citation(
    "ACR practice parameter for communication of diagnostic imaging findings",
    "revised 2020",
    "American College of Radiology, Resolution 37 (2020)",
    "practice parameter, not graded",
)
RULE: Final = "follow-up-breast"
VERSION: Final = "1"
SPOKEN_FROM: Final = 0.02
"""From this probability of malignancy on something is said. Ours: 2 % is the most that BI-RADS calls probably benign,
so below it nothing is asked for."""
_TO_CHECK: Final = (
    "the whole examination with earlier images: the assessment, and its BI-RADS category, is a radiologist's",
    "clinical findings, age and family history",
    "the model's limits: it saw one picture of ultrasound",
)


def advice(malignant: float) -> Advice | None:
    """Return what follows from a model's probability, 0 to 1, that a breast lesion is malignant; None below 2 %."""
    if not malignant > SPOKEN_FROM:
        return None
    return Advice(
        RULE,
        VERSION,
        f"A model gives a breast lesion a probability of {malignant:.2f} to be malignant: a radiologist has to read "
        "the examination and assess it.",
        CITATION,
        "today",
        service="reading of the breast examination by a radiologist",
        to_check=_TO_CHECK,
    )
