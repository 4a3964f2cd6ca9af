"""The door of genomes: VCF files, plain and compressed, and tables of calls, as a check worker reads them."""

import gzip
from typing import Final

from models.genotype.records import results_of
from models.genotype.result import Genotype
from schemas.examples import EXAMPLES
from schemas.genomes import GenomeReady
from stream.genomes.reading import Task, Unusable, read_genomes
from tests.builders.genomes import rows_of, vcf
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named

_TABLE: Final = b"@"
_READY: Final = GenomeReady.model_validate(EXAMPLES["genomes-ready"][0])
_WHOLE: Final = vcf([*rows_of("CYP2C19", "*2", "*17", phase_set="1"), *rows_of("G6PD", "B (reference)")]).encode()

SEEDS = (
    _WHOLE,
    gzip.compress(_WHOLE, mtime=0),
    vcf(rows_of("UGT1A1", "*1", "*80+*28"), prefix="").encode(),
    vcf(rows_of("TPMT", "*1", "*3A"), samples=(NAME, NUMBER)).encode(),
    _TABLE + b"CYP2D6\t*1x2/*4\nHLA-B\t*57:01/*07:02\nMT-RNR1\tm.1555A>G\n",
    _TABLE + f"CYP2D6\t*68+*4/*2;*1/*10\t{NAME}\t1.25\nHLA-B*58:01\tnegative\n#{NUMBER}\n".encode(),
)
WORDS = tuple(
    word.encode()
    for word in (
        *("\t", "\n", "0/1", "1|0", "./.", "0", "<DEL>", "<NON_REF>", "*", ".", "END=", "GT:PS", "chr10", "chrX", "-1"),
        *("99999999999", "rs4244285", "LowQual", "##contig=<ID=", "\x00", ",", ";", "::", "xN", "≥3", "+", "Unknown"),
    )
)


def one(data: bytes) -> None:
    """A VCF; behind an @ a table of calls.

    It becomes a genotype or a sentence on why not; results of a genotype fit the wire; a planted name is in no log
    line, in no sentence, and of a VCF in no result.
    """
    task = Task(None, None, data[1:]) if data.startswith(_TABLE) else Task(data, None, None)
    with listening():
        (found,) = read_genomes([task])
        if isinstance(found, Unusable):
            nobody_named(found.sentence)
            return
        assert isinstance(found, Genotype)
        for result in results_of(found, _READY):
            assert len(result.source or "") <= 128
            if task.calls is None:
                nobody_named(result.model_dump_json())
