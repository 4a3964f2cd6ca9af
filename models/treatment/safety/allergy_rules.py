"""Allergy and order: the drug itself, its class, and what shares its side chain.

Romano 2021 is a review of what tests in patients showed; Romano 2015 sorted cephalosporins by who reacted to several.
What does not cross is in `CROSSES_NOT`: a reason for a drug, and no check.
"""

from typing import Final, NamedTuple

from models.treatment.rules import Citation, Rule
from models.treatment.safety import classes
from models.treatment.safety.conditions import VALID_S, AllergyMeetsDrug

# fmt: off
_NICE: Final = Citation(
    "NICE CG183, drug allergy: diagnosis and management", "September 2014, section 1.2",
    "https://www.nice.org.uk/guidance/cg183", "to be confirmed before any drug is prescribed or given")
_ROMANO_2021: Final = Citation(
    "Beta-lactam allergy and cross-reactivity: a clinician's guide to selecting an alternative antibiotic", "2021",
    "doi:10.2147/JAA.S242061", "review, not graded")
_ROMANO_2015: Final = Citation(
    "IgE-mediated hypersensitivity to cephalosporins: cross-reactivity and tolerability of alternative cephalosporins",
    "2015", "https://pubmed.ncbi.nlm.nih.gov/?term=J+Allergy+Clin+Immunol+2015+136+685",
    "study of 102 patients, not graded")
_GALA_1998: Final = Citation(
    "Aztreonam and ceftazidime: evidence of in vivo cross-allergenicity", "1998", "https://pubmed.ncbi.nlm.nih.gov/?term=Allergy+1998+53+624+aztreonam",
    "report of a case, not graded")
_STROM_2003: Final = Citation(
    "Absence of cross-reactivity between sulfonamide antibiotics and sulfonamide nonantibiotics", "2003",
    "https://pubmed.ncbi.nlm.nih.gov/14573734", "cohort of 20226 patients, not graded")
_KOWALSKI_2013: Final = Citation(
    "EAACI position paper: classification and practical approach to hypersensitivity to NSAIDs", "2013",
    "doi:10.1111/all.12260", "position paper, not graded")

AMINOPENICILLINS: Final = ("amoxicillin", "ampicillin")
AMINOCEPHALOSPORINS: Final = ("cefaclor", "cefadroxil", "cefalexin", "cefprozil", "cefradine")
METHOXYIMINO: Final = ("cefepime", "cefodizime", "cefotaxime", "ceftazidime", "ceftriaxone", "cefuroxime")
"""Group A of Romano 2015."""
_REACTION: Final = ("what the reaction was, and how long ago", "allergy tests, where there are any")


def _rule(name: str, when: AllergyMeetsDrug, text: str, source: Citation) -> Rule:
    return Rule(f"order-allergy-{name}", "1", when, text, source, VALID_S, to_check=_REACTION)


ALLERGY_RULES: Final[tuple[Rule, ...]] = (
    _rule("recorded", AllergyMeetsDrug(),
          "{drug} is ordered and {words}, by its name or its class: compare the two.", _NICE),
    _rule("penicillins", AllergyMeetsDrug(classes.PENICILLINS, classes.PENICILLINS),
          "{drug} is ordered and {words}: another penicillin shares the core of its structure.", _ROMANO_2021),
    _rule("aminopenicillin-aminocephalosporin",
          AllergyMeetsDrug(("any penicillin", "penicillin", *AMINOPENICILLINS), AMINOCEPHALOSPORINS),
          "{drug} is ordered and {words}: aminocephalosporins share the side chain of aminopenicillins, and over 30 % "
          "of patients allergic to these may react to them.", _ROMANO_2021),
    _rule("aminocephalosporin-aminopenicillin", AllergyMeetsDrug(AMINOCEPHALOSPORINS, AMINOPENICILLINS),
          "{drug} is ordered and {words}: aminopenicillins share the side chain of aminocephalosporins.", _ROMANO_2021),
    _rule("aminocephalosporins", AllergyMeetsDrug(AMINOCEPHALOSPORINS, AMINOCEPHALOSPORINS),
          "{drug} is ordered and {words}: aminocephalosporins share a side chain.", _ROMANO_2015),
    _rule("methoxyimino", AllergyMeetsDrug(METHOXYIMINO, METHOXYIMINO),
          "{drug} is ordered and {words}: both are of the cephalosporins with an identical or similar side chain.",
          _ROMANO_2015),
    _rule("ceftazidime-aztreonam", AllergyMeetsDrug(("ceftazidime", "any cephalosporin"), ("aztreonam",)),
          "{drug} is ordered and {words}: ceftazidime and aztreonam have the same side chain.", _GALA_1998),
    _rule("aztreonam-ceftazidime", AllergyMeetsDrug(("aztreonam",), ("ceftazidime",)),
          "{drug} is ordered and {words}: the two have the same side chain.", _GALA_1998),
    _rule("sulfonamide-antibiotics",
          AllergyMeetsDrug(classes.SULFONAMIDE_ANTIBIOTICS, classes.SULFONAMIDE_ANTIBIOTICS),
          "{drug} is ordered and {words}: both are sulfonamide antibiotics.", _STROM_2003),
    _rule("nsaids", AllergyMeetsDrug((*classes.NSAIDS, *classes.COXIBS), classes.NSAIDS),
          "{drug} is ordered and {words}: who reacts to one inhibitor of cyclooxygenase 1 may react to any.",
          _KOWALSKI_2013),
    _rule("nsaid-coxib",
          AllergyMeetsDrug(("any NSAID", *classes.NSAIDS, *classes.COXIBS), classes.COXIBS, bars=False),
          "{drug} is ordered and {words}: most patients tolerate a selective inhibitor of cyclooxygenase 2, and some "
          "do not.", _KOWALSKI_2013),
)


class CrossesNot(NamedTuple):
    """Allergens of which the source says that drugs beside them may be given: a reason for these."""

    allergens: tuple[str, ...]
    drugs: tuple[str, ...]
    text: str
    citation: Citation


CROSSES_NOT: Final[tuple[CrossesNot, ...]] = (
    CrossesNot(("any penicillin", *classes.PENICILLINS), (*classes.CARBAPENEMS, "aztreonam"),
               "less than 1 % of patients allergic to penicillins reacted to it", _ROMANO_2021),
    CrossesNot(("any sulfonamide antibiotic", *classes.SULFONAMIDE_ANTIBIOTICS),
               ("bumetanide", "furosemide", "hydrochlorothiazide", "torasemide", *classes.COXIBS),
               "no cross-reactivity between sulfonamide antibiotics and other sulfonamides was found", _STROM_2003),
)
# fmt: on
