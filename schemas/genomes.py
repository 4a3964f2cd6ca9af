"""Genomes that can be fetched: the files of one genome, whose alleles of pharmacogenes the check path names."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.wire import Code, Instant, Pseudonym, Wire


class FileReference(Wire):
    """Where one file can be fetched. Genomes never travel through Kafka."""

    url: str = Field(
        max_length=2048,
        description="Where the file is: file:// below one of the folders in WARDWATCH_GENOME_ROOTS, or http(s):// at "
        "one of the hosts in WARDWATCH_GENOME_HOSTS. Anything else is refused.",
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the file in lower-case hexadecimal. A file with another one is refused.",
    )


class GenomeReady(Wire):
    """A genome whose files can be fetched now. What its alleles mean follows on `genomics`, a record for each gene.

    Of the records with the same `genome` the newest by `time` counts, in whatever order they arrive. What an earlier
    one said of a gene and the newer one does not say is taken back.
    """

    patient: Pseudonym
    time: Instant = Field(
        description="When the laboratory issued the genome, in ISO 8601 with a time zone. It becomes the time of what "
        "follows, and decides what is newer."
    )
    genome: Code = Field(
        description="The genome's identifier: the same in all records of one genome, unique for the patient."
    )
    status: Literal["final", "corrected", "entered-in-error"] = Field(
        default="final",
        description="`corrected`: replaces an earlier record of the genome; `entered-in-error`: what followed from it "
        "is taken back, and no file is needed. The words are those of FHIR.",
    )
    variants: FileReference | None = Field(
        default=None,
        description="A VCF on GRCh38, plain or compressed, with genotypes; a gVCF, or one that holds calls of the "
        "reference, tells more. A position without a call is never taken for the reference.",
    )
    sample: Code | None = Field(
        default=None, description="Which sample of a VCF with several, by its name or by its number from 1 on."
    )
    calls: FileReference | None = Field(
        default=None,
        description="A table of another method's calls: gene, tab, diplotype, and if known phenotype and activity "
        "score. For CYP2D6, HLA-A, HLA-B and MT-RNR1, which small variants do not tell; it stands before the VCF.",
    )
    covered: FileReference | None = Field(
        default=None,
        description="Regions of the caller (BED, plain or compressed) in which a position without a row in `variants` "
        "is the reference. Without them it is never.",
    )
    source: Code | None = Field(default=None, description="Laboratory and method. Every result that follows names it.")

    @model_validator(mode="after")
    def a_genome_has_a_file(self) -> Self:
        """Refuse a genome of which there is nothing to read."""
        if self.status != "entered-in-error" and self.variants is None and self.calls is None:
            raise PydanticCustomError("genome_without_file", "a genome has `variants` or `calls`")  # noqa: EM101 - a type and a template
        return self
