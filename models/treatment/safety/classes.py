"""Classes of drugs: by the beginning of their ATC codes, or by names where a class is none of ATC's."""

from typing import Final

from models.treatment.drug_table import DRUGS
from models.treatment.ward_table import WARD_DRUGS

_ATC: Final = {drug.name: drug.atc for drug in (*DRUGS, *WARD_DRUGS) if "+" not in drug.name}


def of_atc(*beginnings: str) -> tuple[str, ...]:
    """Return the drugs of the tables with a code that begins so, in the order of their names."""
    return tuple(sorted(name for name, codes in _ATC.items() if any(code.startswith(beginnings) for code in codes)))


PENICILLINS: Final = (*of_atc("J01C"), "penicillin")
CEPHALOSPORINS: Final = (*of_atc("J01DB", "J01DC", "J01DD", "J01DE"), "cefiderocol")
CARBAPENEMS: Final = of_atc("J01DH")
MACROLIDES: Final = of_atc("J01FA")
SULFONAMIDE_ANTIBIOTICS: Final = ("sulfadiazine", "sulfamethoxazole")
COXIBS: Final = of_atc("M01AH")
NSAIDS: Final = (*(name for name in of_atc("M01A") if name not in COXIBS), "acetylsalicylic acid")
"""Those that inhibit cyclooxygenase 1 as well."""
ACE_INHIBITORS: Final = of_atc("C09AA")
ANGIOTENSIN_ANTAGONISTS: Final = of_atc("C09CA")
ANTICOAGULANTS: Final = of_atc("B01AA", "B01AB", "B01AE", "B01AF", "B01AX05")

CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "ace-inhibitors": ACE_INHIBITORS,
    "angiotensin-antagonists": ANGIOTENSIN_ANTAGONISTS,
    "anticoagulants": ANTICOAGULANTS,
    "antipsychotics": of_atc("N05A"),
    "carbapenems": CARBAPENEMS,
    "cephalosporins": CEPHALOSPORINS,
    "loop-diuretics": of_atc("C03C"),
    "macrolides": MACROLIDES,
    "nsaids": tuple(sorted((*of_atc("M01A"), "acetylsalicylic acid"))),
    "opioids": of_atc("N02A"),
    "penicillins": PENICILLINS,
    "platelet-inhibitors": of_atc("B01AC"),
    "proton-pump-inhibitors": of_atc("A02BC"),
    "ssris": of_atc("N06AB"),
    "statins": of_atc("C10AA"),
    "triazoles": of_atc("J02AC"),
}
"""By the name under which drugs of a class are listed beside each other."""
