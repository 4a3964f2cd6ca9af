"""Small studies as DICOM files, for what stores and sends them."""

from pathlib import Path
from typing import Any

import numpy as np
from pydicom import FileDataset
from pydicom.uid import UID

from tests.builders.dicom_files import STUDY, a_dataset, as_bytes


def an_instance(number: int = 1, **attributes: Any) -> FileDataset:
    """One of a study's instances, small and unlike the others."""
    file = a_dataset(
        np.full((8, 8), number, np.uint16),
        SOPInstanceUID=f"{STUDY}.1.{number}",
        SeriesInstanceUID=f"{STUDY}.1",
        IssuerOfPatientID="HOSPITAL",
    )
    file.file_meta.MediaStorageSOPInstanceUID = UID(f"{STUDY}.1.{number}")
    for keyword, value in attributes.items():
        setattr(file, keyword, value)
    return file


def a_study(folder: Path, instances: int, first: int = 1, **attributes: Any) -> list[Path]:
    """Write the files of a study."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(first, first + instances):
        path = folder / f"{number:05}.dcm"
        path.write_bytes(as_bytes(an_instance(number, **attributes)))
        paths.append(path)
    return paths
