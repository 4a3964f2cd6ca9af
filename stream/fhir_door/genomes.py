"""Genetic observations (HL7 guide Genomics Reporting): a gene, its genotype, and what that means. Pure.

What it means stands in the observation's value or in a component, the gene in a component, in the term itself, or in
the genotype that the observation is derived from. What the rules could not read is left out, so that it wipes no
earlier result out.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from models.treatment.gene_terms import Reading as GeneReading
from models.treatment.gene_terms import read_result
from schemas.therapy import GenomicResult
from stream.feeds.events import FeedEvent
from stream.fhir_door.elements import Element, codings, part, parts, said, words
from stream.fhir_door.identities import patient_of
from stream.fhir_door.reading import LONGEST, Made, Reading
from stream.gateway.genetics import Said, said_by_code
from stream.gateway.trouble import LeftOut, Trouble

_IMPLICATION: Final = "therapeutic-implication"
"""The code of the guide's own system for what a finding means for drugs."""
_STATUSES: Final[dict[str, Literal["final", "corrected", "entered-in-error"]]] = {
    "stands": "final",
    "corrected": "corrected",
    "withdrawn": "entered-in-error",
}
_DEPTH: Final = 4  # observations that one may be derived from, one behind the other; our choice


class _Finding(NamedTuple):
    """What is said of one gene."""

    genes: frozenset[str] = frozenset()
    genotypes: frozenset[str] = frozenset()
    phenotypes: tuple[str, ...] = ()
    scores: frozenset[str] = frozenset()


def is_genetic(resource: Element, where: str) -> bool:
    """Whether an observation is of genes, by its own code or one of its components'."""
    if _role(part(resource, "code", where), f"{where}.code") is not None:
        return True
    every = [part(resource, "code", where), *(part(one, "code", at) for at, one in parts(resource, "component", where))]
    return any(
        one.code == _IMPLICATION or said_by_code(*one[:2], one.system) is not None
        for concept in every
        for one in codings(concept, where)
    )


def genetic(resource: Element, where: str, status: str, reading: Reading, made: Made) -> None:
    """Add the result of a genetic observation; raises LeftOut."""
    if said(resource, "status", where) in {"preliminary", "cancelled"} or status not in _STATUSES:
        made.leave_out(f"{where}.status", "0", "the result is not final")
        return
    finding = _finding(resource, where, reading, _DEPTH)
    if not finding.phenotypes:
        sentence = "the genotype comes without what it means (phenotype)" if finding.genotypes else "it is no result"
        made.leave_out(where, "101", sentence)
        return
    if len(finding.genes) != 1:
        sentence = "the result names no gene (48018-6)" if not finding.genes else "the result names two genes"
        raise LeftOut(Trouble(where, "101", sentence))
    who = patient_of(resource, "subject", where, reading)
    issued = said(resource, "issued", where) or said(resource, "effectiveDateTime", where)
    if not issued:
        raise LeftOut(Trouble(f"{where}.issued", "101", "the result has no moment"))
    time = reading.moment(issued, f"{where}.issued")
    gene, score = next(iter(finding.genes)), next(iter(finding.scores)) if len(finding.scores) == 1 else None
    phenotype = _understood(finding, gene, score, where)
    genotype = next(iter(finding.genotypes)) if len(finding.genotypes) == 1 else None
    filed = reading.filed(who, time)
    record = GenomicResult(
        patient=filed.patient,
        time=time,
        gene=gene[:LONGEST],
        diplotype=genotype and (genotype.removeprefix(gene).strip()[:LONGEST] or None),
        phenotype="Unknown" if status == "withdrawn" else phenotype,
        activity_score=score,
        status=_STATUSES[status],
    )
    made.add(FeedEvent("genomics", filed.patient, time, record), filed)


def _role(concept: Element, where: str) -> Said | None:
    found = (said_by_code(one.code, one.display, one.system) for one in codings(concept, where))
    return next((one for one in found if one is not None), None)


def _finding(resource: Element, where: str, reading: Reading, depth: int) -> _Finding:
    """What an observation says of a gene, with what it is derived from."""
    genes, genotypes, scores = set(), set(), set()
    phenotypes: list[str] = []
    every = [(where, resource), *parts(resource, "component", where)]
    for at, one in every:
        role = _role(part(one, "code", at), f"{at}.code")
        if role is None:
            continue
        if role.role == "disagrees":
            raise LeftOut(Trouble(f"{at}.code", "207", "the code is of another gene than the name"))
        genes |= {role.gene} - {""}
        value = list(_said_values(one, at))
        if role.role == "gene":
            genes |= set(value[:1])
        elif role.role == "genotype":
            genotypes |= set(value[:1])
        elif role.role == "activity":
            scores |= set(value[:1])
        else:
            phenotypes += value
    for at, one in parts(resource, "derivedFrom", where) if depth else ():
        source = reading.resource(said(one, "reference", at), resource)
        if source.get("resourceType") != "Observation":
            continue
        behind = _finding(source, where, reading, depth - 1)
        genes |= behind.genes if not genes else set()
        genotypes |= behind.genotypes
    return _Finding(frozenset(genes), frozenset(genotypes), tuple(phenotypes), frozenset(scores))


def _said_values(element: Element, where: str) -> Iterator[str]:
    """The ways in which a value is said, the words before the codes."""
    concept, at = part(element, "valueCodeableConcept", where), f"{where}.valueCodeableConcept"
    coded = codings(concept, at)
    quantity = part(element, "valueQuantity", where).get("value")
    text = said(element, "valueString", where)
    stated = [*(one.display for one in coded), words(concept, at), *(one.code for one in coded), text]
    yield from (one for one in stated if one)
    if isinstance(quantity, int | float) and not isinstance(quantity, bool):
        yield repr(float(quantity))


def _understood(finding: _Finding, gene: str, score: str | None, where: str) -> str:
    """The phenotype as it is written, if the rules understand it; raises LeftOut."""
    understood: dict[tuple[GeneReading, ...], str] = {}
    for one in finding.phenotypes:
        readings, doubts = read_result(gene, one[:LONGEST], score)
        if readings and not doubts:
            understood.setdefault(readings, one[:LONGEST])
    if not understood:
        raise LeftOut(Trouble(where, "103", "the gene or what is said of it is not understood", "left out"))
    if len(understood) > 1:
        raise LeftOut(Trouble(where, "207", "two things are said of one gene"))
    return next(iter(understood.values()))
