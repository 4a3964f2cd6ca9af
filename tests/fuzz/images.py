"""The door of images that are to be stored: a multipart body, or one instance."""

import hashlib
import os
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir
from typing import TYPE_CHECKING, Final

from pydicom import uid

from models.lesion.dicom_guards import pydicom_silenced
from stream.dicom_door.outcome import Status
from stream.dicom_door.parts import Edge, Parts
from stream.dicom_door.studies import events
from tests.builders.dicom_files import as_bytes
from tests.builders.dicom_store import an_intake, files, put
from tests.builders.dicom_studies import an_instance
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named

if TYPE_CHECKING:
    from stream.dicom_door.names import Study

_FOLDER: Final = Path(gettempdir()) / f"wardwatch-fuzz-images-{os.getpid()}"  # tests may run beside each other
_EDGE: Final = b"--edge\r\nContent-Type: application/dicom\r\n\r\n"


def _file(syntax: uid.UID = uid.ExplicitVRLittleEndian, **attributes: object) -> bytes:
    file = an_instance(1, PatientName=NAME, PatientID=NUMBER, **attributes)
    file.file_meta.TransferSyntaxUID = syntax
    return as_bytes(file)[128:]  # nothing depends on the preamble


SEEDS = (
    _file(),
    _file(SpecificCharacterSet="GB18030"),
    _file(uid.DeflatedExplicitVRLittleEndian),
    _EDGE + bytes(128) + _file() + b"\r\n" + _EDGE + b"no DICOM\r\n--edge--",
)
WORDS = (
    b"\r\n--edge",
    b"--edge--",
    b"DICM",
    NAME.encode(),
    b"\x08\x00\x18\x00UI",
    b"\x20\x00\x0d\x00UI",
    b"\x10\x00\x20\x00LO",
    b"\x10\x00\x24\x00SQ\x00\x00\xff\xff\xff\xff",
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"\xfe\xff\xdd\xe0\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"1.2.840.10008.1.2.1.99",
)


def one(data: bytes) -> None:
    """A body in pieces, or an instance without its preamble.

    Each instance is on disk under its own hash, or refused and nothing of it is left. A planted name is in no log line
    and in no file's name, and what is kept makes an event or none.
    """
    heard: list[Study] = []
    intake = an_intake(_FOLDER, heard=heard.append)
    try:
        with listening(), pydicom_silenced():
            stored = [put(intake, content) for content in _contents(data)].count(Status.STORED)
            for study in heard:
                for _, event in events(study, intake.store.read(study)[1]):
                    nobody_named(event.value.decode())
        kept = files(_FOLDER)
        assert len(kept) == len(heard) <= stored
        for path in kept:
            assert path.stem.endswith(hashlib.sha256(path.read_bytes()).hexdigest())
            nobody_named(str(path.relative_to(_FOLDER)))
        assert intake.store.room.held_bytes == sum(path.stat().st_size for path in kept)
    finally:
        intake.store.close()
        rmtree(_FOLDER)


def _contents(data: bytes) -> list[bytes]:
    """The whole parts of a body, in pieces that follow from its length; or the one instance."""
    if not data.startswith(b"--edge"):
        return [bytes(128) + data]
    parts, whole, now = Parts(b"edge"), [], bytearray()
    size = len(data) % 97 + 1
    try:
        for begin in range(0, len(data), size):
            for said in parts.feed(data[begin : begin + size]):
                if isinstance(said, bytes):
                    now += said
                elif said is Edge.END:
                    whole.append(bytes(now))
                else:
                    now.clear()
    except ValueError:
        pass
    return whole
