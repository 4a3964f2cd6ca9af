"""Every row of the tables of follow-up, for the list of all rules."""

from collections.abc import Iterator
from typing import NamedTuple

from models.follow_up import breast, fleischner, lung_rads, retinopathy
from models.treatment.rules import Citation


class Listed(NamedTuple):
    """A row: its name, when it holds, what it says, and its source."""

    id: str
    version: str
    holds: str
    text: str
    citation: Citation


def listed() -> Iterator[Listed]:
    """Yield the rows, table by table."""
    for row in fleischner.ROWS:
        size = f"{row.from_mm} to {row.to_mm:g} mm" if row.to_mm < fleischner.INF else f"{row.from_mm} mm and more"
        yield Listed(
            f"follow-up-fleischner:{row.number}-{row.kind}-{row.from_mm}",
            fleischner.VERSION,
            f"incidental {row.number} {row.kind} lung nodule, {size}, from {fleischner.MIN_AGE_YEARS:g} years",
            row.low_risk if row.low_risk == row.high_risk else f"low risk: {row.low_risk}; high risk: {row.high_risk}",
            fleischner.CITATION,
        )
    for one in lung_rads.ROWS:
        below = f"from {one.from_mm:g} to below {one.below_mm:g} mm"
        size = below if one.below_mm < lung_rads.INF else f"{one.from_mm:g} mm and more"
        yield Listed(
            f"follow-up-lung-rads:{one.seen}-{one.kind}-{one.of.replace(' ', '-')}-{one.from_mm:g}",
            lung_rads.VERSION,
            f"screening, {one.kind} lung nodule, {one.seen}, {one.of} {size}",
            f"category {one.category}: {lung_rads.MANAGEMENT[one.category].says}",
            lung_rads.CITATION,
        )
    for before, now in lung_rads.STEPPED.items():
        yield Listed(
            f"follow-up-lung-rads:stable-{before}",
            lung_rads.VERSION,
            f"screening, stable lung nodule that had category {before}",
            f"category {now}: {lung_rads.MANAGEMENT[now].says}",
            lung_rads.CITATION,
        )
    for grade in retinopathy.ROWS:
        yield Listed(
            f"follow-up-retinopathy:{grade.grade}",
            retinopathy.VERSION,
            grade.name,
            f"{'referral' if grade.refer else 'no referral'}, examination {grade.again}",
            retinopathy.CITATION,
        )
    yield Listed(
        "follow-up-breast",
        breast.VERSION,
        f"a model's probability of a malignant breast lesion above {breast.SPOKEN_FROM:g}",
        "a radiologist has to read and assess the examination; no BI-RADS category is given",
        breast.CITATION,
    )
