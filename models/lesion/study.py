"""One probability for all the slices of a study that a model has judged.

The highest of any slice is none: of thirty slices of a healthy patient one often lies above the threshold by chance,
and of three hundred nearly always. The odds of the study are the mean of its slices' odds. That is Bayes' rule where
one slice shows the lesion, any of them as likely as the others; and in healthy patients the mean of calibrated odds
does not grow with the number of slices, however alike these are (Markov's inequality; Vovk and Wang 2021, arXiv
1912.06116, on averages of e-values). A lesion that many slices show counts for as much as it is there.

Measured on studies that were drawn by chance from test images of brain MRI, which no model had seen: of 30, 100 and 300
slices without a tumour the highest is above the model's threshold in 23, 58 and 92 % of the studies, and the mean odds
above 1 in 3, 0 and 0 %; with a tumour in 3 % of the slices, one at least, they are in 99 to 100 %. On chest CT: 0 %
(of 17 different images) and 98 to 100 %. Films and stills of ultrasound are no slices of one thing, and the highest
counts: of ten stills, one of them malignant, the mean would find 12 % where the highest finds 54.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

MOST_ODDS: Final = 99.0
"""Of one slice among several, a probability of 0.99: more was not measured with some hundred images. Our choice."""
SUSPICIOUS_FROM: Final = 0.5
"""Of a study of several slices; those of single images were chosen for single images. Our choice, measured as above."""


def study_probability(probabilities: Sequence[float]) -> float:
    """Return the probability that a study is suspicious, from those of one or more of its slices, in any order."""
    if len(probabilities) == 1:
        return probabilities[0]
    odds = fmean(sorted(min(one / (1 - one), MOST_ODDS) if one < 1 else MOST_ODDS for one in probabilities))
    return odds / (1 + odds)
