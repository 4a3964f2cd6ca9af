"""De-identified files: no old identity in any byte, the pixels as they were, refusals that say nothing."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
import typer
from numpy.typing import NDArray
from pydicom import Dataset, dcmread, uid
from pydicom.encaps import encapsulate
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from typer.testing import CliRunner, Result

from models.deidentify.file import DAMAGED, DIRECTORY, NO_INSTANCE, NotDeidentified, deidentify_file
from models.deidentify.keyed import REGISTERED, Keyed
from models.deidentify.profile import Options
from models.deidentify.table import ACTIONS
from models.lesion.dicom import Limits, read_frames
from models.lesion.refusal import ImageRefused
from stream.commands.deidentify import command
from stream.commands.deidentify_pixels import Look, PixelText, search
from tests.builders.dicom_files import INSTANCE, STUDY, a_dataset, as_bytes
from tests.builders.written_pictures import written_on

KEYED = Keyed(b"a key of the tests, and no other")
ALL_OPTIONS = Options(modified_dates=True, descriptors=True)
SHIPPED = Path(pydicom.data.__file__).parent
REFUSED = {  # of the files that ship with pydicom
    "badVR.dcm": DAMAGED,  # NumberOfFrames is no number
    "MR_truncated.dcm": DAMAGED,
    "rtplan_truncated.dcm": DAMAGED,
    "meta_missing_tsyntax.dcm": NO_INSTANCE,
    "nested_priv_SQ.dcm": NO_INSTANCE,
    "empty_charset_LEI.dcm": NO_INSTANCE,
}
IDENTIFYING = re.compile("Name|ID|Number|Institution|Address|Station|Operators|Physician")

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # of the originals, which the test reads


FILES = [path for path in sorted(SHIPPED.rglob("*")) if path.is_file() and path.read_bytes()[128:132] == b"DICM"]


def said(dataset: Dataset) -> Iterator[tuple[BaseTag, str, str]]:
    """Each single value that could name somebody or something: tag, VR, text."""
    for tag in dataset.keys():  # noqa: SIM118
        if tag.is_private:
            continue
        element = dataset[tag]
        if element.VR == "SQ":
            for item in element.value:
                yield from said(item)
        elif not element.is_empty and element.VR in {"PN", "DA", "DT", "UI", "AE", "LO", "SH", "ST", "LT", "UT", "UC"}:
            for value in element.value if isinstance(element.value, MultiValue) else [element.value]:
                for part in re.split(r"[\^=]", str(value)) if element.VR == "PN" else [str(value)]:
                    yield tag, str(element.VR), part.strip()


def identities(dataset: Dataset) -> set[str]:
    """What must not be found again: names, dates, UIDs of things, and what the table takes for an identifier."""
    found = set()
    for tag, vr, text in said(dataset):
        names = vr in {"PN", "DA", "DT"} or (vr == "UI" and ACTIONS.get(tag) == "remap")
        if names or (tag in ACTIONS and IDENTIFYING.search(pydicom.datadict.keyword_for_tag(tag))):
            found.add(text)
    return {text for text in found if len(text) >= 4 and not text.startswith(REGISTERED) and text.isascii()}


def pictures(data: bytes) -> list[NDArray[np.float32]]:
    """Up to three frames as they are shown; none of what can't be read."""
    with suppress(ImageRefused):
        return [image.pixels for image in read_frames(data, Limits(), 3)]
    return []


def test_pydicom_ships_enough_to_test_with() -> None:
    assert len(FILES) > 150


@pytest.mark.parametrize("options", [Options(), ALL_OPTIONS], ids=["profile", "options"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SHIPPED)))
def test_nothing_of_who_it_was_is_left_in_any_byte(path: Path, options: Options) -> None:
    data = path.read_bytes()
    refusal = DIRECTORY if path.name.startswith("DICOMDIR") else REFUSED.get(path.name)
    if refusal is not None:
        with pytest.raises(NotDeidentified, match=re.escape(refusal)):
            deidentify_file(data, KEYED, options)
        return
    before, done = dcmread(path), deidentify_file(data, KEYED, options)
    after = dcmread(BytesIO(done.data))
    pixels = bytes(after.get("PixelData") or b"")
    shown, still = pictures(data), pictures(done.data)
    assert [one.shape for one in shown] == [one.shape for one in still]
    assert all(np.array_equal(one, other) for one, other in zip(shown, still, strict=True))
    assert after.PatientIdentityRemoved == "YES"
    assert after.file_meta.MediaStorageSOPInstanceUID == done.instance_uid
    assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    rest = done.data.replace(pixels, b"") if pixels else done.data
    assert [text for text in identities(before) if text.encode() in rest] == []


def test_neither_preamble_nor_sender_comes_along() -> None:
    file = a_dataset()
    file.preamble = b"DOE^JANE".ljust(128, b"!")
    file.file_meta.SourceApplicationEntityTitle = "DOE"
    data = deidentify_file(as_bytes(file), KEYED, Options()).data
    assert b"DOE" not in data
    assert data[:128] == bytes(128)


@pytest.mark.parametrize("cut", [100, 200, 330, 5000])
def test_a_damaged_file_is_refused_without_a_word_of_it(cut: int, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotDeidentified) as caught:
        deidentify_file(as_bytes(a_dataset(Manufacturer="DOE" * 9))[:cut], KEYED, Options())
    assert str(caught.value) in {DAMAGED, NO_INSTANCE}
    assert caplog.records == []


def test_a_suspected_picture_says_so_and_a_report_is_none() -> None:
    suspected = deidentify_file(as_bytes(a_dataset(Modality="US")), KEYED, Options())
    assert suspected.burned_in
    assert dcmread(BytesIO(suspected.data)).BurnedInAnnotation == "YES"
    denied = deidentify_file(as_bytes(a_dataset(Modality="US", BurnedInAnnotation="NO")), KEYED, Options())
    assert not denied.burned_in
    assert dcmread(BytesIO(denied.data)).BurnedInAnnotation == "NO"
    seen = deidentify_file(as_bytes(a_dataset(BurnedInAnnotation="NO")), KEYED, Options(), text_seen=True)
    assert seen.burned_in
    assert dcmread(BytesIO(seen.data)).BurnedInAnnotation == "YES"
    report = a_dataset(Modality="OT")
    report.SOPClassUID = uid.BasicTextSRStorage
    del report.PixelData
    assert not deidentify_file(as_bytes(report), KEYED, Options()).burned_in


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "identity.key"
    path.write_text("k" * 32 + "\n")
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "250"})


def test_a_folder_becomes_a_folder_named_by_new_uids(tmp_path: Path, key: Path) -> None:
    folder = tmp_path / "doe" / "jane"
    folder.mkdir(parents=True)
    (folder / "one.dcm").write_bytes(as_bytes(a_dataset(Modality="US")))
    (folder.parent / "two.dcm").write_bytes(as_bytes(a_dataset(SOPInstanceUID="1.2.3")))
    (folder / "link.dcm").symlink_to(folder / "one.dcm")
    (folder / "damaged.dcm").write_bytes(as_bytes(a_dataset())[:-9])
    done = run(folder.parent, tmp_path / "out", "--key-file", key, "--keep-suspected", "--json")
    assert done.exit_code == 1  # one was left out
    told = json.loads(done.stdout)
    assert (told["written"], told["burned_in_annotation"], sum(told["refused"].values())) == (2, 1, 1)
    assert told["changed"]["names"] == 2
    assert not any(word in done.stdout for word in ("DOE", "MRN-4711", STUDY, INSTANCE, "jane"))
    written = sorted((tmp_path / "out").rglob("*.dcm"))
    assert len(written) == 2
    assert {path.parent.name for path in written} == {Keyed(key.read_text().strip().encode()).uid(STUDY)}
    assert {path.stem for path in written} == {str(dcmread(path).SOPInstanceUID) for path in written}
    assert {path.suffix for path in (tmp_path / "out").rglob("*") if path.is_file()} == {".dcm"}


def test_the_command_looks_at_the_pictures_and_flags_those_with_text_whatever_their_headers_state(
    tmp_path: Path, key: Path
) -> None:
    dark = np.full((128, 256), 0.1, dtype=np.float32)
    plain, name = ((one * 4000).astype(np.uint16) for one in (dark, written_on(dark, "DOE^JANE", (4, 4), 16)))
    unknown = a_dataset(SOPInstanceUID="1.2.5")
    unknown.file_meta.TransferSyntaxUID = uid.MPEG2MPML  # a film, which is not decoded here
    unknown.PixelData, unknown["PixelData"].is_undefined_length = encapsulate([b"12"]), True
    files = {
        "1": a_dataset(plain, SOPInstanceUID="1.2.3"),
        "2": a_dataset(name, SOPInstanceUID="1.2.4", BurnedInAnnotation="NO"),
        "3": unknown,
    }
    (tmp_path / "in").mkdir()
    for number, file in files.items():
        (tmp_path / "in" / number).write_bytes(as_bytes(file))
    strict = run(tmp_path / "in", tmp_path / "clean", "--key-file", key, "--json")
    assert strict.exit_code == 1
    told = json.loads(strict.stdout)
    assert (told["written"], told["burned_in_annotation"], told["pictures_not_looked_at"]) == (1, 1, 1)
    assert len(list((tmp_path / "clean").rglob("*.dcm"))) == 1
    done = run(tmp_path / "in", tmp_path / "out", "--key-file", key, "--keep-suspected", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["written"], told["burned_in_annotation"], told["pictures_not_looked_at"]) == (3, 1, 1)
    written = {path.stem: dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")}
    keyed = Keyed(key.read_text().strip().encode())
    flags = [written[keyed.uid(f"1.2.{number}")].get("BurnedInAnnotation") for number in (3, 4, 5)]
    assert flags == [None, "YES", None]


@pytest.mark.parametrize("at", [0, 7, 19])
def test_a_name_on_any_part_of_a_clip_is_seen(at: int) -> None:
    clip = np.full((20, 128, 256), 0.1, dtype=np.float32)
    lasting = slice(at, at + 2)  # 16 of the 20 frames are looked at, so no two neighbours are both left out
    clip[lasting] = written_on(clip[0], "DOE^JANE", (4, 4), 16)
    look = Look(as_bytes(a_dataset((clip * 4000).astype(np.uint16))))
    assert [seen.text for seen in search([look])] == [PixelText.TEXT]


def test_a_picture_that_can_t_be_decoded_is_unseen_and_a_report_has_none() -> None:
    broken = as_bytes(a_dataset(Rows=2**15, Columns=2**15, PixelData=bytes(2)))
    assert [seen.text for seen in search([Look(broken), Look(b"")])] == [PixelText.UNSEEN, PixelText.UNSEEN]
    report = a_dataset()
    del report.PixelData
    assert [seen.text for seen in search([Look(as_bytes(report))])] == [PixelText.NOTHING]


def test_a_file_becomes_a_file_and_is_never_overwritten(tmp_path: Path, key: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(as_bytes(a_dataset()))
    first = run(tmp_path / "in.dcm", tmp_path / "out.dcm", "--key-file", key)
    assert first.exit_code == 0, first.output
    assert "1 files written, 0 left out" in first.stdout
    before = (tmp_path / "out.dcm").read_bytes()
    second = run(tmp_path / "in.dcm", tmp_path / "out.dcm", "--key-file", key, "--shift-dates")
    assert second.exit_code == 1
    assert "nothing is overwritten" in second.stderr
    assert (tmp_path / "out.dcm").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["identity.key", "in.dcm", "out.dcm"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"short", "fewer than 16 bytes"), (b"\xff" * 32, "holds no text"), (None, "No such file")],
)
def test_a_key_that_will_not_do_is_told(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    (tmp_path / "in.dcm").write_bytes(as_bytes(a_dataset()))
    done = run(tmp_path / "in.dcm", tmp_path / "out.dcm", "--key-file", tmp_path / "key")
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_written_is_not_read_again(tmp_path: Path, key: Path) -> None:
    (tmp_path / "in").mkdir()
    assert "must lie outside" in run(tmp_path / "in", tmp_path / "in" / "out", "--key-file", key).stderr
    assert "does not exist" in run(tmp_path / "nothing", tmp_path / "out", "--key-file", key).stderr


def test_a_suspected_file_is_not_written_until_it_is_blanked_or_asked_for(tmp_path: Path, key: Path) -> None:
    dark = np.full((256, 256), 0.1, dtype=np.float32)
    middle = (written_on(dark, "DOE^JANE", (60, 120), 16) * 4000).astype(np.uint16)
    (tmp_path / "in.dcm").write_bytes(as_bytes(a_dataset(middle, BurnedInAnnotation="NO")))
    strict = run(tmp_path / "in.dcm", tmp_path / "strict.dcm", "--key-file", key)
    assert strict.exit_code == 1
    assert "burned into its picture" in strict.stderr
    kept = run(tmp_path / "in.dcm", tmp_path / "kept.dcm", "--key-file", key, "--keep-suspected")
    assert kept.exit_code == 0
    assert dcmread(tmp_path / "kept.dcm").BurnedInAnnotation == "YES"
    blank = run(tmp_path / "in.dcm", tmp_path / "blank.dcm", "--key-file", key, "--blank", "110,40,150,200")
    assert blank.exit_code == 0, blank.output
    written = dcmread(tmp_path / "blank.dcm")
    assert written.BurnedInAnnotation == "NO"
    assert not written.pixel_array[110:150, 40:200].any()
    elsewhere = run(tmp_path / "in.dcm", tmp_path / "elsewhere.dcm", "--key-file", key, "--blank", "0,0,20,20")
    assert elsewhere.exit_code == 1
    assert not {"strict.dcm", "elsewhere.dcm"} & {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("region", ["1,2,3", "a,b,c,d", "9,0,3,4", "0,4,3,4"])
def test_a_region_that_is_none_is_told(tmp_path: Path, key: Path, region: str) -> None:
    (tmp_path / "in.dcm").write_bytes(as_bytes(a_dataset()))
    done = run(tmp_path / "in.dcm", tmp_path / "out.dcm", "--key-file", key, "--blank", region)
    assert done.exit_code == 2
    assert "--blank takes" in done.stderr


def test_something_hidden_in_a_compressed_picture_is_not_written(tmp_path: Path, key: Path) -> None:
    words = np.full((64, 64), 100, dtype=np.uint16)
    words[::3, ::3] |= 0x2000
    file = a_dataset(words)
    file.compress(uid.RLELossless)
    file.BitsStored, file.HighBit = 12, 11
    (tmp_path / "in.dcm").write_bytes(as_bytes(file))
    done = run(tmp_path / "in.dcm", tmp_path / "out.dcm", "--key-file", key)
    assert done.exit_code == 1
    assert "bits of its compressed picture" in done.stderr
    assert not (tmp_path / "out.dcm").exists()
