"""When each table of rules was last compared with its sources, when that is due again, and what has been replaced.

The dates are those of the comparison by the authors of the table. That it is due again a year later is ours: the
guidelines used here change every one to five years.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

EVERY: Final = timedelta(days=365)


class Review(NamedTuple):
    """When a table was compared with its sources, and by when that is due again."""

    compared: date
    due: date


def _on(day: date) -> Review:
    return Review(day, day + EVERY)


REVIEWS: Final[Mapping[str, Review]] = {
    "alarm": _on(date(2026, 11, 21)),
    "treatment": _on(date(2026, 11, 21)),
    "dpwg": _on(date(2026, 11, 30)),
    "variant": _on(date(2026, 11, 30)),
    "cpic": _on(date(2026, 11, 30)),
    "order": _on(date(2026, 11, 30)),
    "follow-up": _on(date(2026, 11, 30)),
}
"""By kind of rule."""

_SSC_2026: Final = "Surviving Sepsis Campaign 2026, doi:10.1097/CCM.0000000000007075"
REPLACED: Final[Mapping[str, str]] = {
    "doi:10.1007/s00134-018-5085-0": _SSC_2026,
    "doi:10.1007/s00134-021-06506-y": _SSC_2026,
}
"""By the reference of a source: the newer edition that is known and not encoded."""


class Reading(NamedTuple):
    """How well the source of a rule was read, and what there is to say of it."""

    how: Literal["read", "second hand", "not read", "ours"]
    note: str


_ABSTRACT: Final = Reading("read", "its abstract alone")
_LABEL: Final = Reading("second hand", "a copy or a quotation of the label was read, not the document itself")
_DATA: Final = Reading("second hand", "CPIC's data of April 2024 were read for kind and strength, not the publication")
_SUMMARY: Final = Reading("second hand", "a summary or a quotation was read, not the document itself")
_UNKNOWN: Final = Reading("not read", "nobody noted that it was: compare it before you rely on it")
_MAKER: Final = Reading("read", "the manufacturer's page of contraindications, and an older copy of the label")
_DAILYMED: Final = "https://dailymed.nlm.nih.gov/dailymed/search.cfm?query="

# fmt: off
READ: Final[Mapping[str, Reading]] = {
    "as the source says": Reading("second hand", "sources of limits were read in copies and quotations; what is ours "
                                  "says so"),
    "the rules named order-": Reading("ours", "what a check needs follows from the checks"),
    "Royal College of Physicians 2017, ISBN 978-1-86016-682-2": Reading("second hand", "copies of the report"),
    "doi:10.1007/s00134-018-5085-0": _SUMMARY, "doi:10.1007/s00134-021-06506-y": _SUMMARY,
    # CPIC, the DPWG, the ACMG
    **dict.fromkeys(("doi:10.1002/cpt.2526", "doi:10.1002/cpt.583", "doi:10.1002/cpt.113", "doi:10.1038/clpt.2014.38",
                     "doi:10.1002/cpt.1004", "doi:10.1002/cpt.2008", "doi:10.1002/cpt.911"), _DATA),
    "doi:10.1002/cpt.668": Reading("second hand", "a quotation of its recommendation was read"),
    "doi:10.1002/cpt.3351": Reading("second hand", "its abstract was read, and its table 2 in a text that quotes it"),
    "doi:10.1002/cpt.70071": Reading("read", "its abstract alone: table 2, which recommends, could not be read"),
    "doi:10.1038/s41431-021-01004-7": _ABSTRACT, "doi:10.1038/s41431-021-00920-y": _ABSTRACT,
    "doi:10.1038/s41431-024-01648-1": _ABSTRACT, "PMID 41318725": _ABSTRACT,
    "https://www.pharmgkb.org/guidelineAnnotation/PA166104995": Reading("second hand", "PharmGKB's annotation of it"),
    "doi:10.1016/j.gim.2025.101454": Reading("second hand", "two copies of its table, which agree in the genes and "
                                             "differ on TRDN; confirmation and counselling are recalled"),
    # Treatment
    "https://www.ema.europa.eu/en/news/ema-recommendations-dpd-testing-prior-treatment-fluorouracil-capecitabine-"
    "tegafur-flucytosine": Reading("read", "the agency's page"),
    "doi:10.5858/arpa.2011-0400-SA": Reading("second hand", "its abstract was read, and its statements in a copy"),
    "doi:10.1200/JCO.2018.77.8738": Reading("second hand", "its abstract, and summaries of two editions"),
    "https://www.nice.org.uk/guidance/dg27": Reading("second hand", "NICE's words for the public; in September 2022 an "
                                                     "update of the recommendations was announced"),
    "doi:10.2337/dc16-2641": Reading("read", "its table 4 alone, in the journal's own copy"),
    "American College of Radiology, Resolution 37 (2020)": Reading("not read", "compare it before you rely on it"),
    # Follow-up of findings
    "doi:10.1148/radiol.2017161659": Reading("second hand", "its abstract was read, and its table 1 in two copies, "
                                             "which agree"),
    "doi:10.1016/j.chest.2023.10.028": Reading("second hand", "its abstract was read, and the table in copies of "
                                               "versions 1.1 and 2022; stepped management is recalled"),
    "doi:10.1016/j.ophtha.2018.04.007": Reading("second hand", "its abstract was read, and its table in a page that "
                                                "quotes it"),
    # Checks of orders
    **dict.fromkeys(("doi:10.2147/JAA.S242061", "https://pubmed.ncbi.nlm.nih.gov/14573734",
                     "https://pubmed.ncbi.nlm.nih.gov/?term=J+Allergy+Clin+Immunol+2015+136+685",
                     "https://pubmed.ncbi.nlm.nih.gov/?term=Allergy+1998+53+624+aztreonam"), _ABSTRACT),
    **dict.fromkeys(("doi:10.1111/all.12260", "https://www.nice.org.uk/guidance/cg183",
                     "doi:10.1161/CIR.0000000000001063", "doi:10.1093/ageing/afu145", "https://www.ema.europa.eu",
                     "https://www.fda.gov/drugs/drug-safety-and-availability"), _SUMMARY),
    **dict.fromkeys((f"{_DAILYMED}{drug}" for drug in ("voriconazole", "dofetilide", "warfarin", "heparin")),
                    Reading("read", "the contraindications or warnings alone")),
    **dict.fromkeys((f"{_DAILYMED}{drug}" for drug in ("eplerenone", "sacubitril", "sotalol")), _MAKER),
    f"{_DAILYMED}tizanidine": Reading("read", "the agency's page of changes to the label"),
    "https://www.bfarm.de/SharedDocs/Risikoinformationen/Pharmakovigilanz/EN/RHB/2020/rhb-brivudin.pdf":
        Reading("read", "the letter"),
}
# fmt: on
"""By the reference of a source. Labels that are not here were read at second hand."""
_AGENCIES_READ: Final = (
    "https://www.fda.gov/drugs/drug-safety-and-availability/fda-recommends-avoiding",
    "https://www.fda.gov/drugs/drug-safety-and-availability/fda-drug-safety-communication-fda-restricts",
)
_OF_LABELS: Final = (
    _DAILYMED,
    "https://www.ema.europa.eu/en/medicines/",
    "https://www.swissmedicinfo.ch",
    "https://medicinali.aifa.gov.it",
)


def reading_of(kind: str, reference: str) -> Reading:
    """Return how well a source was read; where nobody noted it, that."""
    if kind == "cpic":
        return _DATA
    if (known := READ.get(reference)) is not None:
        return known
    if reference.startswith(_AGENCIES_READ):
        return Reading("read", "the agency's page")
    return _LABEL if reference.startswith(_OF_LABELS) else _UNKNOWN
