"""What may change a suggestion: genomic results and medications."""

from typing import Literal

from pydantic import Field

from schemas.wire import Code, Instant, Pseudonym, Wire


class GenomicResult(Wire):
    """One gene's result, in CPIC's words. A position that was not covered is no call, never the reference."""

    patient: Pseudonym
    time: Instant
    gene: Code
    diplotype: Code | None = None
    phenotype: Code = Field(description="CPIC term, e.g. Poor Metabolizer, or an allele status such as positive")
    activity_score: float | None = None
    source: Code | None = Field(default=None, description="laboratory and method")
    coverage: Literal["full", "partial"] | None = None


class Medication(Wire):
    """A drug that is ordered, given or stopped."""

    patient: Pseudonym
    time: Instant
    order: Code
    drug: Code = Field(description="generic name, lower case")
    rxnorm: Code | None = None
    status: Literal["ordered", "active", "stopped"]
