"""`wardwatch lesion-report`: run the check path on local files."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from schemas.imaging import ImageReference, ImagingReady, LesionReport
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.settings import Settings

SOMEBODY: Final = "unnamed"


def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="DICOM files of one study.")],
    out: Annotated[Path, typer.Option(help="Folder for saliency maps (PNG), DICOM SR and FHIR (JSON).")],
    *,
    patient: Annotated[
        str, typer.Option(help="Pseudonym that the documents carry; the files' own names stay out.")
    ] = SOMEBODY,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as the stream would send it.")] = False,
) -> None:
    """Judge images as the check worker does, with its settings, and write its documents. Not for clinical use.

    The same files give the same documents: their time is when the newest of the files was written.
    """
    settings = read_settings()
    from models.lesion.weights import ModelError
    from stream.access.credentials import CredentialsError
    from stream.access.identity_key import IdentityKeyError
    from stream.access.weights_signature import SignatureError
    from stream.check.checker import CheckFailed
    from stream.check.sandbox import SandboxMissingError
    from stream.observability.logs import configure

    configure("warning")
    with one_sentence():
        event = _event(files, patient, settings)
        folders = tuple({file.resolve().parent for file in files})
        asked = settings.model_copy(update={"image_roots": folders, "image_output": out})
        try:
            report = asyncio.run(_check(event, asked))
        except (
            CheckFailed,
            CredentialsError,
            IdentityKeyError,
            ModelError,
            SandboxMissingError,
            SignatureError,
        ) as failed:
            raise Refusal(str(failed)) from None
    typer.echo(report.model_dump_json(indent=2) if as_json else _readable(report))


def _event(files: Sequence[Path], patient: str, settings: Settings) -> ImagingReady:
    """Return the event by which an archive would announce these files. Raises Refusal for several studies."""
    from models.lesion.dicom import Limits, study_of
    from models.lesion.refusal import ImageRefused

    limits = Limits(file_bytes=settings.image_max_bytes)
    studies = set()
    for file in files:
        if file.stat().st_size > limits.file_bytes:
            message = f"{file.name}: the file is larger than is accepted"
            raise Refusal(message)
        try:
            studies.add(study_of(file.read_bytes(), limits))
        except ImageRefused as refused:
            message = f"{file.name}: {refused}"
            raise Refusal(message) from None
    if len(studies) > 1:
        message = f"these files belong to {len(studies)} studies; a report is on one"
        raise Refusal(message)
    try:
        return ImagingReady(
            patient=patient,
            time=datetime.fromtimestamp(max(file.stat().st_mtime for file in files), UTC),
            study_uid=studies.pop(),
            images=tuple(ImageReference(url=file.resolve().as_uri()) for file in files),
            source="file",
        )
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        message = f"{wrong['loc'][0]}: {wrong['msg']}"
        raise Refusal(message) from None


async def _check(event: ImagingReady, settings: Settings) -> LesionReport:
    from stream.check.checker import image_checker

    async with image_checker(settings) as checker:
        return await checker.check(event)


def _readable(report: LesionReport) -> str:
    from models.lesion_report.sentences import sentences
    from stream.check.documents import NOT_WRITTEN

    no_map = f"none, since the picture may carry a name, or {NOT_WRITTEN}"
    maps = [
        f"Saliency map of image {number}: {image.saliency_url or no_map}"
        for number, image in enumerate(report.images, 1)
        if image.refusal is None
    ]
    sr = report.dicom_sr_url or f"none, since {report.dicom_sr_missing}"
    return "\n".join([*sentences(report), *maps, f"DICOM SR: {sr}", f"FHIR: {report.fhir_url or NOT_WRITTEN}"])
