"""Rules from CPIC's table: one for each drug that has no rule of its own. The words are built from kinds of advice.

Nothing is said where the guideline asks for no change, or makes no recommendation.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from models.treatment import dpwg
from models.treatment.drug_gene import in_part, orders_of
from models.treatment.facts import Drug, Facts, Gene
from models.treatment.match import Cause, Input, Match
from models.treatment.rules import DAY_S, Citation, Rule, TableSays
from models.treatment.table import EDITION, GROUP_OF, NO_RESULT, Group, Outcome, results_of

_OWN_RULES: Final = frozenset(
    ("abacavir", "capecitabine", "clopidogrel", "fluorouracil", "oxcarbazepine", "tacrolimus", "voriconazole")
)
"""Drugs of the table that rules of their own speak for, in all that the guideline says of them."""
_OWN_ALLELES: Final = {"carbamazepine": "HLA-B*15:02", "phenytoin": "HLA-B*15:02", "fosphenytoin": "HLA-B*15:02"}
"""Alleles that rules of their own speak for, if positive; the table speaks for the rest."""
_THIOPURINES_2026: Final = "CPIC's update of 2026 (doi:10.1002/cpt.70209) is newer than the edition used here"
CHANGED: Final = {
    **dict.fromkeys(("azathioprine", "mercaptopurine"), f"{_THIOPURINES_2026}: compare with it"),
    "thioguanine": f"{_THIOPURINES_2026} and is said to grade all as strong: compare",
    **dict.fromkeys(
        ("ondansetron", "tropisetron"), "CPIC's update of 2026 (PMID 41979467) is newer than the edition used here"
    ),
}
"""By drug: what to compare with, where a newer edition of the guideline is known."""
_PMIDS: Final = {"nitrofurantoin": "36049896"}
"""Of the drug for which the source of the table names no publication: that for the other drugs of its gene."""
_ADULT_AGE_YEARS: Final = 18.0

# fmt: off
_KINDS: Final = {
    ("another drug",): "another drug is advised",
    ("dose",): "another dose, a limit to it or its adjustment is advised",
    ("other guidance",): "more attention is advised, such as to the response or to a test before",
    ("another drug", "dose"): "another drug is advised, or else another dose",
    ("another drug", "other guidance"): "another drug is advised, or else more attention, such as to the response",
}
_OTHER_KINDS: Final = "another drug, another dose or more attention is advised"
_POPULATIONS: Final = {
    # CPIC's short words of a population, as a clinician reads them. What is not here is for everybody.
    "adults": "an adult", "pediatrics": "a child", "child >40kg_adult": "an adult or a child above 40 kg",
    "CBZ naive": "a patient who never took it", "OXC naive": "a patient who never took it",
    "PHT naive": "a patient who never took it",
    "CBZ use >3mos": "one who took it for over 3 months", "OXC use >3 mos": "one who took it for over 3 months",
    "PHT use >3mos": "one who took it for over 3 months",
    "CBZ-no alternatives": "one who never took it and has no alternative",
    "CVI ACS PCI": "acute coronary syndrome or PCI", "NVI": "disease of the vessels of the brain",
    "CVI non-ACS non-PCI": "other heart disease",
}
# fmt: on


def _rule(drug: str) -> Rule:
    group = GROUP_OF[drug]
    title = f"CPIC guideline for {' and '.join(group.genes)} and {drug}"
    return Rule(
        f"cpic-{drug.replace(' ', '-')}",
        "1",
        TableSays(drug),
        "{advice}",
        Citation(title, EDITION, f"PMID {group.pmid or _PMIDS[drug]}", "as in the text"),
        7 * DAY_S,
        to_check=("the guideline itself for what it says in full", *([CHANGED[drug]] if drug in CHANGED else [])),
    )


CPIC_RULES: Final[Mapping[str, Rule]] = {drug: _rule(drug) for drug in sorted(GROUP_OF.keys() - _OWN_RULES)}
"""By the drug that each is about."""


def ordered(facts: Facts) -> Iterator[Rule]:
    """Yield the rules of the drugs that are ordered, in the order of their names."""
    drugs = {name for drug in facts.drugs for name in drug.ingredients}
    yield from (CPIC_RULES[name] for name in sorted(drugs & CPIC_RULES.keys()))


def says(when: TableSays, facts: Facts, now_s: float) -> Iterator[Match]:
    """Yield a match where the table advises something for the drug, by the results that are known."""
    group, allele = GROUP_OF[when.drug], facts.genes.get(_OWN_ALLELES.get(when.drug, ""))
    known = {gene: _known(gene, group, facts) for gene in group.genes}
    orders = orders_of(when.drug, facts)
    if not orders or not any(known.values()) or (allele is not None and allele.phenotype == "positive"):
        return
    results = {gene: results_of(gene, values, facts.genes) for gene, values in group.genes.items()}
    told = {name: _outcome(group, name, results) for name in _populations(group, facts.age_years)}
    advised = {name: one for name, one in told.items() if one.kinds}
    if advised:
        yield _match(when.drug, known, results, advised, orders, now_s)


def genes_of(drug: str) -> tuple[str, ...]:
    """Return the genes, or alleles, on which the table's advice for a drug rests."""
    group = GROUP_OF.get(drug)
    return () if group is None else tuple(_name(gene, group) for gene in group.genes)


def kinds_of(drug: str, facts: Facts) -> frozenset[str]:
    """Return what the table advises for a drug by the results that are known, in any of the patient's populations."""
    group = GROUP_OF.get(drug)
    if group is None or not any(_known(gene, group, facts) for gene in group.genes):
        return frozenset()
    results = {gene: results_of(gene, values, facts.genes) for gene, values in group.genes.items()}
    told = (_outcome(group, name, results) for name in _populations(group, facts.age_years))
    return frozenset(kind for one in told for kind in one.kinds)


def _name(gene: str, group: Group) -> str:
    return f"{gene}{group.genes[gene][0].split()[0]}" if gene.startswith("HLA-") else gene


def _known(gene: str, group: Group, facts: Facts) -> Gene | None:
    return facts.genes.get(_name(gene, group))


def _populations(group: Group, age_years: float | None) -> Sequence[str]:
    """Return the populations that the patient may be one of."""
    if age_years is None or {"adults", "pediatrics"} - set(group.populations):
        return [name for name in group.populations if name]
    return ["pediatrics" if age_years < _ADULT_AGE_YEARS else "adults"]


def _outcome(group: Group, population: str, results: Mapping[str, tuple[str, ...]]) -> Outcome:
    """Return what is advised for any of the results that the patient's may be, as one."""
    found = [group.outcome(population, cell) for cell in product(*results.values())]
    said = [one for one in found if one is not None and one.kinds]
    kinds = [kind for kind in ("another drug", "dose", "other guidance") if any(kind in one.kinds for one in said)]
    return Outcome(" or ".join(dict.fromkeys(one.strength for one in said)), tuple(kinds))


def _match(
    drug: str,
    known: Mapping[str, Gene | None],
    results: Mapping[str, tuple[str, ...]],
    advised: Mapping[str, Outcome],
    orders: Sequence[Drug],
    now_s: float,
) -> Match:
    genes = {name: gene for name, gene in known.items() if gene is not None}
    newest = max(genes.values(), key=lambda gene: gene.time_s)
    began_s = orders[0].time_s
    said = " and ".join(f"{gene} {_words(gene, known[gene], result)}" for gene, result in results.items())
    return Match(
        f"{drug}",
        Cause("+".join(genes), newest.time_s),
        max(newest.time_s, began_s),
        (
            Input("drug", drug, now_s - began_s),
            *(one for name, gene in genes.items() for one in _inputs(name, gene, now_s)),
        ),
        missing=tuple(
            [*(name for name, gene in known.items() if gene is None)]
            + [f"source of {name}" for name, gene in genes.items() if gene.source is None]
            + [f"coverage of {name}" for name, gene in genes.items() if gene.coverage is None]
        ),
        to_check=(
            *(line for name, gene in genes.items() for line in in_part(name, gene)),
            *(
                f"the activity score of {name}: the advice may depend on it"
                for name, r in results.items()
                if len(r) > 1
            ),
        ),
        voices=tuple(dpwg.second_voices(drug, genes)),
        text=f"{drug.capitalize()} with {said}: by the guideline {_advice(advised)}.",
        strength=_strength(advised),
    )


def _words(gene: str, held: Gene | None, results: tuple[str, ...]) -> str:
    """Return a result in words: the phenotype where the laboratory told one, else what the table calls it."""
    if held is None or results == (NO_RESULT,):
        return "not known"
    if gene.startswith("HLA-"):
        return results[0]
    score = f" (activity score {held.activity})" if held.activity is not None else ""
    return f"{held.phenotype}{score}"


def _inputs(name: str, gene: Gene, now_s: float) -> Iterator[Input]:
    about = {
        name: gene.phenotype,
        f"activity score of {name}": gene.activity,
        f"source of {name}": gene.source,
        f"coverage of {name}": gene.coverage,
    }
    yield from (Input(what, value, now_s - gene.time_s) for what, value in about.items() if value is not None)


def _advice(advised: Mapping[str, Outcome]) -> str:
    """Return the advice, that of populations who share it together."""
    of_kinds: dict[tuple[str, ...], list[str]] = {}
    for name, one in advised.items():
        of_kinds.setdefault(one.kinds, []).append(_POPULATIONS.get(name, ""))
    parts = []
    for kinds, names in of_kinds.items():
        whom = " or ".join(dict.fromkeys(filter(None, names)))
        parts.append(f"{f'for {whom} ' if whom else ''}{_KINDS.get(kinds, _OTHER_KINDS)}")
    return "; ".join(parts)


def _strength(advised: Mapping[str, Outcome]) -> str:
    """Return the strength for each population, which stands here in CPIC's own short words."""
    return ", ".join(
        f"{one.strength} ({name})" if name in _POPULATIONS else one.strength for name, one in advised.items()
    )
