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


class MarginText(StrEnum):
    """Result of the search."""

    TEXT = "text"
    NOTHING = "nothing"
    UNSEEN = "unseen"  # the picture can't be decoded


def search_margins(paths: Sequence[Path]) -> list[MarginText]:
    """Search each file, and some frames of a clip. Runs in a sandboxed process, since the decoders may crash."""
    return [_search(path) for path in paths]


def _search(path: Path) -> MarginText:
    try:
        frames = read_frames(path.read_bytes(), LIMITS, FRAMES)
        return MarginText.TEXT if any(has_text_like_margin(image.pixels) for image in frames) else MarginText.NOTHING
    except ImageRefused as refused:
        return MarginText.NOTHING if refused.reason == Unreadable.NO_PICTURE else MarginText.UNSEEN
    except OSError:
        return MarginText.UNSEEN


async def margin_text(path: Path, reader: Reader[Path, MarginText]) -> MarginText:
    """Run `search_margins` in a sandboxed process; a picture that crashes it counts as unseen."""
    try:
        found = await reader.read([path])
    except ReadFailed:
        return MarginText.UNSEEN
    return MarginText.UNSEEN if isinstance(found, Refusal) else found[0]
