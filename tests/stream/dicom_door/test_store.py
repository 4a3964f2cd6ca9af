"""What is on disk: under hashes, for its owner alone, whole or not at all."""

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest
from pydicom import FileDataset

from stream.dicom_door import folders, incoming
from stream.dicom_door.outcome import Outcome, Status
from stream.dicom_door.room import Bounds, Room
from stream.dicom_door.store import Mark, Store, StoreError
from tests.builders.dicom_files import NAME, STUDY, as_bytes
from tests.builders.dicom_store import BOUNDS, an_intake, files, put
from tests.builders.dicom_studies import an_instance

if TYPE_CHECKING:
    from stream.dicom_door.names import Study


def test_a_stored_instance_is_on_disk_as_it_came_under_its_hash_and_no_name(tmp_path: Path) -> None:
    file = an_instance()
    assert put(an_intake(tmp_path / "store"), file) is Status.STORED
    (kept,) = files(tmp_path / "store")
    assert kept.read_bytes() == as_bytes(file)
    assert kept.stem.endswith(hashlib.sha256(as_bytes(file)).hexdigest())
    for said in (NAME, "DOE", "4711", "HOSPITAL", STUDY):
        assert said not in str(kept.relative_to(tmp_path))


def test_only_the_owner_can_read_what_is_kept(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        put(an_intake(tmp_path / "store"), an_instance())
    finally:
        os.umask(before)
    store = tmp_path / "store"
    assert {path.stat().st_mode & 0o777 for path in files(store)} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (store, *store.rglob("*")) if path.is_dir()} == {0o700}


def test_the_same_content_again_is_stored_once_and_makes_no_news(tmp_path: Path) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path, heard=heard.append)
    assert [put(intake, an_instance()) for _ in range(3)] == [Status.STORED] * 3
    assert len(files(tmp_path)) == len(heard) == 1
    assert intake.store.room.held_bytes == files(tmp_path)[0].stat().st_size


def test_another_content_of_an_instance_is_kept_beside_and_the_later_one_counts(tmp_path: Path) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path, heard=heard.append)
    put(intake, an_instance())
    put(intake, an_instance(BodyPartExamined="BREAST"))
    assert len(files(tmp_path)) == len(heard) == 2


@pytest.mark.parametrize("level", ["images", "images/{0}", "images/{0}/{1}"])
def test_no_planted_link_is_followed(tmp_path: Path, level: str) -> None:
    heard: list[Study] = []
    put(an_intake(tmp_path / "elsewhere", heard=heard.append), an_instance())
    (tmp_path / "outside").mkdir()
    intake = an_intake(tmp_path / "store")
    planted = tmp_path / "store" / level.format(*heard[0])
    planted.parent.mkdir(parents=True, exist_ok=True)
    if planted.exists():
        planted.rmdir()
    planted.symlink_to(tmp_path / "outside")
    assert put(intake, an_instance()) is Status.FAILED
    assert list((tmp_path / "outside").iterdir()) == []
    assert files(tmp_path / "store" / "incoming") == []


def test_a_link_in_the_place_of_an_instance_is_not_taken_for_it(tmp_path: Path) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path / "store", heard=heard.append)
    put(intake, an_instance())
    (kept,) = files(tmp_path / "store")
    content = kept.read_bytes()
    kept.unlink()
    (tmp_path / "other").write_bytes(b"somebody else's")
    kept.symlink_to(tmp_path / "other")
    assert put(intake, an_instance()) is Status.STORED
    assert not kept.is_symlink()
    assert kept.read_bytes() == content
    assert (tmp_path / "other").read_bytes() == b"somebody else's"


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        (Bounds(all_bytes=1500, free_bytes=0), Status.NO_SPACE),
        (Bounds(free_bytes=2**62), Status.NO_SPACE),
        (Bounds(instance_bytes=500, free_bytes=0), Status.TOO_LARGE),
    ],
)
def test_what_finds_no_room_is_refused_and_leaves_nothing(tmp_path: Path, bounds: Bounds, status: Status) -> None:
    intake = an_intake(tmp_path, bounds)
    statuses = [put(intake, an_instance(number)) for number in (1, 2)]
    assert statuses[-1] is status
    kept = files(tmp_path)
    assert len(kept) == statuses.count(Status.STORED)
    assert intake.store.room.held_bytes == sum(path.stat().st_size for path in kept)


def test_exactly_as_much_as_there_is_room_for_is_taken() -> None:
    room = Room(Bounds(all_bytes=10, free_bytes=5), lambda: 15)
    assert room.take(10)
    assert not room.take(1)
    assert room.is_short
    room.give_back(1)
    assert not room.is_short
    assert room.take(1)


def test_the_disk_is_looked_at_again_while_much_comes() -> None:
    free = [100]
    room = Room(Bounds(all_bytes=1000, free_bytes=10), lambda: free[0])
    assert room.take(50)
    free[0] = 50
    assert room.take(30)
    free[0] = 20
    assert room.take(10)
    free[0] = 10
    assert not room.take(10)


def no_quota_left(_name: str, _at: int) -> BinaryIO:
    raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))


class FullDisk:
    """A file on a disk that takes the first two pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.pieces = 0

    def write(self, data: memoryview) -> int:
        self.pieces += 1
        if self.pieces > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self.file, name)


def test_a_disk_that_is_full_in_the_middle_of_an_instance_keeps_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = an_intake(tmp_path)
    write_new = folders.write_new
    monkeypatch.setattr(folders, "write_new", lambda name, at: FullDisk(write_new(name, at)))
    assert put(intake, an_instance()) is Status.NO_SPACE
    monkeypatch.setattr(folders, "write_new", no_quota_left)
    assert put(intake, an_instance()) is Status.NO_SPACE
    assert files(tmp_path) == []
    assert intake.store.room.held_bytes == 0


def test_an_instance_is_on_disk_before_it_has_its_name_and_its_name_before_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deeds: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(descriptor: int) -> None:
        fsync(descriptor)
        deeds.append("sync " + Path(f"/proc/self/fd/{descriptor}").readlink().parent.name)

    def noted_rename(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        deeds.append("name")

    intake = an_intake(tmp_path, heard=lambda _: deeds.append("told"))
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    put(intake, an_instance())
    patient = next((tmp_path / "images").iterdir()).name
    assert [deed for deed in deeds if deed in {"sync incoming", "name", f"sync {patient}", "told"}] == [
        "sync incoming",
        "name",
        f"sync {patient}",
        "told",
    ]
    assert "sync images" in deeds[: deeds.index("name")]  # the patient's folder has the study's name


def test_what_was_half_received_is_gone_at_the_next_start_and_what_was_not_announced_is_found(tmp_path: Path) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path, heard=heard.append)
    put(intake, an_instance(1))
    put(intake, an_instance(1, StudyInstanceUID=f"{STUDY}.2"))
    now, _ = intake.store.read(heard[1])
    intake.store.mark(heard[1], Mark(now.digest, frozenset({"an-id"})))
    half = intake.store.begin()
    half.write(b"half")
    intake.store.close()

    again = Store(tmp_path, BOUNDS)
    half.discard()  # its process would have ended
    assert files(tmp_path / "incoming") == []
    assert again.recover() == [heard[0]]
    assert again.room.held_bytes == sum(path.stat().st_size for path in files(tmp_path))
    assert again.marked(heard[1]).ids == {"an-id"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"digest": 1}', b'{"digest": "", "ids": 7}', b"\xff"])
def test_a_broken_mark_is_none(tmp_path: Path, content: bytes) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path, heard=heard.append)
    put(intake, an_instance())
    (tmp_path / "images" / heard[0].patient / heard[0].name / "announced.json").write_bytes(content)
    assert intake.store.marked(heard[0]) == Mark()
    assert intake.store.recover() == heard


def test_a_store_has_one_gateway(tmp_path: Path) -> None:
    first = Store(tmp_path, BOUNDS)
    with pytest.raises(StoreError, match="another gateway uses"):
        Store(tmp_path, BOUNDS)
    first.close()
    Store(tmp_path, BOUNDS).close()


def test_foreign_files_in_the_store_are_left_alone(tmp_path: Path) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path, heard=heard.append)
    put(intake, an_instance())
    study = tmp_path / "images" / heard[0].patient / heard[0].name
    (study / "notes.txt").write_text("mine")
    (study / f"{'0' * 24}-{'0' * 64}.dcm").write_bytes(b"no DICOM")
    (tmp_path / "images" / "lost+found").mkdir()
    assert list(intake.store.studies()) == heard
    _, instances = intake.store.read(heard[0])
    assert len(instances) == 1


@pytest.mark.parametrize(
    ("file", "stated", "status"),
    [
        (an_instance(), Outcome(Status.STORED, "1.2.840.10008.5.1.4.1.1.2", f"{STUDY}.1.1"), Status.MISMATCH),
        (an_instance(), Outcome(Status.STORED, "1.2.840.10008.5.1.4.1.1.1.1", f"{STUDY}.1.2"), Status.MISMATCH),
        (an_instance(), Outcome(Status.STORED, "1.2.840.10008.5.1.4.1.1.1.1", f"{STUDY}.1.1"), Status.STORED),
        (an_instance(StudyInstanceUID=""), None, Status.MISMATCH),
        (an_instance(SeriesInstanceUID=""), None, Status.MISMATCH),
        (an_instance(SOPInstanceUID=""), None, Status.MISMATCH),
        (an_instance(SOPClassUID="1.2.3"), None, Status.CLASS_NOT_SUPPORTED),
        (b"", None, Status.NOT_UNDERSTOOD),
        (bytes(128) + b"DICM", None, Status.SYNTAX_NOT_SUPPORTED),
        (as_bytes(an_instance())[:400], None, Status.MISMATCH),
        (b"\0" * 5000, None, Status.NOT_UNDERSTOOD),
    ],
)
def test_what_is_no_instance_that_can_be_told_from_others_is_refused(
    tmp_path: Path, file: FileDataset | bytes, stated: Outcome | None, status: Status
) -> None:
    assert put(an_intake(tmp_path), file, stated) is status
    assert len(files(tmp_path)) == (status is Status.STORED)


def test_an_instance_that_is_given_up_while_it_comes_leaves_nothing(tmp_path: Path) -> None:
    intake = an_intake(tmp_path)
    one = intake.store.begin()
    one.write(b"some")
    one.discard()
    assert one.write(b"more") == 4
    assert intake.take(one, "SENDER").status is Status.FAILED
    assert files(tmp_path) == []
    assert intake.store.room.held_bytes == 0
    assert isinstance(one, incoming.Incoming)


def test_only_studies_that_were_announced_and_are_old_enough_are_removed(tmp_path: Path) -> None:
    heard: list[Study] = []
    intake = an_intake(tmp_path, heard=heard.append)
    for number in range(3):
        put(intake, an_instance(1, StudyInstanceUID=f"{STUDY}.{number}"))
    old, untold, new = heard
    for study in (old, new):
        now, _ = intake.store.read(study)
        intake.store.mark(study, Mark(now.digest, frozenset()))
    for study in (old, untold):
        for path in (tmp_path / "images" / study.patient / study.name).glob("*.dcm"):
            os.utime(path, (1000, 1000))
    before = datetime.fromtimestamp(1000, UTC)
    assert intake.store.remove_older(before) == 0
    assert intake.store.remove_older(before + timedelta(seconds=1)) == 1
    assert sorted(intake.store.studies()) == sorted([untold, new])
    assert intake.store.room.held_bytes == sum(path.stat().st_size for path in files(tmp_path))
    put(intake, an_instance(1, StudyInstanceUID=f"{STUDY}.0"))
    assert heard[-1] == old
