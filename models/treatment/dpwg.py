"""What the Dutch Pharmacogenetics Working Group (DPWG) says where it differs from CPIC: a second voice, never hidden.

Only differences that a source of the DPWG states are here, in our words. What it says of other results may agree with
CPIC, or was not read. Where CPIC asks for nothing and the DPWG does, it speaks alone and CPIC is the second voice.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from models.treatment.facts import Gene
from models.treatment.rules import DAY_S, Citation, GeneMeetsDrug, Rule, Voice
from models.treatment.table import EDITION, GROUP_OF, phenotype_of

_SSRI: Final = Citation(
    "DPWG guideline for CYP2C19, CYP2D6 and SSRIs",
    "2021",
    "doi:10.1038/s41431-021-01004-7",
    "not graded; genotyping potentially beneficial",
)
_OPIOIDS: Final = Citation(
    "DPWG guideline for CYP2D6 and opioids",
    "2021",
    "doi:10.1038/s41431-021-00920-y",
    "not graded; genotyping beneficial (codeine) or potentially beneficial (tramadol)",
)
_OTHER_ANTIDEPRESSANTS: Final = Citation(
    "DPWG guideline for CYP2D6, CYP2C19 and antidepressants other than SSRIs and tricyclics",
    "2024",
    "doi:10.1038/s41431-024-01648-1",
    "not graded",
)
_THIOPURINES: Final = Citation(
    "DPWG guideline for TPMT, NUDT15 and thiopurines", "2025", "PMID 41318725", "not graded; genotyping essential"
)
_METOPROLOL: Final = Citation(
    "DPWG guideline for CYP2D6 and metoprolol",
    "February 2022",
    "https://www.pharmgkb.org/guidelineAnnotation/PA166104995",
    "not graded",
)
_CPIC_METOPROLOL: Final = Citation("CPIC guideline for CYP2D6 and beta-blockers", "2024", "doi:10.1002/cpt.3351", "")

_POOR: Final = ("Poor Metabolizer", "Likely Poor Metabolizer", "Possible Poor Metabolizer")
_INTERMEDIATE: Final = (
    "Intermediate Metabolizer",
    "Likely Intermediate Metabolizer",
    "Possible Intermediate Metabolizer",
)
_ULTRARAPID: Final = ("Ultrarapid Metabolizer",)
_NOT_ULTRARAPID: Final = ("2.5",)
"""The activity score of CYP2D6 that is ultrarapid for CPIC and normal for the DPWG: doi:10.1111/cts.12692."""
_THIOPURINE_DRUGS: Final = ("azathioprine", "mercaptopurine", "thioguanine")


class Second(NamedTuple):
    """A second voice beside what CPIC advises of these drugs with one of these results of the gene."""

    gene: str
    phenotypes: tuple[str, ...]
    drugs: tuple[str, ...]
    text: str
    citation: Citation


# fmt: off
SECONDS: Final = (
    Second("CYP2C19", _ULTRARAPID, ("citalopram",), "no action with an ultrarapid metabolizer", _SSRI),
    Second("CYP2C19", _INTERMEDIATE, ("sertraline",), "no action with an intermediate metabolizer", _SSRI),
    Second("CYP2D6", (*_POOR, *_INTERMEDIATE), ("paroxetine",), "no action with a poor or intermediate metabolizer",
           _SSRI),
    Second("CYP2D6", _ULTRARAPID, ("codeine",),
           "with an ultrarapid metabolizer it is contraindicated above 20 mg every 6 hours in adults, above 10 mg in "
           "children from 12 years on, and with further risk factors; not below", _OPIOIDS),
    Second("CYP2D6", _INTERMEDIATE, ("codeine",),
           "with an intermediate metabolizer whose pain is not relieved, a higher dose or another analgesic", _OPIOIDS),
    Second("CYP2D6", (*_POOR, *_INTERMEDIATE), ("tramadol",),
           "with a poor or intermediate metabolizer whose pain is not relieved, a higher dose or another analgesic",
           _OPIOIDS),
    Second("CYP2D6", _ULTRARAPID, ("tramadol",),
           "with an ultrarapid metabolizer another analgesic or a lower dose", _OPIOIDS),
    *(Second(gene, _INTERMEDIATE, _THIOPURINE_DRUGS,
             f"with a {gene} intermediate metabolizer and leukaemia, the usual dose can be considered at first, and be "
             "lowered if toxicity occurs", _THIOPURINES)
      for gene in ("TPMT", "NUDT15")),
)


def _alone(name: str, when: GeneMeetsDrug, text: str, citation: Citation, cpic: Voice, *to_check: str) -> Rule:
    return Rule(f"dpwg-{name}", "1", when, text, citation, 7 * DAY_S, to_check=to_check, voices=(cpic,))


_VENLAFAXINE: Final = GROUP_OF["venlafaxine"]
DPWG_RULES: Final = (
    _alone("metoprolol-cyp2d6-intermediate", GeneMeetsDrug("CYP2D6", _INTERMEDIATE, ("metoprolol",)),
           "CYP2D6 intermediate metabolizer on metoprolol: if the heart rate should fall gradually, or with symptoms "
           "of bradycardia, the Dutch guideline takes smaller steps or a lower dose.",
           _METOPROLOL, Voice("the usual dose", _CPIC_METOPROLOL._replace(strength="Moderate")),
           "heart rate and symptoms of bradycardia"),
    _alone("metoprolol-cyp2d6-ultrarapid",
           GeneMeetsDrug("CYP2D6", _ULTRARAPID, ("metoprolol",), other_activity=_NOT_ULTRARAPID),
           "CYP2D6 ultrarapid metabolizer on metoprolol: the Dutch guideline aims at the highest dose for the "
           "indication and, if the effect is still too small, goes on by effect or takes another drug.",
           _METOPROLOL, Voice("no recommendation", _CPIC_METOPROLOL._replace(strength="No recommendation")),
           "effect and side effects"),
    _alone("venlafaxine-cyp2d6-intermediate", GeneMeetsDrug("CYP2D6", _INTERMEDIATE, ("venlafaxine",)),
           "CYP2D6 intermediate metabolizer on venlafaxine: the Dutch guideline avoids it for an antidepressant that "
           "depends less on CYP2D6 or, where it can't be avoided and side effects occur, lowers the dose.",
           _OTHER_ANTIDEPRESSANTS,
           Voice("no recommendation", Citation("CPIC guideline for CYP2D6 and venlafaxine", EDITION,
                                               f"PMID {_VENLAFAXINE.pmid}", "No recommendation")),
           "whether it is well tolerated already", "side effects, and a level where it can be had"),
)
# fmt: on
"""Where CPIC asks for no change or makes no recommendation."""


def second_voices(drug: str, genes: Mapping[str, Gene]) -> Iterable[Voice]:
    """Yield what the DPWG says of a drug with these results, where it differs from what CPIC advises."""
    for one in SECONDS:
        held = genes.get(one.gene)
        if drug not in one.drugs or held is None or phenotype_of(one.gene, held) not in one.phenotypes:
            continue
        if one.phenotypes != _ULTRARAPID or held.activity not in _NOT_ULTRARAPID:
            yield Voice(one.text, one.citation)
