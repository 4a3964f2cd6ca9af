"""Genes that a CPIC guideline reads together."""

from collections.abc import Mapping
from typing import Final

from models.genotype.result import Combination, GeneResult

NO_RESULT: Final = "No Result"
# fmt: off
GUIDELINES: Final = (
    # genes                          guideline                                   drugs
    (("TPMT", "NUDT15"),             "thiopurines 2018, doi 10.1002/cpt.1304",   ("azathioprine", "mercaptopurine",
                                                                                  "thioguanine")),
    (("CYP2C9", "VKORC1", "CYP4F2"), "warfarin 2017, doi 10.1002/cpt.668",       ("warfarin",)),
    (("SLCO1B1", "ABCG2"),           "statins 2022, doi 10.1002/cpt.2557",       ("rosuvastatin",)),
    (("SLCO1B1", "CYP2C9"),          "statins 2022, doi 10.1002/cpt.2557",       ("fluvastatin",)),
    (("CYP2C9", "HLA-B"),            "phenytoin 2020, doi 10.1002/cpt.2008",     ("fosphenytoin", "phenytoin")),
    (("HLA-A", "HLA-B"),             "carbamazepine 2017, doi 10.1002/cpt.1004", ("carbamazepine",)),
    (("CYP2C19", "CYP2D6"),          "tricyclics 2016, doi 10.1002/cpt.597",     ("amitriptyline", "clomipramine",
                                                                                  "doxepin", "imipramine",
                                                                                  "trimipramine")),
    (("RYR1", "CACNA1S"),            "anaesthetics 2019, doi 10.1002/cpt.1319",  ("desflurane", "enflurane",
                                                                                  "halothane", "isoflurane",
                                                                                  "methoxyflurane", "sevoflurane",
                                                                                  "succinylcholine")),
)
# fmt: on


def combinations(genes: Mapping[str, GeneResult]) -> tuple[Combination, ...]:
    """Return every combination of which at least one gene was called."""
    found = []
    for names, guideline, drugs in GUIDELINES:
        lookup = {name: _lookup(genes.get(name)) for name in names}
        if any(name in genes for name in names):
            complete = NO_RESULT not in lookup.values()
            found.append(Combination(names, drugs, f"CPIC {guideline}", lookup, complete))
    return tuple(found)


def _lookup(result: GeneResult | None) -> str:
    """Return what a guideline looks up: phenotype and activity score; the diplotype of a gene without phenotypes."""
    if result is None or not result.readings:
        return NO_RESULT
    if result.phenotype is None:
        without = all(one.phenotype is None for one in result.readings) and not result.phenotypes
        return " or ".join(one.diplotype for one in result.readings) if without else NO_RESULT
    if isinstance(result.phenotype, tuple):
        return "/".join(result.phenotype)
    terms = " or ".join(result.phenotypes)
    return terms if result.activity_score is None else f"{terms} AS {result.activity_score}"
