"""The action for each attribute under the Basic Application Confidentiality Profile: DICOM PS3.15 2026c, table E.1-1.

The rows come from dicom-anonymizer, which carries the table of that edition. Where a row depends on the kind of object
(X/Z, Z/D and the like), the action that is allowed for every kind is used: emptying rather than removing, and replacing
rather than emptying.
"""

from typing import Final, Literal

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as rows
from pydicom.datadict import dictionary_has_tag, keyword_for_tag, repeater_has_tag
from pydicom.tag import BaseTag, Tag

EDITION: Final = "2026c"

Action = Literal["remove", "empty", "replace", "remap", "keep"]
"""What to do with an attribute; sequences marked `keep` are still cleaned item by item."""

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
    (rows.X_Z_U_STAR_TAGS,     "keep"),  # references between images: their UIDs are remapped, so that they stay valid
)
# fmt: on
ACTIONS: Final = {
    Tag(*row): action
    for column, action in COLUMNS
    for row in column
    if len(row) == 2  # noqa: PLR2004 group, element
}
GRAPHICS: Final = frozenset({0x5000, 0x6000})
"""Curves and overlays (groups 50xx and 60xx): the table removes their data, without which the rest is of no use."""

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
"""UID attributes that identify kinds and vocabularies, besides those whose keyword names a class or a syntax."""


def action(tag: BaseTag, vr: str) -> Action:
    """Return the action for an attribute of this value representation.

    Stricter than the table where that is silent: attributes that are private or unknown to the data dictionary are
    removed, names, dates and application entities are emptied, and instance UIDs are remapped, wherever they stand.
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
    """Return whether the attribute is private or unknown, draws over the picture, or is a group length."""
    known = dictionary_has_tag(tag) or repeater_has_tag(tag)
    return tag.is_private or not known or tag.element == 0 or tag.group & 0xFF00 in GRAPHICS
