"""Storage commitment: what is here byte for byte is committed to, and its sender is told, at once or called back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined] # made when it is imported
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

from stream.dicom_door.commitment import Reference, Request, request_of, result
from stream.dicom_door.committing import Commitments, Peer
from stream.dicom_door.intake import Intake
from stream.dicom_door.storage import entity
from stream.dicom_door.tally import Tally
from stream.stack.ports import free_ports
from tests.builders.dicom_files import STUDY
from tests.builders.dicom_server import DX, SOON, eventually, served
from tests.builders.dicom_store import READING, an_intake, files, put
from tests.builders.dicom_studies import an_instance

TRANSACTION = "1.2.3.4"

# pynetdicom leaves sockets whose other end was gone first to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Told:
    """What a sender is told by N-EVENT-REPORT."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.said: list[tuple[int, Dataset]] = []

    def handler(self, event: evt.Event) -> tuple[int, None]:
        self.said.append((int(event.event_type or 0), event.event_information))
        return self.status, None

    def wait(self, reports: int = 1) -> tuple[int, Dataset]:
        eventually(lambda: len(self.said) >= reports)
        return self.said[reports - 1]


def asking(*numbers: int, sop_class: str = DX) -> Dataset:
    said = Dataset()
    said.TransactionUID = TRANSACTION
    said.ReferencedSOPSequence = []
    for number in numbers:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, f"{STUDY}.1.{number}"
        said.ReferencedSOPSequence.append(item)
    return said


def commitments(intake: Intake, peers: dict[str, Peer] | None = None, again_s: float = 0.2) -> Commitments:
    ours = entity("WARDWATCH", (), SOON)
    return Commitments(intake.store, READING.key, Tally(), ours, peers or {}, again_s=again_s)


@contextmanager
def answering(made: Commitments) -> Iterator[Commitments]:
    made.start()
    try:
        yield made
    finally:
        made.stop()
        made._thread.join()  # noqa: SLF001 - no thread outlives its test


def ask(port: int, said: Dataset, told: Told | None = None, wait: Callable[[], Any] = lambda: None) -> int:
    """Ask for commitment and release when `wait` returns; the status of the answer."""
    ours = AE("SENDER")
    ours.add_requested_context(StorageCommitmentPushModel)
    handlers: list[Any] = [(evt.EVT_N_EVENT_REPORT, told.handler)] if told else []
    association = ours.associate("127.0.0.1", port, ae_title="WARDWATCH", evt_handlers=handlers)
    assert association.is_established
    status, _ = association.send_n_action(said, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
    wait()
    association.release()
    return int(status.Status)


def test_on_the_same_association_a_sender_is_told_after_the_answer_what_is_safe_and_what_is_not(
    tmp_path: Path,
) -> None:
    intake, told = an_intake(tmp_path), Told()
    for number in (1, 2, 3):
        put(intake, an_instance(number))
    damaged = next(path for path in files(tmp_path) if b".1.3\0" in path.read_bytes())
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    with answering(commitments(intake)) as made, served(intake, commitments=made) as server:
        assert ask(int(server.server_address[1]), asking(1, 2, 3, 4), told, told.wait) == 0
    (event_type, said) = told.wait()
    assert event_type == 2
    assert said.TransactionUID == TRANSACTION
    assert [one.ReferencedSOPInstanceUID for one in said.ReferencedSOPSequence] == [f"{STUDY}.1.1", f"{STUDY}.1.2"]
    assert [(one.ReferencedSOPInstanceUID, one.FailureReason) for one in said.FailedSOPSequence] == [
        (f"{STUDY}.1.3", 0x0110),
        (f"{STUDY}.1.4", 0x0112),
    ]


def test_an_instance_of_another_class_than_stated_is_not_committed_to(tmp_path: Path) -> None:
    intake, told = an_intake(tmp_path), Told()
    put(intake, an_instance())
    with answering(commitments(intake)) as made, served(intake, commitments=made) as server:
        ask(int(server.server_address[1]), asking(1, sop_class="1.2.840.10008.5.1.4.1.1.2"), told, told.wait)
    assert told.wait()[1].FailedSOPSequence[0].FailureReason == 0x0119


@contextmanager
def called_back(port: int, told: Told) -> Iterator[None]:
    """The sender, where it listens for the result."""
    ours = AE("SENDER")
    ours.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    server = ours.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, told.handler)])
    assert server is not None
    try:
        yield
    finally:
        server.shutdown()


def test_a_sender_with_an_address_is_called_back_also_after_a_restart_and_until_it_takes_the_answer(
    tmp_path: Path,
) -> None:
    intake, refusing, told = an_intake(tmp_path), Told(0x0110), Told()
    put(intake, an_instance())
    (port,) = free_ports(1)
    peers = {"SENDER": Peer("127.0.0.1", port)}
    with answering(commitments(intake, peers)) as made, served(intake, commitments=made) as server:
        assert ask(int(server.server_address[1]), asking(1)) == 0
        with called_back(port, refusing):
            refusing.wait()
    assert len(list(intake.store.noted())) == 1
    with called_back(port, told), answering(commitments(intake, peers)):
        event_type, said = told.wait()
        eventually(lambda: not list(intake.store.noted()))
    assert (event_type, said.TransactionUID) == (1, TRANSACTION)
    assert [one.ReferencedSOPInstanceUID for one in said.ReferencedSOPSequence] == [f"{STUDY}.1.1"]
    assert "FailedSOPSequence" not in said
    assert len(told.said) == 1


def nameless(said: Dataset) -> None:
    del said.TransactionUID


def empty(said: Dataset) -> None:
    said.ReferencedSOPSequence = []


def odd(said: Dataset) -> None:
    del said.ReferencedSOPSequence[0].ReferencedSOPInstanceUID


@pytest.mark.parametrize("broken", [nameless, empty, odd])
def test_a_request_that_says_not_what_it_wants_is_refused(tmp_path: Path, broken: Callable[[Dataset], None]) -> None:
    intake, said = an_intake(tmp_path), asking(1)
    broken(said)
    with answering(commitments(intake)) as made, served(intake, commitments=made) as server:
        assert ask(int(server.server_address[1]), said) == 0x0115
    assert list(intake.store.noted()) == []


def test_a_request_is_the_same_after_it_was_on_disk() -> None:
    request = request_of(asking(1, 2), "SENDER")
    assert Request.from_json(request.as_json()) == request
    for content in (b"", b"[]", b"7", b"[1, 2, 3]"):
        with pytest.raises(ValueError):  # noqa: PT011 - it has no words
            Request.from_json(content)


def test_every_instance_is_either_safe_or_has_a_reason() -> None:
    one, other = Reference("1.2", "1.3"), Reference("1.2", "1.4")
    request = Request(TRANSACTION, "SENDER", (one, other))
    assert result(request, {})[0] == 1
    event_type, said = result(request, {one: 0x0112, other: 0x0112})
    assert event_type == 2
    assert "ReferencedSOPSequence" not in said
    assert len(said.FailedSOPSequence) == 2
