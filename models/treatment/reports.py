"""Match the rules on pathology reports. A finding that is hedged or contradicts itself never counts as stated."""

from collections.abc import Iterator, Sequence
from typing import Final

from models.pathology.finding import Finding
from models.treatment.drug_gene import rules_out
from models.treatment.facts import Facts, Gene, Pathology
from models.treatment.match import Cause, Input, Match
from models.treatment.rules import ReportShows

ORGAN_OF_SET: Final = {"breast_ultrasound": "breast", "chest_ct": "lung", "chest_xray": "lung"}
"""By the image set that a lesion model knows: the site, in the words of pathology reports, that its images show."""
IMAGE_WINDOW_S: Final = 180 * 24 * 3600.0
"""How many seconds a study and a specimen may lie apart and still be about the same lesion. Ours: half a year covers
the work-up of a suspicious finding, and a later study is rather a new question."""


def shown(when: ReportShows, facts: Facts, now_s: float) -> Iterator[Match]:
    """Yield a match for every report of which one part shows what the rule asks for."""
    for report in facts.pathology:
        for part in sorted({one.part for one in report.findings}):
            match = _match(when, report, part, facts, now_s)
            if match is not None:
                yield match
                break


def _match(when: ReportShows, report: Pathology, part: str, facts: Facts, now_s: float) -> Match | None:
    clear = _clear(report, part)
    if when.site is not None and when.site not in _sites(report, clear):
        return None
    used = [one for name, values in when.shows for one in clear if one.name == name and one.value in values]
    if {one.name for one in used} != {name for name, _ in when.shows}:
        return None
    if any(_known(name, when.site, facts) for name in when.lacks):
        return None
    gene = facts.genes.get(when.gene or "")
    gene_fits = not when.gene or (_means(gene, when.phenotypes) if when.phenotypes else not rules_out(gene))
    ordered = any(set(drug.ingredients) & set(when.without_drugs) for drug in facts.drugs)  # then another rule speaks
    if not gene_fits or ordered or (when.unsuspected and _suspected(_sites(report, clear), report, facts)):
        return None
    inputs = [*_inputs(report, used, now_s)]
    times_s = [report.time_s]
    if gene is not None and when.phenotypes:
        inputs.append(Input(when.gene or "", gene.phenotype, now_s - gene.time_s))
        times_s.append(gene.time_s)
    told = "+".join(sorted({one.value for one in used} | ({gene.phenotype} if gene and when.phenotypes else set())))
    missing = (
        *when.lacks,
        *([when.gene] if when.gene and not when.phenotypes else []),
        *(["a suspicious study of the site"] if when.unsuspected else []),
    )
    checks = tuple(f"the report contradicts itself about {one.name}" for one in report.contradictions)
    return Match(
        f"{report.report}+{told}", Cause(report.report, report.time_s), max(times_s), tuple(inputs), missing, checks
    )


def _clear(report: Pathology, part: str) -> list[Finding]:
    """Return what the report states of a part, or of the whole, without contradicting itself about it."""
    unclear = {one.name for one in report.contradictions if one.part in (part, "")}
    return [
        one
        for one in report.findings
        if one.part in (part, "") and one.certainty == "stated" and one.name not in unclear
    ]


def _sites(report: Pathology, clear: Sequence[Finding]) -> set[str]:
    """Return the sites of the part or, where the report names none, those that the order gave the specimen."""
    return {one.value for one in clear if one.name == "site"} or set(report.sites)


def _known(name: str, site: str | None, facts: Facts) -> bool:
    """Tell whether any report on this site says anything under a name, stated or hedged."""
    return any(
        one.name == name
        for report in facts.pathology
        if site is None or site in _sites(report, report.findings)
        for one in report.findings
    )


def _suspected(sites: set[str], report: Pathology, facts: Facts) -> bool:
    """Tell whether a suspicious study of one of the sites is known that may be about the same lesion."""
    return any(
        ORGAN_OF_SET.get(lesion.model_name or "") in sites and abs(lesion.time_s - report.time_s) <= IMAGE_WINDOW_S
        for lesion in facts.lesions
    )


def _means(gene: Gene | None, phenotypes: Sequence[str]) -> bool:
    return gene is not None and gene.phenotype in phenotypes


def _inputs(report: Pathology, used: Sequence[Finding], now_s: float) -> Iterator[Input]:
    """Yield each finding and its place in the report, never the words themselves."""
    age_s = now_s - report.time_s
    for one in used:
        yield Input(one.name, one.value, age_s)
        yield Input(f"{one.name} read from", f"{report.report}, characters {one.start} to {one.end}", age_s)
