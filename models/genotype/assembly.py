"""Whether a file is of GRCh38: by the lengths of its chromosomes, what its header says, and the bases of its rows."""

import re
from collections.abc import Mapping
from typing import Final

from models.genotype.observed import Observed

LENGTHS: Final[Mapping[str, tuple[int, int]]] = {
    # GRCh38.p14 and GRCh37.p13, NCBI assembly reports GCF_000001405.40 and GCF_000001405.25
    "chr1": (248956422, 249250621),
    "chr2": (242193529, 243199373),
    "chr4": (190214555, 191154276),
    "chr6": (170805979, 171115067),
    "chr7": (159345973, 159138663),
    "chr8": (145138636, 146364022),
    "chr10": (133797422, 135534747),
    "chr12": (133275309, 133851895),
    "chr13": (114364328, 115169878),
    "chr16": (90338345, 90354753),
    "chr19": (58617616, 59128983),
    "chr22": (50818468, 51304566),
    "chrX": (156040895, 155270560),
}
"""Length of the chromosomes with a gene of ours: on GRCh38, on GRCh37."""
_OTHER: Final = re.compile(
    r"GRCh37|hg19|(?<![A-Za-z0-9])b37(?!\d)|hs37|NCBI36|hg18|T2T|CHM13|GCA_009914755", re.IGNORECASE
)
_RIGHT: Final = re.compile(r"GRCh38|hg38|assembly38|GCA_000001405\.15", re.IGNORECASE)
"""Beside such a name another one is a history, `hg19_lifted_to_hg38`: the rows decide."""
MOST_WRONG: Final = 0.5
"""Share of rows with another REF, or with a known rsID elsewhere, from which the assembly is another; ours."""


def chromosome(name: str) -> str:
    """Return a chromosome's name as `chr1`, from `1`, `chr1`, or an accession of RefSeq or GenBank.

    Those of chromosome 1 on GRCh38 are `NC_000001.11` and `CM000663.2` (NCBI, assembly report of GCF_000001405.40).
    """
    accession = re.fullmatch(r"NC_0000(\d\d)\.\d+|CM000(\d{3})\.\d+", name)
    if accession:
        number = int(accession[1]) if accession[1] else int(accession[2]) - 662
        return {23: "chrX", 24: "chrY"}.get(number, f"chr{number}")
    bare = name[3:] if name[:3].lower() == "chr" else name
    return "chrX" if bare in {"23", "x"} else f"chr{bare}"


def wrong_by_header(lengths: Mapping[str, int], lines: str) -> str | None:
    """Return why the header says that a file is not of GRCh38, None where it does not.

    Args:
        lengths: of its chromosomes, by name as `chromosome` gives it.
        lines: what its header says of its reference and its assembly.
    """
    for name, (right, grch37) in LENGTHS.items():
        length = lengths.get(name)
        if length not in (None, 0, right):
            of = "GRCh37" if length == grch37 else "another assembly"
            return f"{name} is {length} bases long in its header: that is {of}, and GRCh38 is needed ({right})"
    found = None if _RIGHT.search(lines) else _OTHER.search(lines)
    return f"its header names {found[0]} as the reference, and GRCh38 is needed" if found else None


def wrong_by_rows(observed: Observed) -> str | None:
    """Return why the rows say that a file is not of GRCh38, None where they do not."""
    usable = len(observed.calls) - len(observed.vouched_for) + len(observed.filtered) + len(observed.contradicted)
    if observed.moved > MOST_WRONG * (observed.moved + usable):
        return f"{observed.moved} known variants lie elsewhere than on GRCh38: it is of another assembly"
    if len(observed.other_ref) > max(1.0, MOST_WRONG * (len(observed.other_ref) + usable)):
        return f"{len(observed.other_ref)} rows have another REF than GRCh38 has there: it is of another assembly"
    return None
