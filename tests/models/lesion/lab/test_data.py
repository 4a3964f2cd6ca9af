"""Images come in from folders and npz files, groups never part, and what can't be used is said clearly."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.lesion.dicom import Limits, read_dicom
from models.lesion.lab.data import TEST_FOLD, DataError, fingerprint, fold_of_each, read_images
from tests.builders.dicom_files import a_dataset, as_bytes
from tests.builders.lesion_pictures import some_images

CLASSES = ("normal", "pneumonia")


def a_folder(path: Path, index: str | None = None) -> Path:
    (path / "images").mkdir()
    for number in range(3):
        Image.fromarray(np.full((6, 9), 51 * number, np.uint8)).save(path / "images" / f"{number}.png")
    if index is not None:
        (path / "index.csv").write_text(index)
    return path


def an_npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path / "some.npz", **arrays)  # type: ignore[arg-type]
    return path / "some.npz"


def test_a_folder_with_an_index_gives_labels_groups_and_grey_levels(tmp_path: Path) -> None:
    index = "file,label,group\nimages/2.png,pneumonia,a\nimages/1.png,normal,b\n"
    images = read_images(a_folder(tmp_path, index), CLASSES)
    assert images.files == ("images/2.png", "images/1.png")
    assert images.labels == ("pneumonia", "normal")
    assert images.groups == ("a", "b")
    assert images.pixels[0].shape == (6, 9)
    assert images.pixels[0][0, 0] == pytest.approx(0.4)


def test_a_folder_without_an_index_gives_every_image_and_no_label(tmp_path: Path) -> None:
    images = read_images(a_folder(tmp_path), CLASSES)
    assert images.files == ("images/0.png", "images/1.png", "images/2.png")
    assert images.labels is None


def test_an_index_without_labels_is_enough_to_predict(tmp_path: Path) -> None:
    images = read_images(a_folder(tmp_path, "file\nimages/1.png\n"), CLASSES)
    assert images.files == ("images/1.png",)
    assert images.labels is None


def test_an_unknown_label_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="labels that this set does not know: cyst"):
        read_images(a_folder(tmp_path, "file,label\nimages/1.png,cyst\n"), CLASSES)


def test_a_damaged_image_is_refused_by_name(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "images" / "1.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"1\.png can't be read as an image"):
        read_images(folder, CLASSES)


def test_dicom_files_are_read_as_the_stream_reads_them_with_and_without_a_suffix(tmp_path: Path) -> None:
    film = as_bytes(a_dataset(WindowCenter=1000, WindowWidth=200))
    for name in ("film.dcm", "nested/0001"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(film)
    (tmp_path / "notes.txt").write_text("no image")
    images = read_images(tmp_path, CLASSES)
    assert images.files == ("film.dcm", "nested/0001")
    for pixels in images.pixels:
        np.testing.assert_array_equal(pixels, read_dicom(film, Limits()).pixels)
    (tmp_path / "index.csv").write_text("file,label\nnested/0001,normal\n")
    assert read_images(tmp_path, CLASSES).labels == ("normal",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no image", "this is no DICOM file"),
        (as_bytes(a_dataset())[:-9], "the pixels are not what the header promises"),
    ],
)
def test_a_damaged_dicom_file_is_refused_by_name_and_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "film.dcm").write_bytes(content)
    with pytest.raises(DataError, match=rf"film\.dcm: {reason}"):
        read_images(tmp_path, CLASSES)


def test_a_16_bit_image_spans_the_same_range(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 65535, np.uint16)).save(tmp_path / "deep.png")
    assert read_images(tmp_path, CLASSES).pixels[0].max() == 1


def test_an_npz_names_its_rows_and_labels(tmp_path: Path) -> None:
    pixels, labels = np.full((2, 5, 5), 255, np.uint8), np.array([[1], [0]], np.uint8)
    images = read_images(an_npz(tmp_path, test_images=pixels, test_labels=labels), CLASSES)
    assert images.files == ("test_images/0", "test_images/1")
    assert images.labels == ("pneumonia", "normal")
    assert images.pixels[0].max() == 1


def test_an_npz_without_labels_predicts_only(tmp_path: Path) -> None:
    assert read_images(an_npz(tmp_path, test_images=np.zeros((2, 5, 5), np.uint8)), CLASSES).labels is None


def test_an_npz_of_colour_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="grey images of 8 bit"):
        read_images(an_npz(tmp_path, test_images=np.zeros((2, 5, 5, 3), np.uint8)), CLASSES)


def test_an_npz_with_a_label_beyond_the_classes_is_refused(tmp_path: Path) -> None:
    path = an_npz(tmp_path, test_images=np.zeros((1, 5, 5), np.uint8), test_labels=np.array([2]))
    with pytest.raises(DataError, match="label 2, but this set has 2 classes"):
        read_images(path, CLASSES)


def test_an_empty_folder_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no image"):
        read_images(tmp_path, CLASSES)


def test_groups_never_part_and_folds_repeat() -> None:
    images = some_images()
    folds = fold_of_each(images)
    where = {group: set(folds[np.array(images.groups) == group]) for group in set(images.groups)}
    assert all(len(found) == 1 for found in where.values())
    assert set(folds) == set(range(10))
    assert np.array_equal(folds, fold_of_each(images))


def test_what_the_source_set_apart_is_the_test_fold(tmp_path: Path) -> None:
    path = an_npz(
        tmp_path,
        train_images=np.zeros((40, 5, 5), np.uint8),
        train_labels=np.arange(40) % 2,
        val_images=np.zeros((6, 5, 5), np.uint8),
        val_labels=np.arange(6) % 2,
    )
    images = read_images(path, CLASSES)
    folds = fold_of_each(images)
    assert {name for name, fold in zip(images.files, folds, strict=True) if fold == TEST_FOLD} == {
        f"val_images/{number}" for number in range(6)
    }


def test_the_fingerprint_sees_one_changed_pixel() -> None:
    images, other = some_images(4), some_images(4)
    assert fingerprint(images) == fingerprint(other)
    other.pixels[2][0, 0] = 0
    assert fingerprint(images) != fingerprint(other)
