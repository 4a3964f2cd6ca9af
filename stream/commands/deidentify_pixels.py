"""Look at the pixels of a file in a sandboxed process, for `wardwatch deidentify`: search for text, blank regions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import ConfigDict, TypeAdapter

from models.deidentify.blanking import Region, blanked
from models.lesion.dicom import Limits, open_dicom
from models.lesion.refusal import ImageRefused, Unreadable
from models.lesion.text_anywhere import has_text
from models.lesion.text_like import has_text_like_margin
from stream.check.channel import Exchange
from stream.check.reading_process import JudgeSource, Reader, ReadFailed
from stream.check.verdict import Refusal

TIMEOUT_S: Final = 60.0  # for one file; our choice
FRAMES: Final = 16  # of a clip; text seldom comes and goes, but the first frame may be a title page. Our choice
LIMITS: Final = Limits(file_bytes=2**29)  # the file is in memory twice while it is read


class PixelText(StrEnum):
    """Result of the search."""

    TEXT = "text"
    HIDDEN = "hidden"  # something in bits that no pixel needs, in a picture that is compressed
    NOTHING = "nothing"
    UNSEEN = "unseen"  # the picture can't be decoded


@dataclass(frozen=True)
class Look:
    """A file to look at, and the regions of its pictures to blank before."""

    data: bytes
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What the search found, in the file as it is or, where regions were to be blanked, in the new one."""

    __pydantic_config__: ClassVar = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    text: PixelText
    data: bytes | None = None  # the file with its regions blanked; None where there were none, or where it can't be


SEARCH: Final = JudgeSource(
    Exchange(TypeAdapter(Look), TypeAdapter(list[Seen]), files=("data",), most_answer_bytes=2**30),
    made_by="stream.commands.deidentify_pixels:searching",
)
"""The search as a sandboxed process makes it."""


def searching() -> tuple[Exchange[Look, Seen], Callable[[Sequence[Look]], list[Seen]]]:
    """Return how to ask, and the search."""
    return SEARCH.exchange, search


def search(looks: Sequence[Look]) -> list[Seen]:
    """Search each file, and some frames of a clip. Runs in a sandboxed process, since the decoders may crash."""
    return [_search(look) for look in looks]


def _search(look: Look) -> Seen:
    try:
        data = blanked(look.data, look.regions, LIMITS) if look.regions else look.data
        picture = open_dicom(data, LIMITS)
        found = PixelText.NOTHING
        for index in picture.spread(FRAMES):
            pixels = picture.read(index).pixels
            if has_text_like_margin(pixels) or has_text(pixels):
                found = PixelText.TEXT
                break
            if picture.has_hidden_bits(index):
                found = PixelText.HIDDEN
        return Seen(found, data if look.regions else None)
    except ImageRefused as refused:
        return Seen(PixelText.NOTHING if refused.reason == Unreadable.NO_PICTURE else PixelText.UNSEEN)


async def look_at(look: Look, reader: Reader[Look, Seen]) -> Seen:
    """Run `search` in a sandboxed process; a picture that crashes it counts as unseen."""
    try:
        found = await reader.read([look])
    except ReadFailed:
        return Seen(PixelText.UNSEEN)
    return Seen(PixelText.UNSEEN) if isinstance(found, Refusal) else found[0]
