"""`wardwatch deidentify`: the options. The implementation is imported when the command is called."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.commands.extras import needs

if TYPE_CHECKING:
    from models.deidentify.blanking import Region


def command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A DICOM file, or a folder with such below it.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The new file; for a folder, a folder outside it.")],
    key_file: Annotated[Path, typer.Option(help="The secret that new UIDs and pseudonyms follow from, as text.")],
    *,
    shift_dates: Annotated[bool, typer.Option(help="Keep dates, moved by days of the patient's own.")] = False,
    clean_descriptors: Annotated[bool, typer.Option(help="Keep known words of study and series descriptions.")] = False,
    blank: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROW0,COL0,ROW1,COL1",
            help="Blank this rectangle in every picture (Clean Pixel Data); may be given several times. Counted from 0,"
            " the ends excluded. The pixels are stored uncompressed then.",
        ),
    ] = None,
    keep_suspected: Annotated[
        bool, typer.Option(help="Write also what may show a name, by its header or its pixels, or can't be looked at.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """De-identify DICOM files: Basic Application Confidentiality Profile of PS3.15. The picture stays as it is.

    Pictures that may have names burned in, by their header or by something like text anywhere in them, are left out;
    look at them, and blank the place or keep them. What else pixel data carry (overlays, comments, bytes behind the
    last pixel) is taken out.

    From a folder each file goes to OUT/STUDY/INSTANCE.dcm, by its new UIDs. What can't be de-identified is told and
    left out, and the exit status is 1.
    """
    with needs("deidentify"):
        from models.deidentify.profile import Options
        from stream.commands.deidentify_files import Wishes, deidentify
    options = Options(modified_dates=shift_dates, descriptors=clean_descriptors)
    wishes = Wishes(options, tuple(_region(text) for text in blank or ()), keep_suspected)
    deidentify(source, target, key_file, wishes, as_json=as_json)


def _region(text: str) -> "Region":
    from models.deidentify.blanking import Region

    if re.fullmatch(r"\d{1,6}(,\d{1,6}){3}", text) is None:
        message = "--blank takes four whole numbers: ROW0,COL0,ROW1,COL1"
        raise typer.BadParameter(message)
    region = Region(*(int(number) for number in text.split(",")))
    if region.row0 >= region.row1 or region.column0 >= region.column1:
        message = "--blank takes first the upper left corner, then the lower right one"
        raise typer.BadParameter(message)
    return region
