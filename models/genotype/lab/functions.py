"""Functions that CPIC assigns to alleles of genes for which its tables are not among the files of phenotypes.

CYP2D6, G6PD and RYR1 come from the table of pypgx (MIT), which holds CPIC's assignments of an earlier edition. What
CPIC has assigned since stands here, each by CPIC's allele functionality table of the gene (cpicpgx.org, CC0).
"""

import csv
from pathlib import Path
from typing import Final

# fmt: off
CYP2D6_SINCE: Final = {  # CYP2D6 allele functionality table: activity values
    "*9": "0.25", "*27": "1.0", "*32": "0.25", "*41": "0.25", "*52": "0.25", "*91": "0.25", "*109": "0.25",
    "*119": "0.25", "*132": "0.25", "*144": "0.0", "*156": "0.0", "*161": "0.0",
}
RYR1_SINCE: Final = {  # RYR1 allele functionality table
    "c.1589G>A": "Malignant Hyperthermia associated",
    "c.7042_7044delGAG": "Malignant Hyperthermia associated",  # earlier named c.7039_7041delGAG
    "c.14582G>A": "Uncertain function",
}
G6PD_SINCE: Final = {  # G6PD allele functionality table of the guideline of 2022 (doi 10.1002/cpt.2735)
    "No name": "I/Deficient with CNSHA",
    "Cairo": "II/Deficient",
}
_G6PD_CLASS: Final = {
    "Class I (Deficient with CNSHA)": "I/Deficient with CNSHA",
    "Class II (Deficient)": "II/Deficient",
    "Class III (Deficient)": "III/Deficient",
    "Class IV (Normal)": "IV/Normal",
    "Unknown Function": "Uncertain function",
}
# fmt: on


def cyp2d6(allele_table: Path) -> dict[str, str]:
    """Return the activity value of each CYP2D6 allele, `n/a` where CPIC gives none."""
    values = {
        row["StarAllele"]: "n/a" if row["ActivityScore"] == "N/A" else str(float(row["ActivityScore"]))
        for row in _rows(allele_table, "CYP2D6")
    }
    return values | CYP2D6_SINCE


def g6pd(allele_table: Path) -> dict[str, str]:
    """Return the class of each G6PD allele in the words of the guideline."""
    rows = [row for row in _rows(allele_table, "G6PD") if row["Function"] in _G6PD_CLASS]
    return {row["StarAllele"]: _G6PD_CLASS[row["Function"]] for row in rows} | G6PD_SINCE


def ryr1(allele_table: Path) -> dict[str, str]:
    """Return the function of each RYR1 allele that CPIC has assessed."""
    said = {row["StarAllele"]: row["Function"].lower() for row in _rows(allele_table, "RYR1")}
    words = {
        "malignant hyperthermia associated": "Malignant Hyperthermia associated",
        "normal function": "Normal function",
        "uncertain function": "Uncertain function",
    }
    return {name: words[function] for name, function in said.items()} | RYR1_SINCE


def _rows(allele_table: Path, gene: str) -> list[dict[str, str]]:
    with allele_table.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["Gene"] == gene]
