"""`wardwatch deidentify`: the options. The implementation is imported when the command is called."""

from pathlib import Path
from typing import Annotated

import typer

from stream.commands.extras import needs


def command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A DICOM file, or a folder with such below it.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The new file; for a folder, a folder outside it.")],
    key_file: Annotated[Path, typer.Option(help="The secret that new UIDs and pseudonyms follow from, as text.")],
    *,
    shift_dates: Annotated[bool, typer.Option(help="Keep dates, moved by days of the patient's own.")] = False,
    clean_descriptors: Annotated[bool, typer.Option(help="Keep known words of study and series descriptions.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """De-identify DICOM files: Basic Application Confidentiality Profile of PS3.15. Pixels stay as they are.

    Pictures that may have names burned in, by their header or by something like text in their margin, say so then.

    From a folder each file goes to OUT/STUDY/INSTANCE.dcm, by its new UIDs. What can't be de-identified is told and
    left out, and the exit status is 1.
    """
    with needs("deidentify"):
        from stream.commands.deidentify_files import deidentify
    deidentify(source, target, key_file, shift_dates=shift_dates, clean_descriptors=clean_descriptors, as_json=as_json)
