"""Genetic results (ORU^R01): what a laboratory says of a gene, in LOINC's codes for genomics reporting. Pure.

A result is a gene (48018-6) with its genotype and its phenotype, held together by OBX-4 (HL7 v2.5.1 Lab Results
Interface, clinical genomics; PharmCAT writes the same); or one observation whose LOINC term names the gene or the
allele. What the rules could not read is left out and told, so that it wipes no earlier result out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from models.treatment.gene_terms import Reading, read_result
from schemas.therapy import GenomicResult
from stream.feeds.events import FeedEvent
from stream.gateway.codes import LOINC, system_of
from stream.gateway.context import Context
from stream.gateway.observations import Record
from stream.gateway.plan import code_of
from stream.gateway.results import Result, issued_at, results, subject_of
from stream.gateway.segments import DELETED, Delimiters, Message, Segment, raw, repetitions, text
from stream.gateway.trouble import LeftOut, Told, Trouble

Role = Literal["gene", "genotype", "phenotype", "activity", "disagrees"]

# fmt: off
_ROLES: Final[dict[str, Role]] = {
    "48018-6": "gene",       # Gene studied [ID]
    "84413-4": "genotype",   # Genotype display name
    "53040-2": "phenotype",  # Genetic variation's effect on drug metabolism
    "51961-1": "phenotype",  # Genetic variation's effect on drug efficacy; PharmCAT: of transporters, too
    "83009-1": "phenotype",  # Genetic variation's effect on high-risk allele
}
_GENES: Final = {
    # Codes whose meaning was found in a public source; every other needs a name that says the gene.
    "79713-4": "TPMT",         # LOINC: TPMT gene product metabolic activity interpretation in Blood or Tissue
    "79716-7": "CYP2C9",       # LOINC: CYP2C9 gene product metabolic activity interpretation in Blood or Tissue
    "50956-2": "HLA-B*57:01",  # LOINC: HLA-B*57:01 [Presence]
}
# fmt: on
_ACTIVITY_NAME: Final = re.compile(r"([A-Z][A-Z0-9]+) gene product metabolic activity interpretation.*", re.IGNORECASE)
_SCORE_NAME: Final = re.compile(r"([A-Z][A-Z0-9]+) activity score.*", re.IGNORECASE)
_ALLELE_NAME: Final = re.compile(r"(HLA-[AB]\*\d{2,3}:\d{2,3}) \[Presence\].*", re.IGNORECASE)
_LOINC_FORM: Final = re.compile(r"\d{1,5}-\d")
_LONGEST: Final = 128  # characters of a code on the wire


class Said(NamedTuple):
    """What an observation is: its role, and the gene that its own term names."""

    role: Role
    gene: str = ""


@dataclass
class _Finding:
    """What belongs together of one gene."""

    gene: str = ""
    genotypes: list[Result] = field(default_factory=list)
    phenotypes: list[Result] = field(default_factory=list)
    scores: list[Result] = field(default_factory=list)

    def of(self, role: Role) -> list[Result]:
        """The results of a role."""
        return {"genotype": self.genotypes, "phenotype": self.phenotypes, "activity": self.scores}[role]


class _Found(NamedTuple):
    """A record, of which patient, genes and moment it is, and what it says of them."""

    result: Result
    of: tuple[str, frozenset[str], datetime]
    readings: tuple[Reading, ...]
    record: Record


_LONGEST_SET: Final = 4096  # characters of codes that are looked at once; our choice


class Genetics:
    """Reads the genetic results of one message: `records`, `told`, and which OBX are `claimed`, be they used or not."""

    def __init__(self, context: Context) -> None:
        self.records: list[Record] = []
        self.told = Told()
        self.claimed: set[int] = set()
        self._context = context
        found: list[_Found] = []
        for finding in self._findings() if _may_be_of_genes(context.message) else ():
            try:
                found += self._read(finding)
            except LeftOut as left_out:
                self._leave_out(left_out.trouble, (*finding.phenotypes, *finding.genotypes, *finding.scores))
        self._add(found)

    def _findings(self) -> Iterable[_Finding]:
        """What belongs together, in the order in which it begins."""
        every: list[_Finding] = []
        running: dict[tuple[int, str], _Finding] = {}
        for result in results(self._context.message):
            said = _said_by(result.segment)
            if said is None:
                continue
            self.claimed.add(result.number)
            if said.role == "disagrees":
                trouble = Trouble(f"OBX^{result.number}^3", "207", "the code is of another gene than the name")
                self.told.leave_out(trouble, code_of(result.segment))
                continue
            key = result.request_number, said.gene or text(result.segment, 4)
            finding = running.get(key)
            if finding is None or (said.role == "gene" and finding.gene):
                finding = running[key] = _Finding(said.gene)
                every.append(finding)
            if said.role == "gene":
                finding.gene = self._gene(result)
            else:
                finding.of(said.role).append(result)
        return every

    def _gene(self, result: Result) -> str:
        """The gene's symbol (CWE: its HGNC number, its symbol). A list is what was looked at, and no result of one."""
        if repetitions(result.segment, 5) > 1:
            trouble = Trouble(f"OBX^{result.number}^5", "0", "a list of genes is no result of any", "left out")
            self.told.leave_out(trouble, code_of(result.segment))
            return ""
        return next((one for at in (2, 1) if (one := text(result.segment, 5, at)) not in {"", DELETED}), "")

    def _read(self, finding: _Finding) -> list[_Found]:
        if not finding.phenotypes:
            first = next(iter((*finding.genotypes, *finding.scores)), None)
            if first is None:
                return []  # a gene that was looked at
            sentence = "the genotype comes without what it means (phenotype)"
            raise LeftOut(Trouble(f"OBX^{first.number}^5", "101", sentence))
        result = finding.phenotypes[0]
        if not finding.gene:
            raise LeftOut(Trouble(f"OBX^{result.number}^4", "101", "the result names no gene (48018-6)"))
        result.require_to_stand()
        subject = subject_of(result, self._context)
        time = issued_at(result, self._context, subject, self.told)
        filed = self._context.filed(subject, time)
        score = text(finding.scores[0].segment, 5) if len(finding.scores) == 1 else None
        phenotype = "Unknown" if result.is_taken_back else _phenotype(finding, score)
        record = GenomicResult(
            patient=filed.patient,
            time=time,
            gene=finding.gene[:_LONGEST],
            diplotype=_diplotype(finding),
            phenotype=phenotype,
            activity_score=score,
            source=source_of(result.segment),
            status=_status(result),
        )
        readings, _ = read_result(record.gene, phenotype)
        genes = frozenset(one.gene for one in readings)
        event = FeedEvent("genomics", filed.patient, time, record)
        return [_Found(result, (filed.patient, genes, time), readings, Record(event, filed))]

    def _add(self, found: list[_Found]) -> None:
        """Take what is said of each gene; of two results that disagree neither."""
        said: dict[object, set[object]] = {}
        for one in found:
            said.setdefault(one.of, set()).add(one.readings)
        for one in found:
            if len(said[one.of]) > 1:
                sentence = "the message has two results of one gene"
                self._leave_out(Trouble(f"OBX^{one.result.number}^5", "207", sentence), [one.result])
            else:
                self.records.append(one.record)

    def _leave_out(self, trouble: Trouble, of: Sequence[Result]) -> None:
        self.told.leave_out(trouble, code_of(of[0].segment) if of else "")


def _may_be_of_genes(message: Message) -> bool:
    """Whether any code may be one of genes; a monitor sends the same codes, which are none, again and again."""
    codes = frozenset(raw(one, 3) for one in message.segments if one.name == "OBX")
    return sum(map(len, codes)) > _LONGEST_SET or _any_of_genes(codes, message.header.delimiters)


@lru_cache(maxsize=1024)
def _any_of_genes(codes: frozenset[str], between: Delimiters) -> bool:
    return any(_term(one, between) is not None for one in codes)


def _said_by(segment: Segment) -> Said | None:
    """What an observation says of genes by its LOINC term; None where it is another's."""
    return _term(raw(segment, 3), segment.delimiters)


@lru_cache(maxsize=4096)
def _term(stated: str, between: Delimiters) -> Said | None:
    term = Segment("OBX", ["OBX", "", "", stated], between)
    coded = (tuple(text(term, 3, at + more) for more in range(3)) for at in (1, 4))
    return next((said for code, name, system in coded if (said := said_by_code(code, name, system))), None)


def said_by_code(code: str, name: str, system: str) -> Said | None:
    """What a code with its name says of genes; None where it is another's."""
    if system_of(system) != LOINC and (system or not _LOINC_FORM.fullmatch(code)):
        return None
    if (role := _ROLES.get(code)) is not None:
        return Said(role)
    if (score := _SCORE_NAME.fullmatch(name)) is not None:
        return Said("activity", score[1].upper())
    named = _ACTIVITY_NAME.fullmatch(name) or _ALLELE_NAME.fullmatch(name)
    by_name, by_code = named[1].upper() if named else "", _GENES.get(code, "")
    if by_name and by_code and by_name != by_code:
        return Said("disagrees")
    return Said("phenotype", by_code or by_name) if by_code or by_name else None


def _phenotype(finding: _Finding, score: str | None) -> str:
    """The phenotype as it is written, if the rules understand it; raises LeftOut."""
    understood: dict[tuple[Reading, ...], str] = {}
    for result in finding.phenotypes:
        for at in (2, 1, 5, 4, 9):
            written = text(result.segment, 5, at)[:_LONGEST]
            if written in {"", DELETED}:
                continue
            readings, doubts = read_result(finding.gene, written, score)
            if readings and not doubts:
                understood.setdefault(readings, written)
    where = f"OBX^{finding.phenotypes[0].number}^5"
    if not understood:
        raise LeftOut(Trouble(where, "103", "the gene or what is said of it is not understood"))
    if len(understood) > 1:
        raise LeftOut(Trouble(where, "207", "two things are said of one gene"))
    return next(iter(understood.values()))


def _diplotype(finding: _Finding) -> str | None:
    """The genotype, without the gene's name before it; of two none."""
    written = {text(one.segment, 5, 2) or text(one.segment, 5) for one in finding.genotypes} - {"", DELETED}
    return (written.pop().removeprefix(finding.gene).strip()[:_LONGEST] or None) if len(written) == 1 else None


def _status(result: Result) -> Literal["final", "corrected", "entered-in-error"]:
    if result.is_taken_back:
        return "entered-in-error"
    return "corrected" if text(result.segment, 11).upper() == "C" else "final"


def source_of(segment: Segment) -> str | None:
    """Laboratory (OBX-23) and method (OBX-17)."""
    said = (text(segment, 23), text(segment, 17, 2) or text(segment, 17))
    return ", ".join(one for one in said if one not in {"", DELETED})[:_LONGEST] or None
