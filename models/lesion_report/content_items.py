"""The small parts of a DICOM SR. What highdicom makes is untyped at our door."""

from typing import Any, Final
from uuid import UUID, uuid5

from highdicom import sr

from models.lesion_report.codes import COMMENT, Coded

MAKER: Final = "Wardwatch"


def coded(concept: Coded) -> Any:  # noqa: ANN401 - see above
    """The concept as highdicom takes it."""
    return sr.CodedConcept(*concept)


def comment(text: str) -> Any:  # noqa: ANN401 - see above
    """A sentence for a reader, where the template has no place for it."""
    return sr.TextContentItem(name=coded(COMMENT), value=text, relationship_type=sr.RelationshipTypeValues.CONTAINS)


def unique(namespace: UUID, name: str) -> str:
    """A UID that is a function of its arguments."""
    return as_uid(uuid5(namespace, name))


def as_uid(identifier: UUID) -> str:
    """The UID made from a UUID (PS3.5 B.2)."""
    return f"2.25.{identifier.int}"
