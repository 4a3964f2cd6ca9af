"""Findings of disease-related variants, which share the topic `genomics` with results on pharmacogenes."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, StringConstraints, Tag, TypeAdapter

from schemas.therapy import GenomicResult
from schemas.wire import Code, Instant, Pseudonym, Wire

Hgvs = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class VariantFinding(Wire):
    """A variant that a laboratory has found and classified. It is kept as it was classified, never classified anew.

    Of the records of one finding the newest by `time` counts, in whatever order they arrive; of two with the same time,
    the later arrival. A record without `hgvs` is a result on a gene, not a finding.
    """

    patient: Pseudonym
    time: Instant = Field(description="When the laboratory issued the finding. ISO 8601 with a time zone.")
    finding: Code | None = Field(
        default=None,
        description="The finding's identifier: the same in all records of one finding, unique for the patient. Without "
        "it, gene and `hgvs` together name the finding, and a correction of either makes another one.",
    )
    gene: Code = Field(description="Gene symbol of HGNC, e.g. BRCA1. Upper and lower case and blanks do not matter.")
    hgvs: Hgvs = Field(
        description="The variant in HGVS nomenclature, e.g. NM_007294.4:c.5266dup. Several expressions of one variant "
        "may stand here, separated by a blank, such as c.845G>A p.(Cys282Tyr)."
    )
    significance: Code = Field(
        description="The laboratory's class of the variant in ClinVar's terms for germline variants, e.g. Pathogenic, "
        "Likely pathogenic or Uncertain significance. Upper and lower case are the same; usual abbreviations and LOINC "
        "answer codes are understood; what is not understood is told on `ward-status`."
    )
    zygosity: Literal["heterozygous", "homozygous", "hemizygous"] | None = Field(
        default=None, description="On how many copies of the gene the variant was found. Absent where it is not known."
    )
    origin: Literal["germline", "somatic"] | None = Field(
        default=None,
        description="Whether the variant was inherited or belongs to a tumour. Nothing is proposed for a somatic one.",
    )
    condition: Code | None = Field(default=None, description="The condition that the laboratory names. Shown only.")
    clinvar: Code | None = Field(
        default=None, description="ClinVar accession of the variant or of its record, e.g. VCV000017677. Shown only."
    )
    source: Code | None = Field(
        default=None, description="Laboratory and method. Every proposal that rests on the finding shows it."
    )
    status: Literal["final", "corrected", "entered-in-error"] = Field(
        default="final",
        description="`corrected`: replaces an earlier record of the finding, e.g. with another class; "
        "`entered-in-error`: the finding is taken back. The words are those of FHIR.",
    )


def _shape(record: object) -> str:
    """Tell a finding, which has `hgvs`, from a result on a gene, which everything else must be."""
    if isinstance(record, VariantFinding) or (isinstance(record, dict) and "hgvs" in record):
        return "variant"
    return "gene"


GenomicsRecord = Annotated[
    Annotated[GenomicResult, Tag("gene")] | Annotated[VariantFinding, Tag("variant")], Discriminator(_shape)
]
# A union has its own configuration: without this line its errors print the record.
GENOMICS_RECORD: Final[TypeAdapter[GenomicResult | VariantFinding]] = TypeAdapter(
    GenomicsRecord, config=ConfigDict(hide_input_in_errors=True)
)
