"""Of each rule that can make a card: how urgent the card is, and what it is about. Pure."""

from collections.abc import Mapping
from typing import Final, Literal

from models.treatment.engine import Proposal
from models.treatment.rules import (
    AlarmIsOn,
    DrugWithoutGene,
    GeneMeetsDrug,
    LabBeyond,
    Rule,
    TableSays,
    VariantFound,
    When,
)
from models.treatment.safety.conditions import (
    AgeMeetsDrug,
    AllergyMeetsDrug,
    ChecksNotDone,
    DrugsMeet,
    KidneyMeetsDrug,
    PregnancyMeetsDrug,
    ResultMeetsDrug,
    SameClass,
)

Indicator = Literal["critical", "warning", "info"]
"""Of CDS Hooks 2.0, the most urgent first here."""
URGENCY: Final[tuple[Indicator, ...]] = ("critical", "warning", "info")

GENES: Final = (GeneMeetsDrug, TableSays, DrugWithoutGene)
"""What a rule on genes and orders is."""
CHECKS: Final = (
    AllergyMeetsDrug,
    DrugsMeet,
    KidneyMeetsDrug,
    ResultMeetsDrug,
    PregnancyMeetsDrug,
    AgeMeetsDrug,
    SameClass,
)
"""What a check of orders is."""

# fmt: off
TOPICS: Final[Mapping[type, tuple[str, str]]] = {
    # what the rule asks for    code            words
    GeneMeetsDrug:             ("genotype",     "Genotype and drug"),
    TableSays:                 ("genotype",     "Genotype and drug"),
    DrugWithoutGene:           ("genotype",     "Genotype and drug"),
    AllergyMeetsDrug:          ("allergy",      "Allergy and drug"),
    KidneyMeetsDrug:           ("kidney",       "Kidney function and drug"),
    ResultMeetsDrug:           ("result",       "Laboratory result and drug"),
    PregnancyMeetsDrug:        ("pregnancy",    "Pregnancy and drug"),
    AgeMeetsDrug:              ("age",          "Age and drug"),
    DrugsMeet:                 ("interaction",  "Interaction of drugs"),
    SameClass:                 ("duplicate",    "Duplicate therapy"),
    AlarmIsOn:                 ("alarm",        "Alarm"),
    LabBeyond:                 ("result",       "Laboratory result"),
    VariantFound:              ("variant",      "Disease-related variant"),
    ChecksNotDone:             ("not-checked",  "What could not be checked"),
}
# fmt: on
_ELSE: Final = ("report", "Report")


def topic_of(when: When) -> tuple[str, str]:
    """Code and words of what a rule is about."""
    return TOPICS.get(type(when), _ELSE)


def indicator_of(proposal: Proposal, rule: Rule) -> Indicator:
    """How urgent a card is. Ours: no guideline speaks of cards.

    A check that bars its drug is critical, and so is advice on a gene that its guideline calls strong.
    """
    when = rule.when
    if isinstance(when, CHECKS):
        return "critical" if when.bars else "warning"
    if isinstance(when, GENES):
        is_strong = proposal.citation.strength.casefold().startswith("strong")
        return "critical" if is_strong and not isinstance(when, DrugWithoutGene) else "warning"
    if isinstance(when, AlarmIsOn):
        return "critical" if when.priority == "high" else "warning"
    return "info" if isinstance(when, ChecksNotDone) else "warning"
