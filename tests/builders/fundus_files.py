"""DICOM files of photographs of the retina, as a fundus camera stores them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, uid

from tests.builders.dicom_files import a_dataset, as_bytes
from tests.builders.fundus_pictures import a_retina


def coded(value: str) -> list[Dataset]:
    """A sequence of one code."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "a structure"
    return [item]


def a_photograph(colours: NDArray[np.uint8] | None = None, **more: Any) -> bytes:
    """A file of colours [H, W, 3], or of a drawn retina."""
    shown = (a_retina() * 255).round().astype(np.uint8) if colours is None else colours
    dataset = a_dataset(shown[..., 0])
    dataset.SOPClassUID = uid.OphthalmicPhotography8BitImageStorage
    dataset.Modality = "OP"
    del dataset.BodyPartExamined
    dataset.SamplesPerPixel, dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 3, 0, "RGB"
    dataset.PixelData = shown.tobytes()
    for keyword, value in more.items():
        setattr(dataset, keyword, value)
    return as_bytes(dataset)
