"""Match the rules on preliminary reports about the retina: the worst grade of a study, and macular oedema."""

from collections.abc import Iterator
from typing import Final

from models.treatment.facts import Facts, Lesion
from models.treatment.match import Cause, Input, Match
from models.treatment.rules import RetinaShows

SET: Final = "fundus"
"""The image set of the model for photographs of the retina."""
GRADES: Final = ("grade_4", "grade_3", "grade_2", "undecided")
"""Of referable retinopathy, the worst first. That a model which cannot decide comes last is ours: a grade says more."""


def is_of_retina(lesion: Lesion) -> bool:
    """Return whether a report is about photographs of the retina alone."""
    return lesion.model_name == SET


def shown(when: RetinaShows, facts: Facts, now_s: float) -> Iterator[Match]:
    """Yield a match for every study whose worst grade is one of these, or that shows one of the other findings."""
    for lesion in filter(is_of_retina, facts.lesions):
        worst = next((grade for grade in GRADES if grade in lesion.findings), None)
        for finding in when.findings:
            if finding == worst or (finding not in GRADES and finding in lesion.findings):
                age_s = now_s - lesion.time_s
                inputs = (Input("finding", finding, age_s), Input("suspicious_probability", lesion.probability, age_s))
                yield Match(
                    f"{lesion.study_uid}+{finding}", Cause(lesion.study_uid, lesion.time_s), lesion.time_s, inputs
                )
