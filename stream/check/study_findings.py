"""What each model says of a study as a whole, from its verdicts on the images. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from models.lesion.sets import SETS
from models.lesion.study import SUSPICIOUS_FROM, study_probability
from schemas.imaging import StudyFinding
from stream.check.verdict import Judged

MOST_NAMED: Final = 100  # images that carry a finding; a record must not grow without end. Our choice


def study_findings(judged: Mapping[int, Judged]) -> tuple[StudyFinding, ...]:
    """Return one finding for each model, by name, of verdicts by the image's number in the report."""
    by_model: dict[str, dict[int, Judged]] = defaultdict(dict)
    for number, verdict in judged.items():
        by_model[verdict.model_name][number] = verdict
    return tuple(_finding(name, by_model[name]) for name in sorted(by_model))


def _finding(name: str, judged: Mapping[int, Judged]) -> StudyFinding:
    each = [one for verdict in judged.values() for one in verdict.frame_suspicions or (verdict.suspicious_probability,)]
    known = SETS.get(name)
    if known is not None and known.slices and len(each) > 1:
        probability = study_probability(each)
        carrying = [number for number, one in judged.items() if one.suspicious_probability >= SUSPICIOUS_FROM]
        carrying = carrying if probability >= SUSPICIOUS_FROM else []
    else:  # pictures of their own: one eye says nothing of the other, and the worse one counts
        probability = max(each)
        carrying = [number for number, one in judged.items() if one.suspicious]
    ranked = sorted(carrying or judged, key=lambda number: -judged[number].suspicious_probability)
    return StudyFinding(
        model_name=name,
        predicted=Counter(judged[number].predicted for number in ranked).most_common(1)[0][0],
        suspicious_probability=probability,
        suspicious=bool(carrying),
        images=len(judged),
        carried_by=tuple(ranked[:MOST_NAMED]) if carrying else (),
    )
