"""What a suggestion has to know of a patient's genes and drugs: genomic results and medications."""

from typing import Literal

from pydantic import Field

from schemas.wire import Code, Instant, Pseudonym, Wire


class GenomicResult(Wire):
    """The result for one gene in the standard terms of CPIC. What an assay did not cover is no call, not the reference.

    The result that arrives last for a gene replaces the ones before it.
    """

    patient: Pseudonym
    time: Instant = Field(description="When the laboratory issued the result. ISO 8601 with a time zone.")
    gene: Code = Field(
        description="Gene symbol of HGNC, e.g. CYP2C19, DPYD or CYP3A5; for an HLA allele the allele, e.g. HLA-B*57:01."
    )
    diplotype: Code | None = Field(
        default=None, description="Both alleles as star alleles, e.g. *2/*2. Shown, not judged."
    )
    phenotype: Code = Field(
        description="Standard term of CPIC, e.g. Poor Metabolizer; for an allele `positive` or `negative`. Where "
        "nothing could be called: Indeterminate, No Call, No Result or Unknown. Upper and lower case are the same."
    )
    activity_score: float | None = Field(
        default=None, description="Activity score by CPIC, without a unit, where the gene has one. Shown, not judged."
    )
    source: Code | None = Field(
        default=None, description="Laboratory and method. Every proposal that rests on the result shows it."
    )
    coverage: Literal["full", "partial"] | None = Field(
        default=None,
        description="Whether the assay looked at all variants of the gene that matter (`full`) or at some (`partial`).",
    )


class Medication(Wire):
    """A drug that is ordered, being given, or stopped. A newer record with the same `order` replaces the older one."""

    patient: Pseudonym
    time: Instant = Field(description="When the drug was ordered, begun or stopped. ISO 8601 with a time zone.")
    order: Code = Field(
        description="The order's identifier: the same in all records of one order, unique for the patient."
    )
    drug: Code = Field(
        description="Generic name (international nonproprietary name) in lower case, e.g. clopidogrel. Rules look "
        "for this name letter by letter: no brand, no dose, no salt."
    )
    rxnorm: Code | None = Field(
        default=None, description="RxNorm concept identifier (RXCUI). Kept for readers, not judged."
    )
    status: Literal["ordered", "active", "stopped"] = Field(
        description="`ordered`: prescribed and not begun; `active`: being given; `stopped`: over, or never begun. "
        "Rules treat `ordered` and `active` alike."
    )
