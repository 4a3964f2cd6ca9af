"""A guideline that says otherwise is shown beside the first, and speaks alone where that asks for nothing."""

from itertools import product

import pytest

from models.treatment.cpic_rules import CPIC_RULES
from models.treatment.dpwg import DPWG_RULES, SECONDS, Second
from models.treatment.engine import Proposal, suggest
from models.treatment.facts import Drug, Facts, Gene
from models.treatment.rules import GeneMeetsDrug, Rule
from models.treatment.table import GROUP_OF, Outcome, results_of
from models.watch.advance import advance_event
from models.watch.state import PatientState
from schemas.suggestions import Suggestion
from tests.models.watch.test_events import NAME, an_event

NOW_S = 1_795_000_000.0
MEANT = [(one, phenotype, drug) for one in SECONDS for phenotype, drug in product(one.phenotypes, one.drugs)]


def proposals(gene: str, held: Gene, drug: str) -> dict[str, Proposal]:
    facts = Facts(genes={gene: held}, drugs=(Drug("o-1", drug, NOW_S),), age_years=50.0)
    return {one.rule: one for one in suggest(facts, NOW_S) if not one.rule.startswith("order-")}


def advised(gene: str, held: Gene, drug: str) -> list[Outcome]:
    """What CPIC's table advises for an adult of whom this gene alone is known."""
    group = GROUP_OF[drug]
    results = [results_of(name, values, {gene: held}) for name, values in group.genes.items()]
    told = [group.outcome(name, cell) for name in group.populations for cell in product(*results)]
    return [one for one in told if one is not None and one.kinds]


@pytest.mark.parametrize(
    ("second", "phenotype", "drug"), MEANT, ids=[f"{one.gene} {phenotype} {drug}" for one, phenotype, drug in MEANT]
)
def test_both_voices_stand_in_one_proposal_with_source_and_strength(second: Second, phenotype: str, drug: str) -> None:
    held = Gene(phenotype, NOW_S, "lab", "full")
    assert advised(second.gene, held, drug)  # else the DPWG would speak alone
    said = proposals(second.gene, held, drug)
    (voice,) = said[f"cpic-{drug}"].voices
    assert (voice.text, voice.citation) == (second.text, second.citation)
    assert voice.citation.strength
    assert any(second.citation.guideline in one for one in said[f"cpic-{drug}"].to_check)
    assert f"cpic-{drug}" in CPIC_RULES[drug].id
    assert len(said) == 1


@pytest.mark.parametrize("rule", DPWG_RULES, ids=lambda rule: rule.id)
def test_the_dpwg_speaks_alone_where_cpic_asks_for_nothing_and_names_it(rule: Rule) -> None:
    assert isinstance(rule.when, GeneMeetsDrug)
    for phenotype, drug in product(rule.when.phenotypes, rule.when.drugs):
        held = Gene(phenotype, NOW_S, "lab", "full")
        assert drug not in GROUP_OF or not advised(rule.when.gene, held, drug)
        (said,) = proposals(rule.when.gene, held, drug).values()
        assert said.rule == rule.id
        assert [voice.citation.guideline[:4] for voice in said.voices] == ["CPIC"]


@pytest.mark.parametrize(
    ("phenotype", "activity", "drug", "voices"),
    [
        ("Indeterminate", "0.0", "tramadol", 1),
        ("Indeterminate", "1.0", "paroxetine", 1),
        ("Indeterminate", "1.25", "paroxetine", 0),
        ("Ultrarapid Metabolizer", "2.5", "codeine", 0),  # normal for the DPWG
        ("Ultrarapid Metabolizer", "2.75", "codeine", 1),
        ("Indeterminate", "≥3.0", "codeine", 1),
        ("Poor Metabolizer", "0.0", "codeine", 0),  # both say the same
    ],
)
def test_the_edges_between_results_are_those_of_the_dpwg(phenotype: str, activity: str, drug: str, voices: int) -> None:
    said = proposals("CYP2D6", Gene(phenotype, NOW_S, "lab", "full", activity), drug)
    assert sum(len(one.voices) for one in said.values()) == voices


def test_the_score_that_only_cpic_calls_ultrarapid_says_nothing_of_metoprolol() -> None:
    for activity, rules in (("2.5", set()), ("2.75", {"dpwg-metoprolol-cyp2d6-ultrarapid"})):
        held = Gene("Ultrarapid Metabolizer", NOW_S, "lab", "full", activity)
        assert set(proposals("CYP2D6", held, "metoprolol")) == rules


def test_the_second_voice_reaches_the_wire_and_goes_when_its_result_does() -> None:
    state, said = PatientState(), []
    for event in (
        an_event("genomics", 1, gene="CYP2D6", phenotype="Ultrarapid Metabolizer"),
        an_event("medications", 2, order="o-1", drug="codeine", status="active"),
        an_event("genomics", 3, gene="CYP2D6", phenotype="Poor Metabolizer", status="corrected"),
    ):
        state, found = advance_event(NAME, state, event)
        said += [
            one.record for one in found if isinstance(one.record, Suggestion) and one.record.rule == "cpic-codeine"
        ]
    assert [(one.status, len(one.second_voices)) for one in said] == [("proposed", 1), ("updated", 0)]
    (voice,) = said[0].second_voices
    assert voice.citation.reference == "doi:10.1038/s41431-021-00920-y"
