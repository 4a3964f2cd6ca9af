"""What a card suggests: to drop the draft, another drug in its place, a test. Each a draft and a proposal. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from models.treatment.drug_table import DRUGS
from models.treatment.facts import Facts
from models.treatment.rules import DrugWithoutGene, Rule
from models.treatment.safety import check
from models.treatment.ward_table import WARD_DRUGS
from schemas.labs import LabResults
from stream.cds.card import Action, Suggestion
from stream.cds.draft import Draft

MOST: Final = 6
"""Suggestions of one card; our choice."""
_RXNORM: Final[Mapping[str, str]] = {one.name: one.rxnorm for one in (*DRUGS, *WARD_DRUGS) if one.rxnorm}
_LOINC: Final = {
    name: found[1]
    for name, field in LabResults.model_fields.items()
    if (found := re.search(r"LOINC (\d+-\d)", field.description or ""))
}
"""The code by which a result is asked for: the one that its own description gives first."""


def of_rule(rule: Rule, drafts: Sequence[Draft], facts: Facts, subject: str) -> tuple[Suggestion, ...]:
    """What a rule's card suggests about draft orders; `subject` is the reference of the patient."""
    drop = [_dropped(one) for one in drafts if one.reference]
    found = list(dropped(drafts))
    left = [drug for drug in rule.alternatives if not check.of_drug(drug, facts).barred]
    found += [Suggestion(f"{drug.capitalize()} instead", (*drop, _drug(drug, subject))) for drug in left]
    if isinstance(rule.when, DrugWithoutGene):
        found.append(Suggestion(f"Test {rule.when.gene} first", (_gene_test(rule.when.gene, subject),)))
    return tuple(found[:MOST])


def dropped(drafts: Sequence[Draft]) -> tuple[Suggestion, ...]:
    """To drop one of these drafts; one that has no id yet can't be named."""
    return tuple(
        Suggestion(f"Remove the draft order of {one.label}", (_dropped(one),)) for one in drafts if one.reference
    )


def tests(results: Iterable[str], genes: Iterable[str], subject: str) -> tuple[Suggestion, ...]:
    """Tests of what is not known: results by the wire's names, and genes; other names are passed over."""
    actions = (*_results(sorted(results), subject), *(_gene_test(one, subject) for one in sorted(genes)))
    return tuple(Suggestion(one.description, (one,)) for one in actions)[:MOST]


def _dropped(draft: Draft) -> Action:
    return Action("delete", f"Remove the draft order of {draft.label}", resource_id=draft.reference)


def _drug(drug: str, subject: str) -> Action:
    """An order in draft; a dose is nothing that a card says."""
    concept: dict[str, Any] = {"text": drug}
    if code := _RXNORM.get(drug):
        concept["coding"] = [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code, "display": drug}]
    order = _proposal("MedicationRequest", subject) | {"medicationCodeableConcept": concept}
    return Action("create", f"Draft an order of {drug}, without a dose", order)


def _results(names: Iterable[str], subject: str) -> Iterator[Action]:
    for name in names:
        if name in _LOINC:
            words = name.partition("_")[0].capitalize()
            concept = {"coding": [{"system": "http://loinc.org", "code": _LOINC[name]}], "text": words}
            yield Action("create", f"Measure {words.lower()}", _proposal("ServiceRequest", subject) | {"code": concept})


def _gene_test(gene: str, subject: str) -> Action:
    request = _proposal("ServiceRequest", subject) | {"code": {"text": f"Genotype of {gene}"}}
    return Action("create", f"Request the genotype of {gene}", request)


def _proposal(kind: str, subject: str) -> dict[str, Any]:
    return {"resourceType": kind, "status": "draft", "intent": "proposal", "subject": {"reference": subject}}
