"""Training and evaluation images from a folder (with or without index.csv) or a MedMNIST-style npz, and their folds."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from sklearn.model_selection import StratifiedGroupKFold

from models.lesion.dicom import Limits, read_dicom
from models.lesion.refusal import ImageRefused

FOLDS: Final = 10
TEST_FOLD: Final = 0  # nothing is fitted to it; training.member_fold says which folds the members hold out
SUFFIXES: Final = frozenset({".dcm", ".png", ".jpg", ".jpeg"})
PREAMBLE_BYTES: Final = 128  # of a DICOM file, before the word DICM; PS3.10 7.1


class DataError(Exception):
    """Images that can't be used; the text is one sentence."""


@dataclass(frozen=True)
class Images:
    """N images with their metadata. `labels` is None where there are none."""

    files: tuple[str, ...]
    pixels: tuple[NDArray[np.float32], ...]  # N times [H, W], 0..1
    labels: tuple[str, ...] | None
    groups: tuple[str, ...]  # near-duplicates share a group, and a group is never split
    apart: frozenset[int] = frozenset()  # rows that the source itself reserves for validation

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> "Images":
        """Keep these rows, in this order."""
        return Images(
            tuple(self.files[row] for row in rows),
            tuple(self.pixels[row] for row in rows),
            None if self.labels is None else tuple(self.labels[row] for row in rows),
            tuple(self.groups[row] for row in rows),
        )


def read_images(source: Path, classes: Sequence[str]) -> Images:
    """Read a folder or an npz file; `classes` gives the names of an npz's numbered labels.

    Raises DataError when there is nothing to read, an image is damaged or a label is unknown.
    """
    if source.is_file() and source.suffix == ".npz":
        return _read_npz(source, classes)
    if not source.is_dir():
        message = f"{source.name} is neither a folder of images nor an npz file"
        raise DataError(message)
    return _read_indexed(source, classes) if (source / "index.csv").exists() else _read_bare(source, classes)


def _read_indexed(folder: Path, classes: Sequence[str]) -> Images:
    with (folder / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "file" not in rows[0]:
        message = f"{folder.name}/index.csv has no row or no column 'file'"
        raise DataError(message)
    files = tuple(row["file"] for row in rows)
    labels = tuple(row["label"] for row in rows) if rows[0].get("label") else None
    if labels and (unknown := set(labels) - set(classes)):
        message = f"{folder.name}/index.csv has labels that this set does not know: {', '.join(sorted(unknown))}"
        raise DataError(message)
    groups = tuple(row.get("group") or row["file"] for row in rows)
    return Images(files, tuple(read_grey(folder / name) for name in files), labels, groups)


def _read_bare(folder: Path, classes: Sequence[str]) -> Images:
    # A class's own folder may hold only the npz of that set
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES or is_dicom(path))
    archives = sorted(folder.glob("*.npz"))
    if not found and len(archives) == 1:
        return _read_npz(archives[0], classes)
    if not found:
        message = f"{folder.name} holds no image ({', '.join(sorted(SUFFIXES))}) and not exactly one npz file"
        raise DataError(message)
    files = tuple(path.relative_to(folder).as_posix() for path in found)
    return Images(files, tuple(read_grey(path) for path in found), None, files)


def _read_npz(path: Path, classes: Sequence[str]) -> Images:
    files: list[str] = []
    pixels: list[NDArray[np.float32]] = []
    labels: list[str] = []
    apart: list[int] = []
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as error:
        message = f"{path.name} can't be read as an npz file"
        raise DataError(message) from error
    parts = [name.removesuffix("_images") for name in arrays if name.endswith("_images")]
    for part in parts:
        images = arrays[f"{part}_images"]
        if images.ndim != 3 or images.dtype != np.uint8:  # noqa: PLR2004
            message = f"{path.name}: {part}_images must be grey images of 8 bit, [N, H, W]"
            raise DataError(message)
        if part == "val":
            apart += range(len(files), len(files) + len(images))
        files += [f"{part}_images/{number}" for number in range(len(images))]
        pixels += [image.astype(np.float32) / 255 for image in images]
        numbers = arrays.get(f"{part}_labels")
        if numbers is not None:
            labels += [_class_named(classes, int(number), path) for number in np.ravel(numbers)]
    if not files:
        message = f"{path.name} holds no array named *_images"
        raise DataError(message)
    known = tuple(labels) if len(labels) == len(files) else None
    return Images(tuple(files), tuple(pixels), known, tuple(files), frozenset(apart))


def _class_named(classes: Sequence[str], number: int, path: Path) -> str:
    if not 0 <= number < len(classes):
        message = f"{path.name} has a label {number}, but this set has {len(classes)} classes"
        raise DataError(message)
    return classes[number]


def read_grey(path: Path) -> NDArray[np.float32]:
    """Read a DICOM, PNG or JPEG file as grey levels 0..1, [H, W]. Raises DataError when it can't be read.

    A DICOM file is read as in the check path: the middle frame, rescaled and windowed.
    """
    if path.suffix.lower() == ".dcm" or is_dicom(path):
        try:
            return read_dicom(path.read_bytes(), Limits()).pixels
        except (ImageRefused, OSError) as error:
            reason = str(error) if isinstance(error, ImageRefused) else "it can't be read"
            message = f"{path.name}: {reason}"
            raise DataError(message) from None
    try:
        with Image.open(path) as image:
            deep = image.mode.startswith("I")
            levels = np.asarray(image if deep else image.convert("L"), dtype=np.float32)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        message = f"{path.name} can't be read as an image"
        raise DataError(message) from error
    return levels / np.float32(65535 if deep else 255)


def is_dicom(path: Path) -> bool:
    """Return whether a file's first bytes are those of DICOM; archives often give such files no suffix."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(PREAMBLE_BYTES + 4)[PREAMBLE_BYTES:] == b"DICM"


def fold_of_each(images: Images, seed: int = 0) -> NDArray[np.intp]:
    """Assign N labelled images to folds 0..9, [N]; groups stay whole, classes stay in proportion.

    Rows that the source reserves for validation form the test fold alone; the others then share folds 1..9.
    """
    if images.labels is None:
        message = "images without labels can't be dealt into folds"
        raise DataError(message)
    folds = np.full(len(images.files), TEST_FOLD, dtype=np.intp)
    open_rows = np.array([row for row in range(len(images.files)) if row not in images.apart])
    first = TEST_FOLD + 1 if images.apart else TEST_FOLD
    dealer = StratifiedGroupKFold(FOLDS - first, shuffle=True, random_state=seed)
    labels, groups = np.array(images.labels)[open_rows], np.array(images.groups)[open_rows]
    for number, (_, held) in enumerate(dealer.split(labels, labels, groups)):
        folds[open_rows[held]] = first + number
    return folds


def fingerprint(images: Images) -> str:
    """Return a digest of the data: 12 hex digits over files, labels and pixels."""
    digest = hashlib.sha256()
    for row, (name, pixels) in enumerate(zip(images.files, images.pixels, strict=True)):
        digest.update(f"{name},{images.labels[row] if images.labels else ''}".encode())
        digest.update(np.round(pixels * 255).astype(np.uint8).tobytes())
    return digest.hexdigest()[:12]
