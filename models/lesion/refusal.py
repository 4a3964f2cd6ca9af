"""Reasons why a file can't be read as a picture, as a code and as a sentence, without patient data."""

from enum import StrEnum
from typing import Final


class Unreadable(StrEnum):
    """Code of each reason."""

    LARGE_FILE = "large-file"
    NOT_DICOM = "not-dicom"
    NO_PICTURE = "no-picture"
    HEADER = "header"
    LARGE_PICTURE = "large-picture"
    COMPRESSION = "compression"
    DAMAGED = "damaged"


SENTENCES: Final = {
    Unreadable.LARGE_FILE: "the file, or what it inflates to, is larger than is accepted",
    Unreadable.NOT_DICOM: "this is no DICOM file, or its header is damaged",
    Unreadable.NO_PICTURE: "the file holds no picture",
    Unreadable.HEADER: "what the header says about the picture is missing, unreadable or senseless",
    Unreadable.LARGE_PICTURE: "the picture has more pixels than are accepted",
    Unreadable.COMPRESSION: "the transfer syntax can't be decoded here",
    Unreadable.DAMAGED: "the pixels are not what the header promises",
}


class ImageRefused(ValueError):  # noqa: N818 a refusal is a result, not a fault
    """A file that can't be read as a picture; `str` of it is the sentence."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason
