"""CPIC's table: what it holds, what a proposal says of it, and where it is silent."""

import csv
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from models.treatment.cpic_rules import _KINDS, _OTHER_KINDS, CPIC_RULES
from models.treatment.drug_table import DRUGS
from models.treatment.engine import Proposal, suggest
from models.treatment.facts import Drug, Facts, Gene
from models.treatment.gene_terms import read_result
from models.treatment.lab.cpic import outcome_of, results_of, table
from models.treatment.table import EDITION, GROUP_OF, GROUPS, Group, Outcome
from models.watch.advance import advance_event
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from schemas.suggestions import Suggestion
from tests.models.watch.test_events import NAME, an_event

SOURCE: Final = Path(__file__).parents[4] / "shared" / "data" / "genomes" / "cpic_recommendations.tsv"
NOW_S = 1_795_000_000.0
POOR, NORMAL = "Poor Metabolizer", "Normal Metabolizer"
INCREASED = "increased risk of aminoglycoside-induced hearing loss"


@pytest.fixture(scope="module")
def source() -> list[dict[str, str]]:
    """The list of recommendations that the table was made from."""
    if not SOURCE.exists():
        pytest.skip("CPIC's data are not beside the project")
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def outcome(drug: str, population: str, *results: str) -> Outcome | None:
    return GROUP_OF[drug].outcome(population, results)


def test_every_line_of_the_source_is_in_the_table_with_its_strength_and_kinds(source: list[dict[str, str]]) -> None:
    assert len(source) > 2_000
    for row in source:
        strength, *kinds = outcome_of(row)
        told = outcome(row["drugs"], row["population"], *results_of(row).values())
        assert told == Outcome(strength, tuple(kinds)), row


def test_the_table_holds_nothing_that_the_source_does_not_and_is_what_the_command_makes(
    source: list[dict[str, str]],
) -> None:
    lines = sum(cell is not None for group in GROUPS for _ in group.drugs for told in group.populations.values()
                for cell in told)  # fmt: skip
    assert lines == len({(row["drugs"], row["lookup"], row["population"]) for row in source})
    made = table(source, EDITION)
    assert [(group["drugs"], group["genes"], group["pmid"]) for group in made["groups"]] == [
        (list(group.drugs), {gene: list(values) for gene, values in group.genes.items()}, group.pmid)
        for group in GROUPS
    ]


@pytest.mark.parametrize(
    ("drug", "population", "results", "expected"),
    [
        ("codeine", "general", ("0.0",), Outcome("Strong", ("another drug",))),
        ("codeine", "general", ("1.0",), Outcome("Moderate", ("other guidance",))),
        ("codeine", "general", ("1.25",), Outcome("Strong", ())),
        ("codeine", "general", ("≥3.75",), Outcome("Strong", ("another drug",))),
        ("capecitabine", "general", ("1.0",), Outcome("Strong", ("dose",))),
        ("capecitabine", "general", ("1.5",), Outcome("Moderate", ("dose",))),
        ("clopidogrel", "NVI", ("Intermediate Metabolizer",), Outcome("Moderate", ("another drug",))),
        ("allopurinol", "general", ("*58:01 positive",), Outcome("Strong", ("another drug",))),
        ("phenytoin", "PHT naive", ("1.0", "No Result"), Outcome("Moderate", ("dose",))),
        ("azathioprine", "general", ("No Result", POOR), Outcome("Strong", ("another drug", "dose"))),
        ("rasburicase", "general", ("Indeterminate",), Outcome("Moderate", ("other guidance",))),
        ("codeine", "general", ("7.0",), None),
    ],
)
def test_the_table_says_what_the_guideline_says(
    drug: str, population: str, results: tuple[str, ...], expected: Outcome | None
) -> None:
    assert outcome(drug, population, *results) == expected


def test_a_hundred_and_three_pairs_of_gene_and_drug_are_covered() -> None:
    assert sum(len(group.genes) * len(group.drugs) for group in GROUPS) == 99
    assert sum(len(group.genes) for group in GROUP_OF.values()) == 103
    assert GROUP_OF.keys() <= {drug.name for drug in DRUGS}


# What is proposed ----------------------------------------------------------------------------------------------------


def proposal(drug: str, genes: Mapping[str, str | Gene], age_years: float | None = 50.0) -> Proposal | None:
    """The proposal that the table makes for an order."""
    known = {name: gene if isinstance(gene, Gene) else Gene(gene, NOW_S, "lab", "full") for name, gene in genes.items()}
    facts = Facts(genes=known, drugs=(Drug("o-1", drug, NOW_S),), age_years=age_years)
    made = [one for one in suggest(facts, NOW_S) if one.rule == f"cpic-{drug.replace(' ', '-')}"]
    return made[0] if made else None


@pytest.mark.parametrize(
    ("drug", "genes", "words", "strength"),
    [
        ("codeine", {"CYP2D6": POOR}, "another drug is advised", "Strong"),
        ("allopurinol", {"HLA-B*58:01": "positive"}, "another drug is advised", "Strong"),
        ("gentamicin", {"MT-RNR1": INCREASED}, "another drug is advised", "Strong"),
        ("neomycin", {"MT-RNR1": INCREASED}, "another drug is advised", "Strong"),
        ("celecoxib", {"CYP2C9": Gene("Intermediate Metabolizer", NOW_S, activity="1.0")}, "another dose", "Moderate"),
        ("azathioprine", {"TPMT": POOR}, "NUDT15 not known and TPMT Poor Metabolizer", "Strong"),
        ("azathioprine", {"TPMT": "Likely Poor Metabolizer"}, "or else another dose", "Strong"),
        ("succinylcholine", {"RYR1": "Malignant Hyperthermia Susceptibility"}, "another drug", "Strong"),
        ("phenytoin", {"CYP2C9": POOR}, "another dose", "Strong (PHT naive), Strong (PHT use >3mos)"),
    ],
)
def test_an_order_that_the_genes_contradict_becomes_a_proposal(
    drug: str, genes: Mapping[str, str | Gene], words: str, strength: str
) -> None:
    made = proposal(drug, genes)
    assert made is not None
    assert words in made.text
    assert made.citation.strength == strength
    assert made.citation.reference.startswith("PMID ")
    assert made.citation.edition == EDITION


@pytest.mark.parametrize(
    ("drug", "genes"),
    [
        ("codeine", {"CYP2D6": NORMAL}),
        ("codeine", {"CYP2D6": "No Result"}),
        ("codeine", {"CYP2C19": POOR}),
        ("codeine", {}),
        ("allopurinol", {"HLA-B*58:01": "negative"}),
        ("allopurinol", {"HLA-B*57:01": "positive"}),
        ("celecoxib", {"CYP2C9": Gene("Intermediate Metabolizer", NOW_S, activity="1.5")}),
        ("azathioprine", {"TPMT": NORMAL}),
        ("azathioprine", {"TPMT": NORMAL, "NUDT15": NORMAL}),
        ("gentamicin", {"MT-RNR1": "No Result"}),
    ],
)
def test_where_no_change_is_asked_for_or_nothing_is_known_nothing_is_said(
    drug: str, genes: Mapping[str, str | Gene]
) -> None:
    assert proposal(drug, genes) is None


def test_a_gene_that_is_not_known_and_a_score_that_matters_are_named() -> None:
    made = proposal("phenytoin", {"CYP2C9": "Intermediate Metabolizer"})
    assert made is not None
    assert "HLA-B" in made.missing
    assert any("activity score of CYP2C9" in line for line in made.to_check)
    exact = proposal("phenytoin", {"CYP2C9": Gene("Intermediate Metabolizer", NOW_S, activity="1.0")})
    assert exact is not None
    assert not any("activity score" in line for line in exact.to_check)


@pytest.mark.parametrize(
    ("age_years", "strength"),
    [(17.9, "Strong (pediatrics)"), (18.0, "Moderate (adults)"), (None, "Moderate (adults), Strong (pediatrics)")],
)
def test_what_depends_on_age_is_said_for_the_age_or_for_both(age_years: float | None, strength: str) -> None:
    made = proposal("atomoxetine", {"CYP2D6": POOR}, age_years)
    assert made is not None
    assert made.citation.strength == strength


def test_what_depends_on_the_indication_is_said_for_each() -> None:
    made = proposal("carbamazepine", {"HLA-A*31:01": "positive"})
    assert made is not None
    assert "for a patient who never took it another drug is advised; for one who took it for over 3 months" in made.text
    assert made.citation.strength == "Strong (CBZ naive), Optional (CBZ use >3mos), Optional (CBZ-no alternatives)"


def test_a_drug_with_rules_of_its_own_has_no_second_voice() -> None:
    drugs = ("abacavir", "clopidogrel", "voriconazole", "tacrolimus", "fluorouracil", "capecitabine", "oxcarbazepine")
    assert not CPIC_RULES.keys() & set(drugs)
    both = {"HLA-A*31:01": "positive", "HLA-B*15:02": "positive", "CYP2C9": POOR}
    assert all(proposal(drug, both) is None for drug in ("carbamazepine", "phenytoin", "fosphenytoin"))
    assert proposal("carbamazepine", both | {"HLA-B*15:02": "negative"}) is not None


OWN: Final = sorted(set(GROUP_OF) - set(CPIC_RULES))


@pytest.mark.parametrize("drug", OWN)
def test_a_rule_of_its_own_speaks_exactly_where_the_table_advises_something(drug: str) -> None:
    group = GROUP_OF[drug]
    for results in product(*group.genes.values()):
        genes = dict(genes_of(group, results))
        facts = Facts(genes=genes, drugs=(Drug("o-1", drug, NOW_S),), age_years=30.0)
        # The checks of orders, which speak beside the genes, have tests of their own.
        advised = any(
            one is not None and one.kinds
            for name in group.populations
            if name != "pediatrics" and (one := group.outcome(name, results)) is not None
        )
        rules = [
            one.rule
            for one in suggest(facts, NOW_S)
            if not one.rule.endswith("unknown") and not one.rule.startswith("order-")
        ]
        assert bool(rules) is advised, (results, rules)


def genes_of(group: Group, results: tuple[str, ...]) -> Iterator[tuple[str, Gene]]:
    """The genes of a patient with these results of the table, in the words of a laboratory."""
    for gene, result in zip(group.genes, results, strict=True):
        numeric = result.removeprefix("≥")[0].isdigit()
        phenotype = result
        if numeric and gene == "DPYD":
            phenotype = read_result(gene, "n/a", float(result))[0][0].phenotype
        elif numeric or result == "xN combinations":
            phenotype = "Indeterminate"
        for one in read_result(gene, phenotype, None)[0]:
            yield one.gene, Gene(one.phenotype, NOW_S, "lab", "full", result if numeric else None)


# On the wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drug", sorted(CPIC_RULES))
def test_what_the_table_advises_reaches_the_wire_and_names_no_dose(drug: str) -> None:
    group = GROUP_OF[drug]
    seen = 0
    for results in [results for at, results in enumerate(product(*group.genes.values())) if at % 7 == 0 or at < 30]:
        state = PatientState(genes=dict(genes_of(group, results)))
        order = an_event("medications", order="o-1", drug=drug, status="active")
        after, found = advance_event(NAME, state, order)
        said = [one.record for one in found if isinstance(one.record, Suggestion)]
        seen += len(said)
        assert all(" mg" not in one.text and "{" not in one.text for one in said)
        assert from_fields(0, to_fields(after)).state.proposed.keys() == after.proposed.keys()
    assert seen


@pytest.mark.parametrize("drug", sorted(CPIC_RULES))
def test_every_line_of_the_table_becomes_a_proposal_of_its_kind_and_strength_or_none(drug: str) -> None:
    group = GROUP_OF[drug]
    own = {"HLA-B*15:02"} if drug in {"carbamazepine", "phenytoin", "fosphenytoin"} else set()
    for results in product(*group.genes.values()):
        genes = dict(genes_of(group, results))
        if any(genes[name].phenotype == "positive" for name in own & genes.keys()) or "xN combinations" in results:
            continue  # a rule of its own speaks; no patient has this result
        for age_years, others in ((30.0, "pediatrics"), (8.0, "adults")):
            made = proposal(drug, genes, age_years)
            told = {name: group.outcome(name, results) for name in group.populations if name != others}
            advised = {name: one for name, one in told.items() if one is not None and one.kinds}
            assert (made is not None) is bool(advised), (results, made)
            if made is not None:
                for name, one in advised.items():
                    assert one.strength in made.citation.strength, (results, name)
                    assert _KINDS.get(one.kinds, _OTHER_KINDS) in made.text, (results, name)
