"""Disease-related variants: which are spoken of, by the ACMG's list, and which are not."""

from typing import Any, get_args

import pytest

from models.treatment.engine import Proposal, suggest
from models.treatment.facts import TAKEN_BACK, Facts, Variant
from models.treatment.secondary import SECONDARY_RULES
from models.treatment.variant_terms import NOT_UNDERSTOOD, SPEAKS, Significance

NOW_S = 1_795_000_000.0


def a_variant(gene: str = "BRCA1", hgvs: str = "c.5266dup", **fields: Any) -> Variant:
    known = {"significance": "Pathogenic", "zygosity": "heterozygous", "origin": "germline", "source": "lab"}
    return Variant(f"{gene} {hgvs}", gene, hgvs, **(known | {"time_s": NOW_S - 60} | fields))


def proposals(*variants: Variant) -> list[Proposal]:
    return list(suggest(Facts(variants=variants), NOW_S))


def test_the_list_has_the_eighty_four_genes_of_its_version() -> None:
    assert len(SECONDARY_RULES) == 84
    assert {"ABCD1", "CYP27A1", "PLN", "CALM1"} <= SECONDARY_RULES.keys()  # new in 3.3 and in 3.2
    assert all("SF" in rule.citation.guideline and rule.text.count("{") == 1 for rule in SECONDARY_RULES.values())


@pytest.mark.parametrize("gene", SECONDARY_RULES)
def test_two_pathogenic_copies_of_any_listed_gene_make_one_proposal_that_asks_for_a_human(gene: str) -> None:
    hgvs = {"HFE": "c.845G>A p.(Cys282Tyr)", "TTN": "c.1A>T p.(Lys1Ter)"}.get(gene, "c.1del")
    (said,) = proposals(a_variant(gene, hgvs, zygosity="homozygous"))
    assert (said.rule, said.key) == (f"acmg-sf-{gene.lower()}", f"acmg-sf-{gene.lower()}/1|{gene}")
    assert "genetic counselling" in said.text
    assert "confirmation" in said.text
    assert said.missing == ()


@pytest.mark.parametrize("significance", [*get_args(Significance), NOT_UNDERSTOOD, TAKEN_BACK])
def test_only_pathogenic_and_likely_pathogenic_are_spoken_of(significance: str) -> None:
    assert bool(proposals(a_variant(significance=significance))) is (significance in SPEAKS)


@pytest.mark.parametrize(
    "variant",
    [
        a_variant("CHEK2"),  # not in the list
        a_variant(origin="somatic"),
        a_variant("MUTYH"),
        a_variant("ATP7B", zygosity="hemizygous"),
        a_variant("ABCD1"),
        a_variant("HFE", "c.845G>A"),
        a_variant("HFE", "c.187C>G p.(His63Asp)", zygosity="homozygous"),
        a_variant("TTN", "c.100G>A p.(Glu34Lys)"),
    ],
    ids=lambda variant: f"{variant.gene} {variant.zygosity}",
)
def test_what_the_list_does_not_report_says_nothing(variant: Variant) -> None:
    assert proposals(variant) == []


@pytest.mark.parametrize(
    ("variants", "missing", "check"),
    [
        ((a_variant("MUTYH", zygosity=None),), "zygosity of MUTYH", "homozygous"),
        ((a_variant("HFE", "p.Cys282Tyr", zygosity=None),), "zygosity of HFE", "homozygous"),
        ((a_variant("ABCD1", zygosity=None),), "zygosity of ABCD1", "two X chromosomes"),
        ((a_variant("GAA", "c.1del"), a_variant("GAA", "c.2del")), None, "different copies"),
        ((a_variant("TTN", "c.100_101del"),), None, "truncates"),
        ((a_variant(origin=None),), "origin of BRCA1", "germline"),
        ((a_variant(source=None),), "source of BRCA1", None),
    ],
)
def test_what_the_list_asks_for_and_is_not_known_is_named(
    variants: tuple[Variant, ...], missing: str | None, check: str | None
) -> None:
    (said,) = proposals(*variants)
    assert (missing in said.missing) if missing else said.missing == ()
    assert check is None or any(check in one for one in said.to_check)


def test_one_copy_is_enough_on_a_mans_x_chromosome_and_where_the_variant_truncates() -> None:
    assert len(proposals(a_variant("ABCD1", zygosity="hemizygous"), a_variant("TTN", "c.1A>T p.(Lys1*)"))) == 2
    assert len(proposals(a_variant("TTN", "c.100+1G>A"))) == 1
    assert proposals(a_variant("TTN", "c.100+12G>A p.(Lys1Arg)")) == []


def test_two_variants_of_a_gene_are_one_proposal_in_whatever_order_they_are_known() -> None:
    one, other = a_variant(), a_variant(hgvs="c.1A>G", significance="Likely pathogenic", time_s=NOW_S - 30)
    (said,) = proposals(one, other)
    assert proposals(other, one) == [said]
    assert said.text.startswith("Likely pathogenic variants (2) of BRCA1")
    assert [item.value for item in said.inputs if item.name == "variant of BRCA1"] == ["c.5266dup", "c.1A>G"]
