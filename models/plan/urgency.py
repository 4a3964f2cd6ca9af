"""How soon somebody should look at a proposal, what it rests on, and what test or visit it speaks of. Tables.

No guideline ranks its statements against another's, so the four words are ours: what changes within minutes first, then
what concerns a dose that is due, then what a team has to be told, then what is planned.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from models.treatment.rules import (
    AlarmIsOn,
    DrugWithoutGene,
    GeneMeetsDrug,
    LabBeyond,
    LesionIsSuspicious,
    ReportShows,
    RetinaShows,
    Rule,
    TableSays,
    VariantFound,
)
from models.treatment.safety.conditions import Condition
from schemas.plan import Urgency

Kind = Literal["order", "gene", "alarm", "result", "image", "report", "variant", "follow-up"]
ORDER: Final[tuple[Urgency, ...]] = get_args(Urgency)
"""The order in which proposals stand."""
KINDS: Final[tuple[Kind, ...]] = ("alarm", "result", "order", "gene", "image", "report", "variant", "follow-up")
"""And among those of one urgency."""

# fmt: off
_BY_CONDITION: Final[dict[type, tuple[Kind, Urgency]]] = {
    # what the rule asks for   kind       how soon
    AlarmIsOn:                ("alarm",   "now"),
    LabBeyond:                ("result",  "now"),
    GeneMeetsDrug:            ("gene",    "before the next dose"),
    TableSays:                ("gene",    "before the next dose"),
    DrugWithoutGene:          ("gene",    "before the next dose"),
    LesionIsSuspicious:       ("image",   "today"),
    RetinaShows:              ("image",   "today"),
    ReportShows:              ("report",  "planned"),
    VariantFound:             ("variant", "planned"),
}
_BY_RULE: Final[dict[str, Urgency]] = {
    "news2-response-low": "today",            # the table of responses asks for a nurse's assessment, not at once
    "pathology-malignancy-communication": "today",
    "retinopathy-moderate-referral": "planned",   # within 3 to 6 months
    "retinopathy-ungraded-referral": "planned",
    "order-checks-not-done": "today",
    "retinopathy-severe-referral": "today",
    "macular-oedema-referral": "today",
}
SERVICES: Final[Mapping[str, str]] = {
    # What a proposal speaks of, as a short phrase; what is not here speaks of no test or visit of its own.
    "news2-response-medium": "urgent assessment by a clinician with competence in acute illness",
    "news2-response-high": "emergency assessment by a team with critical-care competence",
    "news2-response-low-medium": "urgent review by the ward team",
    "sepsis-lactate": "lactate in blood",
    "sepsis-blood-cultures": "blood cultures",
    "lactate-remeasure": "lactate in blood, measured again",
    "fluoropyrimidine-dpyd-unknown": "test for lack of dihydropyrimidine dehydrogenase (DPYD)",
    "colorectal-dpyd-unknown": "test for lack of dihydropyrimidine dehydrogenase (DPYD)",
    "lesion-communication": "reading of the study by a radiologist",
    **dict.fromkeys(
        ("retinopathy-moderate-referral", "retinopathy-severe-referral", "retinopathy-ungraded-referral",
         "macular-oedema-referral"), "examination by an ophthalmologist"),
    "breast-her2-equivocal": "HER2 by in situ hybridisation",
    "colorectal-mismatch-repair-unknown": "test of mismatch repair or microsatellites",
    "colorectal-repair-deficient": "germline testing for Lynch syndrome, step by step",
}
# fmt: on
_CHECKS: Final = get_args(Condition)
_COUNSELLING: Final = "genetic counselling"


def kind_of(rule: Rule) -> Kind:
    """Return what a rule rests on. Raises KeyError for one that is no check of orders and in no table."""
    return "order" if isinstance(rule.when, _CHECKS) else _BY_CONDITION[type(rule.when)][0]


def urgency_of(rule: Rule) -> Urgency:
    """Return how soon somebody should look at what a rule says.

    A check of an order that bars the drug is for before the next dose, one that asks for care for today.
    """
    if rule.id in _BY_RULE:
        return _BY_RULE[rule.id]
    if isinstance(rule.when, _CHECKS):
        return "before the next dose" if getattr(rule.when, "bars", False) else "today"
    return _BY_CONDITION[type(rule.when)][1]


def service_of(rule: Rule) -> str | None:
    """Return the test, image or visit that a rule speaks of."""
    return _COUNSELLING if isinstance(rule.when, VariantFound) else SERVICES.get(rule.id)
