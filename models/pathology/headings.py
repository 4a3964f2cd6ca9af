"""Headings of reports and the kind of section that each begins. The list is our own, from how reports are laid out."""

import re
from enum import Enum
from typing import Final


class Section(Enum):
    """Kind of a section, and how its content is used."""

    DIAGNOSIS = "counts, and has the last word on how certain a finding is"
    BODY = "counts"
    DETAIL = "counts, and may be part of an addendum"
    ADDENDUM = "counts, and replaces what it reports anew"
    AMENDED = "counts, and replaces the diagnosis as well"
    SPECIMEN = "says where the specimen came from"
    UNKNOWN = "under a heading that we do not know, perhaps a history: no diagnosis, and the rest is left open"
    ASIDE = "the patient's history, what was asked, seen by eye or said in haste, and how tests are read: no findings"


# fmt: off
_ROWS: Final[tuple[tuple[Section, str], ...]] = (
    (Section.DIAGNOSIS, ("final diagnosis|final pathologic diagnosis|final pathological diagnosis|pathologic diagnosis"
                   "|pathological diagnosis|histologic diagnosis|histological diagnosis|histopathological diagnosis"
                   "|diagnosis|diagnoses|conclusion|summary|final report|original diagnosis|original report"
                   "|final dx|dx|impression|pathology|pathology report|report"
                        "|opinion")),
    (Section.BODY, ("microscopic description|microscopic examination|microscopic|microscopic findings|microscopy"
                   "|histology|histopathology|histology report|micro|findings|histological findings|histologic findings"
            "|microscopic appearance|histological examination|histologic examination|sections")),
    (Section.DETAIL, ("comment|comments|note|notes|interpretation|result|results|synoptic report|synoptic summary"
                     "|synoptic|tumor summary|tumour summary|immunohistochemistry|immunohistochemical stains"
                     "|immunohistochemical studies|immunohistochemical results|special studies|ancillary studies"
                     "|biomarkers|biomarker report|breast biomarkers|predictive markers|receptors|molecular pathology"
                     "|pathologic staging|pathological staging|staging")),
    (Section.ADDENDUM, ("addendum|addendum report|addendum diagnosis|addendum comment|addenda|supplementary report"
                       "|supplemental report|supplementary results|additional report|follow up report")),
    (Section.AMENDED, ("amended report|amended diagnosis|amendment|corrected report|corrected diagnosis|correction"
                      "|revised report|revised diagnosis|addendum amended diagnosis|erratum")),
    (Section.SPECIMEN, ("specimen|specimens|specimen submitted|specimens submitted|specimens received|specimen type"
                       "|specimen source|specimen site|nature of specimen|source of specimen|material submitted"
                       "|tissue submitted|source|site|procedure|operation|operative procedure")),
    (Section.ASIDE, ("clinical history|clinical hx|hx|clinical information|clinical details|clinical data"
                     "|clinical summary"
                    "|clinical diagnosis|clinical notes|clinical indication|clinical impression|clinical context"
                    "|clinical|history|relevant history|past medical history|medical history|patient history"
                    "|family history|indication|indications|reason for examination|question|clinical question"
                    "|preoperative diagnosis|pre operative diagnosis|postoperative diagnosis|previous biopsy"
                    "|previous biopsies|previous report|previous reports|previous pathology|prior biopsy"
                    "|prior pathology|prior reports|imaging|radiology|radiologic findings"
                    "|gross description|gross examination|gross|macroscopic description|macroscopic examination"
                    "|macroscopy|macroscopic|macro|gross findings"
                    "|intraoperative consultation|intraoperative diagnosis|frozen section|frozen section diagnosis"
                    "|rapid section"
                    "|method|methods|methodology|reference|references|reference range|scoring criteria"
                    "|interpretation criteria|reporting criteria|disclaimer")),
)
# fmt: on
KINDS: Final = {phrase: section for section, phrases in _ROWS for phrase in phrases.split("|")}

_PHRASES: Final = "|".join(re.escape(phrase).replace(r"\ ", "[ -]") for phrase in sorted(KINDS, key=len, reverse=True))
HEADING: Final = re.compile(
    rf"\b(?P<heading>{_PHRASES})(?: ?#?(?P<number>\d{{1,2}}))?"
    r"(?: ?\([^()]{0,60}\))?(?: ?[-,] ?(?:specimen|part) ?(?P<part>[a-z]))?(?P<after> ?:| ?-(?= )|(?= |$))"
)
"""A heading in flat text; the page decides whether its position can be that of a heading."""

_AROUND: Final = r"(?:[a-z'-]{2,20} ){0,3}"
_BEHIND: Final = r"(?: [a-z'-]{2,20}){0,3} ?:"
BY_WORDS: Final = (
    (
        re.compile(
            rf"{_AROUND}(?:clinical\w*|history|hx|indications?|referral|referring|presenting|symptoms?|imaging|radiolog\w*"
            rf"|request|gross\w*|macro\w*|frozen|intraoperative|preoperative|pre-operative|provisional){_BEHIND}"
        ),
        Section.ASIDE,
    ),
    (re.compile(rf"{_AROUND}diagnos[ie]s{_BEHIND}"), Section.DIAGNOSIS),
    (
        re.compile(
            rf"{_AROUND}(?:micro\w*|histo\w*|patholog\w*|findings|reports?|results?|conclusions?|opinion){_BEHIND}"
        ),
        Section.BODY,
    ),
)
"""Headings that are not in the table, recognised by one of their words; the first matching row counts."""
