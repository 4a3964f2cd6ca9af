"""The door of images: what the process that reads them is given."""

from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, uid
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items

from models.fundus.dicom import MODALITY
from models.fundus.plain import is_plain
from models.lesion.dicom import Limits, study_of
from models.lesion.refusal import ImageRefused
from stream.check.judge import judge
from stream.check.task import Task
from stream.check.verdict import Judged, Refusal
from tests.builders.dicom_files import STUDY, a_dataset, as_bytes
from tests.builders.fake_lesion_models import Loader
from tests.builders.fundus_files import a_photograph
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named

_LIMITS: Final = Limits(file_bytes=2**20, frame_pixels=10**6, all_pixels=10**7)
_RAMP: Final = np.arange(16 * 16, dtype=np.uint16).reshape(16, 16)
_BYTES: Final = _RAMP.astype(np.uint8)
_COLOURS: Final = np.stack([_BYTES] * 3, axis=-1)


def _file(stored: NDArray[Any] = _RAMP, compress: uid.UID | None = None, **more: Any) -> bytes:
    made = a_dataset(stored, PatientName=NAME, PatientID=NUMBER, **more)
    if compress is not None:
        made.compress(compress, generate_instance_uid=False)
    return as_bytes(made)


def _plain(stored: NDArray[np.uint8], kind: str) -> bytes:
    out = BytesIO()
    Image.fromarray(stored).save(out, kind)
    return out.getvalue()


def _jpeg() -> bytes:
    made = a_dataset(_BYTES, syntax=uid.JPEGBaseline8Bit, PatientName=NAME)
    made.PixelData = encapsulate([_plain(_BYTES, "JPEG")])
    made["PixelData"].is_undefined_length = True
    return as_bytes(made)


def _item(**values: Any) -> Items:
    inner = Dataset()
    for keyword, value in values.items():
        setattr(inner, keyword, value)
    return Items([inner])


SEEDS = (
    _file(),
    _file(_BYTES, BodyPartExamined=NAME.upper()[:16]),
    _file(_COLOURS),
    _file(np.stack([_RAMP] * 3), NumberOfFrames=3),
    _file(
        _RAMP.astype(np.int16) - 100, RescaleSlope="2.5", RescaleIntercept="-1024", WindowCenter="40", WindowWidth="400"
    ),
    _file(WindowCenter=["1", "2"], WindowWidth=["10", "20"], VOILUTFunction="SIGMOID", PixelPaddingValue=3),
    _file(VOILUTSequence=_item(LUTDescriptor=[4, 0, 16], LUTData=_RAMP[0, :4].tobytes())),
    _file(PixelSpacing=["0.5", "0.5"], ImageOrientationPatient=["1", "0", "0", "0", "1", "0"], ImageType=["ORIGINAL"]),
    _file(SharedFunctionalGroupsSequence=_item(PixelMeasuresSequence=_item(PixelSpacing=["1", "1"]))),
    _file(_BYTES, uid.RLELossless),
    _file(_RAMP, uid.JPEGLSLossless),
    _file(np.kron(_RAMP, np.ones((4, 4), np.uint16)), uid.JPEG2000Lossless),
    _jpeg(),
    _file(syntax=uid.ImplicitVRLittleEndian),
    _file(syntax=uid.DeflatedExplicitVRLittleEndian),
    _file(PhotometricInterpretation="MONOCHROME1", BurnedInAnnotation="YES"),
    a_photograph(_COLOURS, PatientName=NAME),
    _plain(_COLOURS, "JPEG"),
    _plain(_COLOURS, "PNG"),
    _plain(_BYTES, "PNG"),
)
WORDS = (
    *(
        b"\x28\x00\x10\x00US\x02\x00",
        b"\x28\x00\x11\x00US\x02\x00",
        b"\x28\x00\x00\x01US\x02\x00",
        b"\x28\x00\x08\x00IS",
    ),
    *(
        b"\xe0\x7f\x10\x00OW\x00\x00",
        b"\xfe\xff\x00\xe0",
        b"\xfe\xff\xdd\xe0",
        b"\x28\x00\x10\x30SQ\x00\x00\xff\xff\xff\xff",
    ),
    *(b"\xff\xff\xff\xff", b"\xff\xd8\xff\xc0", b"\xff\xd8\xff\xf7", b"\xff\x4f\xff\x51", b"\xff\xd9", b"\xff\x93"),
    *(
        b"MONOCHROME1 ",
        b"PALETTE COLOR ",
        b"YBR_FULL_422",
        b"RGB ",
        b"1\\0\\0\\0\\1\\0",
        b"1e308 ",
        b"NaN ",
        b"-1",
        b"ISO_IR 192",
    ),
    *(syntax.encode() for syntax in ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50")),
    *(b"1.2.840.10008.1.2.4.51", b"1.2.840.10008.1.2.4.57", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.1.99"),
    *(b"LOCALIZER ", NAME.encode(), b"\x08\x00\x05\x00CS"),
)


def one(data: bytes) -> None:
    """A file, read and judged by a model that takes anything, in the function that the reading process runs.

    A JPEG or PNG file is announced as one of an eye, since no other is read.

    It becomes a verdict, a refusal with its reason or a result with what may be told: nothing is raised but for want of
    memory, and a planted name is in no verdict, no warning and no log line.
    """
    with listening():
        modality = MODALITY if is_plain(data) else None
        (verdict,) = judge([Task(data, STUDY, None, modality, "CHEST", _LIMITS, overlay=True)], Loader())
        try:
            nobody_named(study_of(data, _LIMITS))
        except ImageRefused as refused:
            nobody_named(str(refused))
    if isinstance(verdict, Refusal):
        assert verdict.reason
        nobody_named(verdict.reason, verdict.sentence)
    else:
        assert isinstance(verdict, Judged)
        nobody_named(_words_of(verdict))


def _words_of(verdict: Judged) -> str:
    return " ".join(str(value) for key, value in vars(verdict).items() if key != "overlay_png")
