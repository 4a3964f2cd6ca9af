"""What rows tell of a position: however a caller wrote them, and nothing where they do not tell."""

from dataclasses import replace

import pytest

from models.genotype.definitions import gene
from models.genotype.observed import Observed, Places, observe
from models.genotype.rows import Call, Row

PLACES = Places()
TA = ("chr2", 233760233)  # UGT1A1: seven TA repeats in the reference, CAT to CATAT is the eighth
TWO_C19 = ("chr10", 94781859)
HET = (0, 1)


def seen(*rows: Row) -> Observed:
    return observe(rows, PLACES)


def bases(observed: Observed, place: tuple[str, int]) -> tuple[str | None, ...] | None:
    call = observed.calls.get(place)
    return None if call is None else call.alleles


def site(**fields: object) -> Row:
    return replace(Row("chr10", 94781859, "rs4244285", "G", ("A",), HET), **fields)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("position", "ref", "alt"),
    [
        (233760233, "CAT", "CATAT"),  # as CPIC anchors it
        (233760233, "C", "CAT"),  # trimmed
        (233760234, "A", "ATA"),  # one base to the right
        (233760235, "T", "TAT"),
        (233760248, "A", "ATA"),  # rightmost, as HGVS places it
        (233760233, "CATATATATATATATA", "CATATATATATATATATA"),  # the whole repeat
    ],
)
def test_an_insertion_in_a_repeat_is_the_same_wherever_it_is_placed(position: int, ref: str, alt: str) -> None:
    assert bases(seen(Row("chr2", position, None, ref, (alt,), HET)), TA) == ("CAT", "CATAT")


@pytest.mark.parametrize(
    ("position", "ref", "alt"), [(233760233, "CAT", "C"), (233760234, "ATA", "A"), (233760246, "ATA", "A")]
)
def test_a_deletion_in_a_repeat_is_the_same_wherever_it_is_placed(position: int, ref: str, alt: str) -> None:
    assert bases(seen(Row("chr2", position, None, ref, (alt,), HET)), TA) == ("CAT", "C")


def test_another_length_at_a_repeat_is_no_defined_allele() -> None:
    found = bases(seen(Row("chr2", 233760233, None, "C", ("CATATAT", "CATATATATAT"), (1, 2))), TA)
    assert found is not None
    assert not set(found) & {"CAT", "CATAT", "C"}
    assert found[0] != found[1]


@pytest.mark.parametrize("defined", [one for one in gene("NUDT15").positions.values() if max(one.shifts) > 0])
def test_an_indel_of_a_definition_is_found_one_base_to_the_right(defined: object) -> None:
    known = next(one for one in gene("NUDT15").positions.values() if one is defined)
    for alt in known.alts:
        longer, shorter = sorted((known.ref[1:], alt[1:]), key=len, reverse=True)
        unit = longer.removesuffix(shorter) if shorter else longer
        turned = unit[1:] + unit[0]
        ref, put = (turned[-1], turned[-1] + turned) if len(alt) > len(known.ref) else (turned[-1] + turned, turned[-1])
        observed = seen(Row(known.chromosome, known.position + 1, None, ref, (put,), HET))
        assert bases(observed, (known.chromosome, known.position)) == (known.ref, alt)


def test_a_base_in_a_row_of_several_is_told() -> None:
    row = Row("chr10", 94781858, None, "CG", ("CA", "TG"), (0, 1))
    observed = seen(row)
    assert bases(observed, TWO_C19) == ("G", "A")
    assert bases(observed, ("chr10", 94781858)) == ("C", "C")


def test_a_row_with_several_alts_is_told_by_its_numbers() -> None:
    assert bases(seen(site(alts=("C", "A"), genotype=(2, 2))), TWO_C19) == ("A", "A")


def test_lower_case_bases_are_bases() -> None:
    assert bases(seen(site(ref="g", alts=("a",))), TWO_C19) == ("G", "A")


def test_rows_split_by_alt_are_put_together() -> None:
    place = ("chr1", 97078987)
    rows = [Row("chr19", 38442361, None, "G", ("A",), HET), Row("chr19", 38442361, None, "G", ("T",), HET)]
    assert bases(seen(*rows), ("chr19", 38442361)) == ("A", "T")
    split = [replace(rows[0], genotype=(1, None)), replace(rows[1], genotype=(None, 1))]
    assert bases(seen(*split), ("chr19", 38442361)) == ("A", "T")
    assert place not in seen(*rows).calls


def test_rows_that_contradict_each_other_are_no_call() -> None:
    observed = seen(site(), site(genotype=(0, 0)))
    assert bases(observed, TWO_C19) is None
    assert observed.contradicted == {TWO_C19}


def test_a_reference_row_beside_a_variant_of_the_same_base_contradicts_it() -> None:
    assert TWO_C19 in seen(site(), site(alts=(), genotype=(0, 0))).contradicted


def test_the_same_row_twice_is_one_call() -> None:
    assert bases(seen(site(), site()), TWO_C19) == ("G", "A")


def test_a_filtered_call_is_no_call() -> None:
    observed = seen(site(passed=False))
    assert bases(observed, TWO_C19) is None
    assert observed.filtered == {TWO_C19}


def test_a_call_of_nothing_is_no_call() -> None:
    assert bases(seen(site(genotype=(None, None))), TWO_C19) is None
    assert bases(seen(site(genotype=(0, 0), depth=0)), TWO_C19) is None
    assert bases(seen(site(genotype=(0, 0), quality=0)), TWO_C19) is None


def test_a_number_without_an_alt_is_no_call() -> None:
    assert bases(seen(site(alts=(), genotype=(0, 1))), TWO_C19) == ("G", None)


def test_half_a_call_keeps_its_half() -> None:
    assert bases(seen(site(genotype=(1, None))), TWO_C19) == ("A", None)


@pytest.mark.parametrize(
    ("quality", "depth", "weak"), [(19, 30, True), (20, 10, False), (99, 9, True), (None, None, False)]
)
def test_a_weak_call_is_told(quality: float | None, depth: int | None, weak: bool) -> None:  # noqa: FBT001 - expectation
    observed = seen(site(quality=quality, depth=depth))
    assert (TWO_C19 in observed.weak) is weak
    assert bases(observed, TWO_C19) == ("G", "A")


def test_a_block_of_reference_calls_covers_its_positions_alone() -> None:
    block = Row("chr10", 94780000, None, "T", ("<NON_REF>",), (0, 0), end=94781858, quality=60)
    observed = seen(block)
    assert bases(observed, ("chr10", 94780653)) == ("G", "G")
    assert bases(observed, ("chr10", 94781858)) == ("C", "C")
    assert bases(observed, TWO_C19) is None


def test_a_block_without_a_call_or_without_reads_covers_nothing() -> None:
    block = Row("chr10", 94780000, None, "T", ("<NON_REF>",), (None, None), end=94790000)
    assert not seen(block).calls
    assert not seen(replace(block, genotype=(0, 0), depth=0)).calls


def test_a_block_covers_an_indel_only_whole() -> None:
    block = Row("chr2", 233760000, None, "A", ("<*>",), (0, 0), end=233760234)
    assert bases(seen(block), TA) is None
    assert bases(seen(replace(block, end=233760235)), TA) == ("CAT", "CAT")


def test_a_site_of_a_gvcf_tells_its_bases_beside_the_symbol() -> None:
    assert bases(seen(site(alts=("A", "<NON_REF>"), end=94781859)), TWO_C19) == ("G", "A")
    assert bases(seen(site(alts=("A", "<NON_REF>"), genotype=(0, 2))), TWO_C19) == ("G", None)


def test_a_reference_row_without_an_alt_is_the_reference() -> None:
    assert bases(seen(site(alts=(), genotype=(0, 0))), TWO_C19) == ("G", "G")


@pytest.mark.parametrize("alt", ["<DEL>", "*"])
def test_a_deleted_base_is_not_the_reference(alt: str) -> None:
    assert bases(seen(site(alts=(alt,))), TWO_C19) == ("G", None)


def test_a_structural_variant_tells_no_base_and_is_told() -> None:
    deletion = Row("chr10", 94762000, None, "N", ("<DEL>",), HET, end=94853000)
    observed = seen(deletion)
    assert not observed.calls
    assert observed.has_structural(*TWO_C19, TWO_C19[1])
    absent = seen(replace(deletion, genotype=(0, 0)))
    assert not absent.calls
    assert not absent.structural


def test_more_than_two_copies_are_no_call() -> None:
    observed = seen(site(genotype=(0, 0, 1)))
    assert not observed.calls
    assert observed.contradicted == {TWO_C19}


def test_a_deletion_tells_nothing_of_the_bases_behind_its_anchor() -> None:
    row = Row("chr10", 94781857, None, "ACG", ("A",), (0, 0))
    assert TWO_C19 not in seen(row).calls


def test_another_ref_is_no_call_and_is_told() -> None:
    observed = seen(site(ref="C"))
    assert bases(observed, TWO_C19) is None
    assert observed.other_ref == {TWO_C19}


def test_a_known_variant_elsewhere_is_counted() -> None:
    assert seen(site(position=96541616)).moved == 1  # where GRCh37 has rs4244285
    assert seen(site(rsid="rs1;rs4244285", position=96541616)).moved == 1
    assert seen(site()).moved == 0
    assert seen(Row("chr2", 233760248, "rs3064744", "A", ("ATA",), HET)).moved == 0  # the other end of a repeat


def test_calls_keep_their_phase() -> None:
    assert seen(site(phase_set="7")).calls[TWO_C19] == Call(("G", "A"), "7")


def test_a_chromosome_without_a_gene_of_ours_tells_nothing() -> None:
    assert not seen(Row("chrY", 94781859, None, "G", ("A",), HET)).calls
