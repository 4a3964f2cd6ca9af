"""Alleles whose absence from a test leaves its answer open: the least that a test of a gene should look for.

Where the Association for Molecular Pathology (AMP) has a list, its tier 1 counts, as the definitions carry it. Where it
has none, the alleles are ours: those which the CPIC guideline of the gene names as the common ones of altered function.
"""

from collections.abc import Mapping
from typing import Final

AMP: Final = "AMP tier 1, by the definitions of CPIC and PharmGKB"
OURS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "ABCG2": (("rs2231142 variant (T)",), "CPIC statins 2022, doi 10.1002/cpt.2557"),
    "CFTR": (("G551D",), "CPIC ivacaftor 2014, doi 10.1038/clpt.2014.54"),
    "CYP2B6": (("*6", "*9", "*18"), "CPIC efavirenz 2019, doi 10.1002/cpt.1477"),
    "CYP4F2": (("*3",), "CPIC warfarin 2017, doi 10.1002/cpt.668"),
    "G6PD": (
        (
            "A- 202A_376G",
            "Mediterranean, Dallas, Panama, Sassari, Cagliari, Birmingham",
            "Canton, Taiwan-Hakka, Gifu-like, Agrigento-like",
            "Kaiping, Anant, Dhon, Sapporo-like, Wosera",
            "Mahidol",
            "Viangchan, Jammu",
        ),
        "CPIC G6PD 2022, doi 10.1002/cpt.2735",
    ),
    "IFNL3": (("rs12979860 variant (T)",), "CPIC peginterferon 2014, doi 10.1038/clpt.2013.203"),
    "NAT2": (("*5", "*6", "*7", "*14"), "CPIC hydralazine 2025; the positions that the definitions require"),
    "SLCO1B1": (("*5", "*15"), "CPIC statins 2022, doi 10.1002/cpt.2557"),
    "UGT1A1": (("*6", "*28", "*80+*28", "*37", "*80+*37"), "CPIC atazanavir 2016, doi 10.1002/cpt.269"),
}
