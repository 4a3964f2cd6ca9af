"""What becomes of each attribute under the Basic Application Confidentiality Profile: DICOM PS3.15 2026c, table E.1-1.

The rows come from dicom-anonymizer, which carries the table of that edition. Where a row leaves a choice to the kind
of object (X/Z, Z/D and the like), the one that is allowed for every kind is taken: a value is emptied before it is
removed, and replaced before it is emptied.
"""

from typing import Final, Literal

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as rows
from pydicom.datadict import dictionary_has_tag, keyword_for_tag, repeater_has_tag
from pydicom.tag import BaseTag, Tag

EDITION: Final = "2026c"

Action = Literal["remove", "empty", "replace", "remap", "keep"]
"""`keep` goes into sequences all the same."""

# fmt: off
COLUMNS: Final[tuple[tuple[list[tuple[int, ...]], Action], ...]] = (
    # rows of action           what we do
    (rows.X_TAGS,              "remove"),
    (rows.Z_TAGS,              "empty"),
    (rows.X_Z_TAGS,            "empty"),
    (rows.D_TAGS,              "replace"),
    (rows.Z_D_TAGS,            "replace"),
    (rows.X_D_TAGS,            "replace"),
    (rows.X_Z_D_TAGS,          "replace"),
    (rows.U_TAGS,              "remap"),
    (rows.X_Z_U_STAR_TAGS,     "keep"),  # references between images: their UIDs are remapped, so that they still hold
)
# fmt: on
ACTIONS: Final = {
    Tag(*row): action
    for column, action in COLUMNS
    for row in column
    if len(row) == 2  # noqa: PLR2004 group, element
}
GRAPHICS: Final = frozenset({0x5000, 0x6000})
"""Curves and overlays, in groups 50xx and 60xx: data and comments are X; without these the rest says nothing."""

NAMES_NOBODY: Final = frozenset(
    {
        "CodingSchemeUID",
        "ContextGroupExtensionCreatorUID",
        "ContextUID",
        "MappingResourceUID",
        "SOPClassesInStudy",
        "SOPClassesSupported",
    }
)
"""UIDs of kinds and vocabularies, beside all whose keyword speaks of a class or a syntax."""


def action(tag: BaseTag, vr: str) -> Action:
    """What to do with an attribute of this value representation.

    Stricter than the table where it is silent: what is private or unknown to the data dictionary is removed, names,
    dates and application entities are emptied, and UIDs of things are remapped, whatever attribute they stand in.
    """
    if is_unknown(tag):
        return "remove"
    listed = ACTIONS.get(tag)
    if listed is not None:
        return listed
    if vr in {"PN", "DA", "DT", "TM", "AE"}:
        return "empty"
    if vr == "UI":
        keyword = keyword_for_tag(tag)
        names_a_kind = "SOPClass" in keyword or "TransferSyntax" in keyword or keyword in NAMES_NOBODY
        return "keep" if names_a_kind else "remap"
    return "remove" if vr == "UN" else "keep"


def is_unknown(tag: BaseTag) -> bool:
    """Whether nobody here can say what the attribute holds, or it draws over the picture, or is a group's length."""
    known = dictionary_has_tag(tag) or repeater_has_tag(tag)
    return tag.is_private or not known or tag.element == 0 or tag.group & 0xFF00 in GRAPHICS
