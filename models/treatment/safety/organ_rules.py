"""Kidney, results, pregnancy, age and order: limits at which a label or an agency speaks against a drug.

US prescribing information is at DailyMed under the drug's name, European product information at the EMA. What an edge
means is as the source writes it: `below` without the limit itself, unless the row says otherwise.
"""

from typing import Final

from models.treatment.rules import Citation, Rule
from models.treatment.safety import classes
from models.treatment.safety.conditions import (
    VALID_S,
    AgeMeetsDrug,
    Check,
    KidneyMeetsDrug,
    PregnancyMeetsDrug,
    ResultMeetsDrug,
)

_READ: Final = "as read in November 2026"


def us_label(brand: str, drug: str, section: str, strength: str = "contraindicated") -> Citation:
    """Return the citation of a drug's prescribing information in the United States."""
    return Citation(
        f"{brand} ({drug}), US prescribing information, {section}",
        _READ,
        f"https://dailymed.nlm.nih.gov/dailymed/search.cfm?query={drug.replace(' ', '+')}",
        strength,
    )


def eu_label(brand: str, drug: str) -> Citation:
    """Return the citation of the contraindications in a drug's European product information."""
    return Citation(
        f"{brand} ({drug}), summary of product characteristics, section 4.3",
        _READ,
        f"https://www.ema.europa.eu/en/medicines/human/EPAR/{brand.lower()}",
        "contraindicated",
    )


def _rule(name: str, when: Check, text: str, source: Citation, *to_check: str) -> Rule:
    return Rule(f"order-{name}", "1", when, text, source, VALID_S, to_check=to_check)


# fmt: off
_FDA: Final = "https://www.fda.gov/drugs/drug-safety-and-availability"
_STABLE: Final = ("whether creatinine is stable: the estimate does not hold while it moves", "renal replacement")
_HEART_FAILURE: Final = Citation("AHA/ACC/HFSA guideline for the management of heart failure", "2022",
                                 "doi:10.1161/CIR.0000000000001063", "class 1 with potassium below 5.0 mmol/L")
_LABEL_LIMIT: Final = "whether heparin-induced thrombocytopenia is likely; other guidance goes below the label's limit"
_START_BELOW_5: Final = "{drug} is ordered and {words} (mmol/L): in heart failure the guideline starts it below 5.0."

ORGAN_RULES: Final[tuple[Rule, ...]] = (
    _rule("metformin-kidney", KidneyMeetsDrug(("metformin",), "egfr", 30),
          "{drug} is ordered and {words}: it is contraindicated below 30.",
          Citation("FDA drug safety communication on metformin and kidney function", "8 April 2016", _FDA,
                   "contraindicated"), *_STABLE),
    _rule("metformin-kidney-start", KidneyMeetsDrug(("metformin",), "egfr", 45, not_below=30, bars=False),
          "{drug} is ordered and {words}: starting it between 30 and 45 is not recommended; where the patient takes it "
          "already, benefit and risk are to be weighed.",
          Citation("FDA drug safety communication on metformin and kidney function", "8 April 2016", _FDA,
                   "not recommended"), *_STABLE),
    _rule("nitrofurantoin-kidney", KidneyMeetsDrug(("nitrofurantoin",), "crcl", 60),
          "{drug} is ordered and {words}: the label says that it is contraindicated under 60; a lower limit is in use "
          "elsewhere.", us_label("Macrobid", "nitrofurantoin", "contraindications"), *_STABLE),
    _rule("dabigatran-kidney", KidneyMeetsDrug(("dabigatran",), "crcl", 30),
          "{drug} is ordered and {words}: it is contraindicated below 30 in Europe.", eu_label("Pradaxa", "dabigatran"),
          *_STABLE),
    _rule("fondaparinux-kidney", KidneyMeetsDrug(("fondaparinux",), "crcl", 30),
          "{drug} is ordered and {words}: it is contraindicated below 30.",
          us_label("Arixtra", "fondaparinux", "section 4"), *_STABLE),
    _rule("enoxaparin-kidney", KidneyMeetsDrug(("enoxaparin",), "crcl", 30, bars=False),
          "{drug} is ordered and {words}: the label adjusts its dosage below 30.",
          us_label("Lovenox", "enoxaparin", "section 2", "dosage adjustment recommended"), *_STABLE),
    _rule("eplerenone-kidney", KidneyMeetsDrug(("eplerenone",), "crcl", 30, inclusive=True),
          "{drug} is ordered and {words}: it is contraindicated at 30 or less.",
          us_label("Inspra", "eplerenone", "section 4"), *_STABLE),
    _rule("sotalol-kidney", KidneyMeetsDrug(("sotalol",), "crcl", 40),
          "{drug} is ordered and {words}: for atrial arrhythmias labels of Betapace AF contraindicated it below 40; "
          "today's asks to adjust the interval to the clearance.",
          us_label("Betapace AF", "sotalol", "contraindications of earlier editions"), "the indication", *_STABLE),
    _rule("dofetilide-kidney", KidneyMeetsDrug(("dofetilide",), "crcl", 20),
          "{drug} is ordered and {words}: it is contraindicated below 20.",
          us_label("Tikosyn", "dofetilide", "contraindications"), *_STABLE),
    _rule("capecitabine-kidney", KidneyMeetsDrug(("capecitabine",), "crcl", 30),
          "{drug} is ordered and {words}: it is contraindicated below 30.",
          Citation("Swiss product information of capecitabine (62835), contraindications", _READ,
                   "https://www.swissmedicinfo.ch",
                   "contraindicated"), *_STABLE),

    _rule("eplerenone-potassium", ResultMeetsDrug(("eplerenone",), "potassium_mmol_per_l", "above", 5.5),
          "{drug} is ordered and {words} (mmol/L): it must not be started above 5.5.",
          us_label("Inspra", "eplerenone", "section 4"), "a haemolysed sample"),
    _rule("eplerenone-potassium-start",
          ResultMeetsDrug(("eplerenone",), "potassium_mmol_per_l", "above", 5.0, inclusive=True, not_above=5.5,
                          bars=False),
          _START_BELOW_5, _HEART_FAILURE, "the indication", "a haemolysed sample"),
    _rule("spironolactone-potassium",
          ResultMeetsDrug(("spironolactone",), "potassium_mmol_per_l", "above", 5.0, inclusive=True, bars=False),
          _START_BELOW_5, _HEART_FAILURE, "the indication", "a haemolysed sample"),
    _rule("enoxaparin-platelets", ResultMeetsDrug(("enoxaparin",), "platelets_10e3_per_ul", "below", 100),
          "{drug} is ordered and {words} (10^9/L): the label asks to stop it below 100.",
          us_label("Lovenox", "enoxaparin", "section 5", "should be discontinued"), _LABEL_LIMIT),
    _rule("heparin-platelets", ResultMeetsDrug(("heparin",), "platelets_10e3_per_ul", "below", 100),
          "{drug} is ordered and {words} (10^9/L): the label asks to stop it below 100.",
          us_label("Heparin sodium", "heparin", "warnings", "should be discontinued"), _LABEL_LIMIT),
    _rule("dofetilide-qtc", ResultMeetsDrug(("dofetilide",), "qtc_ms", "above", 440),
          "{drug} is ordered and {words}: it is contraindicated above 440 ms, or 500 ms with slow conduction.",
          us_label("Tikosyn", "dofetilide", "contraindications"), "how QT was corrected"),
    _rule("sotalol-qtc", ResultMeetsDrug(("sotalol",), "qtc_ms", "above", 450),
          "{drug} is ordered and {words}: for atrial arrhythmias it is contraindicated where QT is above 450 ms before "
          "the first dose.",
          us_label("Betapace", "sotalol", "section 4"), "the indication", "how QT was corrected"),
    _rule("sotalol-potassium", ResultMeetsDrug(("sotalol",), "potassium_mmol_per_l", "below", 4),
          "{drug} is ordered and {words} (mmol/L): it is contraindicated below 4.",
          us_label("Betapace", "sotalol", "section 4")),

    _rule("warfarin-pregnancy", PregnancyMeetsDrug(("warfarin",)),
          "{drug} is ordered and {words}: it is contraindicated in pregnancy, except with a mechanical heart valve.",
          us_label("Coumadin", "warfarin", "section 4"), "a mechanical heart valve"),
    _rule("renin-angiotensin-pregnancy",
          PregnancyMeetsDrug((*classes.ACE_INHIBITORS, *classes.ANGIOTENSIN_ANTAGONISTS)),
          "{drug} is ordered and {words}: drugs that act on the renin-angiotensin system can harm the unborn child; "
          "the label asks to stop them as soon as possible.",
          us_label("Zestril", "lisinopril", "boxed warning", "discontinue as soon as possible")),
    _rule("valproate-pregnancy", PregnancyMeetsDrug(("valproic acid",)),
          "{drug} is ordered and {words}: it must not be used in migraine or bipolar disorder, nor in epilepsy unless "
          "no other treatment is effective.",
          Citation("EMA: new measures to avoid valproate exposure in pregnancy endorsed", "March 2018",
                   "https://www.ema.europa.eu", "must not be used"), "the indication"),
    _rule("nsaid-pregnancy", PregnancyMeetsDrug((*classes.NSAIDS, *classes.COXIBS), bars=False),
          "{drug} is ordered and {words}: the agency asks to avoid NSAIDs from 20 weeks on; low-dose "
          "acetylsalicylic acid is not meant.",
          Citation("FDA recommends avoiding use of NSAIDs in pregnancy at 20 weeks or later", "15 October 2020",
                   f"{_FDA}/fda-recommends-avoiding-use-nsaids-pregnancy-20-weeks-or-later-because-they-can-result-low-"
                   "amniotic", "avoid"), "the week of pregnancy"),

    _rule("codeine-tramadol-age", AgeMeetsDrug(("codeine", "tramadol"), 12),
          "{drug} is ordered and {words}: it is contraindicated under 12 years.",
          Citation("FDA restricts use of codeine and tramadol medicines in children", "20 April 2017",
                   f"{_FDA}/fda-drug-safety-communication-fda-restricts-use-prescription-codeine-pain-and-cough-medicines-"
                   "and", "contraindicated")),
    _rule("promethazine-age", AgeMeetsDrug(("promethazine",), 2),
          "{drug} is ordered and {words}: it is contraindicated under 2 years (breathing may stop).",
          us_label("Phenergan", "promethazine", "boxed warning")),
)
# fmt: on
