"""Genes that a CPIC guideline reads together."""

from collections.abc import Mapping
from typing import Final

from models.genotype.result import Combination, GeneResult

NO_RESULT: Final = "No Result"
# fmt: off
GUIDELINES: Final = (
    # genes                          drugs                                                  guideline
    (("TPMT", "NUDT15"),             ("azathioprine", "mercaptopurine", "thioguanine"),     "thiopurines 2018, doi 10.1002/cpt.1304"),
    (("CYP2C9", "VKORC1", "CYP4F2"), ("warfarin",),                                         "warfarin 2017, doi 10.1002/cpt.668"),
    (("SLCO1B1", "ABCG2"),           ("rosuvastatin",),                                     "statins 2022, doi 10.1002/cpt.2557"),
    (("SLCO1B1", "CYP2C9"),          ("fluvastatin",),                                      "statins 2022, doi 10.1002/cpt.2557"),
    (("CYP2C9", "HLA-B"),            ("fosphenytoin", "phenytoin"),                         "phenytoin 2020, doi 10.1002/cpt.2008"),
    (("HLA-A", "HLA-B"),             ("carbamazepine",),                                    "carbamazepine 2017, doi 10.1002/cpt.1004"),
    (("CYP2C19", "CYP2D6"),          ("amitriptyline", "clomipramine", "doxepin", "imipramine", "trimipramine"),
                                                                                            "tricyclics 2016, doi 10.1002/cpt.597"),
    (("RYR1", "CACNA1S"),            ("desflurane", "enflurane", "halothane", "isoflurane", "methoxyflurane",
                                      "sevoflurane", "succinylcholine"),                    "anaesthetics 2019, doi 10.1002/cpt.1319"),
)
# fmt: on


def combinations(genes: Mapping[str, GeneResult]) -> tuple[Combination, ...]:
    """Return every combination of which at least one gene was called."""
    found = []
    for names, drugs, guideline in GUIDELINES:
        lookup = {name: _lookup(genes.get(name)) for name in names}
        if any(name in genes for name in names):
            complete = NO_RESULT not in lookup.values()
            found.append(Combination(names, drugs, f"CPIC {guideline}", lookup, complete))
    return tuple(found)


def _lookup(result: GeneResult | None) -> str:
    """Return what a guideline looks up: phenotype with activity score, or the diplotype of a gene without phenotypes."""
    if result is None or not result.readings:
        return NO_RESULT
    if result.phenotype is None:
        without = all(one.phenotype is None for one in result.readings) and not result.phenotypes
        return " or ".join(one.diplotype for one in result.readings) if without else NO_RESULT
    if isinstance(result.phenotype, tuple):
        return "/".join(result.phenotype)
    terms = " or ".join(result.phenotypes)
    return terms if result.activity_score is None else f"{terms} AS {result.activity_score}"
