"""Photographs of the retina from a folder, with their grades where an index.csv names them."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from models.fundus.dicom import read_photograph
from models.lesion.admission import NotAdmitted
from models.lesion.dicom import Limits
from models.lesion.image import Colours
from models.lesion.lab.data import DataError, is_dicom
from models.lesion.refusal import ImageRefused

SUFFIXES: Final = frozenset({".dcm", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})


@dataclass(frozen=True)
class Photographs:
    """N photographs; they are read one by one, since a folder of them may not fit into memory."""

    folder: Path
    files: tuple[str, ...]
    grades: NDArray[np.intp] | None  # [N], 0 to 4; None where none are known
    oedema: NDArray[np.bool_] | None  # [N], risk 1 or 2
    groups: tuple[str, ...]  # near duplicates and pictures of one eye share one

    def read(self, number: int) -> Colours:
        """Read one of them. Raises DataError when it can't be."""
        return read_colours(self.folder / self.files[number])

    def fingerprint(self) -> str:
        """Return a digest of names, grades and bytes: 12 hex digits."""
        digest = hashlib.sha256()
        for number, name in enumerate(self.files):
            grade = "" if self.grades is None else int(self.grades[number])
            digest.update(f"{name},{grade}".encode())
            digest.update((self.folder / name).read_bytes())
        return digest.hexdigest()[:12]


def read_photographs(folder: Path) -> Photographs:
    """List the photographs of a folder. Raises DataError when there are none or the index can't be used."""
    index = folder / "index.csv"
    if not index.exists():
        found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES or is_dicom(path))
        if not found:
            message = f"{folder.name} holds no photograph ({', '.join(sorted(SUFFIXES))})"
            raise DataError(message)
        files = tuple(path.relative_to(folder).as_posix() for path in found)
        return Photographs(folder, files, None, None, files)
    with index.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "file" not in rows[0]:
        message = f"{folder.name}/index.csv has no row or no column 'file'"
        raise DataError(message)
    files = tuple(row["file"] for row in rows)
    groups = tuple(row.get("group") or row["file"] for row in rows)
    try:
        grades = np.array([int(row["dr_grade"]) for row in rows]) if rows[0].get("dr_grade") else None
        oedema = np.array([int(row["dme_risk"]) > 0 for row in rows]) if rows[0].get("dme_risk") else None
    except ValueError as error:
        message = f"{folder.name}/index.csv has a grade that is no number"
        raise DataError(message) from error
    if grades is not None and not ((grades >= 0) & (grades <= 4)).all():  # noqa: PLR2004
        message = f"{folder.name}/index.csv has a grade that is none of 0 to 4"
        raise DataError(message)
    return Photographs(folder, files, grades, oedema, groups)


def read_colours(path: Path) -> Colours:
    """Read a DICOM, PNG, JPEG or TIFF file as colours of 0 to 1. Raises DataError when it can't be."""
    if path.suffix.lower() == ".dcm" or is_dicom(path):
        try:
            found = read_photograph(path.read_bytes(), Limits())
        except (ImageRefused, OSError) as error:
            reason = str(error) if isinstance(error, ImageRefused) else "it can't be read"
            message = f"{path.name}: {reason}"
            raise DataError(message) from None
        if isinstance(found, NotAdmitted):
            message = f"{path.name}: {found.sentence}"
            raise DataError(message)
        assert found.colours is not None  # noqa: S101 - a photograph has some
        return found.colours
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"), dtype=np.float32) / np.float32(255)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        message = f"{path.name} can't be read as an image"
        raise DataError(message) from error
