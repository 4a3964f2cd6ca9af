"""Nodules that a screening of the lungs found: Lung-RADS v2022 by size, kind, and what earlier images showed.

American College of Radiology, Lung-RADS v2022, November 2022; Christensen and others, Chest 165 (2024) 738,
doi:10.1016/j.chest.2023.10.028. A size is the mean of the longest and the shortest diameter, to one decimal. Cysts,
nodules in the airways or at the pleura, and suspicious features (4X) are not in this table: a radiologist has to say.
"""

from typing import Final, Literal, NamedTuple

from models.follow_up.advice import Advice
from models.treatment.rules import Citation
from schemas.nodules import LungNodule
from schemas.plan import Urgency

CITATION: Final = Citation(
    "ACR Lung CT Screening Reporting and Data System (Lung-RADS)",
    "v2022",
    "doi:10.1016/j.chest.2023.10.028",
    "reporting system, not graded",
)
VERSION: Final = "1"

Category = Literal["2", "3", "4A", "4B"]
Seen = Literal["baseline", "new", "growing"]


class Row(NamedTuple):
    """Sizes from `from_mm` to below `below_mm` have the category. `of` is the diameter that is meant."""

    kind: Literal["solid", "part-solid", "ground-glass"]
    seen: Seen
    of: Literal["whole", "solid part"]
    from_mm: float
    below_mm: float
    category: Category


class Management(NamedTuple):
    """What the system says for a category, what would be asked for, and how soon somebody should look: that is ours."""

    says: str
    service: str
    urgency: Urgency


INF: Final = float("inf")
# fmt: off
ROWS: Final = (
    Row("solid",        "baseline", "whole",       0,  6,   "2"),
    Row("solid",        "baseline", "whole",       6,  8,   "3"),
    Row("solid",        "baseline", "whole",       8,  15,  "4A"),
    Row("solid",        "baseline", "whole",       15, INF, "4B"),
    Row("solid",        "new",      "whole",       0,  4,   "2"),
    Row("solid",        "new",      "whole",       4,  6,   "3"),
    Row("solid",        "new",      "whole",       6,  8,   "4A"),
    Row("solid",        "new",      "whole",       8,  INF, "4B"),
    Row("solid",        "growing",  "whole",       0,  8,   "4A"),
    Row("solid",        "growing",  "whole",       8,  INF, "4B"),
    # Of part-solid nodules the first row that fits decides: the whole where it is small, else the solid part.
    Row("part-solid",   "baseline", "whole",       0,  6,   "2"),
    Row("part-solid",   "baseline", "solid part",  0,  6,   "3"),
    Row("part-solid",   "baseline", "solid part",  6,  8,   "4A"),
    Row("part-solid",   "baseline", "solid part",  8,  INF, "4B"),
    Row("part-solid",   "new",      "solid part",  4,  INF, "4B"),
    Row("part-solid",   "new",      "whole",       0,  6,   "3"),
    Row("part-solid",   "new",      "solid part",  0,  4,   "4A"),
    Row("part-solid",   "growing",  "solid part",  0,  4,   "4A"),
    Row("part-solid",   "growing",  "solid part",  4,  INF, "4B"),
    Row("ground-glass", "baseline", "whole",       0,  30,  "2"),
    Row("ground-glass", "baseline", "whole",       30, INF, "3"),
    Row("ground-glass", "new",      "whole",       0,  30,  "2"),
    Row("ground-glass", "new",      "whole",       30, INF, "3"),
    Row("ground-glass", "growing",  "whole",       0,  INF, "2"),   # slowly growing: of any size
)
MANAGEMENT: Final[dict[Category, Management]] = {
    "2":  Management("low-dose CT at 12 months", "low-dose CT of the chest in 12 months", "planned"),
    "3":  Management("low-dose CT at 6 months", "low-dose CT of the chest in 6 months", "planned"),
    "4A": Management("low-dose CT at 3 months; PET/CT may be considered for a solid nodule or solid part from 8 mm on",
                     "low-dose CT of the chest in 3 months", "planned"),
    "4B": Management("referral for further evaluation by diagnostic CT, PET/CT from 8 mm (solid part) on, or tissue "
                     "sampling", "evaluation of a suspicious lung nodule", "today"),
}
STEPPED: Final[dict[str, Category]] = {"4A": "3", "3": "2", "2": "2"}
"""The category of a nodule that stayed the same or shrank: one step milder, from the category that it had."""
# fmt: on
_TO_CHECK: Final = (
    "cysts, nodules in the airways or at the pleura, and suspicious features: they have rows of their own",
    "the measurement, and that growth is more than 1.5 mm within 12 months",
)


def category(nodule: LungNodule) -> Category | None:
    """Return the category of one nodule; None where something that the table asks about is not known."""
    if nodule.seen == "stable":
        return STEPPED.get(nodule.earlier_category or "")
    if nodule.seen is None:
        return None
    for row in ROWS:
        size_mm = nodule.diameter_mm if row.of == "whole" else nodule.solid_part_mm
        if (row.kind, row.seen) != (nodule.kind, nodule.seen):
            continue
        if size_mm is None:
            return None
        if row.from_mm <= round(size_mm, 1) < row.below_mm:
            return row.category
    return None


def lacking(nodule: LungNodule) -> tuple[str, ...]:
    """Return what the table asks about a nodule and nobody said."""
    if nodule.seen is None:
        return ("whether the nodule is new or growing",)
    if nodule.seen == "stable":
        return () if nodule.earlier_category in STEPPED else ("earlier category below 4B",)
    return ("solid part in mm",) if nodule.kind == "part-solid" and nodule.solid_part_mm is None else ()


def advice(nodule: LungNodule) -> Advice | None:
    """Return what Lung-RADS says of a nodule that a screening found; None where no category can be given."""
    found = category(nodule)
    if found is None:
        return None
    says, service, urgency = MANAGEMENT[found]
    size = f"{nodule.diameter_mm:g} mm"
    if nodule.kind == "part-solid" and nodule.solid_part_mm is not None:
        size += f", solid part {nodule.solid_part_mm:g} mm"
    return Advice(
        "follow-up-lung-rads",
        VERSION,
        f"Screening, {nodule.kind} lung nodule {size}, {nodule.seen}: by size category {found}, for which the system "
        f"names {says}. The nodule with the highest category decides.",
        CITATION,
        urgency,
        category=found,
        service=service,
        to_check=_TO_CHECK,
    )
