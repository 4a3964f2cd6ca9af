"""What a suggestion has to know of a patient's genes and drugs: genomic results and medications."""

import re
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from schemas.wire import Code, Instant, Measured, Pseudonym, Wire

_NUMBER: Final = re.compile(r"\d{1,3}(\.\d{1,6})?")
_BOUND: Final = re.compile(rf"(≥|>=)\s*({_NUMBER.pattern})")


def _score(said: object) -> object:
    """Read an activity score as a number or a lower bound; words and other numbers are unknown and refuse no record."""
    if not isinstance(said, str | int | float):
        return said
    text = str(said).strip()
    if (bound := _BOUND.fullmatch(text)) is not None:
        return f"≥{float(bound[2])}"
    return float(text) if _NUMBER.fullmatch(text) else None


ActivityScore = Annotated[float | Code | None, BeforeValidator(_score)]


class GenomicResult(Wire):
    """The result for one gene in the standard terms of CPIC. What an assay did not cover is no call, not the reference.

    The newest result by `time` counts, in whatever order they arrive; of two with the same time, the later arrival.
    Each HLA allele has a status of its own, so that a result on one leaves the others as they are.
    """

    patient: Pseudonym
    time: Instant = Field(description="When the laboratory issued the result. ISO 8601 with a time zone.")
    gene: Code = Field(
        description="Gene symbol of HGNC, e.g. CYP2C19, DPYD or CYP3A5; for an HLA allele the allele, such as "
        "HLA-B*57:01. Upper and lower case and blanks do not matter; what is not understood is told on `ward-status`."
    )
    diplotype: Code | None = Field(
        default=None, description="Both alleles as star alleles, e.g. *2/*2. Shown, not judged."
    )
    phenotype: Code = Field(
        description="Standard term of CPIC, e.g. Poor Metabolizer; for an allele `positive` or `negative`. Where "
        "nothing could be called: Indeterminate, No Call, No Result, Not Tested, n/a or Unknown. Upper and lower case "
        "are the same; usual abbreviations and LOINC answer codes are understood."
    )
    activity_score: ActivityScore = Field(
        default=None,
        description="Activity score by CPIC, without a unit, where the gene has one: a number, or a lower bound such "
        "as `≥3.75`. Anything else, such as `n/a`, is read as unknown.",
    )
    source: Code | None = Field(
        default=None, description="Laboratory and method. Every proposal that rests on the result shows it."
    )
    coverage: Literal["full", "partial"] | None = Field(
        default=None,
        description="Whether the assay looked at all variants of the gene that matter (`full`) or at some (`partial`).",
    )
    status: Literal["final", "corrected", "entered-in-error"] = Field(
        default="final",
        description="`corrected`: replaces an earlier result; `entered-in-error`: the result is taken back and nothing "
        "is known of the gene. The words are those of FHIR.",
    )


class Medication(Wire):
    """A drug that is ordered, being given, or stopped.

    Of the records with the same `order` the newest by `time` counts, in whatever order they arrive; of two with the
    same time, the later arrival.
    """

    patient: Pseudonym
    time: Instant = Field(description="When the drug was ordered, begun or stopped. ISO 8601 with a time zone.")
    order: Code = Field(
        description="The order's identifier: the same in all records of one order, unique for the patient."
    )
    drug: Code = Field(
        description="Generic name (international nonproprietary name), e.g. clopidogrel. A salt, a dose, a form and "
        "the usual brands of drugs that rules name are understood; what is not understood is told on `ward-status`."
    )
    rxnorm: Code | None = Field(
        default=None, description="RxNorm concept identifier (RXCUI) of the ingredient. Counts beside the name."
    )
    code: Code | None = Field(default=None, description="Code of the drug in `code_system`. Counts beside the name.")
    code_system: Code | None = Field(
        default=None,
        description="The system of `code`: `rxnorm` or `atc`, or its FHIR address. Others are kept for readers.",
    )
    dose: Measured = Field(
        default=None,
        ge=0,
        description="How much is given at a time, in `dose_unit`. Absent where the order leaves a choice between two "
        "amounts, or says none.",
    )
    dose_unit: Code | None = Field(
        default=None, description="Unit of `dose` as the order writes it, e.g. mg, mL or {tablet}."
    )
    route: Code | None = Field(
        default=None, description="Way into the body as the order writes it, e.g. PO, IV or oral; see HL7 table 0162."
    )
    frequency: Code | None = Field(
        default=None, description="How often it is given, as the order writes it, e.g. BID, Q6H or ONCE."
    )
    started_at: Instant | None = Field(
        default=None, description="When the first dose was given or is due. ISO 8601 with a time zone."
    )
    ended_at: Instant | None = Field(
        default=None,
        description="When the order ended or is due to end. ISO 8601 with a time zone. It is kept for readers: an "
        "order is over with a record that says `stopped`.",
    )
    status: Literal["ordered", "active", "stopped", "entered-in-error"] = Field(
        description="`ordered`: prescribed and not being given, as before it begins or while it is held; `active`: "
        "being given; `stopped`: over, or never begun; `entered-in-error`: there was no such order. Rules treat "
        "`ordered` and `active` alike, and so the others."
    )
