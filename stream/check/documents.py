"""Documents of a report (DICOM SR and FHIR), stored under the report's id."""

import os
from pathlib import Path
from typing import Final

import structlog

from models.lesion_report.diagnostic_report import diagnostic_report
from models.lesion_report.structured_report import structured_report
from schemas.imaging import LesionReport

log = structlog.get_logger()

NO_STORE: Final = "documents are not kept here"
NO_INSTANCE: Final = "no image was judged whose header says which instance it is"
NOT_WRITTEN: Final = "it could not be written"
_MODE: Final = 0o640  # of documents: findings on a patient, for the worker and who sends them on, of one group


def with_documents(report: LesionReport, folder: Path | None) -> LesionReport:
    """Render and store both documents; return the report with their URLs, or why there are none. Deterministic."""
    if folder is None:
        return report.model_copy(update={"dicom_sr_missing": NO_STORE})
    content = structured_report(report)
    if content is None:
        report = report.model_copy(update={"dicom_sr_missing": NO_INSTANCE})
    elif (url := keep(content, folder, f"{report.id}.dcm")) is None:
        report = report.model_copy(update={"dicom_sr_missing": NOT_WRITTEN})
    else:
        report = report.model_copy(update={"dicom_sr_url": url})
    return report.model_copy(update={"fhir_url": keep(diagnostic_report(report), folder, f"{report.id}.json")})


def keep(content: bytes, folder: Path, name: str) -> str | None:
    """Write a file atomically and return its URL; None when it can't be written, which must not stop the report."""
    path = folder.absolute() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{name}.part")
        unfinished.unlink(missing_ok=True)  # of a run that ended in the middle; and no link that somebody put there
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE), "wb") as file:
            file.write(content)
        unfinished.replace(path)
    except OSError as error:
        log.warning("file of a report not kept", kind=path.suffix, error=type(error).__name__)
        return None
    return path.as_uri()
