"""Small content items of a DICOM SR, built with highdicom, which is untyped."""

from typing import Any, Final
from uuid import UUID, uuid5

from highdicom import sr

from models.lesion_report.codes import COMMENT, Coded

MAKER: Final = "Wardwatch"


def coded(concept: Coded) -> Any:  # noqa: ANN401 - see above
    """Return the concept in highdicom's form."""
    return sr.CodedConcept(*concept)


def comment(text: str) -> Any:  # noqa: ANN401 - see above
    """Return a comment for readers, for what the template has no place for."""
    return sr.TextContentItem(name=coded(COMMENT), value=text, relationship_type=sr.RelationshipTypeValues.CONTAINS)


def unique(namespace: UUID, name: str) -> str:
    """Return a UID that depends on the arguments alone."""
    return as_uid(uuid5(namespace, name))


def as_uid(identifier: UUID) -> str:
    """Return the UID made from a UUID (PS3.5 B.2)."""
    return f"2.25.{identifier.int}"
