"""A store of the DICOM gateway and what puts instances into it, without a network."""

from collections.abc import Callable
from pathlib import Path

from pydicom import FileDataset

from models.deidentify.keyed import Keyed
from stream.dicom_door.intake import Intake
from stream.dicom_door.names import Study
from stream.dicom_door.outcome import Outcome, Status
from stream.dicom_door.room import Bounds
from stream.dicom_door.store import Store
from stream.dicom_door.tally import Tally
from stream.gateway.conventions import Conventions
from tests.builders.dicom_files import as_bytes
from tests.builders.gateway_process import KEY

READING = Conventions(Keyed(KEY.encode()))
BOUNDS = Bounds(free_bytes=0)


def nobody(_study: Study) -> None:
    """Hear nothing."""


def an_intake(
    folder: Path, bounds: Bounds = BOUNDS, heard: Callable[[Study], None] = nobody, reading: Conventions = READING
) -> Intake:
    """An intake with a store of its own."""
    return Intake(Store(folder, bounds), reading, Tally(), heard)


def put(intake: Intake, file: FileDataset | bytes, stated: Outcome | None = None) -> Status:
    """Store an instance, or bytes, piece by piece; its status."""
    data = file if isinstance(file, bytes) else as_bytes(file)
    incoming = intake.store.begin()
    for begin in range(0, len(data), 100):
        incoming.write(data[begin : begin + 100])
    return intake.take(incoming, "SENDER", stated).status


def files(folder: Path) -> list[Path]:
    """All files of a store, but its marks."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "announced.json")
