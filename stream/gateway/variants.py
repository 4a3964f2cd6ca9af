"""Disease-related variants of a result message (ORU^R01): each becomes a finding, with its laboratory's class. Pure.

The observations of one variant are held together by OBX-4 (HL7 v2.5.1 Lab Results Interface, clinical genomics); where
a sender writes one sub-id for all, a gene or a name that comes again begins the next variant. A finding is known by its
gene and its name, since a sub-id may be another's in the next message.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from schemas.variants import VariantFinding
from stream.feeds.events import FeedEvent
from stream.gateway.context import Context
from stream.gateway.genetics import source_of
from stream.gateway.observations import Record
from stream.gateway.plan import code_of
from stream.gateway.results import Result, issued_at, results, subject_of
from stream.gateway.segments import DELETED, Segment, repetitions, text
from stream.gateway.trouble import LeftOut, Told, Trouble
from stream.gateway.variant_terms import Found, NotRead, Role, Value, is_of_a_variant, read_variant, role_of

_BEGIN: Final = frozenset({"assessment", "gene", "coding", "genomic", "significance"})
"""Terms that a variant has once."""


@dataclass
class _Draft:
    """The observations of one variant."""

    results: list[tuple[Role, Result]] = field(default_factory=list)

    @property
    def roles(self) -> set[Role]:
        """What they say."""
        return {role for role, _ in self.results}

    def deciding(self) -> Result:
        """The observation that says the class, else the first."""
        return next((one for role, one in self.results if role == "significance"), self.results[0][1])


class Variants:
    """Reads the variants of one message: `records`, `told`, and which OBX are `claimed`, be they used or not."""

    def __init__(self, context: Context) -> None:
        self.records: list[Record] = []
        self.told = Told()
        self.claimed: set[int] = set()
        self._context = context
        found: dict[tuple[str, str, str], list[tuple[Result, str, Record]]] = {}
        for draft in self._drafts():
            self.claimed |= {result.number for _, result in draft.results}
            try:
                record = self._read(draft)
            except LeftOut as left_out:
                self.told.leave_out(left_out.trouble, code_of(draft.deciding().segment))
                continue
            finding = record.event.record
            assert isinstance(finding, VariantFinding)  # noqa: S101 - made here
            name = (finding.patient, finding.gene, finding.hgvs)
            found.setdefault(name, []).append((draft.deciding(), finding.significance, record))
        self._add(found.values())

    def _drafts(self) -> Iterable[_Draft]:
        every: list[_Draft] = []
        running: dict[tuple[int, str], _Draft] = {}
        for result in results(self._context.message):
            role = _role(result.segment)
            if role is None or (role == "gene" and repetitions(result.segment, 5) > 1):
                continue
            key = result.request_number, text(result.segment, 4)
            draft = running.get(key)
            if draft is None or (role in _BEGIN and role in draft.roles):
                draft = running[key] = _Draft()
                every.append(draft)
            draft.results.append((role, result))
        return [one for one in every if is_of_a_variant(one.roles)]

    def _read(self, draft: _Draft) -> Record:
        result = draft.deciding()
        for _, one in draft.results:
            one.require_to_stand()
        where = f"OBX^{result.number}^5"
        said: dict[Role, list[Value]] = {}
        for role, one in draft.results:
            said.setdefault(role, []).append(_value(one.segment))
        try:
            variant = read_variant(said)
        except NotRead as not_read:
            weight: Literal["fault", "left out"] = "left out" if not_read.code == "0" else "fault"
            raise LeftOut(Trouble(where, not_read.code, str(not_read), weight)) from None
        status = _status(result)
        if variant.is_absent and status == "final":
            raise LeftOut(Trouble(where, "0", "the variant was looked for and is not there", "left out"))
        subject = subject_of(result, self._context)
        time = issued_at(result, self._context, subject, self.told)
        filed = self._context.filed(subject, time)
        record = finding_of(variant, filed.patient, time, status, source_of(result.segment))
        return Record(FeedEvent("genomics", filed.patient, time, record), filed)

    def _add(self, found: Iterable[list[tuple[Result, str, Record]]]) -> None:
        """Take what is said of each variant; of two classes of one neither."""
        for ones in found:
            if len({significance for _, significance, _ in ones}) == 1:
                self.records.append(ones[-1][2])
                continue
            for result, _, _ in ones:
                trouble = Trouble(f"OBX^{result.number}^5", "207", "the message has two classes of one variant")
                self.told.leave_out(trouble, code_of(result.segment))


def finding_of(
    variant: Found,
    patient: str,
    time: datetime,
    status: Literal["final", "corrected", "entered-in-error"],
    source: str | None,
    finding: str | None = None,
) -> VariantFinding:
    """Return the finding of a variant; one that is no longer there by a correction is taken back."""
    return VariantFinding(
        patient=patient,
        time=time,
        finding=finding,
        gene=variant.gene,
        hgvs=variant.hgvs,
        significance=variant.significance,
        zygosity=variant.zygosity,
        origin=variant.origin,
        condition=variant.condition,
        clinvar=variant.clinvar,
        source=source,
        status="entered-in-error" if variant.is_absent else status,
    )


def _role(segment: Segment) -> Role | None:
    coded = ((text(segment, 3, at), text(segment, 3, at + 2)) for at in (1, 4))
    return next((role for code, system in coded if code and (role := role_of(code, system)) is not None), None)


def _value(segment: Segment) -> Value:
    """OBX-5: a coded value's words and code, or what is written."""
    written = [text(segment, 5, at) for at in (2, 1, 5, 4, 9)]
    return Value(tuple(one for one in written if one not in {"", DELETED}), text(segment, 5, 3))


def _status(result: Result) -> Literal["final", "corrected", "entered-in-error"]:
    if result.is_taken_back:
        return "entered-in-error"
    return "corrected" if text(result.segment, 11).upper() == "C" else "final"
