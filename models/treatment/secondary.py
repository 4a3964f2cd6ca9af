"""What to consider when a laboratory reports a disease-related variant: for the genes of the ACMG's list, no others.

The list says which findings a laboratory should report although nobody asked for them, since something can be done.
It is no screening programme, and nothing here classifies a variant: a class that is uncertain, benign, of low
penetrance or not understood says nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from models.treatment.facts import Facts, Variant
from models.treatment.match import Cause, Input, Match
from models.treatment.rules import Citation, Rule, VariantFound
from models.treatment.safety.conditions import VALID_S
from models.treatment.variant_terms import SPEAKS

_LIST: Final = Citation(
    "ACMG SF, list of secondary findings to report (policy statement)",
    "v3.3, 2025",
    "doi:10.1016/j.gim.2025.101454",
    "policy statement, not graded",
)
_TEXT: Final = (
    "{words}: the ACMG's list of findings that are reported although nobody asked for them has {gene} for {condition}. "
    "Consider confirmation by a clinical laboratory and, if the patient wants to know, genetic counselling, also about "
    "relatives."
)
_TO_CHECK: Final = (
    "whether the patient wants to know: findings that were not asked for can be declined",
    "that the laboratory's class is of today: classes change",
    "what is known of the patient and the family: the list is not for screening",
)

# fmt: off
_ANY: Final = (
    # By condition, the genes whose every pathogenic or likely pathogenic variant is reported. Conditions in our words.
    ("familial adenomatous polyposis", "APC"),
    ("medullary thyroid cancer and multiple endocrine neoplasia type 2", "RET"),
    ("hereditary breast and ovarian cancer", "BRCA1 BRCA2"),
    ("hereditary breast cancer", "PALB2"),
    ("hereditary paraganglioma and phaeochromocytoma", "SDHD SDHAF2 SDHC SDHB MAX TMEM127"),
    ("juvenile polyposis", "BMPR1A"),
    ("juvenile polyposis and hereditary haemorrhagic telangiectasia", "SMAD4"),
    ("Li-Fraumeni syndrome", "TP53"),
    ("Lynch syndrome", "MLH1 MSH2 MSH6 PMS2"),
    ("multiple endocrine neoplasia type 1", "MEN1"),
    ("NF2-related schwannomatosis", "NF2"),
    ("Peutz-Jeghers syndrome", "STK11"),
    ("PTEN hamartoma tumour syndrome", "PTEN"),
    ("retinoblastoma", "RB1"),
    ("tuberous sclerosis", "TSC1 TSC2"),
    ("von Hippel-Lindau syndrome", "VHL"),
    ("WT1-related Wilms tumour", "WT1"),
    ("Marfan syndrome", "FBN1"),
    ("Loeys-Dietz syndrome", "TGFBR1 TGFBR2 SMAD3"),
    ("familial thoracic aortic aneurysm", "ACTA2 MYH11"),
    ("vascular Ehlers-Danlos syndrome", "COL3A1"),
    ("arrhythmogenic right ventricular cardiomyopathy", "PKP2 DSC2 DSG2 TMEM43"),
    ("arrhythmogenic right ventricular and dilated cardiomyopathy", "DSP"),
    ("catecholaminergic polymorphic ventricular tachycardia", "RYR2"),
    ("long QT syndrome and catecholaminergic polymorphic ventricular tachycardia", "CALM1 CALM2 CALM3"),
    ("long QT syndrome", "KCNQ1 KCNH2"),
    ("long QT syndrome type 3, Brugada syndrome and dilated cardiomyopathy", "SCN5A"),
    ("dilated cardiomyopathy", "LMNA RBM20 TNNC1 PLN"),
    ("dilated cardiomyopathy and myofibrillar myopathy", "BAG3 DES"),
    ("dilated and hypertrophic cardiomyopathy and myofibrillar myopathy", "FLNC"),
    ("hypertrophic and dilated cardiomyopathy", "MYH7 TNNT2"),
    ("hypertrophic cardiomyopathy", "MYBPC3 TNNI3 TPM1 MYL3 ACTC1 PRKAG2 MYL2"),
    ("familial hypercholesterolaemia", "LDLR APOB PCSK9"),
    ("hereditary transthyretin amyloidosis", "TTR"),
    ("hereditary haemorrhagic telangiectasia", "ACVRL1 ENG"),
    ("malignant hyperthermia", "RYR1 CACNA1S"),
    ("maturity-onset diabetes of the young", "HNF1A"),
    ("Fabry disease", "GLA"),
    ("ornithine transcarbamylase deficiency", "OTC"),
)
_SOME: Final = (
    # The others. Of TRDN the copies of the list that were read differ; its condition is recessive.
    VariantFound("MUTYH", "MUTYH-associated polyposis", "two copies"),
    VariantFound("CASQ2", "catecholaminergic polymorphic ventricular tachycardia", "two copies"),
    VariantFound("TRDN", "catecholaminergic polymorphic ventricular tachycardia and long QT syndrome", "two copies"),
    VariantFound("BTD", "biotinidase deficiency", "two copies"),
    VariantFound("CYP27A1", "cerebrotendinous xanthomatosis", "two copies"),
    VariantFound("GAA", "Pompe disease", "two copies"),
    VariantFound("ATP7B", "Wilson disease", "two copies"),
    VariantFound("RPE65", "RPE65-related retinopathy", "two copies"),
    VariantFound("ABCD1", "X-linked adrenoleukodystrophy", "no lone heterozygous"),
    VariantFound("TTN", "dilated cardiomyopathy", "truncating"),
    VariantFound("HFE", "hereditary haemochromatosis", "C282Y twice"),
)
# fmt: on
_C282Y: Final = re.compile(r"845G>A|C282Y|Cys282Tyr", re.IGNORECASE)
_TRUNCATING: Final = re.compile(r"p\.\S*?(?:Ter|\*|fs)|c\.\d+[+-][12](?!\d)")
_MISSENSE: Final = re.compile(r"p\.\(?([A-Z][a-z]{2}|[A-Z])\d+(?!\1)([A-Z][a-z]{2}|[A-Z])\)?(?![a-z])")


def _rule(when: VariantFound) -> Rule:
    text = _TEXT.format(words="{words}", gene=when.gene, condition=when.condition)
    return Rule(f"acmg-sf-{when.gene.lower()}", "1", when, text, _LIST, VALID_S, to_check=_TO_CHECK)


_FOUND: Final = (*(VariantFound(gene, condition) for condition, genes in _ANY for gene in genes.split()), *_SOME)
SECONDARY_RULES: Final[Mapping[str, Rule]] = {when.gene: _rule(when) for when in sorted(_FOUND)}
"""By the gene that each is about."""


def of_variants(facts: Facts) -> Iterator[Rule]:
    """Yield the rules of the genes of which a variant is known, in the order of their symbols."""
    genes = {variant.gene for variant in facts.variants}
    yield from (SECONDARY_RULES[gene] for gene in sorted(genes & SECONDARY_RULES.keys()))


def found(when: VariantFound, facts: Facts, now_s: float) -> Iterator[Match]:
    """Yield one match for a gene where its variants are among those that the list reports."""
    speaking = [one for one in facts.variants if one.gene == when.gene and one.significance in SPEAKS]
    listed = sorted((one for one in speaking if one.origin != "somatic" and _is_listed(when, one)), key=_newest_last)
    if not listed:
        return
    unknown = _unknown_copies(when, listed)
    if unknown is None:
        return
    newest = listed[-1]
    yield Match(
        when.gene,
        Cause(when.gene, newest.time_s),
        newest.time_s,
        tuple(item for one in listed for item in _inputs(one, now_s)),
        missing=tuple(dict.fromkeys((*unknown, *(name for one in listed for name in _missing(one))))),
        to_check=tuple(_to_check(when, listed)),
        text=SECONDARY_RULES[when.gene].text.format(words=_words(listed)),
    )


def _is_listed(when: VariantFound, one: Variant) -> bool:
    if when.reports == "C282Y twice":
        return _C282Y.search(one.hgvs) is not None and one.zygosity != "heterozygous"
    if when.reports == "truncating":
        return _TRUNCATING.search(one.hgvs) is not None or _MISSENSE.search(one.hgvs) is None
    return True


def _unknown_copies(when: VariantFound, listed: Sequence[Variant]) -> tuple[str, ...] | None:
    """Return what is not known of the copies that the list asks for; None where they are known to be too few."""
    if when.reports in {"any", "truncating"}:
        return ()
    both = {"homozygous", "hemizygous"} if when.reports == "no lone heterozygous" else {"homozygous"}
    if len(listed) > 1 or listed[0].zygosity in both:
        return ()
    return (f"zygosity of {when.gene}",) if listed[0].zygosity is None else None


def _newest_last(one: Variant) -> tuple[float, str]:
    return one.time_s, one.name


def _words(listed: Sequence[Variant]) -> str:
    """Return the variants in words: the milder class where they differ, since it is true of all."""
    gene = listed[0].gene
    milder = "Likely pathogenic" if any(one.significance == "Likely pathogenic" for one in listed) else "Pathogenic"
    count = "variant" if len(listed) == 1 else f"variants ({len(listed)})"
    return f"{milder} {count} of {gene} reported"


def _inputs(one: Variant, now_s: float) -> Iterator[Input]:
    about = {
        f"class of a variant of {one.gene}": one.significance,
        f"variant of {one.gene}": one.hgvs,
        f"zygosity of {one.gene}": one.zygosity,
        f"condition named with {one.gene}": one.condition,
        f"ClinVar record of {one.gene}": one.clinvar,
        f"source of {one.gene}": one.source,
    }
    yield from (Input(name, value, now_s - one.time_s) for name, value in about.items() if value is not None)


def _missing(one: Variant) -> Iterator[str]:
    about = {f"source of {one.gene}": one.source, f"origin of {one.gene}": one.origin}
    yield from (name for name, value in about.items() if value is None)


def _to_check(when: VariantFound, listed: Sequence[Variant]) -> Iterator[str]:
    if any(one.origin is None for one in listed):
        yield "that the variant is of the germline: a tumour's own says nothing of this"
    if when.reports == "two copies" and len(listed) > 1 and all(one.zygosity != "homozygous" for one in listed):
        yield "that the variants lie on different copies of the gene: the list is for two"
    if when.reports in {"two copies", "C282Y twice"} and len(listed) == 1 and listed[0].zygosity is None:
        yield "that the variant is homozygous: the list does not report one copy"
    if when.reports == "no lone heterozygous" and len(listed) == 1 and listed[0].zygosity is None:
        yield "that the variant is not on one of two X chromosomes alone: the list does not report that"
    if when.reports == "truncating" and not all(_TRUNCATING.search(one.hgvs) for one in listed):
        yield "that the variant truncates the protein: the list reports no others of this gene"
