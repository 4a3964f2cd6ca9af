"""DICOM files made for tests: small, valid unless told otherwise, with a patient's name that must never come out."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileDataset, uid
from pydicom.dataset import FileMetaDataset

NAME = "DOE^JANE"
STUDY = "1.2.826.0.1.3680043.8.498.1"
INSTANCE = "1.2.826.0.1.3680043.8.498.2"
CLASSES = {  # of what the modality itself stores
    "CT": uid.CTImageStorage,
    "DX": uid.DigitalXRayImageStorageForPresentation,
    "MR": uid.MRImageStorage,
    "US": uid.UltrasoundImageStorage,
}


def a_dataset(
    stored: NDArray[Any] | None = None,
    *,
    syntax: uid.UID = uid.ExplicitVRLittleEndian,
    **attributes: Any,
) -> FileDataset:
    """A file of stored values: [H, W], [F, H, W], or [H, W, 3] in RGB; a ramp of 16 bit by default."""
    values = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) if stored is None else stored
    is_colour = values.ndim == 3 and values.shape[-1] == 3
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CLASSES.get(attributes.get("Modality", "DX"), CLASSES["DX"])
    meta.MediaStorageSOPInstanceUID = uid.UID(INSTANCE)
    meta.TransferSyntaxUID = syntax
    file = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    file.PatientName, file.PatientID = NAME, "MRN-4711"
    file.SOPClassUID, file.SOPInstanceUID, file.StudyInstanceUID = meta.MediaStorageSOPClassUID, INSTANCE, STUDY
    file.Modality, file.BodyPartExamined = "DX", "CHEST"
    file.SamplesPerPixel, file.PhotometricInterpretation = (3, "RGB") if is_colour else (1, "MONOCHROME2")
    if is_colour:
        file.PlanarConfiguration = 0
    if values.ndim == 3 and not is_colour:
        file.NumberOfFrames = len(values)
    file.Rows, file.Columns = values.shape[:2] if is_colour else values.shape[-2:]
    bits = values.dtype.itemsize * 8
    file.BitsAllocated, file.BitsStored, file.HighBit = bits, bits, bits - 1
    file.PixelRepresentation = int(values.dtype.kind == "i")
    file.PixelData = values.astype(values.dtype.newbyteorder("<")).tobytes()
    for keyword, value in attributes.items():
        setattr(file, keyword, value)
    return file


def as_bytes(file: Dataset) -> bytes:
    """The file as it would be stored."""
    out = BytesIO()
    file.save_as(out, enforce_file_format=True)
    return out.getvalue()
