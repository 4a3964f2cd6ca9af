"""Search pictures for text in their margins, for `wardwatch deidentify`."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from models.lesion.dicom import Limits, read_frames
from models.lesion.refusal import ImageRefused, Unreadable
from models.lesion.text_like import has_text_like_margin
from stream.check.reading_process import Reader, ReadFailed
from stream.check.verdict import Refusal

TIMEOUT_S: Final = 30.0  # for one file; our choice
FRAMES: Final = 16  # of a clip; text seldom comes and goes, but the first frame may be a title page. Our choice
LIMITS: Final = Limits(file_bytes=2**29)  # the file is in memory twice while it is read


class Margin(StrEnum):
    """Result of the search."""

    TEXT = "text"
    NOTHING = "nothing"
    UNSEEN = "unseen"  # the picture can't be decoded


def look(paths: Sequence[Path]) -> list[Margin]:
    """Search each file, and some frames of a clip. Runs in a sandboxed process, since the decoders may crash."""
    return [_look(path) for path in paths]


def _look(path: Path) -> Margin:
    try:
        frames = read_frames(path.read_bytes(), LIMITS, FRAMES)
        return Margin.TEXT if any(has_text_like_margin(image.pixels) for image in frames) else Margin.NOTHING
    except ImageRefused as refused:
        return Margin.NOTHING if refused.reason == Unreadable.NO_PICTURE else Margin.UNSEEN
    except OSError:
        return Margin.UNSEEN


async def margin_of(path: Path, reader: Reader[Path, Margin]) -> Margin:
    """Run `look` in a sandboxed process; a picture that crashes it counts as unseen."""
    try:
        found = await reader.read([path])
    except ReadFailed:
        return Margin.UNSEEN
    return Margin.UNSEEN if isinstance(found, Refusal) else found[0]
