"""The door of announcements: images that are said to lie somewhere."""

import json
from pathlib import Path
from typing import Any, Final

from schemas.examples import EXAMPLES
from schemas.imaging import ImagingReady
from stream.check.allowlist import allowed_file, allowed_web
from stream.check.fetch import PLACE
from stream.check.multipart import first_part
from stream.check.pieces import pieces
from stream.check.replacement import CurrentReport, current_after, replaced
from stream.check.report import ImageResult, ReportSource, lesion_report
from stream.delivery.decode import Refused, decode
from stream.delivery.outputs import output
from tests.builders.ports import NOW_MS
from tests.fuzz.letters_checked import checked_letter
from tests.fuzz.told import NAME, NUMBER, listening
from tests.fuzz.watched import FUTURE_MS, a_line

_ROOT: Final = Path("/srv/images")
_HOSTS: Final = ("archive.example", "pacs.example:8042")
_ABOUT: Final = ReportSource("1.0", "abc")
_EXAMPLE: Final = EXAMPLES["imaging-ready"][0]


def _announced(*urls: str, **more: Any) -> bytes:
    images = [{"url": url} for url in urls]
    return json.dumps(_EXAMPLE | {"images": images} | more, separators=(",", ":")).encode()


SEEDS = (
    json.dumps(_EXAMPLE).encode(),
    _announced("file:///srv/images/one.dcm", "file://localhost/srv/images/%74wo.dcm", "https://archive.example:443/a"),
    _announced("file:///srv/images/../../etc/passwd", "http://pacs.example:8042/b", "http://a@archive.example/"),
    _announced(
        "https://archive.example@evil.example/", "HTTPS://ARCHIVE.EXAMPLE/x?y#z", "http://[::1]/", "file:////srv"
    ),
    _announced("https://archive.example/" + NAME, study_uid="1.2.3", source=NUMBER, modality="US"),
    b'multipart/related; boundary="b"\n--b\r\nContent-Type: application/dicom\r\n\r\nDICM\r\n--b--\r\n',
    b"multipart/related; boundary*0=b; boundary*1=c\n--bc\r\n\r\n\r\n--bc",
)
WORDS = tuple(
    word.encode()
    for word in (
        *('"url":"', '"sop_instance_uid":"', '"sha256":"', '"images":[', '"study_uid":', '"patient":', '"time":'),
        *("file://", "https://", "archive.example", "..", "%2e%2e/", "%00", "\\u0000", "@", ":443", "[::1]", "\\ud83d"),
        *("boundary=", "charset=", "*0=", "--", "\r\n\r\n", "multipart/", "\n", NAME),
    )
)


def one(data: bytes) -> None:
    """An announcement, or an archive's answer: its Content-Type, a new line, its body.

    An announcement becomes a report or a dead letter; no address that is let in lies outside the folders and hosts that
    are allowed; the report fits what Kafka takes; a planted name is in no log line and no letter's own header.
    """
    kind, _, body = data.partition(b"\n")
    with listening():
        if kind.startswith(b"multipart"):
            part = first_part(body, kind.decode("latin-1"))
            assert part is None or part in body
            return
        decoded = decode(a_line("imaging-ready", data), NOW_MS, FUTURE_MS)
        if isinstance(decoded, Refused):
            checked_letter(decoded)
            return
        assert isinstance(decoded.model, ImagingReady)
        _report(decoded.model)


def _report(event: ImagingReady) -> None:
    standing: list[CurrentReport] = []
    for part in pieces(event):
        for image in part.images:
            path, web = allowed_file(image.url, (_ROOT,)), allowed_web(image.url, _HOSTS)
            assert path is None or path.is_relative_to(_ROOT)
            assert web is None or web.host in {"archive.example", "pacs.example"}
        report = lesion_report(part, [ImageResult(image, PLACE) for image in part.images], _ABOUT)
        report = report.model_copy(update={"replaces": replaced(part, standing)})
        standing = current_after(part, report, standing)
        sent = output("lesion-reports", report, None)
        assert len(sent.value or b"") < 1_000_000
